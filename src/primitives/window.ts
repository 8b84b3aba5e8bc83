/** Sums over sliding windows and, in winners.ts, their extremes: what pooling is made of. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate, isComplex, slotsOf, type HostData } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { insert, show, sizeOf } from '../core/shape.ts'
import type { Emitter } from '../kernel/emit.ts'
import type { LoweredValue, WindowParams } from '../kernel/fuse.ts'
import { reduceWindow } from '../kernel/lower-window.ts'
import { axisByAxis } from '../kernel/separable-windows.ts'
import { partType } from '../kernel/views.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isZero,
  zero,
  type BatchRule,
  type HostArray,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { checkKind, number } from './elementwise.ts'
import { settle } from './host.ts'
import { linearJvp } from './linear.ts'
import { batchUnary } from './movement.ts'
import { countsOf, operandPadding, windowTable, type Sliding } from './sliding.ts'

export type { WindowParams }

export const slidingOf = (p: WindowParams): Sliding => ({
  windows: p.windowDimensions,
  strides: p.windowStrides,
  padding: p.padding,
  baseDilation: p.baseDilation,
  windowDilation: p.windowDilation
})

/** Number of windows along each axis. Errors: ShapeError when the parameters do not fit. */
export const windowsOf = (
  name: string,
  shape: readonly number[],
  p: WindowParams
): readonly number[] => {
  const positive = [p.windowDimensions, p.windowStrides, p.baseDilation, p.windowDilation]
  const fine =
    [...positive, p.padding].every((list) => list.length === shape.length) &&
    positive.every((list) => list.every((n) => Number.isInteger(n) && n >= 1))
  if (!fine)
    throw new ShapeError(name, {
      problem: 'the window does not fit the operand',
      got: `operand ${show(shape)}, window ${show(p.windowDimensions)}, strides ${show(p.windowStrides)}, dilations ${show(p.baseDilation)} and ${show(p.windowDilation)}, ${p.padding.length} paddings`,
      expected: 'one positive extent, stride and dilation, and a padding, for each axis',
      hint: 'axes that are not pooled have window 1 and stride 1'
    })
  return countsOf(shape, slidingOf(p))
}

/** The window over an array with one more axis, at `at`, along which it does not extend. */
export const insertAxis = (p: WindowParams, at: number): WindowParams => ({
  windowDimensions: insert(p.windowDimensions, at, 1),
  windowStrides: insert(p.windowStrides, at, 1),
  padding: [...p.padding.slice(0, at), [0, 0], ...p.padding.slice(at)],
  baseDilation: insert(p.baseDilation, at, 1),
  windowDilation: insert(p.windowDilation, at, 1)
})

export const batchWindow = (
  apply: (x: NdArray, p: WindowParams) => NdArray
): BatchRule<WindowParams> => batchUnary((x, at, p) => [apply(x, insertAxis(p, at)), at])

/** Folds each window in row-major order, from `first`. */
export const foldWindows = (
  x: HostArray,
  p: WindowParams,
  first: number,
  step: (total: number, value: number) => number
): HostData => {
  const rows = windowTable(x.shape, slidingOf(p))
  const slots = slotsOf(x.dtype)
  const data = allocate(x.dtype, rows.length)
  rows.forEach((row, window) => {
    for (let s = 0; s < slots; s++) {
      let total = first
      for (let k = 0; k < row.length; k++)
        if (row[k] >= 0) total = step(total, x.data[row[k] * slots + s])
      data[window * slots + s] = total
    }
  })
  return settle(x.dtype, data)
}

/** Sums of these would be rounded from one axis to the next. */
export const isNarrow = (dtype: LoweredValue['dtype']): boolean =>
  dtype === 'float16' || dtype === 'bfloat16'

/** Complex sums are two real ones. */
const lowerSum = (x: LoweredValue, p: WindowParams, c: Emitter): LoweredValue => {
  if (!isComplex(x.dtype)) {
    const passes = isNarrow(x.dtype)
      ? null
      : axisByAxis(x.shape, countsOf(x.shape, slidingOf(p)), p)
    // The outermost axis first: then rows are whole for as long as may be.
    return (passes ?? [p]).reduceRight((v, q) => reduceWindow(c, v, q, 'add'), x)
  }
  const sums = x.parts.map((e) =>
    reduceWindow(c, { shape: x.shape, dtype: partType(x.dtype), parts: [e] }, p, 'add')
  )
  return { shape: sums[0].shape, dtype: x.dtype, parts: sums.map((s) => s.parts[0]) }
}

/** Linear; its transpose slides the same window over the cotangent dilated by the strides. */
export const reduceWindowSumP: Primitive<WindowParams> = definePrimitive<WindowParams>({
  name: 'reduceWindowSum',

  abstractEval: ([x], p) => {
    checkKind('reduceWindowSum', x.dtype, number)
    return [withShape(x, windowsOf('reduceWindowSum', x.shape, p))]
  },

  reference: ([x], p) => [foldWindows(x, p, 0, (total, v) => total + v)],

  jvp: linearJvp((x, p) => reduceWindowSum(x, p)),

  transpose: ([ct], [x], p) => {
    if (isZero(ct) || sizeOf(ct.shape) === 0 || sizeOf(x.shape) === 0)
      return [zero('aval' in x ? x.aval : avalOf(x))]
    return [
      reduceWindowSum(ct, {
        windowDimensions: p.windowDimensions,
        windowStrides: p.baseDilation,
        padding: operandPadding(x.shape, ct.shape, slidingOf(p)),
        baseDilation: p.windowStrides,
        windowDilation: p.windowDilation
      })
    ]
  },

  batch: batchWindow((x, p) => reduceWindowSum(x, p)),

  lower: ([x], p, _outputs, context) => [context.emitting((c) => lowerSum(x, p, c))]
})

/** Sum over each window; padding and holes count as 0. Shape: the number of windows per axis. */
export const reduceWindowSum = (x: NdArray, params: WindowParams): NdArray =>
  bind1(reduceWindowSumP, [x], params)
