/**
 * Convolutions of many groups with few features each, as channelwise ones: groups are written side
 * by side, so that a vector holds neighbouring groups, and each output feature is a convolution of
 * single channels whose windows also run over the input features (or, where those are few and the
 * sums are long, whose outputs also run over the batch).
 */
import { sizeOf } from '../../../core/shape.ts'
import { type Affine, affine, coefficient } from '../../../kernel/affine.ts'
import { alongMemory } from '../../../kernel/as-nest.ts'
import { channelwiseForm } from '../../../kernel/channelwise.ts'
import type { ScalarType } from '../../../kernel/expr.ts'
import type { Convolution, Kernel, Nest, Place } from '../../../kernel/ir.ts'
import { productSpace } from '../../../kernel/join-epilogues.ts'
import { load } from '../../../kernel/make.ts'
import { rewriter } from '../../../kernel/walk.ts'
import { pointwise } from './convolution-padding.ts'
import type { Allocate } from '../threads/split-program.ts'

/** More features fill the tiles of a product. */
const mostFeatures = 4

/** Strides of a copy whose axis 0, the groups, lies innermost, and then the last ones. */
const sideBySide = (extents: readonly number[]): readonly number[] => {
  let size = extents[0]
  const strides = extents.map(() => 1)
  for (let axis = extents.length - 1; axis > 0; axis--) {
    strides[axis] = size
    size *= extents[axis]
  }
  return strides
}

/** An operand with its groups side by side, and the kernel that makes it so. */
interface Operand {
  readonly place: Place
  readonly made: readonly Nest[]
}

const arranged = (
  place: Place,
  extents: readonly number[],
  dtype: ScalarType,
  allocate: Allocate
): Operand => {
  if (coefficient(place.index, 0) === 1) return { place, made: [] }
  const index = affine(0, sideBySide(extents))
  const buffer = allocate(dtype, sizeOf(extents))
  const value = load(dtype, place.buffer, place.index, place.base)
  const copy: Nest = {
    _tag: 'nest',
    axes: extents,
    stages: [{ _tag: 'map', extents: [], stores: [{ buffer, index, base: null, value }] }]
  }
  return { place: { buffer, index, base: null }, made: [alongMemory(copy, index)] }
}

/** The place at `feature` of axis `axis`, with other strides. */
const placed = (
  { index, ...place }: Place,
  [axis, feature]: readonly [axis: number, feature: number],
  strides: readonly number[]
): Place => ({
  ...place,
  index: affine(index.offset + feature * coefficient(index, axis), strides)
})

const strides = (index: Affine, rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, a) => coefficient(index, a))

/** The convolution for one output feature, in the two forms that it may have. */
const ofFeature = (k: Convolution, feature: number): readonly Convolution[] => {
  const rank = 3 + k.spatial.length
  const [lhs, rhs, out] = [k.lhs, k.rhs, k.out].map((p) => strides(p.index, rank))
  const size = sizeOf(productSpace(k))
  const common = { ...k, outFeatures: 1, epilogue: null }
  const over = (
    spatial: Convolution['spatial'][number],
    [x, w, y]: readonly (readonly number[])[]
  ): Convolution => ({
    ...common,
    spatial: [spatial, ...k.spatial],
    lhs: placed(k.lhs, [0, 0], [...x, ...lhs.slice(3)]),
    rhs: placed(k.rhs, [1, feature], [...w, ...rhs.slice(3)]),
    out: placed(k.out, [2, feature], [...y, ...out.slice(3)])
  })
  // The axis of one output counts as the outermost: it never moves.
  const features = over({ ...pointwise(k.inFeatures), window: k.inFeatures, output: 1 }, [
    [lhs[0], lhs[1], 0, lhs[2]],
    [rhs[0], 0, 0, rhs[2]],
    [out[0], out[1], 0, size]
  ])
  const images = over(pointwise(k.batch), [
    [lhs[0], 0, lhs[2], lhs[1]],
    [rhs[0], 0, rhs[2], 0],
    [out[0], 0, 0, out[1]]
  ])
  return [
    { ...features, inFeatures: 1 },
    { ...images, batch: 1 }
  ]
}

/** Groups that lie apart by more than this are rows of their own already. */
const mostBetween = 64

const attempt = (k: Convolution, allocate: Allocate): readonly Kernel[] | null => {
  const { groups, batch, inFeatures, outFeatures, dtype } = k
  const spatial = (pick: 'input' | 'window' | 'output'): readonly number[] =>
    k.spatial.map((d) => d[pick])
  const space = productSpace(k)
  const lhs = arranged(k.lhs, [groups, batch, inFeatures, ...spatial('input')], dtype, allocate)
  const weights = [groups, outFeatures, inFeatures, ...spatial('window')]
  const rhs = arranged(k.rhs, weights, dtype, allocate)
  const isInPlace = coefficient(k.out.index, 0) === 1 && k.epilogue === null
  const sums: Place = isInPlace
    ? k.out
    : { buffer: allocate(dtype, sizeOf(space)), index: affine(0, sideBySide(space)), base: null }
  const inner = { ...k, lhs: lhs.place, rhs: rhs.place, out: sums }
  const convolutions = Array.from({ length: outFeatures }, (_, feature) =>
    ofFeature(inner, feature).find((form) => channelwiseForm(form) !== null)
  ).filter((form) => form !== undefined)
  if (convolutions.length < outFeatures) return null
  const sum = load(dtype, sums.buffer, sums.index, null)
  const value =
    k.epilogue === null ? sum : rewriter((e) => (e._tag === 'accumulator' ? sum : e))(k.epilogue)
  const stored: Nest = {
    _tag: 'nest',
    axes: space,
    stages: [{ _tag: 'map', extents: [], stores: [{ ...k.out, value }] }]
  }
  const finish = isInPlace ? [] : [alongMemory(stored, k.out.index)]
  return [...lhs.made, ...rhs.made, ...convolutions, ...finish]
}

/** The convolution as channelwise ones, or null where it is none of these. */
export const channelByChannel = (k: Convolution, allocate: Allocate): readonly Kernel[] | null => {
  const fits =
    k.groups > 1 &&
    k.outFeatures <= mostFeatures &&
    channelwiseForm(k) === null &&
    [k.lhs, k.rhs, k.out].every(({ index }) => {
      const between = coefficient(index, 0)
      return between > 0 && between <= mostBetween
    })
  // Buffers are allocated once it is known that they are needed.
  return fits && attempt(k, () => 0) !== null ? attempt(k, allocate) : null
}
