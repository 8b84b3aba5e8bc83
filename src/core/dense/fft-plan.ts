/** What a discrete Fourier transform of one length needs to know, computed once and kept. */

import { cosSmall, sinSmall } from '../scalar/first-octant.ts'

/** Real and imaginary parts. */
export interface Complexes {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** Re and Im of exp(−2πi k/n). */
export interface Roots {
  readonly cos: Float64Array // [n]
  readonly sin: Float64Array // [n]
}

/** Transforms by a product of small radices. */
export interface MixedRadixPlan extends Roots {
  readonly _tag: 'MixedRadix'
  readonly n: number
  readonly radices: readonly number[]
}

/** Transforms as a convolution of length `inner.n` with a chirp, for a large prime factor. */
export interface BluesteinPlan {
  readonly _tag: 'Bluestein'
  readonly n: number
  readonly inner: MixedRadixPlan
  /** exp(−πi k²/n). Shape: [n]. */
  readonly chirpRe: Float64Array
  readonly chirpIm: Float64Array
  /** The transform of the conjugate chirp, divided by inner.n. Shape: [inner.n]. */
  readonly kernelRe: Float64Array
  readonly kernelIm: Float64Array
}

export type FftPlan = MixedRadixPlan | BluesteinPlan

/** Radices up to this are done by definition, O(r²) each: beyond, two more transforms are cheaper. */
const LARGEST_RADIX = 61

/**
 * Roots of unity exp(−2πi k/n), k < n. Angles are reduced to an eighth of the circle in exact
 * integers first, so every value is correct to about an ulp and symmetric ones agree exactly.
 */
export const unitRoots = (n: number): Roots => {
  const cos = new Float64Array(n)
  const sin = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    const octant = Math.floor((8 * k) / n)
    const isOdd = octant % 2 === 1
    // The distance to the nearer multiple of a quarter turn, in eighths of 1/n.
    const eighths = isOdd ? (octant + 1) * n - 8 * k : 8 * k - octant * n
    const angle = (Math.PI * eighths) / (4 * n)
    // At π/4 sine and cosine are one number, of which they give two roundings.
    const cosine = eighths === n ? Math.SQRT1_2 : cosSmall(angle)
    const sine = eighths === n ? Math.SQRT1_2 : sinSmall(angle)
    const [c, s] = [cosine, isOdd ? -sine : sine]
    const quarter = Math.ceil(octant / 2) % 4
    // Adding zero keeps −0 out of the tables.
    cos[k] = (quarter === 0 ? c : quarter === 1 ? -s : quarter === 2 ? -c : s) + 0
    sin[k] = (quarter === 0 ? -s : quarter === 1 ? -c : quarter === 2 ? s : c) + 0
  }
  return { cos, sin }
}

/** n as a product: fours, then a two, then odd primes ascending. */
export const radicesOf = (n: number): readonly number[] => {
  const radices: number[] = []
  let rest = n
  for (; rest % 4 === 0 && rest > 0; rest /= 4) radices.push(4)
  if (rest % 2 === 0 && rest > 0) {
    radices.push(2)
    rest /= 2
  }
  for (let p = 3; p * p <= rest; p += 2) {
    for (; rest % p === 0; rest /= p) radices.push(p)
  }
  if (rest > 1) radices.push(rest)
  return radices
}

const mixedRadix = (n: number, radices: readonly number[]): MixedRadixPlan => ({
  _tag: 'MixedRadix',
  n,
  radices,
  ...rootsOf(n)
})

/** Transforms one line in place: this file makes plans, and what runs them is passed in. */
type Run = (plan: MixedRadixPlan, line: Complexes) => void

/** Source: Bluestein, A linear filtering approach to the computation of the DFT (1970). */
const bluestein = (n: number, run: Run): BluesteinPlan => {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const inner = mixedRadix(size, radicesOf(size))
  const roots = unitRoots(2 * n)
  const chirpRe = new Float64Array(n)
  const chirpIm = new Float64Array(n)
  const kernelRe = new Float64Array(size)
  const kernelIm = new Float64Array(size)
  let square = 0 // k² mod 2n, without ever leaving the exact integers
  for (let k = 0; k < n; k++) {
    chirpRe[k] = roots.cos[square]
    chirpIm[k] = roots.sin[square]
    for (const at of [k, (size - k) % size]) {
      kernelRe[at] = chirpRe[k] / size
      kernelIm[at] = -chirpIm[k] / size
    }
    square = (square + 2 * k + 1) % (2 * n)
  }
  run(inner, { re: kernelRe, im: kernelIm })
  return { _tag: 'Bluestein', n, inner, chirpRe, chirpIm, kernelRe, kernelIm }
}

/** 32 MB of tables of a kind at most, beside the newest, which is kept whatever its size. */
const MAX_CACHED_NUMBERS = 2 ** 22

/** A memory of tables by length that forgets what was not used for longest. */
const remember = <T>(numbersIn: (table: T) => number) => {
  const cache = new Map<number, T>() // in order of last use
  let total = 0
  return (n: number, make: (n: number) => T): T => {
    const known = cache.get(n)
    const table = known ?? make(n)
    if (known === undefined) total += numbersIn(table)
    cache.delete(n)
    cache.set(n, table)
    for (const [oldest, kept] of cache) {
      if (total <= MAX_CACHED_NUMBERS || oldest === n) break
      cache.delete(oldest)
      total -= numbersIn(kept)
    }
    return table
  }
}

const rememberRoots = remember<Roots>((roots) => 2 * roots.cos.length)

const rememberPlan = remember<FftPlan>((plan) =>
  plan._tag === 'MixedRadix' ? 2 * plan.n : 2 * plan.n + 4 * plan.inner.n
)

/** {@link unitRoots}, remembered. */
export const rootsOf = (n: number): Roots => rememberRoots(n, unitRoots)

/** The plan for length n ≥ 1, remembered. */
export const planOf = (n: number, run: Run): FftPlan =>
  rememberPlan(n, () => {
    const radices = radicesOf(n)
    return Math.max(...radices, 1) > LARGEST_RADIX ? bluestein(n, run) : mixedRadix(n, radices)
  })
