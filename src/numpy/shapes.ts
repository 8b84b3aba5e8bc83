/** The same elements under another shape or order of axes. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { AxisError, ShapeError, checkOptions, listOf } from '../core/errors.ts'
import {
  broadcast,
  iota as axesOf,
  normalizeAxes,
  normalizeAxis,
  show,
  sizeOf,
  type Shape
} from '../core/shape.ts'
import * as ops from '../primitives/movement.ts'
import type { ShapeLike } from './creation.ts'
import { toShape } from './creation.ts'
import { asArray, broadcastAll } from './promotion.ts'

/** The shape with −1 replaced by the extent that fits. */
const inferred = (x: NdArray, shape: Shape): Shape => {
  const open = shape.indexOf(-1)
  if (open < 0) return shape
  const others = sizeOf(shape.filter((_, i) => i !== open))
  const extent = others === 0 ? 0 : x.size / others
  if (shape.indexOf(-1, open + 1) >= 0 || !Number.isInteger(extent) || (others === 0 && x.size > 0))
    throw new ShapeError('np.reshape', {
      problem: 'the open extent cannot be found',
      got: `${show(x.shape)} (${x.size} elements) to ${show(shape)}`,
      expected: 'one -1, and other extents that divide the number of elements',
      hint: 'at most one axis is left open'
    })
  return shape.map((n, i) => (i === open ? extent : n))
}

/** The elements in row-major order under another shape; one extent may be −1. */
export const reshape = (x: ArrayLike, shape: ShapeLike): NdArray => {
  const y = asArray(x, 'np.reshape')
  return ops.reshape(
    y,
    inferred(y, listOf('np.reshape', typeof shape === 'number' ? [shape] : shape))
  )
}

/** One axis of all elements, in row-major order. */
export const ravel = (x: ArrayLike): NdArray => {
  const y = asArray(x, 'np.ravel')
  return ops.reshape(y, [y.size])
}

type AxesArgument = number | readonly number[] | null | undefined

/** Axes that came by position, or by name in an object. */
const named = (operation: string, given: AxesArgument | object, name: string): AxesArgument => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return given as AxesArgument // what is no object is no options
  checkOptions(operation, given, [name])
  return (given as Readonly<Record<string, AxesArgument>>)[name]
}

/** Axes in another order: reversed when `axes` is left out. */
export const transpose = (
  x: ArrayLike,
  order?: readonly number[] | null | { readonly axes?: readonly number[] | null }
): NdArray => {
  const y = asArray(x, 'np.transpose')
  const axes = named('np.transpose', order, 'axes') as readonly number[] | null | undefined // one axis is no order
  if (axes === undefined || axes === null) return ops.transpose(y, axesOf(y.ndim).toReversed())
  return ops.transpose(
    y,
    listOf('np.transpose', axes).map((a) => normalizeAxis('np.transpose', a, y.ndim))
  )
}
export const permuteDims = transpose

/** The last two axes change places. Shape: [..., n, m] -> [..., m, n]. */
export const matrixTranspose = (x: ArrayLike): NdArray => {
  const y = asArray(x, 'np.matrixTranspose')
  if (y.ndim < 2)
    throw new ShapeError('np.matrixTranspose', {
      problem: 'the array is no matrix',
      got: `shape ${show(y.shape)}`,
      expected: 'at least two axes',
      hint: 'np.transpose reverses any axes'
    })
  return swapaxes(y, -1, -2)
}

/** Axes `source` moved to positions `destination`; the others keep their order. */
export const moveaxis = (
  x: ArrayLike,
  source: number | readonly number[],
  destination: number | readonly number[]
): NdArray => {
  const y = asArray(x, 'np.moveaxis')
  const list = (a: number | readonly number[]): readonly number[] =>
    listOf('np.moveaxis', typeof a === 'number' ? [a] : a).map((v) =>
      normalizeAxis('np.moveaxis', v, y.ndim)
    )
  const [from, to] = [list(source), list(destination)]
  if (
    from.length !== to.length ||
    new Set(from).size !== from.length ||
    new Set(to).size !== to.length
  )
    throw new AxisError('np.moveaxis', {
      problem: 'sources and destinations are not pairs',
      got: `from ${show(from)} to ${show(to)}`,
      expected: 'as many destinations as sources, each axis once',
      hint: 'np.transpose takes the whole order'
    })
  const order = axesOf(y.ndim).filter((a) => !from.includes(a))
  to.map((t, i) => [t, from[i]] as const)
    .sort((p, q) => p[0] - q[0])
    .forEach(([t, f]) => order.splice(t, 0, f))
  return ops.transpose(y, order)
}

