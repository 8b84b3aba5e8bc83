/**
 * Convolutions of few outputs with long sums, such as gradients with respect to a kernel, as several
 * convolutions side by side, each over a part of the input features, and the sum of their results.
 * The parts depend on the shape alone.
 */
import { sizeOf } from '../../../core/shape.ts'
import { affine, coefficient } from '../../../kernel/affine.ts'
import { alongMemory, convolutionAsNest } from '../../../kernel/as-nest.ts'
import { channelwiseForm, hasFewFeatures } from '../../../kernel/channelwise.ts'
import { hasPhases, phasesOf } from '../../../kernel/convolution-phases.ts'
import type { Convolution, Kernel } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { load, stageResult } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import { shapeOf } from './convolution-code.ts'
import { planConvolution } from './convolution-plan.ts'
import { planScatter } from './convolution-scatter.ts'
import { featuresAsGroups } from './feature-groups.ts'
import { channelByChannel } from './grouped-convolution.ts'
import type { Allocate } from '../threads/split-program.ts'

/** Terms of a part: enough for the sum of the parts to cost little beside them. */
const leastTerms = 512
/** Positions of a piece, from which pieces of the positions are as good as parts of the sums. */
const enoughPositions = 512
/** Parts that keep a few threads busy. */
const enoughParts = 8

/** The convolution class by class where its input has holes that a product would multiply by. */
const withoutHoles = (k: Convolution): readonly Kernel[] =>
  hasPhases(k) && planScatter(shapeOf(k)) === undefined ? phasesOf(k) : [k]

/** Parts into which the sums should fall; 1: as they are. */
export const partsOfConvolution = (k: Convolution): number => {
  if (k.groups > 1 || (k.dtype !== 'float32' && k.dtype !== 'float64')) return 1
  const shape = shapeOf(k)
  if (planScatter(shape) !== undefined) return 1
  const plan = planConvolution(shape)
  const positions = plan.featuresFirst ? plan.n : plan.m
  if (plan.images * Math.floor(positions / enoughPositions) >= enoughParts) return 1
  const most = Math.min(enoughParts, Math.floor(plan.k / leastTerms), k.inFeatures)
  // Parts of equal length, where there are nearly as many.
  for (let parts = most; parts > most / 2; parts--) if (k.inFeatures % parts === 0) return parts
  return Math.max(1, most)
}

/** Fewer features fill more of a tile as its rows than as its columns. */
const leastColumns = 6

const isNarrow = (k: Convolution): boolean =>
  k.outFeatures < leastColumns && k.batch * k.spatial.reduce((n, d) => n * d.output, 1) >= 64

/** The convolution as `parts` groups, then what is left over, then the sum of both. */
const splitConvolution = (k: Convolution, parts: number, allocate: Allocate): readonly Kernel[] => {
  const space = productSpace(k)
  const points = sizeOf(space)
  const length = Math.floor(k.inFeatures / parts)
  const rest = k.inFeatures - length * parts
  const slots = parts + (rest > 0 ? 1 : 0)
  const buffer = allocate(k.dtype, slots * points)
  // Features innermost, positions as in the result: what the product stores in place; where features
  // would leave most of a tile's columns empty, they become its rows.
  const order = space
    .map((_, a) => a)
    .filter((a) => a !== 2)
    .sort((a, b) => Math.abs(coefficient(k.out.index, b)) - Math.abs(coefficient(k.out.index, a)))
  const strides = space.map(() => 0)
  let size = 1
  const positions = order.reverse()
  for (const axis of isNarrow(k) ? [...positions, 2] : [2, ...positions]) {
    strides[axis] = size
    size *= space[axis]
  }
  const part = (groups: number, inFeatures: number, first: number): Convolution => {
    const from = ({ index, ...place }: Convolution['lhs']): Convolution['lhs'] => {
      const step = coefficient(index, 2)
      const [, ...others] = index.coefficients
      const offset = index.offset + first * length * step
      return { ...place, index: affine(offset, [groups === 1 ? 0 : length * step, ...others]) }
    }
    const out = affine(first * points, [groups === 1 ? 0 : points, ...strides.slice(1)])
    return {
      ...k,
      groups,
      inFeatures,
      lhs: from(k.lhs),
      rhs: from(k.rhs),
      out: { buffer, index: out, base: null },
      epilogue: null
    }
  }
  const value = load(k.dtype, buffer, affine(0, [...strides, points]), null)
  const sum = stageResult(k.dtype, 0)
  const stored =
    k.epilogue === null ? sum : rewriter((e) => (e._tag === 'accumulator' ? sum : e))(k.epilogue)
  const total = alongMemory(
    {
      _tag: 'nest',
      axes: space,
      stages: [
        {
          _tag: 'reduce',
          extents: [slots],
          reductions: [{ monoid: 'add', value, position: null }]
        },
        { _tag: 'map', extents: [], stores: [{ ...k.out, value: stored }] }
      ]
    },
    k.out.index
  )
  return [part(parts, length, 0), ...(rest > 0 ? [part(1, rest, parts)] : []), total]
}

/** The convolution, or what computes it faster; `isLong`: whether a kernel is worth other kernels. */
export const replaceConvolution = (
  k: Convolution,
  isLong: (k: Convolution) => boolean,
  allocate: Allocate
): readonly Kernel[] =>
  withoutHoles(k).flatMap((part): readonly Kernel[] => {
    if (part._tag !== 'convolution') return [part]
    const channels = isLong(part) ? channelByChannel(part, allocate) : null
    if (channels !== null) return channels
    if (hasFewFeatures(part) && channelwiseForm(part) === null) return [convolutionAsNest(part)]
    if (!isLong(part)) return [part]
    const parts = partsOfConvolution(part)
    return parts > 1 ? splitConvolution(part, parts, allocate) : [featuresAsGroups(part)]
  })
