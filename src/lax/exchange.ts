/** Exchanges between the examples of a mapped axis, made of gathering, summing and choosing. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import { normalizeAxis, show } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import { allGather, axisIndex, axisSize, psum } from '../control/collective.ts'
import { moveAxis } from '../primitives/movement.ts'
import { arraysOf } from '../trace/flat.ts'
import { eq, ge, max, mul, select } from './elementwise.ts'
import { dynamicIndexInDim, dynamicSliceInDim, reshape, zerosLike } from './structural.ts'

const mapLeaves = <T>(operation: string, x: T, f: (leaf: NdArray) => NdArray): T => {
  const [leaves, structure] = arraysOf(x, operation)
  return unflatten(structure, leaves.map(f)) as T // the structure that came
}

/** Where an example's value goes. */
export type Route = readonly [source: number, destination: number]

const requireRoutes = (operation: string, routes: readonly Route[], size: number): void => {
  const isPlace = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < size
  const [sources, destinations] = [0, 1].map((k) =>
    listOf(operation, routes, 'the permutation').map(
      (r) => listOf<number>(operation, r, 'a route')[k]
    )
  )
  const areDistinct = [sources, destinations].every((ends) => new Set(ends).size === ends.length)
  if (areDistinct && [...sources, ...destinations].every(isPlace)) return
  throw new ValueError(operation, {
    problem: 'the routes are no partial permutation',
    got: routes.map(([from, to]) => `${from} → ${to}`).join(', '),
    expected: `examples from 0 to ${size - 1}, each a source and a destination at most once`,
    hint: 'allGather gives every value to every example'
  })
}

/**
 * Sends the value of each source to its destination; examples that nobody sends to get zeros.
 *
 * Errors: ValueError unless sources and destinations are distinct examples.
 *
 * @example
 * const shifted = vmap((x: NdArray) => ppermute(x, 'i', [[0, 1], [1, 2]]), { axisName: 'i' })
 * shifted(np.array([1, 2, 3])) // => [0. 1. 2.]
 *
 * @category collectives
 * @since 0.1.0
 */
export const ppermute = <T>(x: T, axisName: string, perm: readonly Route[]): T => {
  const size = axisSize(axisName)
  requireRoutes('ppermute', perm, size)
  const sources = Array.from({ length: size }, (_, i) => perm.find(([, to]) => to === i)?.[0] ?? -1)
  const table = fromHost(makeAval([size], 'int32'), Int32Array.from(sources))
  const source = dynamicIndexInDim(table, axisIndex(axisName), 0, { keepdims: false })
  return mapLeaves('ppermute', x, (leaf) => {
    const all = allGather(leaf, axisName)
    const chosen = dynamicIndexInDim(all, max(source, 0), 0, { keepdims: false })
    return select(ge(source, 0), chosen, zerosLike(leaf))
  })
}

/**
 * Example i gets the value of example `perm[i]`.
 *
 * @category collectives
 * @since 0.1.0
 */
export const pshuffle = <T>(x: T, axisName: string, perm: readonly number[]): T =>
  ppermute(
    x,
    axisName,
    listOf('pshuffle', perm).map((source, i) => [source, i] as const)
  )

/**
 * Every example gets the value of example `source`.
 *
 * @category collectives
 * @since 0.1.0
 */
export const pbroadcast = <T>(x: T, axisName: string, source: number): T => {
  const size = axisSize(axisName)
  requireRoutes('pbroadcast', [[source, source]], size)
  return mapLeaves('pbroadcast', x, (leaf) =>
    psum(select(eq(axisIndex(axisName), source), leaf, zerosLike(leaf)), axisName)
  )
}

export interface TiledOptions {
  /** Keep the rank: pieces are slices, joined along the axis. False by default. */
  readonly tiled?: boolean
}

