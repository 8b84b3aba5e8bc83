/** Scatters: by looking for updates where that is cheap, else by atomic updates where there are. */
import { sizeOf } from '../../../core/shape.ts'
import type { Scatter } from '../../../kernel/ir.ts'
import { rowMajor } from '../../../kernel/affine.ts'
import { constant } from '../../../kernel/make.ts'
import { dependsOn } from '../../../kernel/walk.ts'
import type { Pass } from './pass.ts'
import type { Allocate } from './split-nest.ts'

/** An axis of the updates that moves the place by a fixed stride, whatever the data say. */
export interface FixedAxis {
  readonly axis: number
  readonly stride: number
}

export interface ScatterAxes {
  /** Axes to search: those that the base or the validity depends on, or that repeat a place. */
  readonly searched: readonly number[]
  /** The others, largest stride first: an element of the buffer tells their position. */
  readonly fixed: readonly FixedAxis[]
}

/** Which axes of the updates can be told from a place. */
export const scatterAxes = (k: Scatter): ScatterAxes => {
  const moving = dependsOn([k.place.base, k.valid].filter((e) => e !== null))
  const candidates = k.axes
    .map((_, axis) => ({ axis, stride: k.place.index.coefficients[axis] ?? 0 }))
    .filter(({ axis, stride }) => k.axes[axis] > 1 && stride > 0 && !moving.has(axis))
    .sort((a, b) => a.stride - b.stride)
  const fixed: FixedAxis[] = []
  let reach = 0
  for (const c of candidates) {
    if (c.stride <= reach) continue
    fixed.unshift(c)
    reach += c.stride * (k.axes[c.axis] - 1)
  }
  const told = new Set(fixed.map((x) => x.axis))
  return { searched: k.axes.flatMap((n, a) => (n > 1 && !told.has(a) ? [a] : [])), fixed }
}

/** Steps of a search that cost less than the disorder of atomics. */
const cheapSearch = 2 ** 22
/** Steps of a search beyond which a GPU without atomics is the wrong machine. */
export const longestSearch = 2 ** 31

export const searchSteps = (k: Scatter, size: number): number =>
  size * sizeOf(scatterAxes(k).searched.map((a) => k.axes[a]))

export const splitScatter = (
  kernel: Scatter,
  size: number,
  atomics: boolean,
  allocate: Allocate
): readonly Pass[] => {
  const pass = { _tag: 'scatter', kernel, size, claims: null } as const
  if (!atomics || searchSteps(kernel, size) <= cheapSearch) return [{ ...pass, way: 'gather' }]
  if (kernel.kind !== 'set') return [{ ...pass, way: 'atomic' }]
  const claims = allocate('int32', size)
  const index = rowMajor([size])
  return [
    {
      _tag: 'map',
      space: [size],
      stores: [{ buffer: claims, index, base: null, value: constant('int32', 0) }]
    },
    { ...pass, way: 'claim', claims },
    { ...pass, way: 'write', claims }
  ]
}
