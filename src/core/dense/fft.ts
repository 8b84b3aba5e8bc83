/** Complex discrete Fourier transforms of any length, in one and in many dimensions. */

import { planOf, type BluesteinPlan, type MixedRadixPlan } from './fft-plan.ts'
import { stage, type Lines } from './fft-stage.ts'

/** Transforms `inner` interleaved lines in place: entry k of line q lies at `at + k inner + q`. */
const runMixedRadix = (plan: MixedRadixPlan, lines: Lines, scratch: Lines, inner: number): void => {
  let [from, to] = [lines, scratch]
  let m = plan.n
  let split = 1
  for (const radix of plan.radices) {
    m /= radix
    stage(radix, from, to, { cos: plan.cos, sin: plan.sin, m, s: split * inner, t: split })
    split *= radix
    ;[from, to] = [to, from]
  }
  if (from === lines) return
  const size = plan.n * inner
  lines.re.set(scratch.re.subarray(0, size), lines.at)
  lines.im.set(scratch.im.subarray(0, size), lines.at)
}

const newLines = (size: number): Lines => ({
  re: new Float64Array(size),
  im: new Float64Array(size),
  at: 0
})

/** The most numbers of a kind that are kept for the next transform. */
const MOST_KEPT = 2 ** 16

/**
 * Room for intermediate results, given again and again: nobody may hold it while another asks.
 * What is in it is what was left there.
 */
export const createScratch = (): ((size: number) => Lines) => {
  let kept = newLines(0)
  return (size) => {
    if (size > MOST_KEPT) return newLines(size)
    if (kept.re.length < size) kept = newLines(size)
    return kept
  }
}

const scratchOf = createScratch()

/** y_k = w_k Σ_j (x_j w_j) conj(w_{k−j}) with the chirp w; the sum is a convolution. */
const runBluestein = (plan: BluesteinPlan, { re, im, at }: Lines, inner: number): void => {
  const { n, chirpRe, chirpIm, kernelRe, kernelIm } = plan
  const size = plan.inner.n
  const work = newLines(size)
  const scratch = newLines(size)
  const swapped: Lines = { re: work.im, im: work.re, at: 0 }
  for (let q = 0; q < inner; q++) {
    for (let k = 0; k < size; k++) {
      const from = at + k * inner + q
      work.re[k] = k < n ? re[from] * chirpRe[k] - im[from] * chirpIm[k] : 0
      work.im[k] = k < n ? re[from] * chirpIm[k] + im[from] * chirpRe[k] : 0
    }
    runMixedRadix(plan.inner, work, scratch, 1)
    for (let k = 0; k < size; k++) {
      const r = work.re[k]
      work.re[k] = r * kernelRe[k] - work.im[k] * kernelIm[k]
      work.im[k] = r * kernelIm[k] + work.im[k] * kernelRe[k]
    }
    // Exchanging real and imaginary parts turns a transform into its inverse.
    runMixedRadix(plan.inner, swapped, scratch, 1)
    for (let k = 0; k < n; k++) {
      const to = at + k * inner + q
      re[to] = work.re[k] * chirpRe[k] - work.im[k] * chirpIm[k]
      im[to] = work.re[k] * chirpIm[k] + work.im[k] * chirpRe[k]
    }
  }
}

/** Numbers of a kind that stay in the nearer caches while all stages pass over them. */
const NEAR = 2 ** 14

/** The fewest lines side by side that still make long inner loops. */
const LEAST_LINES = 8

/** Copies `width` columns of rows of `from` to rows of `to`. */
const copyBlock = (
  from: Float64Array,
  at: number,
  step: number,
  to: Float64Array,
  into: number,
  pace: number,
  n: number,
  width: number
): void => {
  for (let k = 0, i = at, o = into; k < n; k++, i += step, o += pace) {
    for (let q = 0; q < width; q++) to[o + q] = from[i + q]
  }
}

/** {@link runMixedRadix} by few lines at a time, through a block that stays near. */
const runByBlocks = (plan: MixedRadixPlan, { re, im, at }: Lines, inner: number): void => {
  const { n } = plan
  const most = Math.max(LEAST_LINES, Math.floor(NEAR / n))
  const block = newLines(n * most)
  const scratch = scratchOf(n * most)
  for (let q = 0; q < inner; q += most) {
    const width = Math.min(most, inner - q)
    copyBlock(re, at + q, inner, block.re, 0, width, n, width)
    copyBlock(im, at + q, inner, block.im, 0, width, n, width)
    runMixedRadix(plan, block, scratch, width)
    copyBlock(block.re, 0, width, re, at + q, inner, n, width)
    copyBlock(block.im, 0, width, im, at + q, inner, n, width)
  }
}

/** Transforms the middle axis of [outer, n, inner] in place, unscaled. */
const transformAxis = (
  re: Float64Array,
  im: Float64Array,
  outer: number,
  n: number,
  inner: number
): void => {
  if (n <= 1 || outer * inner === 0) return
  const plan = planOf(n, (p, kernelRe, kernelIm) =>
    runMixedRadix(p, { re: kernelRe, im: kernelIm, at: 0 }, newLines(p.n), 1)
  )
  const isNear = n * inner <= NEAR || inner <= LEAST_LINES
  const scratch = plan._tag === 'MixedRadix' && isNear ? scratchOf(n * inner) : null
  for (let o = 0; o < outer; o++) {
    const lines = { re, im, at: o * n * inner }
    if (plan._tag === 'Bluestein') runBluestein(plan, lines, inner)
    else if (scratch !== null) runMixedRadix(plan, lines, scratch, inner)
    else runByBlocks(plan, lines, inner)
  }
}

const extent = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/**
 * Transforms the given axes in place: y_k = Σ_j x_j exp(−2πi jk/n) along each, unscaled; the
 * inverse has the opposite sign and divides by n.
 *
 * Shape:  re and im [...shape], row-major; axes non-negative and distinct.
 * Source: Cooley and Tukey 1965 by mixed radices; Bluestein 1970 for prime factors above 61.
 */
export const fftNd = (
  re: Float64Array,
  im: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  inverse: boolean
): void => {
  // Exchanging real and imaginary parts turns a transform into its inverse.
  const [x, y] = inverse ? [im, re] : [re, im]
  for (const axis of axes) {
    const inner = extent(shape.slice(axis + 1))
    transformAxis(x, y, extent(shape.slice(0, axis)), shape[axis], inner)
  }
  const count = extent(axes.map((axis) => shape[axis]))
  if (!inverse || count <= 1) return
  const size = extent(shape)
  for (let i = 0; i < size; i++) {
    re[i] /= count
    im[i] /= count
  }
}

/** {@link fftNd} of one line. Shape: re and im [n]. */
export const fft = (re: Float64Array, im: Float64Array, n: number, inverse: boolean): void =>
  fftNd(re, im, [n], [0], inverse)
