/**
 * Extremes over sliding windows. Their derivative is that of one winner per window, the first in
 * row-major order (NaN wins), so it is a linear operation with the operand as a second, constant
 * argument: gather the tangent at each winner. Its transpose scatters to the winners; the two are
 * each other's transpose.
 */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { allocate, isComplex, slotsOf } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { equals, show, sizeOf } from '../core/shape.ts'
import type { ScalarType } from '../kernel/expr.ts'
import type { Lower, LoweredValue, Lowering } from '../kernel/fuse.ts'
import * as kernel from '../kernel/make.ts'
import { argReduceWindow, reduceWindow } from '../kernel/lower-window.ts'
import { gatherWinners } from '../kernel/gather-winners.ts'
import { slidesAlongMemory, valuesAtWinners } from '../kernel/lower-winners.ts'
import { neutral } from '../kernel/monoid.ts'
import { axisByAxis } from '../kernel/separable-windows.ts'
import { full, mapParts, only } from '../kernel/views.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type HostArray,
  type JvpRule,
  type Primitive
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { anything, checkKind, real } from './elementwise.ts'
import { settle } from './host.ts'
import { mapTangent } from './linear.ts'
import { hostRoutine } from './lower.ts'
import { batchFirst } from './movement.ts'
import { countsOf, windowTable } from './sliding.ts'
import {
  batchWindow,
  foldWindows,
  insertAxis,
  isNarrow,
  slidingOf,
  windowsOf,
  type WindowParams
} from './window.ts'

/** 'ge' keeps the largest element of a window, 'le' the smallest. */
type Select = 'ge' | 'le'

export interface SelectParams extends WindowParams {
  readonly select: Select
}

/**
 * The windows axis by axis where that is quicker. The innermost axis comes first, so that of equal
 * elements the first in row-major order is the first of its row in the first row that has one.
 */
const passesOf = (shape: readonly number[], p: WindowParams): readonly WindowParams[] | null =>
  axisByAxis(shape, countsOf(shape, slidingOf(p)), p)

const extreme = (
  name: 'reduceWindowMax' | 'reduceWindowMin',
  monoid: 'max' | 'min',
  select: Select,
  step: (x: number, y: number) => number
): ((x: NdArray, params: WindowParams) => NdArray) => {
  const apply = (x: NdArray, params: WindowParams): NdArray => bind1(primitive, [x], params)
  const primitive: Primitive<WindowParams> = definePrimitive<WindowParams>({
    name,

    abstractEval: ([x], p) => {
      checkKind(name, x.dtype, real)
      return [withShape(x, windowsOf(name, x.shape, p))]
    },

    reference: ([x], p) => [
      foldWindows(x, p, neutral(monoid, x.dtype as ScalarType), step) // `real` has no complex type
    ],

    jvp: ([x], [dx], p) => {
      const y = apply(x, p)
      return [[y], [mapTangent(avalOf(y), dx, (t) => selectAndGatherAdd(t, x, { ...p, select }))]]
    },

    batch: batchWindow(apply),

    lower: ([x], p, _outputs, context) => [
      context.emitting((c) =>
        (passesOf(x.shape, p) ?? [p]).reduce((v, q) => reduceWindow(c, v, q, monoid), x)
      )
    ]
  })
  return apply
}

/** Largest element of each window; padding and holes count as the lowest value of the type. */
export const reduceWindowMax = extreme('reduceWindowMax', 'max', 'ge', Math.max)

/** Smallest element of each window; padding and holes count as the highest value of the type. */
export const reduceWindowMin = extreme('reduceWindowMin', 'min', 'le', Math.min)

/** Position of each window's winner in the operand, or -1 for a window of padding only. */
const winnersOf = (x: HostArray, p: SelectParams): Int32Array => {
  const rows = windowTable(x.shape, slidingOf(p))
  const sign = p.select === 'ge' ? 1 : -1
  return Int32Array.from(rows, (row) => {
    let winner = -1
    let best = 0
    for (let k = 0; k < row.length; k++) {
      if (row[k] < 0) continue
      const value = sign * x.data[row[k]]
      if (winner >= 0 && (best !== best || value <= best)) continue
      winner = row[k]
      best = value
    }
    return winner
  })
}

