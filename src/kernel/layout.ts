/** When several axes can be walked as one, and reshapes that need no copy because of it. */
import { sizeOf } from '../core/shape.ts'
import {
  type Affine,
  affine,
  axisIndex,
  coefficient,
  constantIndex,
  rowMajorStrides
} from './affine.ts'
import type { Expr } from './expr.ts'
import type { LoweredValue } from './fuse.ts'
import { view } from './views.ts'
import { nodes } from './walk.ts'

/** Axes of the old and of the new shape that hold the same elements. */
interface Group {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/** The finest cuts of two shapes of equal size into groups of equal size; axes of 1 are left out. */
const groupsOf = (from: readonly number[], to: readonly number[]): readonly Group[] => {
  const groups: Group[] = []
  let [a, b] = [0, 0]
  while (a < from.length || b < to.length) {
    const group = { from: [] as number[], to: [] as number[] }
    let [m, n] = [1, 1]
    do {
      if (a < from.length && (m <= n || b >= to.length)) {
        if (from[a] !== 1) group.from.push(a)
        m *= from[a++]
      } else {
        if (to[b] !== 1) group.to.push(b)
        n *= to[b++]
      }
    } while (m !== n || (m === 1 && a < from.length && b < to.length))
    groups.push(group)
  }
  return groups
}

/** Affine indices anywhere in the expressions. */
export const indicesIn = (roots: readonly Expr[]): readonly Affine[] =>
  nodes(roots).flatMap((e) =>
    e._tag === 'load' || e._tag === 'iota'
      ? [e.index]
      : e._tag === 'guard'
        ? e.bounds.map((b) => b.index)
        : []
  )

/** Whether the index walks these axes, outermost first, as if they were one axis. */
export const isMerged = (
  index: Affine,
  axes: readonly number[],
  extents: readonly number[]
): boolean => {
  const moving = axes.filter((a) => extents[a] !== 1)
  const last = moving.at(-1)
  if (last === undefined) return true
  const strides = rowMajorStrides(moving.map((a) => extents[a]))
  return moving.every((a, i) => coefficient(index, a) === coefficient(index, last) * strides[i])
}

/** Row-major reshape as a view, or null when the elements are not laid out for it. */
export const reshapeView = (v: LoweredValue, shape: readonly number[]): LoweredValue | null => {
  if (sizeOf(shape) === 0)
    return view(
      v,
      shape,
      v.shape.map(() => constantIndex(0))
    )
  const indices = indicesIn(v.parts)
  const axes: Affine[] = v.shape.map(() => constantIndex(0))
  for (const { from, to } of groupsOf(v.shape, shape)) {
    const last = from.at(-1)
    if (last === undefined) continue
    const whole = to.length === from.length && to.every((t, i) => shape[t] === v.shape[from[i]])
    if (whole) {
      from.forEach((a, i) => (axes[a] = axisIndex(to[i])))
      continue
    }
    if (!indices.every((index) => isMerged(index, from, v.shape))) return null
    // Loads see the group only through the stride of its last axis, which runs over all of it.
    const strides = rowMajorStrides(to.map((t) => shape[t]))
    const coefficients = new Array<number>(shape.length).fill(0)
    to.forEach((t, i) => (coefficients[t] = strides[i]))
    axes[last] = affine(0, coefficients)
  }
  return view(v, shape, axes)
}
