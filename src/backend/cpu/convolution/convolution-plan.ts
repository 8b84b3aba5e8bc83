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

import { sizeOf } from '../../../core/shape.ts'
import type { SpatialDimension } from '../../../kernel/ir.ts'
import { needsPadding, padInput, pointwise } from './convolution-padding.ts'
import type { PaddedInput } from './convolution-padding.ts'
import { mergeDimensions } from '../nest/strided.ts'
import type { Dimension } from '../nest/strided.ts'

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
  /** How one product is cut. */
  readonly pieces: Pieces
  /** The input of one piece. */
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
  /** What is scattered of one step along the axis that is cut, and the strides of that axis. */
  readonly scatter: readonly Dimension<readonly [dense: number, out: number]>[]
  readonly scatterStep: readonly [dense: number, out: number]
}

/**
 * Pieces of a product, which are computed one by one or by several threads. The sums of an element
 * do not depend on them.
 */
export interface Pieces {
  /** `axis`: steps along the outermost axis of the positions, as what lies around them is copied. */
  readonly of: 'positions' | 'axis' | 'features'
  /** Positions, steps or features: of the product and of a piece. */
  readonly extent: number
  readonly size: number
  readonly count: number
  /** Positions of one step. */
  readonly step: number
}

/** Smaller images have too few columns for the packing of the features to pay. */
const LEAST_COLUMNS = 64

/** Positions of a piece: many for the packing of the features, few for the input to stay in caches. */
const [leastPositions, mostPositions] = [256, 2048]
/** Features of a piece, in whole tiles of any engine. */
const featureUnit = 48
/** Pieces that keep a few threads busy. */
const enoughPieces = 8

/** Pieces of about `size`, in whole units, of which none is much smaller than the others. */
const inPieces = (
  of: Pieces['of'],
  extent: number,
  size: number,
  { step, unit }: { readonly step: number; readonly unit: number }
): Pieces => {
  const pieces = Math.max(1, Math.ceil(extent / size))
  const even = Math.ceil(extent / pieces / unit) * unit
  const count = Math.max(1, Math.ceil(extent / even))
  return { of, extent, size: count === 1 ? extent : even, count, step }
}

/** Positions of which a piece should have about so many: of tiles of any engine. */
const positionUnit = 60

const planPieces = (
  positions: number,
  step: number,
  features: number,
  products: number,
  byAxis: boolean
): Pieces => {
  const wanted = Math.max(1, enoughPieces / products)
  const target = Math.max(leastPositions, Math.min(mostPositions, positions / wanted))
  if (byAxis) {
    const extent = positions / step
    const size = Math.max(1, Math.min(extent, Math.round(target / step)))
    return inPieces('axis', extent, size, { step, unit: 1 })
  }
  const size = Math.ceil(target / positionUnit) * positionUnit
  const pieces = inPieces('positions', positions, size, { step: 1, unit: positionUnit })
  // A few positions with many features, as deep inside of a network.
  const unit = Math.ceil(features / wanted / featureUnit) * featureUnit
  const across = inPieces('features', features, Math.max(1, unit), { step: 1, unit: featureUnit })
  return across.count > pieces.count ? across : pieces
}

