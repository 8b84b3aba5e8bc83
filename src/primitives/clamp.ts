/** Clamping between two bounds. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show, sizeOf } from '../core/shape.ts'
import * as kernel from '../kernel/make.ts'
import { makeAval } from '../trace/aval.ts'
import { definePrimitive, isZero, zero, type Tangent } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { and } from './bitwise.ts'
import { gt, lt, select } from './compare.ts'
import {
  addTangents,
  checkKind,
  checkSame,
  constant,
  noParams,
  ordered,
  spread,
  type NoParams
} from './elementwise.ts'
import { atEveryPlace, lowered } from './lower.ts'
import { batchFirst, broadcastInDim } from './movement.ts'

/**
 * min(max(x, low), high). The derivative goes to the operand that decides; nowhere when x is
 * exactly at a bound.
 */
export const clampP = definePrimitive<NoParams>({
  name: 'clamp',

  abstractEval: ([low, x, high]) => {
    checkSame('clamp', [makeAval([], x.dtype), makeAval([], low.dtype), makeAval([], high.dtype)])
    checkKind('clamp', x.dtype, ordered)
    for (const bound of [low, high])
      if (bound.shape.length !== 0 && !equals(bound.shape, x.shape))
        throw new ShapeError('clamp', {
          problem: 'a bound has another shape than the operand',
          got: `low ${show(low.shape)}, operand ${show(x.shape)}, high ${show(high.shape)}`,
          expected: 'scalar bounds, or bounds of the shape of the operand',
          hint: 'np.clip broadcasts its bounds'
        })
    return [makeAval(x.shape, x.dtype, low.weak && x.weak && high.weak)]
  },

  reference: ([low, x, high], _params, [out]) => {
    const data = allocate(out.dtype, sizeOf(out.shape))
    const at = (bound: typeof x, i: number): number => bound.data[bound.shape.length === 0 ? 0 : i]
    // Math.max and Math.min give NaN beside NaN, as XLA does.
    for (let i = 0; i < data.length; i++)
      data[i] = Math.min(Math.max(x.data[i], at(low, i)), at(high, i))
    return [data]
  },

  jvp: ([low, x, high], [dlow, dx, dhigh]) => {
    const y = clamp(low, x, high)
    const [bottom, top] = [fit(low, x), fit(high, x)]
    const flow = (d: Tangent, where: () => NdArray): Tangent =>
      isZero(d) ? zero(avalOf(y)) : select(where(), fit(d, x), constant(y, 0))
    const fromLow = flow(dlow, () => and(gt(bottom, x), lt(bottom, top)))
    const fromX = flow(dx, () => and(gt(x, bottom), lt(x, top)))
    const fromHigh = flow(dhigh, () => lt(top, x))
    return [[y], [addTangents(addTangents(fromLow, fromX), fromHigh)]]
  },

  batch: (axis, [low, x, high], [atLow, at, atHigh]) => {
    const first = batchFirst(x, at, axis.size)
    // One bound for all examples stays a scalar; one per example is repeated over each.
    const bound = (b: NdArray, d: number | null): NdArray => {
      if (d === null) return b.ndim === 0 ? b : batchFirst(b, null, axis.size)
      return b.ndim === 1 && first.ndim > 1
        ? broadcastInDim(b, first.shape, [0])
        : batchFirst(b, d, axis.size)
    }
    return [[clamp(bound(low, atLow), first, bound(high, atHigh))], [0]]
  },

  lower: ([low, x, high], _params, [out]) => {
    const [l, h] = [low, high].map((b) => atEveryPlace(b, out.shape).parts[0])
    return [
      lowered(out.shape, out.dtype, [kernel.binary('min', kernel.binary('max', x.parts[0], l), h)])
    ]
  }
})

/** A bound, or its tangent, in the shape of `x`. */
const fit = (bound: NdArray, x: NdArray): NdArray =>
  bound.ndim === x.ndim ? bound : spread(bound, x)

/** min(max(x, low), high); `high` where the bounds cross. Shape: bounds [] or as x. */
export const clamp = (low: NdArray, x: NdArray, high: NdArray): NdArray =>
  bind1(clampP, [low, x, high], noParams)
