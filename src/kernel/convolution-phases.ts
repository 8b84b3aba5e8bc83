/**
 * Convolutions of an input with holes, as several of the input itself: an output at position o meets
 * elements only through the windows w with o + w·dilation − padLow a multiple of the spacing, so
 * outputs fall into classes by their remainder, each a convolution with every such window. Nothing
 * is multiplied by the zeros of a hole. Gradients of strided convolutions are of this kind.
 */
import { type Affine, affine, axisIndex, coefficient } from './affine.ts'
import type { Convolution, Kernel, SpatialDimension } from './ir.ts'
import { constant } from './make.ts'
import { reindexer, rewriter } from './walk.ts'

/** Outputs `first`, `first` + spacing …, which meet the windows `window`, `window` + step … */
interface Phase {
  readonly first: number
  readonly spacing: number
  readonly window: number
  readonly step: number
  readonly dimension: SpatialDimension
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

const phasesAlong = (d: SpatialDimension): readonly Phase[] => {
  const spacing = d.inputDilation
  if (spacing === 1) return [{ first: 0, spacing, window: 0, step: 1, dimension: d }]
  const shared = divisor(spacing, d.windowDilation)
  const step = spacing / shared
  return Array.from({ length: Math.min(spacing, d.output) }, (_, first): Phase => {
    const position = (w: number): number => d.padLow - first - w * d.windowDilation
    let window = 0
    while (window < step && position(window) % spacing !== 0) window++
    const meets = window < step
    return {
      first,
      spacing,
      window,
      step,
      dimension: {
        ...d,
        window: meets ? Math.max(0, Math.ceil((d.window - window) / step)) : 0,
        output: Math.ceil((d.output - first) / spacing),
        padLow: meets ? position(window) / spacing : 0,
        inputDilation: 1,
        windowDilation: d.windowDilation / shared
      }
    }
  })
}

/** Beyond so many classes each has too little to do. */
const mostPhases = 16

/** Whether {@link phasesOf} takes the convolution apart. */
export const hasPhases = ({ spatial }: Pick<Convolution, 'spatial'>): boolean =>
  spatial.some((d) => d.inputDilation > 1) &&
  spatial.every((d) => d.inputDilation === 1 || d.stride === 1) &&
  spatial.reduce((n, d) => n * d.inputDilation, 1) <= mostPhases

/** Where axes 3 + s begin, and what they go on by. */
type Steps = readonly (readonly [first: number, step: number])[]

const along = (index: Affine, steps: Steps): Affine =>
  affine(
    steps.reduce((sum, [first], s) => sum + first * coefficient(index, 3 + s), index.offset),
    Array.from(
      { length: 3 + steps.length },
      (_, a) => coefficient(index, a) * (a < 3 ? 1 : steps[a - 3][1])
    )
  )

const phase = (k: Convolution, phases: readonly Phase[]): Kernel => {
  const outputs: Steps = phases.map((p) => [p.first, p.spacing])
  const windows: Steps = phases.map((p) => [p.window, p.step])
  const out = { ...k.out, index: along(k.out.index, outputs) }
  const axes = Array.from({ length: 3 + phases.length }, (_, a) => along(axisIndex(a), outputs))
  const epilogue = k.epilogue === null ? null : reindexer(axes)(k.epilogue)
  const spatial = phases.map((p) => p.dimension)
  if (spatial.every((d) => d.window > 0))
    return {
      ...k,
      spatial,
      rhs: { ...k.rhs, index: along(k.rhs.index, windows) },
      out,
      epilogue
    }
  // No window meets an element.
  const zero = constant(k.dtype, 0)
  const value =
    epilogue === null ? zero : rewriter((e) => (e._tag === 'accumulator' ? zero : e))(epilogue)
  return {
    _tag: 'nest',
    axes: [k.groups, k.batch, k.outFeatures, ...spatial.map((d) => d.output)],
    stages: [{ _tag: 'map', extents: [], stores: [{ ...out, value }] }]
  }
}

/** The convolution's outputs class by class. */
export const phasesOf = (k: Convolution): readonly Kernel[] =>
  k.spatial
    .reduce<readonly (readonly Phase[])[]>(
      (lists, d) => lists.flatMap((list) => phasesAlong(d).map((p) => [...list, p])),
      [[]]
    )
    .map((phases) => phase(k, phases))