const requireParts = (
  operation: string,
  x: NdArray,
  axis: number,
  size: number,
  tiled: boolean
) => {
  const n = x.shape[axis]
  if (tiled ? n % size === 0 : n === size) return
  throw new ShapeError(operation, {
    problem: 'the axis does not fall into one piece for each example',
    got: `axis ${axis} of ${show(x.shape)} for ${size} examples`,
    expected: tiled ? `a multiple of ${size}` : `an extent of ${size}`,
    hint: tiled ? 'pad the axis' : '{ tiled: true } takes slices of several elements'
  })
}

export interface PsumScatterOptions extends TiledOptions {
  /** The axis of which each example keeps its own part: 0 by default. */
  readonly scatterDimension?: number
}

/**
 * The sum over the examples, of which each keeps its own part along an axis.
 *
 * Shape:  the axis, whose extent is the number of examples, is dropped; divided when `tiled`.
 * Errors: ShapeError when the axis does not fall into one part for each example.
 *
 * @example
 * const rows = vmap((x: NdArray) => psumScatter(x, 'i'), { axisName: 'i' })
 * rows(np.array([[1, 2], [10, 20]])) // => [11. 22.]
 *
 * @category collectives
 * @since 0.1.0
 */
export const psumScatter = <T>(x: T, axisName: string, options: PsumScatterOptions = {}): T => {
  checkOptions('psumScatter', options, ['scatterDimension', 'tiled'])
  const { scatterDimension = 0, tiled = false } = options
  const size = axisSize(axisName)
  return mapLeaves('psumScatter', x, (leaf) => {
    const axis = normalizeAxis('psumScatter', scatterDimension, leaf.ndim)
    requireParts('psumScatter', leaf, axis, size, tiled)
    return own(psum(leaf, axisName), axisName, axis, size, tiled)
  })
}

/** This example's part of an axis. */
const own = (x: NdArray, axisName: string, axis: number, size: number, tiled: boolean): NdArray => {
  const i = axisIndex(axisName)
  if (!tiled) return dynamicIndexInDim(x, i, axis, { keepdims: false })
  const width = x.shape[axis] / size
  return dynamicSliceInDim(x, mul(i, width), width, axis)
}

/**
 * Cuts every example's value along `splitAxis` into one piece for each example, and gives each
 * example the pieces that are its own, joined along `concatAxis`: a transposition across examples.
 *
 * Shape:  `splitAxis`, whose extent is the number of examples, moves to `concatAxis`; when `tiled`
 *         it is divided, and `concatAxis` multiplied, by that number.
 * Errors: ShapeError when the axis does not fall into one piece for each example.
 *
 * @example
 * const transposed = vmap((x: NdArray) => allToAll(x, 'i', 0, 0), { axisName: 'i' })
 * transposed(np.array([[1, 2], [3, 4]])) // => [[1. 3.] [2. 4.]]
 *
 * @category collectives
 * @since 0.1.0
 */
export const allToAll = <T>(
  x: T,
  axisName: string,
  splitAxis: number,
  concatAxis: number,
  options: TiledOptions = {}
): T => {
  checkOptions('allToAll', options, ['tiled'])
  const { tiled = false } = options
  const size = axisSize(axisName)
  return mapLeaves('allToAll', x, (leaf) => {
    const split = normalizeAxis('allToAll', splitAxis, leaf.ndim)
    const concat = normalizeAxis('allToAll', concatAxis, leaf.ndim)
    requireParts('allToAll', leaf, split, size, tiled)
    const parts = own(allGather(leaf, axisName), axisName, split + 1, size, tiled)
    const moved = moveAxis(parts, 0, concat)
    if (!tiled) return moved
    const shape = moved.shape.toSpliced(concat, 2, moved.shape[concat] * moved.shape[concat + 1])
    return reshape(moved, shape)
  })
}

/**
 * Exchanges the mapped axis with another one of its extent.
 *
 * @category collectives
 * @since 0.1.0
 */
export const pswapaxes = <T>(x: T, axisName: string, axis: number): T =>
  allToAll(x, axisName, axis, axis)
