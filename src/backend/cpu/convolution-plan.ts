/**
 * A convolution as a matrix product whose operands are read through windows.
 *
 * out[p, o] = Σ_k lhs[position(p) + step(k)] · rhs[step'(k) + feature(o)], where p runs over batch
 * and output positions, k over input features and window positions. Once the input is padded and
 * dilated every offset is a sum of digit · stride, so gradients, which are convolutions with the
 * roles of batch and features exchanged, are the same computation with other strides.
 *
 * Columns of a product must lie side by side in memory. Where features do, positions are its rows;
 * where features come first (NCHW), every image is a product with features as rows.
 */

import type { SpatialDimension } from '../../kernel/ir.ts'
import { mergeDimensions } from './strided.ts'
import type { Dimension } from './strided.ts'

/** Sizes, and strides in elements (of any sign) over the index spaces of the kernel IR. */
export interface ConvolutionShape {
  readonly groups: number
  readonly batch: number
  /** Per group. */
  readonly inFeatures: number
  readonly outFeatures: number
  readonly spatial: readonly SpatialDimension[]
  readonly lhs: readonly number[] // [group, batch, inFeature, ...input]
  readonly rhs: readonly number[] // [group, outFeature, inFeature, ...window]
  readonly out: readonly number[] // [group, batch, outFeature, ...output]
}

/** The copy of one group of the input with its padding and dilation written out. */
export interface PaddedInput {
  readonly size: number
  /** Elements from the start of the source and of the copy to the first element copied. */
  readonly from: number
  readonly to: number
  readonly dimensions: readonly Dimension<readonly [source: number, copy: number]>[]
}

/** Rows or columns of the product: digits of their index, outermost first, with strides. */
export type Digits = readonly Dimension<readonly [number]>[]

export interface ConvolutionPlan {
  /** Sizes of one product. */
  readonly m: number
  readonly n: number
  readonly k: number
  /** Products per group, and the elements from one to the next in the input and in the output. */
  readonly images: number
  readonly imageStep: readonly [input: number, out: number]
  /** Whether features are the rows of the products, and positions their columns. */
  readonly featuresFirst: boolean
  readonly padded: PaddedInput | undefined
  /** Elements from the input's pointer (or the copy's) to window position zero of output zero. */
  readonly origin: number
  readonly positions: Digits
  readonly features: Digits
  /** Digits of k on either side. */
  readonly lhsSteps: Digits
  readonly rhsSteps: Digits
  /** Which index each digit of a position is: 0 the batch, 1 + s the output position of dimension s. */
  readonly positionOrder: readonly number[]
  /** Elements between rows of the output, or none: then a dense copy is scattered afterwards. */
  readonly rowStride: number | undefined
  readonly scatter: readonly Dimension<readonly [dense: number, out: number]>[]
}

/** Smaller images have too few columns for the packing of the features to pay. */
const LEAST_COLUMNS = 64

/** Positions of a padded, dilated input that some window reads: 0 … reach − 1. */
const reach = ({ output, stride, window, windowDilation }: SpatialDimension): number =>
  (output - 1) * stride + (window - 1) * windowDilation + 1

const needsPadding = (d: SpatialDimension): boolean =>
  d.padLow > 0 || d.inputDilation > 1 || reach(d) - d.padLow > d.input

/** Input indices that land inside the reach, and the position of the first of them. */
const copied = (d: SpatialDimension): { first: number; count: number; position: number } => {
  const first = Math.max(0, Math.ceil(-d.padLow / d.inputDilation))
  const last = Math.min(d.input - 1, Math.floor((reach(d) - 1 - d.padLow) / d.inputDilation))
  return {
    first,
    count: Math.max(0, last - first + 1),
    position: first * d.inputDilation + d.padLow
  }
}

/** Row-major strides of a copy whose dimensions keep the order in memory of their source. */
const denseLike = (extents: readonly number[], strides: readonly number[]): readonly number[] => {
  const order = extents.map((_, i) => i).sort((a, b) => Math.abs(strides[a]) - Math.abs(strides[b]))
  const dense = Array<number>(extents.length).fill(0)
  let size = 1
  for (const i of order) {
    dense[i] = size
    size *= extents[i]
  }
  return dense
}

