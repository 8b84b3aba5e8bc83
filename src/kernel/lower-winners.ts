/**
 * Values of windows at the places of their winners, where the windows lie along the axis that is
 * contiguous in memory, as pooling of images with channels first does. Winners are known by their
 * place in the window, and positions are taken class by class: those with one remainder by the
 * strides have the same places in the windows that they lie in. Then nothing is divided, and every
 * load is a walk.
 */
import { sizeOf } from '../core/shape.ts'
import { type Affine, affine, axisIndex, rowMajor, rowMajorStrides } from './affine.ts'
import { copy, type Emitter, loadBuffer, storesOf } from './emit.ts'
import type { Expr } from './expr.ts'
import type { LoweredValue, WindowParams } from './fuse.ts'
import { store } from './emit.ts'
import type { ReduceStage } from './ir.ts'
import { binary, compare, constant, guard, iota, select, stageResult } from './make.ts'
import { neutral } from './monoid.ts'
import { full, only, padEdges, partType, view } from './views.ts'

/** Beyond so many classes, or windows around a position, going from windows to positions is better. */
const mostParts = 16

const int = (value: number): Expr => constant('int32', value)

/** All ways to take one element of each list, the last one fastest. */
const combinations = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((head) => list.map((x) => [...head, x])),
    [[]]
  )

/** Whether {@link valuesAtWinners} is for these windows of an operand of this shape. */
export const slidesAlongMemory = (shape: readonly number[], p: WindowParams): boolean => {
  const innermost = shape.findLastIndex((n) => n > 1)
  return (
    innermost >= 0 &&
    (p.windowDimensions[innermost] > 1 ||
      p.windowDimensions.some((w, a) => w > p.windowStrides[a])) &&
    p.baseDilation.every((d) => d === 1) &&
    p.windowDilation.every((d, a) => d === 1 || p.windowDimensions[a] === 1) &&
    sizeOf(p.windowStrides) <= mostParts &&
    sizeOf(p.windowDimensions.map((w, a) => Math.ceil(w / p.windowStrides[a]))) <= mostParts
  )
}

/** The row-major place of each window's winner in it, int32; the first of what is no padding. */
export const placesOf = (
  c: Emitter,
  operand: LoweredValue,
  p: WindowParams,
  shape: readonly number[],
  monoid: 'argmax' | 'argmin'
): LoweredValue => {
  const dtype = partType(operand.dtype)
  const outside = constant(dtype, neutral(monoid, dtype))
  const filled = padEdges(operand, full([], dtype, neutral(monoid, dtype)), p.padding)
  const innermost = filled.shape.findLastIndex((n) => n > 1)
  const [low, high] = p.padding[innermost] ?? [0, 0]
  // Written out where vectors would meet the padding at either end of every row.
  const dense = low !== 0 || high !== 0 ? store(c, filled) : filled
  const looped = p.windowDimensions.flatMap((w, a) => (w === 1 ? [] : [a]))
  const extents = looped.map((a) => p.windowDimensions[a])
  const strides = rowMajorStrides(p.windowDimensions)
  const at = shape.map((_, a) => {
    const coefficients = new Array<number>(shape.length + looped.length).fill(0)
    coefficients[a] = p.windowStrides[a]
    if (looped.includes(a)) coefficients[shape.length + looped.indexOf(a)] = 1
    return affine(0, coefficients)
  })
  const position = iota(
    'int32',
    affine(0, [...shape.map(() => 0), ...looped.map((a) => strides[a])])
  )
  const value = only(view(dense, [...shape, ...extents], at))
  const stage: ReduceStage = {
    _tag: 'reduce',
    extents,
    reductions: [{ monoid, value, position }]
  }
  const found = stageResult('int32', 0, 0, 'position')
  // The first element that is no padding has won where none is better than padding.
  const first = p.padding.flatMap(([before], a) =>
    before <= 0
      ? []
      : [
          binary(
            'mul',
            int(strides[a]),
            binary(
              'max',
              int(0),
              binary(
                'sub',
                int(before),
                binary('mul', int(p.windowStrides[a]), iota('int32', axisIndex(a)))
              )
            )
          )
        ]
  )
  const place =
    first.length === 0
      ? found
      : select(
          compare('eq', stageResult(dtype, 0), outside),
          first.reduce((a, b) => binary('add', a, b)),
          found
        )
  const type = { shape, dtype: 'int32' } as const
  const buffer = c.allocate(type)
  const stores = storesOf({ ...type, parts: [place] }, buffer, rowMajor(shape))
  c.emit({ _tag: 'nest', axes: shape, stages: [stage, { _tag: 'map', extents: [], stores }] })
  return loadBuffer(buffer, type)
}

/** A window around the positions of a class: which, from the first of them, and where it has them. */
interface Around {
  readonly window: number
  readonly place: number
}

/** Windows around the positions `remainder`, `remainder` + stride … of an axis, in order. */
const around = (p: WindowParams, axis: number, remainder: number): readonly Around[] => {
  const [window, stride, [low]] = [p.windowDimensions[axis], p.windowStrides[axis], p.padding[axis]]
  return Array.from({ length: window }, (_, i) => window - 1 - i).flatMap((place) => {
    const start = remainder + low - place
    return start % stride === 0 ? [{ window: start / stride, place }] : []
  })
}

/** The sum over windows of what is given for each at its winner; zero everywhere else. */
export const valuesAtWinners = (
  c: Emitter,
  values: LoweredValue,
  operand: LoweredValue,
  p: WindowParams,
  monoid: 'argmax' | 'argmin'
): LoweredValue => {
  const { shape: windows } = values
  const { shape } = operand
  const places = placesOf(c, operand, p, windows, monoid)
  const given = loadBuffer(copy(c, values), values)
  const placeStrides = rowMajorStrides(p.windowDimensions)
  const strides = rowMajorStrides(shape)
  const result = { shape, dtype: values.dtype }
  const buffer = c.allocate(result)
  const zero = (e: Expr): Expr => constant(e.dtype, 0)
  const classes = combinations(
    shape.map((n, a) => Array.from({ length: Math.min(n, p.windowStrides[a]) }, (_, r) => r))
  )
  for (const remainders of classes) {
    const space = shape.map((n, a) => Math.ceil((n - remainders[a]) / p.windowStrides[a]))
    const all = combinations(remainders.map((r, a) => around(p, a, r)))
    const terms = all.map((one): readonly Expr[] => {
      const at = one.map(({ window }, a): Affine => ({ ...axisIndex(a), offset: window }))
      const bounds = at.map((index, a) => ({ index, lower: 0, upper: windows[a] }))
      const own = int(one.reduce((sum, { place }, a) => sum + place * placeStrides[a], 0))
      const won = compare('eq', only(view(places, space, at)), own)
      return view(given, space, at).parts.map((e) =>
        guard(space, bounds, select(won, e, zero(e)), zero(e))
      )
    })
    const parts = given.parts.map((e, i) =>
      terms.reduce((sum, term) => binary('add', sum, term[i]), zero(e))
    )
    const index = affine(
      remainders.reduce((sum, r, a) => sum + r * strides[a], 0),
      strides.map((s, a) => s * p.windowStrides[a])
    )
    const stores = storesOf({ shape: space, dtype: values.dtype, parts }, buffer, index)
    if (sizeOf(space) > 0)
      c.emit({ _tag: 'nest', axes: space, stages: [{ _tag: 'map', extents: [], stores }] })
  }
  return loadBuffer(buffer, result)
}
