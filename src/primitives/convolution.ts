/** XLA's convolution, strided, padded, dilated on both sides and grouped, over any spatial axes. */
import '../install-convolutions.ts'
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { promote } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { iota, show, sizeOf } from '../core/shape.ts'
import { convolve } from '../kernel/lower-convolve.ts'
import { makeAval } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type Primitive,
  type Tangent,
  type Unknown
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { pick, slidingOf, type ConvParams } from './convolution-params.ts'
import { convolutionReference } from './convolution-reference.ts'
import { convertElementType } from './convert.ts'
import { addTangents } from './elementwise.ts'
import { foldInto, regroup, unfoldFrom } from './grouping.ts'
import { mapTangent } from './linear.ts'
import { rev } from './reversal.ts'
import { countsOf, operandPadding, windowPadding } from './sliding.ts'

const fail = (problem: string, got: string, expected: string, hint: string): ShapeError =>
  new ShapeError('convGeneralDilated', { problem, got, expected, hint })

const checkRanks = (x: Aval, w: Aval, p: ConvParams): void => {
  const rank = x.shape.length
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  const isPermutation = (spec: readonly number[]): boolean =>
    spec.length === rank && iota(rank).every((a) => spec.includes(a))
  if (rank < 2 || w.shape.length !== rank || ![lhsSpec, rhsSpec, outSpec].every(isPermutation))
    throw fail(
      'the dimension numbers do not fit the operands',
      `lhs ${show(x.shape)}, rhs ${show(w.shape)}, specs ${show(lhsSpec)}, ${show(rhsSpec)}, ${show(outSpec)}`,
      'operands of one rank, at least 2, and a permutation of its axes for each',
      'NHWC images are [0, 3, 1, 2], HWIO kernels [3, 2, 0, 1]'
    )
  const spatial = rank - 2
  const lists = [p.windowStrides, p.padding, p.lhsDilation, p.rhsDilation]
  const positive = [...p.windowStrides, ...p.lhsDilation, ...p.rhsDilation]
  if (
    lists.some((l) => l.length !== spatial) ||
    positive.some((n) => !Number.isInteger(n) || n < 1)
  )
    throw fail(
      'strides, paddings and dilations do not fit the spatial axes',
      `strides ${show(p.windowStrides)}, lhsDilation ${show(p.lhsDilation)}, rhsDilation ${show(p.rhsDilation)}, ${p.padding.length} paddings`,
      `${spatial} of each, positive integers but for the paddings`,
      'the spatial axes are those after batch and feature in the dimension numbers'
    )
}

const checkGroups = (x: Aval, w: Aval, p: ConvParams): void => {
  const { lhsSpec, rhsSpec } = p.dimensionNumbers
  const { featureGroupCount: groups, batchGroupCount: batches } = p
  const [batch, features] = pick(x.shape, lhsSpec)
  const [outputs, inputs] = pick(w.shape, rhsSpec)
  const fine =
    groups >= 1 &&
    batches >= 1 &&
    (groups === 1 || batches === 1) &&
    features === inputs * groups &&
    outputs % (groups * batches) === 0 &&
    batch % batches === 0
  if (!fine)
    throw fail(
      'features, batch and groups do not fit',
      `batch ${batch}, features ${features}, kernel in ${inputs}, out ${outputs}, featureGroupCount ${groups}, batchGroupCount ${batches}`,
      'features = kernel in · featureGroupCount; groups that divide kernel out and batch; at most one kind of group',
      'a depthwise kernel has one input feature and featureGroupCount = features'
    )
}

const abstractEval = ([x, w]: readonly Aval[], p: ConvParams): readonly Aval[] => {
  checkRanks(x, w, p)
  checkGroups(x, w, p)
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  const shape = new Array<number>(outSpec.length)
  const extents = [
    x.shape[lhsSpec[0]] / p.batchGroupCount,
    w.shape[rhsSpec[0]],
    ...countsOf(pick(x.shape, lhsSpec.slice(2)), slidingOf(p, w.shape))
  ]
  outSpec.forEach((axis, i) => (shape[axis] = extents[i]))
  return [makeAval(shape, p.preferredElementType ?? promote(x.dtype, w.dtype), x.weak && w.weak)]
}

const swap = ([first, second, ...rest]: readonly number[]): readonly number[] => [
  second,
  first,
  ...rest
]

/** The flipped kernel slides over the cotangent, dilated by the strides. */
const cotangentOfLhs = (ct: NdArray, x: Unknown, w: NdArray, p: ConvParams): NdArray => {
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  const groups = p.featureGroupCount * p.batchGroupCount // one of them is 1
  const padding = operandPadding(
    pick(x.shape, lhsSpec.slice(2)),
    pick(ct.shape, outSpec.slice(2)),
    slidingOf(p, w.shape)
  )
  // The kernel's features change sides; its groups stay outermost among the new output features.
  const kernel = rev(regroup(w, rhsSpec[0], rhsSpec[1], groups), rhsSpec.slice(2))
  const back = conv(ct, kernel, {
    ...p,
    windowStrides: p.lhsDilation,
    padding,
    lhsDilation: p.windowStrides,
    dimensionNumbers: { lhsSpec: outSpec, rhsSpec: swap(rhsSpec), outSpec: lhsSpec },
    featureGroupCount: groups,
    batchGroupCount: 1
  })
  return regroup(back, lhsSpec[1], lhsSpec[0], p.batchGroupCount)
}