const padInput = (
  { batch, inFeatures, spatial }: ConvolutionShape,
  strides: readonly number[]
): { readonly input: PaddedInput; readonly strides: readonly number[] } => {
  const extents = [batch, inFeatures, ...spatial.map(reach)]
  const dense = denseLike(extents, strides)
  const parts = spatial.map(copied)
  const dimensions = [batch, inFeatures, ...parts.map(({ count }) => count)].map((extent, i) => {
    const dilation = i < 2 ? 1 : spatial[i - 2].inputDilation
    return { extent, strides: [strides[i], dense[i] * dilation] as const }
  })
  return {
    input: {
      size: extents.reduce((a, b) => a * b, 1),
      from: parts.reduce((sum, { first }, s) => sum + first * strides[s + 2], 0),
      to: parts.reduce((sum, { position }, s) => sum + position * dense[s + 2], 0),
      dimensions
    },
    strides: dense
  }
}

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

export const planConvolution = (shape: ConvolutionShape): ConvolutionPlan => {
  const { batch, inFeatures, outFeatures, spatial } = shape
  const [, ...lhs] = shape.lhs
  const [, rhsOut, rhsIn, ...rhsWindow] = shape.rhs
  const [, outBatch, outFeature, ...outSpatial] = shape.out
  const windows = spatial.map(({ window }) => window)
  const outputs = batch * product(spatial.map(({ output }) => output))
  const k = inFeatures * product(windows)

  const padding =
    outputs > 0 && k > 0 && spatial.some(needsPadding) ? padInput(shape, lhs) : undefined
  const [lhsBatch, lhsFeature, ...lhsSpatial] = padding?.strides ?? lhs
  const origin =
    padding !== undefined
      ? 0
      : spatial.reduce((sum, { padLow }, s) => sum - padLow * lhsSpatial[s], 0)

  // Positions in the order of the output's memory, so that they are stored where they belong.
  const all = [
    { extent: batch, strides: [outBatch, lhsBatch] as const, index: 0 },
    ...spatial.map(({ output, stride }, s) => ({
      extent: output,
      strides: [outSpatial[s], stride * lhsSpatial[s]] as const,
      index: s + 1
    }))
  ].sort((a, b) => Math.abs(b.strides[0]) - Math.abs(a.strides[0]))
  const inOutput = (list: typeof all): Digits =>
    mergeDimensions(list.map(({ extent, strides }) => ({ extent, strides: [strides[0]] as const })))
  const allOutputs = inOutput(all)
  const isLinear = allOutputs.length === 1 && (outFeature === 1 || outFeatures === 1)
  const image = all.filter(({ index }) => index > 0)
  const [side, ...others] = image.length === 0 ? [] : inOutput(image)
  const featuresFirst =
    !isLinear &&
    side !== undefined &&
    others.length === 0 &&
    side.strides[0] === 1 &&
    side.extent >= LEAST_COLUMNS
  const positions = featuresFirst ? image : all
  const dense = positions.map((_, i) => product(positions.slice(i + 1).map((d) => d.extent)))

  // Terms in the order of the input's memory: the innermost runs are then contiguous in it.
  const terms = [
    { extent: inFeatures, lhs: lhsFeature, rhs: rhsIn },
    ...spatial.map(({ window, windowDilation }, s) => ({
      extent: window,
      lhs: windowDilation * lhsSpatial[s],
      rhs: rhsWindow[s]
    }))
  ].sort((a, b) => Math.abs(b.lhs) - Math.abs(a.lhs))

  const count = product(positions.map(({ extent }) => extent))
  return {
    m: featuresFirst ? outFeatures : count,
    n: featuresFirst ? count : outFeatures,
    k,
    images: featuresFirst ? batch : 1,
    imageStep: [lhsBatch, outBatch],
    featuresFirst,
    padded: padding?.input,
    origin,
    positions: mergeDimensions(
      positions.map(({ extent, strides }) => ({ extent, strides: [strides[1]] as const }))
    ),
    features: [{ extent: outFeatures, strides: [rhsOut] }],
    lhsSteps: mergeDimensions(terms.map((t) => ({ extent: t.extent, strides: [t.lhs] as const }))),
    rhsSteps: mergeDimensions(terms.map((t) => ({ extent: t.extent, strides: [t.rhs] as const }))),
    positionOrder: positions.map(({ index }) => index),
    rowStride: featuresFirst ? outFeature : isLinear ? allOutputs[0].strides[0] : undefined,
    scatter: [
      { extent: outFeatures, strides: [1, outFeature] },
      ...positions.map(({ extent, strides }, i) => ({
        extent,
        strides: [dense[i] * outFeatures, strides[0]] as const
      }))
    ]
  }
}
