/** XLA's dot_general: products summed over contracted axes, for each point of the batch axes. */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import {
  allocate,
  isComplex,
  isFloat,
  promote,
  slotsOf,
  type DType,
  type HostData
} from '../core/dtype.ts'
import { AxisError, ShapeError } from '../core/errors.ts'
import { inversePermutation, iota, show, sizeOf } from '../core/shape.ts'
import type { Lower } from '../kernel/fuse.ts'
import { makeAval } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type HostArray,
  type JvpRule,
  type Primitive,
  type Tangent,
  type Unknown
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { convertElementType } from './convert.ts'
import { addTangents } from './elementwise.ts'
import { settle } from './host.ts'
import { mapTangent } from './linear.ts'
import { transpose } from './movement.ts'
import { offsetsAlong, otherAxes } from './offsets.ts'

/** Which axes are multiplied pairwise. Axes in none of the lists are free. */
export interface DotDimensionNumbers {
  readonly lhsContracting: readonly number[]
  readonly rhsContracting: readonly number[]
  readonly lhsBatch: readonly number[]
  readonly rhsBatch: readonly number[]
}

export interface DotGeneralParams {
  readonly dimensionNumbers: DotDimensionNumbers
  /** Type of the sums; null: the type both operands meet in. */
  readonly preferredElementType: DType | null
}

const checkAxisList = (name: string, axes: readonly number[], rank: number): void => {
  if (new Set(axes).size === axes.length && axes.every((a) => iota(rank).includes(a))) return
  throw new AxisError('dotGeneral', {
    problem: `the axes ${name} are not axes of the operand`,
    got: `axes ${show(axes)} of an array of rank ${rank}`,
    expected: rank === 0 ? 'no axes' : `distinct axes from 0 to ${rank - 1}`,
    hint: 'contracting and batch axes of one operand are distinct too'
  })
}

const checkPairs = (
  what: string,
  x: Aval,
  y: Aval,
  xAxes: readonly number[],
  yAxes: readonly number[]
): void => {
  if (xAxes.length === yAxes.length && xAxes.every((a, i) => x.shape[a] === y.shape[yAxes[i]]))
    return
  throw new ShapeError('dotGeneral', {
    problem: `the ${what} axes do not pair up`,
    got: `lhs ${show(x.shape)} axes ${show(xAxes)}, rhs ${show(y.shape)} axes ${show(yAxes)}`,
    expected: 'as many axes on both sides, of equal extents in order',
    hint: 'np.matmul contracts the last axis of lhs with the last but one of rhs'
  })
}

const abstractEval = (
  [x, y]: readonly Aval[],
  { dimensionNumbers: d, preferredElementType }: DotGeneralParams
): readonly Aval[] => {
  checkAxisList('of lhs', [...d.lhsBatch, ...d.lhsContracting], x.shape.length)
  checkAxisList('of rhs', [...d.rhsBatch, ...d.rhsContracting], y.shape.length)
  checkPairs('contracted', x, y, d.lhsContracting, d.rhsContracting)
  checkPairs('batch', x, y, d.lhsBatch, d.rhsBatch)
  const shape = [
    ...d.lhsBatch.map((a) => x.shape[a]),
    ...otherAxes(x.shape.length, d.lhsBatch, d.lhsContracting).map((a) => x.shape[a]),
    ...otherAxes(y.shape.length, d.rhsBatch, d.rhsContracting).map((a) => y.shape[a])
  ]
  return [makeAval(shape, preferredElementType ?? promote(x.dtype, y.dtype), x.weak && y.weak)]
}

