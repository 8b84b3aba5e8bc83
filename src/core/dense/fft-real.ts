/** Fourier transforms of real data, and back to them: half of the spectrum is enough. */
import { sizeOf } from '../shape.ts'
import { fftNd, gatherComplex, scatterComplex, type Numbers } from './fft.ts'
import { forLines, linesAt, linesOf, type Lines } from './fft-lines.ts'
import { rootsOf } from './fft-plan.ts'

/** Copies real lines whose entries lie `along` apart to where they stand side by side. */
const gather = (
  from: Numbers,
  { at, across, count }: Lines,
  along: number,
  n: number,
  to: Float64Array
): void => {
  for (let k = 0, i = at, o = 0; k < n; k++, i += along)
    for (let l = 0, a = i; l < count; l++, o++, a += across) to[o] = from[a]
}

/** The inverse of {@link gather}, which divides. */
const scatter = (
  from: Float64Array,
  divisor: number,
  to: Numbers,
  { at, across, count }: Lines,
  along: number,
  n: number
): void => {
  for (let k = 0, i = at, o = 0; k < n; k++, i += along)
    for (let l = 0, a = i; l < count; l++, o++, a += across) to[a] = from[o] / divisor
}

/** Transforms the middle axis of an array whose other extents are `outer` and `inner`. */
type AxisTransform = (from: Numbers, to: Numbers, outer: number, n: number, inner: number) => void

/** [outer, n, inner] real -> [outer, n / 2 + 1, inner] complex, n even: half a complex transform. */
const forwardEven: AxisTransform = (x, to, outer, n, inner) => {
  const half = n / 2
  const { cos, sin } = rootsOf(n)
  forLines(outer, half, inner, (first, count) => {
    const from = linesAt(first, count, n, inner)
    const { at, across } = linesAt(first, count, half + 1, inner)
    // z_k = x_2k + i x_(2k+1): the even entries are the real parts, the odd ones the imaginary.
    const { re, im, run } = linesOf(half, count)
    gather(x, from, 2 * inner, half, re)
    gather(x, { ...from, at: from.at + inner }, 2 * inner, half, im)
    run()
    for (let k = 0; k <= half; k++) {
      const isEnd = k === 0 || k === half
      const c = cos[k]
      const s = sin[k]
      let a = isEnd ? 0 : k * count
      let b = isEnd ? 0 : (half - k) * count
      let o = 2 * (at + k * inner)
      for (const end = a + count; a < end; a++, b++, o += 2 * across) {
        // Z = E + i O with E and O the transforms of real lines, hence E_k = conj(E_−k).
        const evenRe = (re[a] + re[b]) / 2
        const evenIm = (im[a] - im[b]) / 2
        const oddRe = (im[a] + im[b]) / 2
        const oddIm = (re[b] - re[a]) / 2
        to[o] = evenRe + c * oddRe - s * oddIm
        to[o + 1] = isEnd ? 0 : evenIm + c * oddIm + s * oddRe
      }
    }
  })
}

/** The inverse of {@link forwardEven}. */
const inverseEven: AxisTransform = (x, to, outer, n, inner) => {
  const half = n / 2
  const { cos, sin } = rootsOf(n)
  forLines(outer, half, inner, (first, count) => {
    const { at, across } = linesAt(first, count, half + 1, inner)
    // Exchanging real and imaginary parts turns the transform into its inverse.
    const { re: zIm, im: zRe, run } = linesOf(half, count)
    for (let k = 0, o = 0; k < half; k++) {
      const c = cos[k]
      const s = sin[k]
      let a = 2 * (at + k * inner)
      let b = 2 * (at + (half - k) * inner)
      for (const end = o + count; o < end; o++, a += 2 * across, b += 2 * across) {
        // The ends of the spectrum of real data are real: what else stands there is ignored.
        const aIm = k === 0 ? 0 : x[a + 1]
        const bIm = k === 0 ? 0 : x[b + 1]
        const evenRe = x[a] + x[b]
        const evenIm = aIm - bIm
        const gapRe = x[a] - x[b]
        const gapIm = aIm + bIm
        const oddRe = gapRe * c + gapIm * s
        const oddIm = gapIm * c - gapRe * s
        zRe[o] = evenRe - oddIm
        zIm[o] = evenIm + oddRe
      }
    }
    run()
    const lines = linesAt(first, count, n, inner)
    scatter(zRe, n, to, lines, 2 * inner, half)
    scatter(zIm, n, to, { ...lines, at: lines.at + inner }, 2 * inner, half)
  })
}