/** Axis `axis` moved before axis `start`. */
export const rollaxis = (x: ArrayLike, axis: number, start = 0): NdArray => {
  const y = asArray(x, 'np.rollaxis')
  const from = normalizeAxis('np.rollaxis', axis, y.ndim)
  const before = start === y.ndim ? start : normalizeAxis('np.rollaxis', start, y.ndim)
  return ops.moveAxis(y, from, from < before ? before - 1 : before)
}

/** Two axes change places. */
export const swapaxes = (x: ArrayLike, a: number, b: number): NdArray => {
  const y = asArray(x, 'np.swapaxes')
  const [p, q] = [a, b].map((axis) => normalizeAxis('np.swapaxes', axis, y.ndim))
  return ops.transpose(
    y,
    axesOf(y.ndim).map((axis) => (axis === p ? q : axis === q ? p : axis))
  )
}

/** New axes of extent 1 at these places of the result. */
export const expandDims = (
  x: ArrayLike,
  at: number | readonly number[] | { readonly axis: number | readonly number[] }
): NdArray => {
  const y = asArray(x, 'np.expandDims')
  const axis = named('np.expandDims', at, 'axis') ?? []
  const count = typeof axis === 'number' ? 1 : axis.length
  const rank = y.ndim + count
  const added = normalizeAxes('np.expandDims', axis, rank)
  let next = 0
  return ops.reshape(
    y,
    axesOf(rank).map((a) => (added.includes(a) ? 1 : y.shape[next++]))
  )
}

/** Without axes of extent 1: all such, or the named ones. Errors: ShapeError when one is longer. */
export const squeeze = (
  x: ArrayLike,
  at?: number | readonly number[] | null | { readonly axis?: number | readonly number[] | null }
): NdArray => {
  const y = asArray(x, 'np.squeeze')
  const axis = named('np.squeeze', at, 'axis')
  const removed =
    axis === undefined || axis === null
      ? axesOf(y.ndim).filter((a) => y.shape[a] === 1)
      : normalizeAxes('np.squeeze', axis, y.ndim)
  const long = removed.find((a) => y.shape[a] !== 1)
  if (long !== undefined)
    throw new ShapeError('np.squeeze', {
      problem: 'only axes of extent 1 can go',
      got: `axis ${long} of shape ${show(y.shape)}`,
      expected: 'extent 1',
      hint: 'x.slice takes one position of a longer axis'
    })
  return ops.reshape(
    y,
    y.shape.filter((_, a) => !removed.includes(a))
  )
}

/** `x` repeated along new leading axes and along axes of extent 1. */
export const broadcastTo = (x: ArrayLike, shape: ShapeLike): NdArray =>
  ops.broadcastTo(asArray(x, 'np.broadcastTo'), toShape('np.broadcastTo', shape))

/** The shape that arrays of these shapes broadcast to. */
export const broadcastShapes = (...shapes: readonly ShapeLike[]): Shape =>
  broadcast(
    'np.broadcastShapes',
    shapes.map((s) => toShape('np.broadcastShapes', s))
  )

/** All arrays stretched to one shape; types are kept. */
export const broadcastArrays = (...xs: readonly ArrayLike[]): readonly NdArray[] =>
  broadcastAll(
    'np.broadcastArrays',
    xs.map((x) => asArray(x, 'np.broadcastArrays'))
  )

/** With at least one axis. */
export const atleast1d = (x: ArrayLike): NdArray => {
  const y = asArray(x, 'np.atleast1d')
  return y.ndim >= 1 ? y : ops.reshape(y, [1])
}

/** With at least two axes; vectors become rows. */
export const atleast2d = (x: ArrayLike): NdArray => {
  const y = atleast1d(x)
  return y.ndim >= 2 ? y : ops.reshape(y, [1, ...y.shape])
}

/** With at least three axes: [n] -> [1, n, 1], [n, m] -> [n, m, 1]. */
export const atleast3d = (x: ArrayLike): NdArray => {
  const y = atleast2d(x)
  return y.ndim >= 3 ? y : ops.reshape(y, [...y.shape, 1])
}

export const shape = (x: ArrayLike): Shape => asArray(x, 'np.shape').shape
export const ndim = (x: ArrayLike): number => asArray(x, 'np.ndim').ndim

/** Number of elements, or extent of one axis. */
export const size = (x: ArrayLike, axis?: number): number => {
  const y = asArray(x, 'np.size')
  return axis === undefined ? y.size : y.shape[normalizeAxis('np.size', axis, y.ndim)]
}
