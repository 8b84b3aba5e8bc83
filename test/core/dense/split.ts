/** The transforms of core/dense on real and imaginary parts of their own, as the tests read them. */
import { fftNd as complexNd, type Numbers } from '../../../src/core/dense/fft.ts'
import { irfftNd as inverseNd, rfftNd as realNd } from '../../../src/core/dense/fft-real.ts'
import type { Complexes } from '../../../src/core/dense/fft-plan.ts'

const joined = ({ re, im }: Complexes): Float64Array =>
  Float64Array.from({ length: 2 * re.length }, (_, i) => (i % 2 === 0 ? re : im)[i >> 1])

const split = (x: Numbers): Complexes => ({
  re: Float64Array.from({ length: x.length / 2 }, (_, i) => x[2 * i]),
  im: Float64Array.from({ length: x.length / 2 }, (_, i) => x[2 * i + 1])
})

/** In place. */
export const fftNd = (
  re: Float64Array,
  im: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  inverse: boolean
): void => {
  const x = joined({ re, im })
  complexNd(x, x, shape, axes, inverse)
  const y = split(x)
  re.set(y.re)
  im.set(y.im)
}

/** In place. */
export const fft = (re: Float64Array, im: Float64Array, n: number, inverse: boolean): void =>
  fftNd(re, im, [n], [0], inverse)

export const rfftNd = (
  x: Float64Array,
  shape: readonly number[],
  axes: readonly number[]
): Complexes => {
  const last = axes[axes.length - 1]
  const size = shape.reduce((n, d, axis) => n * (axis === last ? Math.floor(d / 2) + 1 : d), 1)
  const to = new Float64Array(2 * size)
  realNd(x, to, shape, axes)
  return split(to)
}

export const irfftNd = (
  re: Float64Array,
  im: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  n: number
): Float64Array => {
  const last = axes[axes.length - 1]
  const to = new Float64Array(shape.reduce((size, d, axis) => size * (axis === last ? n : d), 1))
  inverseNd(joined({ re, im }), to, shape, axes, n)
  return to
}
