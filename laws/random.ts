/** Laws of random numbers: samples are uniform, and streams do not depend on how they are cut. */
import fc from 'fast-check'
import { hostOf, type NdArray } from '../src/core/array.ts'
import { sizeOf, type Shape } from '../src/core/shape.ts'
import { reshape } from '../src/primitives/movement.ts'
import { sliceInDim } from '../src/primitives/slicing.ts'
import * as arbitrary from './arbitraries.ts'
import { exact, LawError, requireEqual } from './comparison.ts'

/** A sampler: a key and a shape to values of that shape. */
export type Sampler = (key: NdArray, shape: Shape) => NdArray

/**
 * The distribution of `sample` has the distribution function `cdf`: sup |F_n − F| of n samples is
 * below 2.2 / √n, which Kolmogorov's distribution exceeds once in 8,000 keys.
 */
export const hasDistribution = (
  sample: Sampler,
  cdf: (x: number) => number,
  size = 4096
): fc.IProperty<[NdArray]> =>
  fc.property(arbitrary.key, (key) => {
    const sorted = Array.from(hostOf(sample(key, [size]))).sort((a, b) => a - b)
    const distance = sorted.reduce((worst, x, i) => {
      const f = cdf(x)
      return Math.max(worst, (i + 1) / size - f, f - i / size)
    }, 0)
    if (distance * Math.sqrt(size) > 2.2)
      throw new LawError(`Kolmogorov's distance is ${distance} for ${size} samples`)
  })

/** sample(key, shape) = reshape(sample(key, [size]), shape). Equality: exact. */
export const streamIgnoresShape = (sample: Sampler): fc.IProperty<[NdArray, Shape]> =>
  fc.property(arbitrary.key, arbitrary.shape(), (key, shape) =>
    requireEqual(
      exact,
      [sample(key, shape)],
      [reshape(sample(key, [sizeOf(shape)]), shape)],
      'samples of a shape'
    )
  )

/** The first m of n samples are those of m: a stream has no length. Equality: exact. */
export const streamHasNoLength = (sample: Sampler): fc.IProperty<[NdArray, number, number]> =>
  fc.property(arbitrary.key, fc.nat(40), fc.nat(40), (key, a, b) => {
    const [m, n] = [Math.min(a, b), Math.max(a, b)]
    const first = sliceInDim(sample(key, [n]), 0, m, 0)
    requireEqual(exact, [first], [sample(key, [m])], 'the first samples')
  })

/** No two of the keys that `split` makes are equal, nor equal to their parent. */
export const splitKeysDiffer = (
  split: (key: NdArray, count: number) => NdArray
): fc.IProperty<[NdArray]> =>
  fc.property(arbitrary.key, (key) => {
    const words = (x: NdArray, i: number): string =>
      hostOf(x)
        .slice(2 * i, 2 * i + 2)
        .join()
    const keys = split(key, 50)
    const all = [words(key, 0), ...Array.from({ length: 50 }, (_, i) => words(keys, i))]
    if (new Set(all).size !== all.length) throw new LawError('two keys are equal')
  })
