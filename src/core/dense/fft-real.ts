/** Fourier transforms of real data, and back to them: half of the spectrum is enough. */

import { createScratch, fftNd } from './fft.ts'
import { rootsOf } from './fft-plan.ts'

const extent = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

const scratchOf = createScratch()

/** [outer, n, inner] real -> [outer, n / 2 + 1, inner] complex, n even: half a complex transform. */
const forwardEven = (x: Float64Array, outer: number, n: number, inner: number) => {
  const half = n / 2
  const width = half + 1
  const re = new Float64Array(outer * width * inner)
  const im = new Float64Array(outer * width * inner)
  // z_k = x_2k + i x_(2k+1): the even entries are the real parts, the odd ones the imaginary.
  const size = outer * half * inner
  const { re: zr, im: zi } = scratchOf(size)
  for (let to = 0, from = 0; to < size; from += inner) {
    for (const end = to + inner; to < end; to++, from++) {
      zr[to] = x[from]
      zi[to] = x[from + inner]
    }
  }
  fftNd(zr, zi, [outer, half, inner], [1], false)
  const { cos, sin } = rootsOf(n)
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k <= half; k++) {
      let a = (o * half + (k === half ? 0 : k)) * inner
      let b = (o * half + (k === 0 ? 0 : half - k)) * inner
      let to = (o * width + k) * inner
      const c = cos[k]
      const s = sin[k]
      const isEnd = k === 0 || k === half
      for (const end = to + inner; to < end; to++, a++, b++) {
        // Z = E + i O with E and O the transforms of real lines, hence E_k = conj(E_−k).
        const evenRe = (zr[a] + zr[b]) / 2
        const evenIm = (zi[a] - zi[b]) / 2
        const oddRe = (zi[a] + zi[b]) / 2
        const oddIm = (zr[b] - zr[a]) / 2
        re[to] = evenRe + c * oddRe - s * oddIm
        im[to] = isEnd ? 0 : evenIm + c * oddIm + s * oddRe
      }
    }
  }
  return { re, im }
}

/** The inverse of {@link forwardEven}, divided by n. */
const inverseEven = (
  re: Float64Array,
  im: Float64Array,
  outer: number,
  n: number,
  inner: number
): Float64Array => {
  const half = n / 2
  const size = outer * half * inner
  const { re: zr, im: zi } = scratchOf(size)
  const { cos, sin } = rootsOf(n)
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < half; k++) {
      let a = (o * (half + 1) + k) * inner
      let b = (o * (half + 1) + half - k) * inner
      let to = (o * half + k) * inner
      const c = cos[k]
      const s = sin[k]
      for (const end = to + inner; to < end; to++, a++, b++) {
        // The ends of the spectrum of real data are real: what else stands there is ignored.
        const aIm = k === 0 ? 0 : im[a]
        const bIm = k === 0 ? 0 : im[b]
        const evenRe = (re[a] + re[b]) / 2
        const evenIm = (aIm - bIm) / 2
        const gapRe = (re[a] - re[b]) / 2
        const gapIm = (aIm + bIm) / 2
        const oddRe = gapRe * c + gapIm * s
        const oddIm = gapIm * c - gapRe * s
        zr[to] = evenRe - oddIm
        zi[to] = evenIm + oddRe
      }
    }
  }
  fftNd(zr, zi, [outer, half, inner], [1], true)
  const x = new Float64Array(outer * n * inner)
  for (let from = 0, to = 0; from < size; to += inner) {
    for (const end = from + inner; from < end; from++, to++) {
      x[to] = zr[from]
      x[to + inner] = zi[from]
    }
  }
  return x
}

/** Odd lengths have no even half; they go through the complex transform. */
const forwardOdd = (x: Float64Array, outer: number, n: number, inner: number) => {
  const width = (n + 1) / 2
  const zr = x.slice()
  const zi = new Float64Array(x.length)
  fftNd(zr, zi, [outer, n, inner], [1], false)
  const re = new Float64Array(outer * width * inner)
  const im = new Float64Array(outer * width * inner)
  for (let o = 0; o < outer; o++) {
    const from = o * n * inner
    re.set(zr.subarray(from, from + width * inner), o * width * inner)
    im.set(zi.subarray(from, from + width * inner), o * width * inner)
    im.fill(0, o * width * inner, (o * width + 1) * inner)
  }
  return { re, im }
}

const inverseOdd = (
  re: Float64Array,
  im: Float64Array,
  outer: number,
  n: number,
  inner: number
): Float64Array => {
  const width = (n + 1) / 2
  const zr = new Float64Array(outer * n * inner)
  const zi = new Float64Array(outer * n * inner)
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < n; k++) {
      const isMirror = k >= width
      const from = (o * width + (isMirror ? n - k : k)) * inner
      const to = (o * n + k) * inner
      for (let q = 0; q < inner; q++) {
        zr[to + q] = re[from + q]
        zi[to + q] = k === 0 ? 0 : isMirror ? -im[from + q] : im[from + q]
      }
    }
  }
  fftNd(zr, zi, [outer, n, inner], [1], true)
  return zr
}

/**
 * The transform of real data over `axes`, without the half of the last of them that is the
 * conjugate of the other. Unscaled.
 *
 * Shape: x [...shape] -> the same, with n / 2 + 1 (rounded down) along the last of `axes`.
 */
export const rfftNd = (
  x: Float64Array,
  shape: readonly number[],
  axes: readonly number[]
): { readonly re: Float64Array; readonly im: Float64Array } => {
  const last = axes[axes.length - 1]
  const n = shape[last]
  const outer = extent(shape.slice(0, last))
  const inner = extent(shape.slice(last + 1))
  const out = (n % 2 === 0 ? forwardEven : forwardOdd)(x, outer, n, inner)
  const outShape = shape.map((d, axis) => (axis === last ? Math.floor(n / 2) + 1 : d))
  fftNd(out.re, out.im, outShape, axes.slice(0, -1), false)
  return out
}

/**
 * The real data of length `n` along the last of `axes` whose {@link rfftNd} is given. The imaginary
 * parts of the first (and for even n the last) entries along it are ignored, as in JAX.
 *
 * Shape: re and im [...shape], with n / 2 + 1 (rounded down) along the last of `axes`.
 */
export const irfftNd = (
  re: Float64Array,
  im: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  n: number
): Float64Array => {
  const last = axes[axes.length - 1]
  const spectrum = { re: re.slice(), im: im.slice() }
  fftNd(spectrum.re, spectrum.im, shape, axes.slice(0, -1), true)
  const outer = extent(shape.slice(0, last))
  const inner = extent(shape.slice(last + 1))
  if (n === 0) return new Float64Array(0)
  return (n % 2 === 0 ? inverseEven : inverseOdd)(spectrum.re, spectrum.im, outer, n, inner)
}
