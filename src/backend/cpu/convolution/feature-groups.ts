/**
 * Convolutions by their inputs of one image or a few, such as a decoder's: their units are images,
 * so that threads would have nothing to share. Their features become groups, each of which reads the
 * whole input. How many depends on the shape alone.
 */
import {
  type Affine,
  affine,
  axisIndex,
  coefficient,
  constantIndex
} from '../../../kernel/affine.ts'
import type { Convolution, Place } from '../../../kernel/ir.ts'
import { reindexer } from '../../../kernel/walk.ts'
import { shapeOf } from './convolution-code.ts'
import { planScatter, scatterUnits } from './convolution-scatter.ts'

/** Units that keep a few threads busy. */
const enoughUnits = 4
/** Products of all windows and features of a group: fewer do not pay for packing the input again. */
const leastProducts = 64
/** Features of a group, in whole vectors. */
const featureUnit = 8

/** The place with groups of `size` along axis `feature`, or the same for all of them. */
const grouped = (place: Place, feature: number | null, size: number): Place => {
  const { offset, coefficients } = place.index
  const [, ...others] = coefficients
  const step = feature === null ? 0 : size * coefficient(place.index, feature)
  return { ...place, index: affine(offset, [step, ...others]) }
}

/** The convolution with its features in groups, where that gives threads more to share. */
export const featuresAsGroups = (k: Convolution): Convolution => {
  const shape = shapeOf(k)
  const plan = planScatter(shape)
  if (plan === undefined || k.groups > 1) return k
  const wanted = Math.floor(enoughUnits / scatterUnits(shape, plan))
  const window = k.spatial.reduce((n, d) => n * d.window, 1)
  const fits = (groups: number): boolean => {
    const size = k.outFeatures / groups
    return size % featureUnit === 0 && size * window >= leastProducts
  }
  const groups = [4, 3, 2].find((n) => n <= wanted && fits(n))
  if (groups === undefined) return k
  const size = k.outFeatures / groups
  const rank = 3 + k.spatial.length
  const axes = Array.from({ length: rank }, (_, a): Affine =>
    a === 0 ? constantIndex(0) : a === 2 ? affine(0, [size, 0, 1]) : axisIndex(a)
  )
  const result: Convolution = {
    ...k,
    groups,
    outFeatures: size,
    lhs: grouped(k.lhs, null, size),
    rhs: grouped(k.rhs, 1, size),
    out: grouped(k.out, 2, size),
    epilogue: k.epilogue === null ? null : reindexer(axes)(k.epilogue)
  }
  return planScatter(shapeOf(result)) === undefined ? k : result
}