export const planConvolution = (shape: ConvolutionShape): ConvolutionPlan => {
  const { batch, inFeatures, outFeatures, spatial } = shape
  const [, ...lhs] = shape.lhs
  const [, rhsOut, rhsIn, ...rhsWindow] = shape.rhs
  const [, outBatch, outFeature, ...outSpatial] = shape.out
  const windows = spatial.map(({ window }) => window)
  const outputs = batch * sizeOf(spatial.map(({ output }) => output))
  const k = inFeatures * sizeOf(windows)

  // Positions in the order of the output's memory, so that they are stored where they belong.
  const all = [
    { extent: batch, out: outBatch, index: 0, stride: 1 },
    ...spatial.map(({ output, stride }, s) => ({
      extent: output,
      out: outSpatial[s],
      index: s + 1,
      stride
    }))
  ].sort((a, b) => Math.abs(b.out) - Math.abs(a.out))
  const inOutput = (list: typeof all): Digits =>
    mergeDimensions(list.map(({ extent, out }) => ({ extent, strides: [out] as const })))
  const allOutputs = inOutput(all)
  const isLinear = allOutputs.length === 1 && (outFeature === 1 || outFeatures === 1)
  const image = all.filter(({ index }) => index > 0)
  /** Whether positions are enough columns that lie side by side. */
  const areColumns = ([side, ...others]: Digits): boolean =>
    others.length === 0 && side?.strides[0] === 1 && side.extent >= LEAST_COLUMNS
  // Of all images at once, or of one after the other.
  const areAllColumns = !isLinear && areColumns(allOutputs)
  const isImageWise = !isLinear && !areAllColumns && image.length > 0 && areColumns(inOutput(image))
  const featuresFirst = areAllColumns || isImageWise
  const unsorted = isImageWise ? image : all
  // The axis that is cut is the first of which there is more than one step.
  const cut = Math.max(
    0,
    unsorted.findIndex(({ extent }) => extent > 1)
  )
  const positions = [unsorted[cut], ...unsorted.filter((_, i) => i !== cut)]
  const dense = positions.map((_, i) => sizeOf(positions.slice(i + 1).map((d) => d.extent)))
  const rowStride = featuresFirst ? outFeature : isLinear ? allOutputs[0].strides[0] : undefined

  const isPadded = outputs > 0 && k > 0 && spatial.some(needsPadding)
  const count = sizeOf(positions.map(({ extent }) => extent))
  const images = isImageWise ? batch : 1
  const pieces = planPieces(
    count,
    dense[0],
    outFeatures,
    images * shape.groups,
    isPadded || rowStride === undefined
  )
  const axes = [pointwise(isImageWise ? 1 : batch), pointwise(inFeatures), ...spatial]
  const cutAxis = positions[0].index === 0 ? 0 : positions[0].index + 1
  const padding = isPadded ? padInput(axes, lhs, cutAxis, pieces.size) : undefined
  const [lhsBatch, lhsFeature, ...lhsSpatial] = padding?.strides ?? lhs
  const origin =
    padding !== undefined
      ? 0
      : spatial.reduce((sum, { padLow }, s) => sum - padLow * lhsSpatial[s], 0)

  // Terms in the order of the input's memory: the innermost runs are then contiguous in it.
  const terms = [
    { extent: inFeatures, lhs: lhsFeature, rhs: rhsIn },
    ...spatial.map(({ window, windowDilation }, s) => ({
      extent: window,
      lhs: windowDilation * lhsSpatial[s],
      rhs: rhsWindow[s]
    }))
  ].sort((a, b) => Math.abs(b.lhs) - Math.abs(a.lhs))

  return {
    m: featuresFirst ? outFeatures : count,
    n: featuresFirst ? count : outFeatures,
    k,
    images,
    imageStep: [lhs[0], outBatch],
    featuresFirst,
    pieces,
    padded: padding?.input,
    origin,
    positions: mergeDimensions(
      positions.map(({ extent, stride, index }) => ({
        extent,
        strides: [stride * (index === 0 ? lhsBatch : lhsSpatial[index - 1])] as const
      }))
    ),
    features: [{ extent: outFeatures, strides: [rhsOut] }],
    lhsSteps: mergeDimensions(terms.map((t) => ({ extent: t.extent, strides: [t.lhs] as const }))),
    rhsSteps: mergeDimensions(terms.map((t) => ({ extent: t.extent, strides: [t.rhs] as const }))),
    positionOrder: positions.map(({ index }) => index),
    rowStride,
    scatter: [
      { extent: outFeatures, strides: [1, outFeature] },
      ...positions.slice(1).map(({ extent, out }, i) => ({
        extent,
        strides: [dense[i + 1] * outFeatures, out] as const
      }))
    ],
    scatterStep: [dense[0] * outFeatures, positions[0].out]
  }
}
