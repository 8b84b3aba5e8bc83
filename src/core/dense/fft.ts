/** Discrete Fourier transforms of complex data of any length, along one axis and along many. */
import { sizeOf } from '../shape.ts'
import { forLines, linesAt, linesOf, type Lines } from './fft-lines.ts'

/** Real numbers, or real and imaginary parts in turn. */
export type Numbers = Float32Array | Float64Array

/** Copies complex lines whose entries lie `along` apart to where they stand side by side. */
export const gatherComplex = (
  from: Numbers,
  { at, across, count }: Lines,
  along: number,
  n: number,
  re: Float64Array,
  im: Float64Array
): void => {
  for (let k = 0, i = 2 * at, o = 0; k < n; k++, i += 2 * along)
    for (let l = 0, a = i; l < count; l++, o++, a += 2 * across) {
      re[o] = from[a]
      im[o] = from[a + 1]
    }
}

/** The inverse of {@link gatherComplex}, which divides. */
export const scatterComplex = (
  re: Float64Array,
  im: Float64Array,
  divisor: number,
  to: Numbers,
  { at, across, count }: Lines,
  along: number,
  n: number
): void => {
  for (let k = 0, i = 2 * at, o = 0; k < n; k++, i += 2 * along)
    for (let l = 0, a = i; l < count; l++, o++, a += 2 * across) {
      to[a] = re[o] / divisor
      to[a + 1] = im[o] / divisor
    }
}

/** Transforms the middle axis of [outer, n, inner]. */
const transformAxis = (
  from: Numbers,
  to: Numbers,
  outer: number,
  n: number,
  inner: number,
  inverse: boolean
): void =>
  forLines(outer, n, inner, (first, count) => {
    const lines = linesAt(first, count, n, inner)
    const room = linesOf(n, count)
    // Exchanging real and imaginary parts turns a transform into its inverse.
    const [re, im] = inverse ? [room.im, room.re] : [room.re, room.im]
    gatherComplex(from, lines, inner, n, re, im)
    room.run()
    scatterComplex(re, im, inverse ? n : 1, to, lines, inner, n)
  })

/**
 * Transforms the given axes: y_k = Σ_j x_j exp(−2πi jk/n) along each, unscaled; the inverse has the
 * opposite sign and divides by n. What is between two axes is kept in float64.
 *
 * Shape:  from and to [...shape] complex, row-major, and they may be one; axes non-negative and
 *         distinct.
 */
export const fftNd = (
  from: Numbers,
  to: Numbers,
  shape: readonly number[],
  axes: readonly number[],
  inverse: boolean
): void => {
  const long = axes.filter((axis) => shape[axis] > 1)
  const between = long.length > 1 ? new Float64Array(from.length) : to
  let source = from
  long.forEach((axis, i) => {
    const target = i === long.length - 1 ? to : between
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
    transformAxis(source, target, outer, shape[axis], inner, inverse)
    source = target
  })
  if (source !== to) to.set(source)
}
