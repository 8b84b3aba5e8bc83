/** Writing windows at computed places: set, multiply, minimum and maximum. */
import { makeAval, scalar, type NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type JvpRule,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { div, max } from './arithmetic.ts'
import { eq, selectN } from './compare.ts'
import { convertElementType } from './convert.ts'
import { add, addTangents, instantiate, mul } from './elementwise.ts'
import { gatherWindows, scatterAdd } from './gather.ts'
import { iota } from './iota.ts'
import { zeroOf } from './linear.ts'
import { fillLike, reshape } from './movement.ts'
import { scatterRules, type Scatter, type ScatterParams } from './scatter-rules.ts'

const zeroInt = scalar(0, 'int32')
const oneInt = scalar(1, 'int32')

const zerosLike = (x: NdArray): NdArray => fillLike(zeroOf(makeAval([], x.dtype)), x.shape)

/**
 * Of the updates to one place the last one stays, so its tangent does too: numbering the updates,
 * writing the numbers and reading them back tells which ones stayed.
 */
const setJvp: JvpRule<ScatterParams> = ([x, indices, updates], [dx, , du], p) => {
  const y = scatter(x, indices, updates, p)
  if (isZero(dx) && isZero(du)) return [[y], [zero(makeAval(y.shape, y.dtype))]]
  const [dot, updateDot] = [instantiate(dx), instantiate(du)]
  if (p.uniqueIndices) return [[y], [scatter(dot, indices, updateDot, p)]]
  const ids = add(
    reshape(iota('int32', [sizeOf(updates.shape)], 0), updates.shape),
    fillLike(oneInt, updates.shape)
  )
  const written = scatter(fillLike(zeroInt, x.shape), indices, ids, p)
  const untouched = eq(written, fillLike(zeroInt, x.shape))
  const stayed = eq(ids, gatherWindows(written, indices, updates.shape, p))
  const kept = selectN(untouched, zerosLike(dot), dot)
  const arrived = selectN(stayed, zerosLike(updateDot), updateDot)
  return [[y], [scatterAdd(kept, indices, arrived, p)]]
}

export const scatterP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scatterRules('scatter', 'set', (x, i, u, p) => scatter(x, i, u, p)),
  jvp: setJvp,
  transpose: ([ct], [x, indices, updates], p) => {
    // Linear when no place is written twice; setJvp makes such equations only then.
    if (isZero(ct))
      return [isUnknown(x) ? ct : null, null, isUnknown(updates) ? zero(updates.aval) : null]
    const where = indices as NdArray
    return [
      isUnknown(x)
        ? scatter(ct, where, fillLike(zeroOf(makeAval([], ct.dtype)), updates.shape), p)
        : null,
      null,
      isUnknown(updates) ? gatherWindows(ct, where, updates.shape, p) : null
    ]
  }
})

/** A copy of `x` with the windows replaced; the last update of a place stays. Shape: that of x. */
export const scatter: Scatter = (x, indices, updates, params) =>
  bind1(scatterP, [x, indices, updates], params)

export const scatterMulP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scatterRules('scatterMul', 'mul', (x, i, u, p) => scatterMul(x, i, u, p)),
  jvp: ([x, indices, updates], [dx, , du], p) => {
    const y = scatterMul(x, indices, updates, p)
    const aval = makeAval(y.shape, y.dtype)
    if (!isZero(du) && !p.uniqueIndices)
      throw new TransformError('scatterMul', {
        problem: 'the factors of a product at repeated indices have no derivative rule',
        got: 'updates with a tangent and uniqueIndices: false',
        expected: 'uniqueIndices: true, or updates that are not differentiated',
        hint: 'x.at(index).mul(values, { uniqueIndices: true }) when no index repeats'
      })
    const first = isZero(dx) ? zero(aval) : scatterMul(dx, indices, updates, p)
    const second = isZero(du)
      ? zero(aval)
      : scatterAdd(zerosLike(x), indices, mul(du, gatherWindows(x, indices, updates.shape, p)), p)
    return [[y], [addTangents(first, second)]]
  },
  transpose: ([ct], [x, indices, updates], p) => [
    isUnknown(x)
      ? isZero(ct)
        ? ct
        : scatterMul(ct, indices as NdArray, updates as NdArray, p)
      : null,
    null,
    null
  ]
})

/** A copy of `x` multiplied by `updates` at the windows. Shape: that of x. */
export const scatterMul: Scatter = (x, indices, updates, params) =>
  bind1(scatterMulP, [x, indices, updates], params)

/** Operand and updates that equal the result share its tangent. */
const extremalJvp =
  (apply: Scatter): JvpRule<ScatterParams> =>
  ([x, indices, updates], [dx, , du], p) => {
    const y = apply(x, indices, updates, p)
    if (isZero(dx) && isZero(du)) return [[y], [zero(makeAval(y.shape, y.dtype))]]
    const asNumber = (b: NdArray): NdArray => convertElementType(b, y.dtype)
    const retained = asNumber(eq(x, y))
    const won = asNumber(eq(updates, gatherWindows(y, indices, updates.shape, p)))
    const shares = atLeastOne(scatterAdd(retained, indices, won, p))
    const fromOperand = mul(instantiate(dx), div(retained, shares))
    const share = atLeastOne(gatherWindows(shares, indices, updates.shape, p))
    const arrived = mul(instantiate(du), div(won, share))
    return [[y], [scatterAdd(fromOperand, indices, arrived, p)]]
  }

/** Nobody shares a NaN, nor a window that was skipped: nothing may be divided by zero there. */
const atLeastOne = (count: NdArray): NdArray =>
  max(count, fillLike(scalar(1, count.dtype), count.shape))

export const scatterMinP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scatterRules('scatterMin', 'min', (x, i, u, p) => scatterMin(x, i, u, p)),
  jvp: extremalJvp((x, i, u, p) => scatterMin(x, i, u, p))
})

/** A copy of `x` with the lesser of old and new at the windows; NaN wins. Shape: that of x. */
export const scatterMin: Scatter = (x, indices, updates, params) =>
  bind1(scatterMinP, [x, indices, updates], params)

export const scatterMaxP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scatterRules('scatterMax', 'max', (x, i, u, p) => scatterMax(x, i, u, p)),
  jvp: extremalJvp((x, i, u, p) => scatterMax(x, i, u, p))
})

/** A copy of `x` with the greater of old and new at the windows; NaN wins. Shape: that of x. */
export const scatterMax: Scatter = (x, indices, updates, params) =>
  bind1(scatterMaxP, [x, indices, updates], params)