/** Odd lengths have no even half; they go through the complex transform. */
const forwardOdd: AxisTransform = (x, to, outer, n, inner) => {
  const width = (n + 1) / 2
  forLines(outer, n, inner, (first, count) => {
    const { re, im, run } = linesOf(n, count)
    gather(x, linesAt(first, count, n, inner), inner, n, re)
    im.fill(0, 0, n * count)
    run()
    im.fill(0, 0, count)
    scatterComplex(re, im, 1, to, linesAt(first, count, width, inner), inner, width)
  })
}

/** The inverse of {@link forwardOdd}. */
const inverseOdd: AxisTransform = (x, to, outer, n, inner) => {
  const width = (n + 1) / 2
  forLines(outer, n, inner, (first, count) => {
    const { re: zIm, im: zRe, run } = linesOf(n, count)
    gatherComplex(x, linesAt(first, count, width, inner), inner, width, zRe, zIm)
    zIm.fill(0, 0, count)
    for (let k = 1; k < width; k++) {
      const mirror = (n - k) * count
      for (let l = 0, i = k * count; l < count; l++, i++) {
        zRe[mirror + l] = zRe[i]
        zIm[mirror + l] = -zIm[i]
      }
    }
    run()
    scatter(zRe, n, to, linesAt(first, count, n, inner), inner, n)
  })
}

/** The extents around the last of the axes, and its own. */
const around = (shape: readonly number[], axes: readonly number[]) => {
  const last = axes[axes.length - 1]
  return {
    outer: sizeOf(shape.slice(0, last)),
    inner: sizeOf(shape.slice(last + 1)),
    withLast: (n: number): readonly number[] => shape.map((d, axis) => (axis === last ? n : d))
  }
}

/**
 * The transform of real data over `axes`, without the half of the last of them, of length `n`, that
 * is the conjugate of the other. Unscaled.
 *
 * Shape: x [...shape] real -> to, the same but n / 2 + 1 (rounded down) along the last of `axes`,
 *        complex.
 */
export const rfftNd = (
  x: Numbers,
  to: Numbers,
  shape: readonly number[],
  axes: readonly number[]
): void => {
  const n = shape[axes[axes.length - 1]]
  const { outer, inner, withLast } = around(shape, axes)
  const others = axes.slice(0, -1)
  const half = others.length === 0 ? to : new Float64Array(to.length)
  ;(n % 2 === 0 ? forwardEven : forwardOdd)(x, half, outer, n, inner)
  if (half !== to) fftNd(half, to, withLast(Math.floor(n / 2) + 1), others, false)
}

/**
 * The real data of length `n` ≥ 1 along the last of `axes` whose {@link rfftNd} is given. The
 * imaginary parts of the first (and for even n the last) entries along it are ignored, as in JAX.
 *
 * Shape: x [...shape] complex, with n / 2 + 1 (rounded down) along the last of `axes` -> to, the
 *        same but n, real.
 */
export const irfftNd = (
  x: Numbers,
  to: Numbers,
  shape: readonly number[],
  axes: readonly number[],
  n: number
): void => {
  const { outer, inner } = around(shape, axes)
  const others = axes.slice(0, -1)
  const half = others.length === 0 ? x : new Float64Array(x.length)
  if (half !== x) fftNd(x, half, shape, others, true)
  ;(n % 2 === 0 ? inverseEven : inverseOdd)(half, to, outer, n, inner)
}
