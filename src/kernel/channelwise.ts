/**
 * Convolutions of groups with few features: no product of matrices is in them. Where channels lie
 * side by side in memory (depthwise, features last) a vector holds neighbouring channels, else
 * (features first) neighbouring places of a row.
 */
import { sizeOf } from '../core/shape.ts'
import type { DType } from '../core/dtype.ts'
import { coefficient } from './affine.ts'
import type { Convolution } from './ir.ts'

/** Fewer leave a vector empty. */
const leastChannels = 4
/** Sums of more terms have to be blocked. */
const mostTerms = 64
/** Sums side by side along the innermost axis, and terms of one of them along a row. */
const [mostSums, mostColumns] = [8, 512]

/**
 * `small windows`: a few products for each of many outputs, as in a forward pass. `few outputs`: long
 * sums, as in the gradient with respect to a kernel. `planes` and `plane sums`: the same along rows.
 * Null for every other convolution.
 */
export type ChannelwiseForm = 'small windows' | 'few outputs' | 'planes' | 'plane sums'

/** From this many groups with fewer features than this, groups are computed side by side. */
const [leastGroups, leastFeatures] = [4, 4]

/** Whether a matrix product for each group would be nearly empty. */
export const hasFewFeatures = (k: Pick<Convolution, 'groups' | 'outFeatures'>): boolean =>
  k.groups >= leastGroups && k.outFeatures < leastFeatures

/** Spatial dimensions in the order of an operand's memory, outermost first. */
export const spatialOrder = (
  k: Pick<Convolution, 'spatial'>,
  strideOf: (s: number) => number
): readonly number[] =>
  k.spatial.map((_, s) => s).sort((a, b) => Math.abs(strideOf(b)) - Math.abs(strideOf(a)))

/** The same where axes along which nothing moves count as outermost. */
export const planeOrder = (
  spatial: Convolution['spatial'],
  strideOf: (s: number) => number
): readonly number[] => {
  const isStill = (s: number): boolean => spatial[s].output === 1 && spatial[s].window === 1
  const order = spatialOrder({ spatial }, strideOf)
  return [...order.filter(isStill), ...order.filter((s) => !isStill(s))]
}

/**
 * From which of the nested extents of a sum on its terms are few enough to be added up one after the
 * other, for those sums to be added up in turn; null where they would be too many.
 */
export const innerSums = (extents: readonly number[]): number | null => {
  const from = extents.findIndex((_, i) => sizeOf(extents.slice(i)) <= mostTerms)
  return from < 0 || sizeOf(extents.slice(0, from)) > mostTerms ? null : from
}

/**
 * The form over planes that a convolution of few features has whose results lie along rows; `order`
 * has its dimensions as they lie in memory, the rows last.
 */
export const formOverPlanes = (
  k: Pick<Convolution, 'groups' | 'inFeatures' | 'outFeatures' | 'spatial'> & {
    readonly dtype: DType
  },
  order: readonly number[]
): 'planes' | 'plane sums' | null => {
  const fits =
    hasFewFeatures(k) &&
    (k.dtype === 'float32' || k.dtype === 'float64') &&
    order.length > 0 &&
    k.spatial.every((d) => d.inputDilation === 1)
  if (!fits) return null
  const windows = [k.inFeatures, ...order.map((s) => k.spatial[s].window)]
  if (sizeOf(windows) <= mostTerms) return 'planes'
  if (sizeOf(k.spatial.map((d) => d.output)) <= mostTerms) return 'plane sums'
  return innerSums(windows) === null ? null : 'planes'
}

const alongRows = (k: Convolution): ChannelwiseForm | null => {
  const order = planeOrder(k.spatial, (s) => coefficient(k.out.index, 3 + s))
  const row = order.at(-1)
  return row !== undefined && coefficient(k.out.index, 3 + row) === 1
    ? formOverPlanes(k, order)
    : null
}

export const channelwiseForm = (k: Convolution): ChannelwiseForm | null =>
  alongChannels(k) ?? alongRows(k)

const alongChannels = (k: Convolution): ChannelwiseForm | null => {
  const { groups, batch, inFeatures, outFeatures, spatial } = k
  const fits =
    groups >= leastChannels &&
    outFeatures === 1 &&
    (k.dtype === 'float32' || k.dtype === 'float64') &&
    [k.lhs, k.rhs, k.out].every(({ index }) => coefficient(index, 0) === 1) &&
    spatial.length > 0 &&
    spatial.every((d) => d.inputDilation === 1)
  if (!fits) return null
  const windows = spatial.map((d) => d.window)
  const outputs = spatial.map((d) => d.output)
  if (inFeatures === 1 && sizeOf(windows) <= mostTerms) return 'small windows'
  const inner = spatialOrder(k, (s) => coefficient(k.lhs.index, 3 + s)).at(-1) ?? 0
  const fewOutputs =
    batch === 1 &&
    sizeOf(outputs) <= mostTerms &&
    outputs[inner] <= mostSums &&
    windows[inner] <= mostColumns
  if (fewOutputs) return 'few outputs'
  // Windows larger than the output would be walked once for every few places of it.
  if (inFeatures > 1 || sizeOf(windows) > sizeOf(outputs)) return null
  const order = spatialOrder(k, (s) => coefficient(k.out.index, 3 + s))
  return innerSums(order.map((s) => windows[s])) === null ? null : 'small windows'
}
