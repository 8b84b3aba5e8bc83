/** Where a convolution's axes are and how its kernel slides. */
import type { DType } from '../core/dtype.ts'
import type { Padding, Sliding } from './sliding.ts'

/** Where the axes are: lhs and out [batch, feature, …spatial], rhs [out, in, …spatial]. */
export interface ConvDimensionNumbers {
  readonly lhsSpec: readonly number[]
  readonly rhsSpec: readonly number[]
  readonly outSpec: readonly number[]
}

export interface ConvParams {
  readonly windowStrides: readonly number[]
  readonly padding: Padding
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly dimensionNumbers: ConvDimensionNumbers
  readonly featureGroupCount: number
  readonly batchGroupCount: number
  /** Type of the sums; null: the type both operands meet in. */
  readonly preferredElementType: DType | null
}

/** The extents of these axes, in this order. */
export const pick = (shape: readonly number[], axes: readonly number[]): readonly number[] =>
  axes.map((a) => shape[a])

/** The kernel as a window over the spatial axes. */
export const slidingOf = (p: ConvParams, rhsShape: readonly number[]): Sliding => ({
  windows: pick(rhsShape, p.dimensionNumbers.rhsSpec.slice(2)),
  strides: p.windowStrides,
  padding: p.padding,
  baseDilation: p.lhsDilation,
  windowDilation: p.rhsDilation
})
