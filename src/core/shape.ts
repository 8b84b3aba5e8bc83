/** Shapes: sizes, strides, broadcasting and axes, as NumPy has them. */
import { AxisError, ShapeError, listOf, showArgument } from './errors.ts'

/** Extents per axis, outermost first. Frozen: a shape is shared by every array that has it. */
export type Shape = readonly number[]

export const scalarShape: Shape = Object.freeze([])

export const sizeOf = (shape: Shape): number => {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]
  return n
}

export const equals = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export const show = (shape: Shape): string => `[${shape.join(', ')}]`

/** Row-major strides in elements. */
export const stridesOf = (shape: Shape): readonly number[] => {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]
  }
  return strides
}

/** `shape` without `axes`. */
export const without = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, i) => !axes.includes(i))

/** `shape` with `extent` inserted before `axis`. */
export const insert = (shape: Shape, axis: number, extent: number): Shape => [
  ...shape.slice(0, axis),
  extent,
  ...shape.slice(axis)
]

export const iota = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** NumPy broadcasting of several shapes: trailing axes align, 1 stretches. */
export const broadcast = (operation: string, shapes: readonly Shape[]): Shape => {
  const first = shapes[0]
  if (first !== undefined && shapes.every((s) => equals(s, first))) return first
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const out = new Array<number>(rank).fill(1)
  for (const s of shapes)
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i
      const extent = s[i]
      if (extent === 1 || extent === out[at]) continue
      if (out[at] !== 1)
        throw new ShapeError(operation, {
          problem: 'the operands do not broadcast together',
          got: shapes.map(show).join(', '),
          expected: 'equal extents, or 1, on every axis counted from the last',
          hint: 'np.expandDims or np.reshape puts axes where they line up'
        })
      out[at] = extent
    }
  return Object.freeze(out)
}

/** An axis in 0..rank-1; negative ones count from the end. */
export const normalizeAxis = (operation: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new AxisError(operation, {
      problem: 'the axis is outside the array',
      got: `axis ${typeof axis === 'object' ? showArgument(axis) : axis} of an array of rank ${rank}`,
      expected:
        rank === 0 ? 'no axis: a scalar has none' : `an integer from ${-rank} to ${rank - 1}`,
      hint:
        typeof axis === 'object'
          ? 'the axis stands by itself here: 0, not { axis: 0 }'
          : 'negative axes count from the last one, which is -1'
    })
  return axis < 0 ? axis + rank : axis
}

/** Sorted, unique axes; all of them when `axis` is undefined or null. */
export const normalizeAxes = (
  operation: string,
  axis: number | readonly number[] | null | undefined,
  rank: number
): readonly number[] => {
  if (axis === undefined || axis === null) return iota(rank)
  const axes = listOf(operation, typeof axis === 'number' ? [axis] : axis).map((a) =>
    normalizeAxis(operation, a, rank)
  )
  if (new Set(axes).size !== axes.length)
    throw new AxisError(operation, {
      problem: 'an axis is named twice',
      got: `axes ${show(typeof axis === 'number' ? [axis] : axis)} of an array of rank ${rank}`,
      expected: 'each axis at most once',
      hint: `axis -1 is the same as axis ${rank - 1}`
    })
  return axes.sort((a, b) => a - b)
}

/** The inverse of a permutation. */
export const inversePermutation = (permutation: readonly number[]): readonly number[] => {
  const out = new Array<number>(permutation.length)
  permutation.forEach((p, i) => (out[p] = i))
  return out
}
