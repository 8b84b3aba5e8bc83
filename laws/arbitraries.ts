/**
 * What laws are tried on: shapes, element types, arrays with every corner of IEEE arithmetic,
 * smooth points, trees, keys and indices. All are small and shrink.
 */
import fc from 'fast-check'
import type { Option } from 'fp-ts/lib/Option.js'
import { makeAval, type NdArray } from '../src/core/array.ts'
import { dtypes, integerRange, isBool, isInexact, slotsOf, type DType } from '../src/core/dtype.ts'
import { sizeOf, type Shape } from '../src/core/shape.ts'
import { fill } from './directions.ts'

/** Rank at most 4, extents at most 6: scalars, empty arrays and extents of 1 among them. */
export const shape = (maxRank = 4): fc.Arbitrary<Shape> =>
  fc.array(fc.nat(6), { maxLength: maxRank })

/** Shapes that broadcast together: trailing parts of one shape, with some extents 1. */
export const broadcastable = (count: number): fc.Arbitrary<readonly Shape[]> =>
  shape().chain((full) =>
    fc.array(
      fc
        .tuple(fc.nat(full.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
        .map(([dropped, ones]) => full.slice(dropped).map((n, i) => (ones[i] ? 1 : n))),
      { minLength: count, maxLength: count }
    )
  )

/** Every element type. */
export const dtype: fc.Arbitrary<DType> = fc.constantFrom(...dtypes)

/** Lengths around the width of a vector, an unrolled loop and a tile, for compiled code. */
export const compiledSize: fc.Arbitrary<number> = fc.constantFrom(
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  9,
  15,
  16,
  17,
  31,
  32,
  33,
  63,
  64,
  65,
  127,
  128,
  129,
  255,
  257
)

/** Lengths around 2^14 and 2^17, where eager operations are compiled and work is divided. */
export const thresholdSize: fc.Arbitrary<number> = fc
  .tuple(fc.constantFrom(2 ** 14, 2 ** 17), fc.integer({ min: -1, max: 1 }))
  .map(([size, off]) => size + off)

const exponents: Readonly<Partial<Record<DType, readonly [least: number, most: number]>>> = {
  float16: [2 ** -24, 65504],
  bfloat16: [2 ** -133, 2 ** 127],
  float64: [Number.MIN_VALUE, Number.MAX_VALUE]
}

/** The values at which functions of floats go wrong: zeros, infinities, NaN, subnormals, limits. */
const corners = (d: DType, huge: boolean): readonly number[] => {
  const [least, most] = exponents[d] ?? [2 ** -149, 2 ** 127]
  const finite = huge ? [0, 1, least, 8 * least, most] : [0, 1, least]
  return [...finite.flatMap((v) => [v, -v]), Infinity, -Infinity, NaN]
}

const element = (d: DType, huge: boolean): fc.Arbitrary<number> => {
  if (isBool(d)) return fc.nat(1)
  if (!isInexact(d)) {
    const [min, max] = integerRange(d)
    const small = fc.integer({ min: Math.max(min, -9), max: Math.min(max, 9) })
    return fc.oneof(small, fc.constantFrom(min, max), fc.integer({ min, max }))
  }
  const moderate = fc.integer({ min: -256, max: 256 }).map((k) => k / 64)
  return fc.oneof(
    { weight: 3, arbitrary: moderate },
    { weight: 2, arbitrary: fc.constantFrom(...corners(d, huge)) },
    // Few values: ties.
    { weight: 1, arbitrary: fc.constantFrom(-2, 0.5, 2) }
  )
}

const filled = (s: Shape, d: DType, of: fc.Arbitrary<number>): fc.Arbitrary<NdArray> => {
  const length = sizeOf(s) * slotsOf(d)
  return fc
    .array(of, { minLength: length, maxLength: length })
    .map((values) => fill(makeAval(s, d), (i) => values[i]))
}

/** Any values: moderate ones, ties, −0, infinities, NaN, subnormals; `huge` adds the largest. */
export const array = (
  s: Shape,
  d: DType = 'float64',
  { huge = false }: { readonly huge?: boolean } = {}
): fc.Arbitrary<NdArray> => filled(s, d, element(d, huge))

/** Where smooth values lie: in [min, max], at no other array's places when `turn` differs. */
export interface Domain {
  readonly min?: number
  readonly max?: number
  /** 0, 1, 2 …: arrays with different turns share no value, nor come close. At most 4. */
  readonly turn?: number
}

/**
 * Finite values at which piecewise functions are smooth: no two elements are equal or close, in
 * any order. [min, max] is cut into a slot per element, each value near the middle of its own.
 */
export const smooth = (
  s: Shape,
  d: DType = 'float64',
  { min = -2, max = 2, turn = 0 }: Domain = {}
): fc.Arbitrary<NdArray> => {
  const length = sizeOf(s) * slotsOf(d)
  const places = Array.from({ length }, (_, i) => i)
  const offsets = fc.array(fc.nat(15), { minLength: length, maxLength: length })
  return fc
    .tuple(fc.shuffledSubarray(places, { minLength: length }), offsets)
    .map(([order, offset]) =>
      fill(makeAval(s, d), (i) => {
        const within = (turn + 0.25 + offset[i] / 32) / 4
        return min + ((max - min) * (order[i] + within)) / length
      })
    )
}

/** Positions for an axis of this extent; repeated ones, and some that are outside. */
export const indices = (
  s: Shape,
  extent: number,
  {
    outside = true,
    dtype: d = 'int32'
  }: { readonly outside?: boolean; readonly dtype?: DType } = {}
): fc.Arbitrary<NdArray> => {
  const last = Math.max(0, extent - 1)
  const inside = fc.integer({ min: 0, max: last })
  return filled(s, d, outside ? fc.oneof(inside, inside, fc.constantFrom(-1, extent)) : inside)
}

/** Keys of random numbers. Shape: [2], uint32. */
export const key: fc.Arbitrary<NdArray> = filled(
  [2],
  'uint32',
  fc.integer({ min: 0, max: 2 ** 32 - 1 })
)

const some = <A>(value: A): Option<A> => ({ _tag: 'Some', value })
const none: Option<never> = { _tag: 'None' }

/** Trees of every built-in node: objects, tuples, Options; empty ones among them. */
export const tree = <A>(leaf: fc.Arbitrary<A>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,2}$/), tie('tree'), {
        maxKeys: 3,
        noNullPrototype: true
      }),
      fc.option(tie('tree'), { nil: undefined }).map((t) => (t === undefined ? none : some(t)))
    )
  })).tree