const checkOperands = (
  name: string,
  values: Aval,
  operand: Aval,
  expected: readonly number[]
): void => {
  checkKind(name, values.dtype, anything)
  if (isComplex(operand.dtype))
    throw new DTypeError(name, {
      problem: 'complex numbers have no order',
      got: operand.dtype,
      expected: 'a real operand',
      hint: 'select by the absolute value'
    })
  if (!equals(values.shape, expected))
    throw new ShapeError(name, {
      problem: 'the values do not have the shape that goes with the operand',
      got: `values ${show(values.shape)}, operand ${show(operand.shape)}`,
      expected: `values of shape ${show(expected)}`,
      hint: 'selectAndGatherAdd takes values like the operand, selectAndScatterAdd one per window'
    })
}

/** The winners are found by the second argument, which is constant; linear in the first. */
const winnersJvp =
  (apply: (values: NdArray, operand: NdArray, p: SelectParams) => NdArray): JvpRule<SelectParams> =>
  ([values, operand], [dValues], p) => {
    const y = apply(values, operand, p)
    return [[y], [mapTangent(avalOf(y), dValues, (t) => apply(t, operand, p))]]
  }

const winnersBatch =
  (
    apply: (values: NdArray, operand: NdArray, p: SelectParams) => NdArray
  ): BatchRule<SelectParams> =>
  ({ size }, [values, operand], [at, by], p) => {
    const [x, y] = [batchFirst(values, at, size), batchFirst(operand, by, size)]
    return [[apply(x, y, { ...insertAxis(p, 0), select: p.select })], [0]]
  }

type SelectReference = NonNullable<Primitive<SelectParams>['reference']>

const gatherReference: SelectReference = ([values, operand], p) => {
  const winners = winnersOf(operand, p)
  const slots = slotsOf(values.dtype)
  const data = allocate(values.dtype, winners.length)
  for (let i = 0; i < data.length; i++) {
    const winner = winners[Math.floor(i / slots)]
    data[i] = winner < 0 ? 0 : values.data[winner * slots + (i % slots)]
  }
  return [data]
}

const scatterReference: SelectReference = ([values, operand], p, [out]) => {
  const winners = winnersOf(operand, p)
  const slots = slotsOf(values.dtype)
  const data = allocate(values.dtype, sizeOf(out.shape))
  for (let i = 0; i < values.data.length; i++) {
    const winner = winners[Math.floor(i / slots)]
    if (winner >= 0) data[winner * slots + (i % slots)] += values.data[i]
  }
  return [settle(values.dtype, data)]
}

const monoidOf = (p: SelectParams): 'argmax' | 'argmin' => (p.select === 'ge' ? 'argmax' : 'argmin')

/** Kernels find winners in operands without holes; others are left to the host. */
const lowerWinners =
  (
    name: string,
    reference: SelectReference,
    rule: (
      values: LoweredValue,
      operand: LoweredValue,
      shape: readonly number[],
      context: Lowering,
      p: SelectParams
    ) => LoweredValue
  ): Lower<SelectParams> =>
  (inputs, p, outputs, context) => {
    const [values, operand] = inputs
    if (sizeOf(values.shape) === 0 || sizeOf(outputs[0].shape) === 0)
      return [full(outputs[0].shape, outputs[0].dtype, 0)]
    if (p.baseDilation.some((d) => d !== 1))
      return hostRoutine<SelectParams>(name, 'windows over a dilated operand', reference)(
        inputs,
        p,
        outputs,
        context
      )
    return [rule(values, operand, outputs[0].shape, context, p)]
  }

/** The sum over windows of the value of each at its winner. */
const addedAtWinners = (
  values: LoweredValue,
  operand: LoweredValue,
  shape: readonly number[],
  context: Lowering,
  p: SelectParams
): LoweredValue => {
  const kind = monoidOf(p)
  if (slidesAlongMemory(shape, p))
    return context.emitting((c) => valuesAtWinners(c, values, operand, p, kind))
  const gathered = gatherWinners(values, operand, p, kind, shape, context)
  if (gathered !== null) return gathered
  const winner = only(context.emitting((c) => argReduceWindow(c, operand, p, kind)))
  const zeros = full([sizeOf(shape)], values.dtype, 0)
  const sums = context.scatter(zeros, values, {
    kind: 'add',
    coordinates: [winner],
    valid: kernel.compare('ge', winner, kernel.constant('int32', 0))
  })
  return context.reshape(sums, shape)
}

