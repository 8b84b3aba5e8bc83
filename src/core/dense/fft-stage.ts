/**
 * A stage of a mixed-radix transform in Stockham's order, which needs no bit reversal.
 *
 * A stage of radix r splits lengths r·m into r interleaved transforms of length m:
 *
 *   y[q + s (r p + k)] = ω^(t p k) Σ_j x[q + s (p + m j)] exp(−2πi j k / r),  p < m, q < s
 *
 * with ω = exp(−2πi/n) and t = n / (r m). The s numbers side by side are what the stages before
 * split off, times the lines that are transformed together.
 *
 * Source: Van Loan, Computational Frameworks for the Fast Fourier Transform (1992), §1.7.
 */
import type { Complexes, Roots } from './fft-plan.ts'

/** Roots of unity of the whole transform, and where a stage stands in it. */
export interface StageShape extends Roots {
  readonly m: number
  readonly s: number
  readonly t: number
}

/** y = a w. */
const store = (
  { re, im }: Complexes,
  at: number,
  ar: number,
  ai: number,
  wr: number,
  wi: number
): void => {
  re[at] = ar * wr - ai * wi
  im[at] = ar * wi + ai * wr
}

/**
 * One stage from `x` to `y`, which must not overlap, by definition: inputs j and r − j meet the
 * same cosines and opposite sines, and so do outputs.
 */
export const stage = (
  r: number,
  x: Complexes,
  y: Complexes,
  { cos, sin, m, s, t }: StageShape
): void => {
  const half = (r - 1) >> 1
  const isEven = r % 2 === 0
  const sumRe = new Float64Array(half)
  const sumIm = new Float64Array(half)
  const gapRe = new Float64Array(half)
  const gapIm = new Float64Array(half)
  const turn = t * m // n / r: the root of unity of this radix in the table
  for (let p = 0; p < m; p++) {
    for (let q = 0; q < s; q++) {
      const i = q + s * p
      const o = q + s * r * p
      const middle = i + s * m * (r >> 1) // meets 1 and −1 in turn, for an even r
      const middleRe = isEven ? x.re[middle] : 0
      const middleIm = isEven ? x.im[middle] : 0
      let totalRe = x.re[i] + middleRe
      let totalIm = x.im[i] + middleIm
      for (let j = 0; j < half; j++) {
        const near = i + s * m * (j + 1)
        const far = i + s * m * (r - j - 1)
        sumRe[j] = x.re[near] + x.re[far]
        sumIm[j] = x.im[near] + x.im[far]
        gapRe[j] = x.re[near] - x.re[far]
        gapIm[j] = x.im[near] - x.im[far]
        totalRe += sumRe[j]
        totalIm += sumIm[j]
      }
      y.re[o] = totalRe
      y.im[o] = totalIm
      for (let k = 1; k <= r >> 1; k++) {
        let cr = k % 2 === 0 ? x.re[i] + middleRe : x.re[i] - middleRe
        let ci = k % 2 === 0 ? x.im[i] + middleIm : x.im[i] - middleIm
        let sr = 0
        let si = 0
        for (let j = 0, jk = k; j < half; j++, jk = jk + k < r ? jk + k : jk + k - r) {
          const c = cos[jk * turn]
          const w = sin[jk * turn]
          cr += c * sumRe[j]
          ci += c * sumIm[j]
          sr -= w * gapIm[j]
          si += w * gapRe[j]
        }
        store(y, o + s * k, cr + sr, ci + si, cos[p * k * t], sin[p * k * t])
        const mirror = r - k
        if (mirror !== k)
          store(y, o + s * mirror, cr - sr, ci - si, cos[p * mirror * t], sin[p * mirror * t])
      }
    }
  }
}