/** The cotangent, dilated by the strides, slides over the operand; batch is what is summed. */
const cotangentOfRhs = (ct: NdArray, x: NdArray, w: Unknown, p: ConvParams): NdArray => {
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  const padding = windowPadding(
    pick(x.shape, lhsSpec.slice(2)),
    pick(ct.shape, outSpec.slice(2)),
    slidingOf(p, w.shape)
  )
  return conv(x, ct, {
    ...p,
    windowStrides: p.rhsDilation,
    padding,
    rhsDilation: p.windowStrides,
    dimensionNumbers: { lhsSpec: swap(lhsSpec), rhsSpec: swap(outSpec), outSpec: swap(rhsSpec) },
    featureGroupCount: p.batchGroupCount,
    batchGroupCount: p.featureGroupCount
  })
}

const transposeRule: Primitive<ConvParams>['transpose'] = ([ct], [x, w], p) => {
  const share = (of: Unknown, rule: (ct: NdArray) => NdArray): Tangent => {
    if (isZero(ct) || sizeOf(ct.shape) === 0 || sizeOf(of.shape) === 0) return zero(of.aval)
    const back = rule(ct)
    return back.dtype === of.dtype ? back : convertElementType(back, of.dtype)
  }
  // Linear in one argument at a time: the other one is known.
  return [
    isUnknown(x) ? share(x, (t) => cotangentOfLhs(t, x, w as NdArray, p)) : null,
    isUnknown(w) ? share(w, (t) => cotangentOfRhs(t, x as NdArray, w, p)) : null
  ]
}

/**
 * Examples of images join the batch; kernels of examples join the output features; both together
 * become feature groups (or batch groups where there are such).
 */
const batch: BatchRule<ConvParams> = ({ size }, [x, w], [xAt, wAt], p) => {
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  if (xAt !== null && wAt !== null) {
    const byBatch = p.batchGroupCount > 1
    const y = conv(
      foldInto(x, xAt, byBatch ? lhsSpec[0] : lhsSpec[1], 1),
      foldInto(w, wAt, rhsSpec[0], 1),
      {
        ...p,
        featureGroupCount: byBatch ? 1 : p.featureGroupCount * size,
        batchGroupCount: byBatch ? p.batchGroupCount * size : 1
      }
    )
    return [[unfoldFrom(y, outSpec[1], size, 1)], [outSpec[1]]]
  }
  if (xAt !== null) {
    const y = conv(foldInto(x, xAt, lhsSpec[0], p.batchGroupCount), w, p)
    return [[unfoldFrom(y, outSpec[0], size, 1)], [outSpec[0]]]
  }
  const groups = p.featureGroupCount * p.batchGroupCount
  // A primitive is batched only when one of its operands is: here the kernel.
  const y = conv(x, foldInto(w, wAt as number, rhsSpec[0], groups), p)
  return [[unfoldFrom(y, outSpec[1], size, groups)], [outSpec[1]]]
}

/** Bilinear: linear in image and kernel while the other is known. */
export const convGeneralDilatedP: Primitive<ConvParams> = definePrimitive<ConvParams>({
  name: 'convGeneralDilated',

  abstractEval,
  reference: convolutionReference,
  // As in a contraction: an output sums as many products as the kernel has weights for its feature.
  work: ([, w], { dimensionNumbers }, [out]) =>
    (4 * sizeOf(out.shape) * sizeOf(w.shape)) / Math.max(1, w.shape[dimensionNumbers.rhsSpec[0]]),

  jvp: ([x, w], [dx, dw], p) => {
    const y = conv(x, w, p)
    const out = avalOf(y)
    return [
      [y],
      [
        addTangents(
          mapTangent(out, dx, (t) => conv(t, w, p)),
          mapTangent(out, dw, (t) => conv(x, t, p))
        )
      ]
    ]
  },

  transpose: transposeRule,
  multilinear: true,
  batch,

  lower: ([x, w], { dimensionNumbers, windowStrides, ...p }, [out], context) => {
    const params = { ...p, ...dimensionNumbers, strides: windowStrides }
    return [context.emitting((emitter) => convolve(emitter, x, w, params, out.dtype))]
  }
})

const conv = (x: NdArray, w: NdArray, params: ConvParams): NdArray =>
  bind1(convGeneralDilatedP, [x, w], params)

/** As {@link ConvParams}; dilations and group counts are 1 where they are left out. */
export type ConvOptions = Pick<ConvParams, 'windowStrides' | 'padding' | 'dimensionNumbers'> &
  Partial<ConvParams>

/**
 * Slides the kernel `w` over the images `x` and sums products (no flip: a correlation).
 *
 * Shape: as the dimension numbers say; negative padding crops.
 */
export const convGeneralDilated = (x: NdArray, w: NdArray, options: ConvOptions): NdArray => {
  const ones = options.windowStrides.map(() => 1)
  return conv(x, w, {
    lhsDilation: ones,
    rhsDilation: ones,
    featureGroupCount: 1,
    batchGroupCount: 1,
    preferredElementType: null,
    ...options
  })
}