/** Sums of products in float64, or in wrapping int32 for integers. */
const reference = (
  [x, y]: readonly HostArray[],
  { dimensionNumbers: d }: DotGeneralParams,
  [out]: readonly Aval[]
): readonly HostData[] => {
  const offsets = {
    batch: [offsetsAlong(x.shape, d.lhsBatch), offsetsAlong(y.shape, d.rhsBatch)],
    free: [
      offsetsAlong(x.shape, otherAxes(x.shape.length, d.lhsBatch, d.lhsContracting)),
      offsetsAlong(y.shape, otherAxes(y.shape.length, d.rhsBatch, d.rhsContracting))
    ],
    sum: [offsetsAlong(x.shape, d.lhsContracting), offsetsAlong(y.shape, d.rhsContracting)]
  }
  const dot = isComplex(out.dtype)
    ? complexDot(x, y, offsets.sum)
    : isFloat(out.dtype)
      ? realDot(x.data, y.data, offsets.sum)
      : integerDot(x.data, y.data, offsets.sum)
  const data = allocate(out.dtype, sizeOf(out.shape))
  const [xb, yb] = offsets.batch
  const [xf, yf] = offsets.free
  const slots = slotsOf(out.dtype)
  let to = 0
  for (let b = 0; b < xb.length; b++)
    for (let m = 0; m < xf.length; m++)
      for (let n = 0; n < yf.length; n++) {
        dot(data, to, xb[b] + xf[m], yb[b] + yf[n])
        to += slots
      }
  // bool adds with or: any positive count is true.
  if (out.dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1
  return [settle(out.dtype, data)]
}

/** Writes one element of the result: the sum over the contracted axes from two bases. */
type Dot = (data: HostData, to: number, xBase: number, yBase: number) => void

const realDot =
  (x: HostData, y: HostData, [xs, ys]: readonly Int32Array[]): Dot =>
  (data, to, xBase, yBase) => {
    let total = 0
    for (let k = 0; k < xs.length; k++) total += x[xBase + xs[k]] * y[yBase + ys[k]]
    data[to] = total
  }

const integerDot =
  (x: HostData, y: HostData, [xs, ys]: readonly Int32Array[]): Dot =>
  (data, to, xBase, yBase) => {
    let total = 0
    for (let k = 0; k < xs.length; k++)
      total = (total + Math.imul(x[xBase + xs[k]], y[yBase + ys[k]])) | 0
    data[to] = total
  }

const complexDot =
  (x: HostArray, y: HostArray, [xs, ys]: readonly Int32Array[]): Dot =>
  (data, to, xBase, yBase) => {
    const [xSlots, ySlots] = [slotsOf(x.dtype), slotsOf(y.dtype)]
    let re = 0
    let im = 0
    for (let k = 0; k < xs.length; k++) {
      const i = (xBase + xs[k]) * xSlots
      const j = (yBase + ys[k]) * ySlots
      const xi = xSlots === 2 ? x.data[i + 1] : 0
      const yi = ySlots === 2 ? y.data[j + 1] : 0
      re += x.data[i] * y.data[j] - xi * yi
      im += x.data[i] * yi + xi * y.data[j]
    }
    data[to] = re
    data[to + 1] = im
  }

/** What a bilinear operation does with tangents: one term for each side. */
const jvp: JvpRule<DotGeneralParams> = ([x, y], [dx, dy], params) => {
  const z = dot(x, y, params)
  const out = avalOf(z)
  return [
    [z],
    [
      addTangents(
        mapTangent(out, dx, (t) => dot(t, y, params)),
        mapTangent(out, dy, (t) => dot(x, t, params))
      )
    ]
  ]
}

const inOrder = (axes: readonly number[]): boolean => axes.every((a, i) => a === i)

/**
 * The cotangent of one operand: contract that of the result with the other operand over the
 * other's free axes, and put the axes back where they came from. The product is taken in the other
 * order where its axes come out in their places so.
 */
const cotangentOf = (
  side: 'lhs' | 'rhs',
  ct: NdArray,
  x: Unknown,
  other: NdArray,
  { dimensionNumbers: d, preferredElementType }: DotGeneralParams
): NdArray => {
  const [xBatch, xContracting, yBatch, yContracting] =
    side === 'lhs'
      ? [d.lhsBatch, d.lhsContracting, d.rhsBatch, d.rhsContracting]
      : [d.rhsBatch, d.rhsContracting, d.lhsBatch, d.lhsContracting]
  const xFree = otherAxes(x.shape.length, xBatch, xContracting)
  const yFree = otherAxes(other.ndim, yBatch, yContracting)
  // The result's free axes of the other operand: after those of x when x is on the left.
  const first = xBatch.length + (side === 'lhs' ? xFree.length : 0)
  const [given, known] = [
    [ct, yFree.map((_, i) => first + i), iota(xBatch.length)] as const,
    [other, yFree, yBatch] as const
  ]
  // Contracted axes come in the order they have in the other.
  const contracted = [...yContracting.keys()]
    .sort((a, b) => yContracting[a] - yContracting[b])
    .map((i) => xContracting[i])
  const straight = [...xBatch, ...xFree, ...contracted]
  const swapped = [...xBatch, ...contracted, ...xFree]
  const isSwapped = inOrder(swapped) && !inOrder(straight)
  const [[lhs, lhsContracting, lhsBatch], [rhs, rhsContracting, rhsBatch]] = isSwapped
    ? [known, given]
    : [given, known]
  const back = dotGeneral(lhs, rhs, {
    dimensionNumbers: { lhsContracting, rhsContracting, lhsBatch, rhsBatch },
    preferredElementType
  })
  const placed = transpose(back, inversePermutation(isSwapped ? swapped : straight))
  return placed.dtype === x.dtype ? placed : convertElementType(placed, x.dtype)
}

const transposeRule: Primitive<DotGeneralParams>['transpose'] = ([ct], [x, y], params) => {
  // Linear in one argument at a time: the other one is known.
  const share = (side: 'lhs' | 'rhs', of: Unknown, other: NdArray): Tangent =>
    isZero(ct) ? zero(of.aval) : cotangentOf(side, ct, of, other, params)
  return [
    isUnknown(x) ? share('lhs', x, y as NdArray) : null,
    isUnknown(y) ? share('rhs', y, x as NdArray) : null
  ]
}

const batch: BatchRule<DotGeneralParams> = (_axis, [x, y], [xAt, yAt], params) => {
  const d = params.dimensionNumbers
  const step = (axes: readonly number[], at: number | null): readonly number[] =>
    at === null ? axes : axes.map((a) => (a < at ? a : a + 1))
  const both = xAt !== null && yAt !== null
  const shifted: DotDimensionNumbers = {
    lhsContracting: step(d.lhsContracting, xAt),
    rhsContracting: step(d.rhsContracting, yAt),
    lhsBatch: both ? [xAt, ...step(d.lhsBatch, xAt)] : step(d.lhsBatch, xAt),
    rhsBatch: both ? [yAt, ...step(d.rhsBatch, yAt)] : step(d.rhsBatch, yAt)
  }
  const z = dot(x, y, { ...params, dimensionNumbers: shifted })
  if (both) return [[z], [0]]
  // The mapped axis of the one operand is one more free axis.
  const xFree = otherAxes(x.ndim, shifted.lhsBatch, shifted.lhsContracting)
  const yFree = otherAxes(y.ndim, shifted.rhsBatch, shifted.rhsContracting)
  const at =
    xAt !== null
      ? d.lhsBatch.length + xFree.indexOf(xAt)
      : d.lhsBatch.length + xFree.length + yFree.indexOf(yAt as number) // one of them is mapped
  return [[z], [at]]
}

const lower: Lower<DotGeneralParams> = ([x, y], { dimensionNumbers: d }, [out], context) => [
  context.contract(
    x,
    y,
    {
      lhsContract: d.lhsContracting,
      rhsContract: d.rhsContracting,
      lhsBatch: d.lhsBatch,
      rhsBatch: d.rhsBatch
    },
    out.dtype
  )
]

/** Bilinear: linear in each operand while the other is known. */
export const dotGeneralP: Primitive<DotGeneralParams> = definePrimitive<DotGeneralParams>({
  name: 'dotGeneral',
  abstractEval,
  reference,
  // Loops take two elements' time for a product and its sum, and kernels gain twice as much on them.
  work: ([x], { dimensionNumbers: { lhsContracting } }, [out]) =>
    lhsContracting.reduce((n, a) => n * x.shape[a], 4 * sizeOf(out.shape)),
  jvp,
  transpose: transposeRule,
  multilinear: true,
  batch,
  lower
})

const dot = (x: NdArray, y: NdArray, params: DotGeneralParams): NdArray =>
  bind1(dotGeneralP, [x, y], params)

export interface DotGeneralOptions {
  readonly dimensionNumbers: DotDimensionNumbers
  readonly preferredElementType?: DType | null
}

/**
 * Products of elements of `x` and `y`, summed over the contracted axes.
 *
 * Shape: batch axes, then free axes of x, then free axes of y.
 */
export const dotGeneral = (x: NdArray, y: NdArray, options: DotGeneralOptions): NdArray =>
  dot(x, y, {
    dimensionNumbers: options.dimensionNumbers,
    preferredElementType: options.preferredElementType ?? null
  })
