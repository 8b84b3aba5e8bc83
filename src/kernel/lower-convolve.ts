/**
 * convGeneralDilated as a convolution kernel: every layout and grouping is strides. Where a group has
 * few features of its own, a matrix product per group would be nearly empty: then the convolution is
 * channelwise, or a nest, whose vectors lie across groups or along the image.
 */
import { sizeOf } from '../core/shape.ts'
import { type DType, isComplex } from '../core/dtype.ts'
import { affine, coefficient, rowMajorStrides } from './affine.ts'
import { formOverPlanes, hasFewFeatures, planeOrder } from './channelwise.ts'
import { hasPhases, phasesOf } from './convolution-phases.ts'
import { convolutionProduct } from './convolution-product.ts'
import { type Emitter, loadBuffer, placeOf, store } from './emit.ts'
import type { ScalarType } from './expr.ts'
import type { ConvolveParams, LoweredValue } from './fuse.ts'
import type { Convolution, SpatialDimension } from './ir.ts'
import { complexProduct } from './lower-contract.ts'
import { pad } from './lower-movement.ts'
import { convert, full } from './views.ts'

const dilated = (extent: number, dilation: number): number =>
  extent === 0 ? 0 : (extent - 1) * dilation + 1

const spatialOf = (
  lhs: LoweredValue,
  rhs: LoweredValue,
  p: ConvolveParams
): readonly SpatialDimension[] =>
  p.strides.map((stride, s) => {
    const input = lhs.shape[p.lhsSpec[s + 2]]
    const window = rhs.shape[p.rhsSpec[s + 2]]
    const [padLow, padHigh] = p.padding[s]
    const [inputDilation, windowDilation] = [p.lhsDilation[s], p.rhsDilation[s]]
    const room = dilated(input, inputDilation) + padLow + padHigh - dilated(window, windowDilation)
    const output = room < 0 ? 0 : Math.floor(room / stride) + 1
    return { input, window, output, stride, padLow, inputDilation, windowDilation }
  })

/** The innermost axis of the result that moves. */
const innermost = (shape: readonly number[]): number => shape.findLastIndex((n) => n > 1)

/** Whether vectors of the result lie along the image. */
const isAlongImage = (p: ConvolveParams, shape: readonly number[]): boolean =>
  p.outSpec.indexOf(innermost(shape)) >= 2

/**
 * Padding and holes written out, where vectors would meet them, or every point would have to ask;
 * null where there is nothing of that kind.
 */
const filled = (
  c: Emitter,
  lhs: LoweredValue,
  p: ConvolveParams,
  shape: readonly number[]
): LoweredValue | null => {
  const alongImage = isAlongImage(p, shape)
  const isPadded = p.padding.some(([low, high]) => low !== 0 || high !== 0)
  const isDilated = p.lhsDilation.some((d) => d > 1)
  if (!isDilated && !(alongImage && isPadded)) return null
  const edges = lhs.shape.map((_, axis) => {
    const s = p.lhsSpec.indexOf(axis) - 2
    return s < 0 ? ([0, 0, 0] as const) : ([...p.padding[s], p.lhsDilation[s] - 1] as const)
  })
  return store(c, pad(c, lhs, full([], lhs.dtype, 0), edges))
}

const real = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  p: ConvolveParams
): LoweredValue => {
  const dtype = lhs.dtype as ScalarType // the caller has split complex values
  const spatial = spatialOf(lhs, rhs, p)
  const groups = p.featureGroupCount * p.batchGroupCount // at most one of them is above 1
  const [batchAxis, featureAxis] = p.lhsSpec
  const batch = lhs.shape[batchAxis] / p.batchGroupCount
  const inFeatures = lhs.shape[featureAxis] / p.featureGroupCount
  const outFeatures = rhs.shape[p.rhsSpec[0]] / groups
  const shape = new Array<number>(p.outSpec.length)
  p.outSpec.forEach((axis, i) => {
    shape[axis] = i === 0 ? batch : i === 1 ? groups * outFeatures : spatial[i - 2].output
  })
  if (sizeOf(shape) === 0 || sizeOf(lhs.shape) === 0 || sizeOf(rhs.shape) === 0) {
    return store(c, full(shape, dtype, 0))
  }

  const bySide = hasFewFeatures({ groups, outFeatures })
  const inPhases = bySide && !isAlongImage(p, shape) && hasPhases({ spatial })
  const strides = rowMajorStrides(shape)
  const order = planeOrder(spatial, (s) => strides[p.outSpec[s + 2]])
  const inPlanes =
    isAlongImage(p, shape) &&
    formOverPlanes({ dtype, groups, inFeatures, outFeatures, spatial }, order) !== null
  const dense = bySide && !inPhases && !inPlanes ? filled(c, lhs, p, shape) : null
  if (dense !== null) {
    const [padding, lhsDilation] = [spatial.map(() => [0, 0] as const), spatial.map(() => 1)]
    return real(c, dense, rhs, { ...p, padding, lhsDilation })
  }

  const [l, r] = [placeOf(c, lhs), placeOf(c, rhs)]
  const ls = p.lhsSpec.map((axis) => coefficient(l.index, axis))
  const rs = p.rhsSpec.map((axis) => coefficient(r.index, axis))
  const os = p.outSpec.map((axis) => strides[axis])
  const lhsGroup = p.batchGroupCount > 1 ? batch * ls[0] : inFeatures * ls[1]
  const out = c.allocate({ shape, dtype })
  const kernel: Convolution = {
    _tag: 'convolution',
    dtype,
    groups,
    batch,
    inFeatures,
    outFeatures,
    spatial,
    lhs: { ...l, index: affine(l.index.offset, [groups === 1 ? 0 : lhsGroup, ...ls]) },
    rhs: {
      ...r,
      index: affine(r.index.offset, [groups === 1 ? 0 : outFeatures * rs[0], ...rs])
    },
    out: {
      buffer: out,
      index: affine(0, [groups === 1 ? 0 : outFeatures * os[1], ...os]),
      base: null
    },
    epilogue: null
  }
  const parts = inPhases ? phasesOf(kernel) : [convolutionProduct(kernel) ?? kernel]
  for (const k of parts) c.emit(k)
  return loadBuffer(out, { shape, dtype })
}

/** convGeneralDilated in `dtype`, to which both sides are cast. */
export const convolve = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  params: ConvolveParams,
  dtype: DType
): LoweredValue => {
  const [l, r] = [convert(lhs, dtype), convert(rhs, dtype)]
  return isComplex(dtype)
    ? complexProduct(c, l, r, dtype, (x, y) => real(c, x, y, params))
    : real(c, l, r, params)
}
