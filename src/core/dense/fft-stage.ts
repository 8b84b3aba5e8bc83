/**
 * The stages of a mixed-radix transform in Stockham's order, which needs no bit reversal.
 *
 * A stage of radix r splits lengths r·m into r interleaved transforms of length m:
 *
 *   y[q + s (r p + k)] = ω^(t p k) Σ_j x[q + s (p + m j)] exp(−2πi j k / r),  p < m, q < s
 *
 * with ω = exp(−2πi/n) and t = n / (r m). The s lines at a time are what the stages before split
 * off, times the extent of the axes behind the transformed one, so that an inner axis needs no
 * copying and every inner loop runs over contiguous memory.
 *
 * Source: Van Loan, Computational Frameworks for the Fast Fourier Transform (1992), §1.7.
 */

/** Real and imaginary parts from `at` on. */
export interface Lines {
  readonly re: Float64Array
  readonly im: Float64Array
  readonly at: number
}

/** Roots of unity of the whole transform, and where this stage stands in it. */
export interface StageShape {
  readonly cos: Float64Array // [n]
  readonly sin: Float64Array // [n]
  readonly m: number
  readonly s: number
  readonly t: number
}

const radix2 = (x: Lines, y: Lines, { cos, sin, m, s, t }: StageShape): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  for (let p = 0; p < m; p++) {
    const wr = cos[p * t]
    const wi = sin[p * t]
    let i = x.at + s * p
    let o = y.at + s * 2 * p
    for (const end = i + s; i < end; i++, o++) {
      const ar = xr[i]
      const ai = xi[i]
      const br = xr[i + s * m]
      const bi = xi[i + s * m]
      yr[o] = ar + br
      yi[o] = ai + bi
      yr[o + s] = (ar - br) * wr - (ai - bi) * wi
      yi[o + s] = (ar - br) * wi + (ai - bi) * wr
    }
  }
}

const radix4 = (x: Lines, y: Lines, { cos, sin, m, s, t }: StageShape): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  const far = s * m
  for (let p = 0; p < m; p++) {
    const w1r = cos[p * t]
    const w1i = sin[p * t]
    const w2r = cos[2 * p * t]
    const w2i = sin[2 * p * t]
    const w3r = cos[3 * p * t]
    const w3i = sin[3 * p * t]
    let i = x.at + s * p
    let o = y.at + s * 4 * p
    for (const end = i + s; i < end; i++, o++) {
      const evenSumRe = xr[i] + xr[i + 2 * far]
      const evenSumIm = xi[i] + xi[i + 2 * far]
      const evenGapRe = xr[i] - xr[i + 2 * far]
      const evenGapIm = xi[i] - xi[i + 2 * far]
      const oddSumRe = xr[i + far] + xr[i + 3 * far]
      const oddSumIm = xi[i + far] + xi[i + 3 * far]
      const oddGapRe = xr[i + far] - xr[i + 3 * far]
      const oddGapIm = xi[i + far] - xi[i + 3 * far]
      yr[o] = evenSumRe + oddSumRe
      yi[o] = evenSumIm + oddSumIm
      const b1r = evenGapRe + oddGapIm
      const b1i = evenGapIm - oddGapRe
      yr[o + s] = b1r * w1r - b1i * w1i
      yi[o + s] = b1r * w1i + b1i * w1r
      const b2r = evenSumRe - oddSumRe
      const b2i = evenSumIm - oddSumIm
      yr[o + 2 * s] = b2r * w2r - b2i * w2i
      yi[o + 2 * s] = b2r * w2i + b2i * w2r
      const b3r = evenGapRe - oddGapIm
      const b3i = evenGapIm + oddGapRe
      yr[o + 3 * s] = b3r * w3r - b3i * w3i
      yi[o + 3 * s] = b3r * w3i + b3i * w3r
    }
  }
}

const sin60 = Math.sqrt(3) / 2

const radix3 = (x: Lines, y: Lines, { cos, sin, m, s, t }: StageShape): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  const far = s * m
  for (let p = 0; p < m; p++) {
    const w1r = cos[p * t]
    const w1i = sin[p * t]
    const w2r = cos[2 * p * t]
    const w2i = sin[2 * p * t]
    let i = x.at + s * p
    let o = y.at + s * 3 * p
    for (const end = i + s; i < end; i++, o++) {
      const sumRe = xr[i + far] + xr[i + 2 * far]
      const sumIm = xi[i + far] + xi[i + 2 * far]
      const gapRe = sin60 * (xr[i + far] - xr[i + 2 * far])
      const gapIm = sin60 * (xi[i + far] - xi[i + 2 * far])
      const midRe = xr[i] - sumRe / 2
      const midIm = xi[i] - sumIm / 2
      yr[o] = xr[i] + sumRe
      yi[o] = xi[i] + sumIm
      const b1r = midRe + gapIm
      const b1i = midIm - gapRe
      yr[o + s] = b1r * w1r - b1i * w1i
      yi[o + s] = b1r * w1i + b1i * w1r
      const b2r = midRe - gapIm
      const b2i = midIm + gapRe
      yr[o + 2 * s] = b2r * w2r - b2i * w2i
      yi[o + 2 * s] = b2r * w2i + b2i * w2r
    }
  }
}