/** The value at the winner of each window; 0 for a window of padding only. */
export const selectAndGatherAddP: Primitive<SelectParams> = definePrimitive<SelectParams>({
  name: 'selectAndGatherAdd',

  abstractEval: ([values, operand], p) => {
    checkOperands('selectAndGatherAdd', values, operand, operand.shape)
    return [withShape(values, windowsOf('selectAndGatherAdd', operand.shape, p))]
  },

  reference: gatherReference,

  jvp: winnersJvp((values, operand, p) => selectAndGatherAdd(values, operand, p)),

  transpose: ([ct], [values, operand], p) => [
    isUnknown(values) && isZero(ct)
      ? zero(values.aval)
      : selectAndScatterAdd(ct as NdArray, operand as NdArray, p), // the operand is never unknown
    null
  ],

  batch: winnersBatch((values, operand, p) => selectAndGatherAdd(values, operand, p)),

  lower: lowerWinners('selectAndGatherAdd', gatherReference, (values, operand, _, context, p) => {
    const winners = context.emitting((c) => argReduceWindow(c, operand, p, monoidOf(p)))
    const winner = only(winners)
    const flat = context.reshape(values, [sizeOf(values.shape)])
    const found = context.at(flat, winners.shape, [
      kernel.binary('max', winner, kernel.constant('int32', 0))
    ])
    const exists = kernel.compare('ge', winner, kernel.constant('int32', 0))
    return mapParts(found, (e) => kernel.select(exists, e, kernel.constant(e.dtype, 0)))
  })
})

/** Adds the value of each window to the place of its winner; everything else is 0. */
export const selectAndScatterAddP: Primitive<SelectParams> = definePrimitive<SelectParams>({
  name: 'selectAndScatterAdd',

  abstractEval: ([values, operand], p) => {
    const windows = windowsOf('selectAndScatterAdd', operand.shape, p)
    checkOperands('selectAndScatterAdd', values, operand, windows)
    return [withShape(values, operand.shape)]
  },

  reference: scatterReference,

  jvp: winnersJvp((values, operand, p) => selectAndScatterAdd(values, operand, p)),

  transpose: ([ct], [values, operand], p) => [
    isUnknown(values) && isZero(ct)
      ? zero(values.aval)
      : selectAndGatherAdd(ct as NdArray, operand as NdArray, p), // the operand is never unknown
    null
  ],

  batch: winnersBatch((values, operand, p) => selectAndScatterAdd(values, operand, p)),

  lower: lowerWinners(
    'selectAndScatterAdd',
    scatterReference,
    (values, operand, shape, context, p) => {
      const passes = passesOf(shape, p)
      if (passes === null || isNarrow(values.dtype))
        return addedAtWinners(values, operand, shape, context, p)
      // The winner of a window is that of a row of it, which is one of the row's.
      const monoid = p.select === 'ge' ? 'max' : 'min'
      const rows = passes
        .slice(0, -1)
        .reduce<readonly LoweredValue[]>(
          (all, q) => [
            ...all,
            context.emitting((c) => reduceWindow(c, all[all.length - 1], q, monoid))
          ],
          [context.store(operand)]
        )
      return passes.reduceRight(
        (v, q, i) => addedAtWinners(v, rows[i], rows[i].shape, context, { ...q, select: p.select }),
        values
      )
    }
  )
})

/** Shape: values and operand alike -> the number of windows per axis. */
export const selectAndGatherAdd = (
  values: NdArray,
  operand: NdArray,
  params: SelectParams
): NdArray => bind1(selectAndGatherAddP, [values, operand], params)

/** Shape: values, one per window, and the operand -> as the operand. */
export const selectAndScatterAdd = (
  values: NdArray,
  operand: NdArray,
  params: SelectParams
): NdArray => bind1(selectAndScatterAddP, [values, operand], params)
