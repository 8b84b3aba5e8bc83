/** The law of vmap: it is the loop over examples, stacked. */
import fc from 'fast-check'
import { fromHost, hostOf, makeAval, type NdArray } from '../src/core/array.ts'
import { allocate, slotsOf } from '../src/core/dtype.ts'
import { insert, sizeOf, stridesOf, without } from '../src/core/shape.ts'
import { copyStrided } from '../src/primitives/host.ts'
import { batchFlat, placeDim } from '../src/transforms/vmap.ts'
import { requireEqual, within, type Equality } from './comparison.ts'
import type { Subject } from './subject.ts'

/** Example `at` of an array whose axis `dim` counts examples. */
const example = (x: NdArray, dim: number, at: number): NdArray => {
  const shape = without(x.shape, [dim])
  const data = allocate(x.dtype, sizeOf(shape))
  const strides = stridesOf(x.shape)
  const kept = strides.filter((_, a) => a !== dim)
  copyStrided(data, shape, hostOf(x), kept, at * strides[dim], slotsOf(x.dtype))
  return fromHost(makeAval(shape, x.dtype), data)
}

/** Arrays of one type as one, with a new axis at `dim`. */
const stack = (xs: readonly NdArray[], dim: number): NdArray => {
  const [{ shape, dtype }] = xs
  const slots = slotsOf(dtype)
  const first = allocate(dtype, xs.length * sizeOf(shape))
  xs.forEach((x, i) => first.set(hostOf(x), i * sizeOf(shape) * slots))
  const to = insert(shape, dim, xs.length)
  const own = stridesOf(shape)
  const data = allocate(dtype, sizeOf(to))
  copyStrided(data, to, first, insert(own, dim, sizeOf(shape)), 0, slots)
  return fromHost(makeAval(to, dtype), data)
}

const product = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (sofar, list) => sofar.flatMap((head) => list.map((last) => [...head, last])),
    [[]]
  )

/** Every place that the axis of examples can have; null: all examples share the argument. */
const placements = (rank: number): readonly (number | null)[] => [
  null,
  ...Array.from({ length: rank + 1 }, (_, a) => a)
]

/**
 * vmap f (x_1 … x_n) = stack (f(x_1) … f(x_n)), for every combination of mapped arguments and
 * axes. The arguments must have the same shapes in every sample, to be stacked.
 * Equality: within 1e-12 of the largest magnitude unless another is given.
 */
export const vmapIsLoop = (
  { f, args }: Subject,
  equality: Equality = within(1e-12)
): fc.IProperty<[(readonly NdArray[])[]]> =>
  fc.property(fc.array(args, { minLength: 1, maxLength: 3 }), (examples) => {
    const [shared] = examples
    const size = examples.length
    for (const dims of product(shared.map((x) => placements(x.ndim)))) {
      if (dims.every((d) => d === null)) continue
      const batched = shared.map((x, i) => {
        const dim = dims[i]
        return dim === null
          ? x
          : stack(
              examples.map((e) => e[i]),
              dim
            )
      })
      const [outs, outDims] = batchFlat(f, { size, name: null }, batched, dims)
      const placed = outs.map((y, n) => placeDim(y, outDims[n], 0, size))
      examples.forEach((e, b) => {
        const own = shared.map((x, i) => (dims[i] === null ? x : e[i]))
        const what = `example ${b} of vmap with inAxes ${JSON.stringify(dims)}`
        requireEqual(
          equality,
          placed.map((y) => example(y, 0, b)),
          f(...own),
          what
        )
      })
    }
  })
