/** Transforms of several lines of one length, side by side in room that is used again and again. */
import { keepRoom } from '../keep-room.ts'
import { planOf, type BluesteinPlan, type Complexes, type MixedRadixPlan } from './fft-plan.ts'
import { stage, type StageShape } from './fft-stage.ts'

/** Room for lines side by side, [n, lines], and what transforms them in place, unscaled. */
export interface LineTransform extends Complexes {
  readonly run: () => void
}

/** A stage of radix r from one half of the room to the other. */
export type Stage = (radix: number, fromFirst: boolean, shape: StageShape) => void

/** Room for [n, lines] numbers twice, and stages between the two. */
export interface StageRoom {
  readonly first: Complexes
  readonly second: Complexes
  readonly stage: Stage
}

/** Makes room for so many lines under a plan; it may be that of the transform before. */
type Supplier = (plan: MixedRadixPlan, lines: number) => StageRoom

const newComplexes = (size: number): Complexes => ({
  re: new Float64Array(size),
  im: new Float64Array(size)
})

const plainRoom = keepRoom((size) => [newComplexes(size), newComplexes(size)] as const)

const plain: Supplier = ({ n }, lines) => {
  const [first, second] = plainRoom(n * lines)
  return {
    first,
    second,
    stage: (radix, fromFirst, shape) =>
      stage(radix, fromFirst ? first : second, fromFirst ? second : first, shape)
  }
}

let supplier: Supplier = plain

/** Where stages run; `install-fourier.ts` says: by definition they take several times as long. */
export const setStageRoom = (supply: Supplier): void => {
  supplier = supply
}

const mixedRadix = (plan: MixedRadixPlan, lines: number): LineTransform => {
  const { first, second, stage: run } = supplier(plan, lines)
  const size = plan.n * lines
  return {
    ...first,
    run: () => {
      let [m, split, fromFirst] = [plan.n, 1, true]
      for (const radix of plan.radices) {
        m /= radix
        run(radix, fromFirst, { cos: plan.cos, sin: plan.sin, m, s: split * lines, t: split })
        split *= radix
        fromFirst = !fromFirst
      }
      if (fromFirst) return
      first.re.set(second.re.subarray(0, size))
      first.im.set(second.im.subarray(0, size))
    }
  }
}

const chirpRoom = keepRoom(newComplexes)

/** y_k = w_k Σ_j (x_j w_j) conj(w_{k−j}) with the chirp w; the sum is a convolution. */
const bluestein = (plan: BluesteinPlan, lines: number): LineTransform => {
  const { n, inner, chirpRe, chirpIm, kernelRe, kernelIm } = plan
  const { re, im } = chirpRoom(n * lines)
  return {
    re,
    im,
    run: () => {
      const { re: workRe, im: workIm, run } = mixedRadix(inner, lines)
      for (let k = 0, i = 0; k < n; k++)
        for (const end = i + lines; i < end; i++) {
          workRe[i] = re[i] * chirpRe[k] - im[i] * chirpIm[k]
          workIm[i] = re[i] * chirpIm[k] + im[i] * chirpRe[k]
        }
      workRe.fill(0, n * lines, inner.n * lines)
      workIm.fill(0, n * lines, inner.n * lines)
      run()
      // Exchanging real and imaginary parts turns a transform into its inverse.
      for (let k = 0, i = 0; k < inner.n; k++)
        for (const end = i + lines; i < end; i++) {
          const r = workRe[i]
          workRe[i] = r * kernelIm[k] + workIm[i] * kernelRe[k]
          workIm[i] = r * kernelRe[k] - workIm[i] * kernelIm[k]
        }
      run()
      for (let k = 0, i = 0; k < n; k++)
        for (const end = i + lines; i < end; i++) {
          const r = workIm[i]
          re[i] = r * chirpRe[k] - workRe[i] * chirpIm[k]
          im[i] = r * chirpIm[k] + workRe[i] * chirpRe[k]
        }
    }
  }
}

/**
 * Room for `lines` lines of length n, y_k = Σ_j x_j exp(−2πi jk/n) for each. It is that of every
 * transform: nobody may hold it while another asks.
 *
 * Source: Cooley and Tukey 1965 by mixed radices; Bluestein 1970 for prime factors above 61.
 */
export const linesOf = (n: number, lines: number): LineTransform => {
  const plan = planOf(n, (p, { re, im }) => {
    const kernel = mixedRadix(p, 1)
    kernel.re.set(re)
    kernel.im.set(im)
    kernel.run()
    re.set(kernel.re.subarray(0, p.n))
    im.set(kernel.im.subarray(0, p.n))
  })
  return plan._tag === 'MixedRadix' ? mixedRadix(plan, lines) : bluestein(plan, lines)
}

/** Numbers of a kind that stay in the nearer caches while all stages pass over them. */
const NEAR = 2 ** 14

/** Lines in memory one behind the other are read at as many places at once. */
const MOST_APART = 8

/** Lines that lie side by side are read along cache lines. */
const MOST_TOGETHER = 64

/** Lines of an array that are transformed together: line l begins at `at + l across`. */
export interface Lines {
  readonly at: number
  readonly across: number
  readonly count: number
}

/** Lines of length n along the middle axis of [outer, n, inner], some at a time. */
export const forLines = (
  outer: number,
  n: number,
  inner: number,
  visit: (first: number, count: number) => void
): void => {
  const most = Math.max(2, Math.min(inner === 1 ? MOST_APART : MOST_TOGETHER, Math.floor(NEAR / n)))
  // Lines of one row of `inner` lie side by side; with rows of one, those of all rows do.
  const row = inner === 1 ? outer : inner
  for (let start = 0; start < outer * inner; start += row)
    for (let q = 0; q < row; q += most) visit(start + q, Math.min(most, row - q))
}

/** Where those lines lie in an array whose middle axis has `n` entries. */
export const linesAt = (first: number, count: number, n: number, inner: number): Lines => {
  const o = Math.floor(first / inner)
  return { at: o * n * inner + (first - o * inner), across: inner === 1 ? n : 1, count }
}