const [c1, c2] = [(Math.sqrt(5) - 1) / 4, (-Math.sqrt(5) - 1) / 4] // cos 72°, cos 144°
const [s1, s2] = [Math.sqrt((5 + Math.sqrt(5)) / 8), Math.sqrt((5 - Math.sqrt(5)) / 8)]

const radix5 = (x: Lines, y: Lines, { cos, sin, m, s, t }: StageShape): void => {
  const { re: xr, im: xi } = x
  const { re: yr, im: yi } = y
  const far = s * m
  for (let p = 0; p < m; p++) {
    const w1r = cos[p * t]
    const w1i = sin[p * t]
    const w2r = cos[2 * p * t]
    const w2i = sin[2 * p * t]
    const w3r = cos[3 * p * t]
    const w3i = sin[3 * p * t]
    const w4r = cos[4 * p * t]
    const w4i = sin[4 * p * t]
    let i = x.at + s * p
    let o = y.at + s * 5 * p
    for (const end = i + s; i < end; i++, o++) {
      const nearRe = xr[i + far] + xr[i + 4 * far]
      const nearIm = xi[i + far] + xi[i + 4 * far]
      const farRe = xr[i + 2 * far] + xr[i + 3 * far]
      const farIm = xi[i + 2 * far] + xi[i + 3 * far]
      const nearGapRe = xr[i + far] - xr[i + 4 * far]
      const nearGapIm = xi[i + far] - xi[i + 4 * far]
      const farGapRe = xr[i + 2 * far] - xr[i + 3 * far]
      const farGapIm = xi[i + 2 * far] - xi[i + 3 * far]
      const a1r = xr[i] + c1 * nearRe + c2 * farRe
      const a1i = xi[i] + c1 * nearIm + c2 * farIm
      const a2r = xr[i] + c2 * nearRe + c1 * farRe
      const a2i = xi[i] + c2 * nearIm + c1 * farIm
      const g1r = s1 * nearGapRe + s2 * farGapRe
      const g1i = s1 * nearGapIm + s2 * farGapIm
      const g2r = s2 * nearGapRe - s1 * farGapRe
      const g2i = s2 * nearGapIm - s1 * farGapIm
      yr[o] = xr[i] + nearRe + farRe
      yi[o] = xi[i] + nearIm + farIm
      yr[o + s] = (a1r + g1i) * w1r - (a1i - g1r) * w1i
      yi[o + s] = (a1r + g1i) * w1i + (a1i - g1r) * w1r
      yr[o + 2 * s] = (a2r + g2i) * w2r - (a2i - g2r) * w2i
      yi[o + 2 * s] = (a2r + g2i) * w2i + (a2i - g2r) * w2r
      yr[o + 3 * s] = (a2r - g2i) * w3r - (a2i + g2r) * w3i
      yi[o + 3 * s] = (a2r - g2i) * w3i + (a2i + g2r) * w3r
      yr[o + 4 * s] = (a1r - g1i) * w4r - (a1i + g1r) * w4i
      yi[o + 4 * s] = (a1r - g1i) * w4i + (a1i + g1r) * w4r
    }
  }
}

/** An odd radix r: inputs j and r − j meet the same cosines and opposite sines. */
const radixOdd = (r: number, x: Lines, y: Lines, { cos, sin, m, s, t }: StageShape): void => {
  const half = (r - 1) / 2
  const sumRe = new Float64Array(half)
  const sumIm = new Float64Array(half)
  const gapRe = new Float64Array(half)
  const gapIm = new Float64Array(half)
  const { re: yr, im: yi } = y
  const turn = t * m // n / r: the root of unity of this radix in the table
  for (let p = 0; p < m; p++) {
    for (let q = 0; q < s; q++) {
      const i = x.at + q + s * p
      const o = y.at + q + s * r * p
      let totalRe = x.re[i]
      let totalIm = x.im[i]
      for (let j = 1; j <= half; j++) {
        const near = i + s * m * j
        const far = i + s * m * (r - j)
        sumRe[j - 1] = x.re[near] + x.re[far]
        sumIm[j - 1] = x.im[near] + x.im[far]
        gapRe[j - 1] = x.re[near] - x.re[far]
        gapIm[j - 1] = x.im[near] - x.im[far]
        totalRe += sumRe[j - 1]
        totalIm += sumIm[j - 1]
      }
      yr[o] = totalRe
      yi[o] = totalIm
      for (let k = 1; k <= half; k++) {
        let cr = x.re[i]
        let ci = x.im[i]
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
        store(yr, yi, o + s * k, cr + sr, ci + si, cos[p * k * t], sin[p * k * t])
        const mirror = r - k
        store(yr, yi, o + s * mirror, cr - sr, ci - si, cos[p * mirror * t], sin[p * mirror * t])
      }
    }
  }
}

/** y = a w. */
const store = (
  yr: Float64Array,
  yi: Float64Array,
  at: number,
  ar: number,
  ai: number,
  wr: number,
  wi: number
): void => {
  yr[at] = ar * wr - ai * wi
  yi[at] = ar * wi + ai * wr
}

/** One stage from `x` to `y`, which must not overlap. */
export const stage = (radix: number, x: Lines, y: Lines, shape: StageShape): void => {
  if (radix === 4) radix4(x, y, shape)
  else if (radix === 2) radix2(x, y, shape)
  else if (radix === 3) radix3(x, y, shape)
  else if (radix === 5) radix5(x, y, shape)
  else radixOdd(radix, x, y, shape)
}
