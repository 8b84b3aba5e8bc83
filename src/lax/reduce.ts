/** Reductions by any associative function. */
import type { NdArray } from '../core/array.ts'
import { ShapeError, StructureError, checkFunction, listOf } from '../core/errors.ts'
import { normalizeAxis, show, sizeOf, without } from '../core/shape.ts'
import { difference, type Structure } from '../core/structure.ts'
import { structureOf, unflatten } from '../core/tree.ts'
import { arraysOf } from '../trace/flat.ts'
import { vmap } from '../transforms/vmap.ts'
import { broadcastInDim, concatenate, reshape, sliceInDim, transpose } from './structural.ts'

const requireLike = (what: string, given: Structure, wanted: Structure): void => {
  if (given.key === wanted.key) return
  throw new StructureError('reduce', {
    problem: `${what} are no tree like the operands`,
    got: difference(wanted, given).slice(0, 3).join('; '),
    expected: wanted.key,
    hint: 'computation takes two trees of scalars like the operands, and gives a third'
  })
}

/**
 * Combines elements along `dimensions` by an associative function of two scalars, or of two trees
 * of them, beginning with `initValues`: a neutral element, which may be combined in at any place.
 * The order of combination is that of a balanced tree.
 *
 * Shape:  operands [...] of one shape -> without `dimensions`.
 * Errors: ShapeError when the operands differ in shape; StructureError for other trees.
 *
 * @example
 * reduce(np.array([[1, 2], [3, 4]]), 1, (a: NdArray, b: NdArray) => a.mul(b), [1]) // => [2. 12.]
 *
 * @category reductions
 * @since 0.1.0
 */
export const reduce = <T, I>(
  operands: T,
  initValues: I,
  computation: (a: T, b: T) => unknown,
  dimensions: readonly number[]
): T => {
  checkFunction('reduce', computation)
  const [arrays, structure] = arraysOf(operands, 'reduce')
  const [begin, ofBegin] = arraysOf(initValues, 'reduce')
  requireLike('the initial values', ofBegin, structure)
  const shape = arrays[0]?.shape ?? []
  const odd = arrays.find((x) => show(x.shape) !== show(shape))
  const wide = begin.find((x) => x.ndim > 0)
  if (odd !== undefined || wide !== undefined)
    throw new ShapeError('reduce', {
      problem: odd === undefined ? 'an initial value is no scalar' : 'the operands differ in shape',
      got: odd === undefined ? show(wide?.shape ?? []) : `${show(shape)} and ${show(odd.shape)}`,
      expected: 'operands of one shape, and scalars to begin with',
      hint: 'broadcastInDim gives them one shape'
    })
  const axes = listOf('reduce', dimensions).map((a) => normalizeAxis('reduce', a, shape.length))
  const kept = shape.map((_, a) => a).filter((a) => !axes.includes(a))
  const [n, rest] = [sizeOf(axes.map((a) => shape[a])), sizeOf(without(shape, axes))]
  const combine = (a: readonly NdArray[], b: readonly NdArray[]): readonly NdArray[] => {
    const each = vmap((x: readonly NdArray[], y: readonly NdArray[]) => {
      const out = computation(unflatten(structure, x) as T, unflatten(structure, y) as T)
      requireLike('the results', structureOf(out), structure)
      return arraysOf(out, 'reduce')[0]
    })
    const flat = (x: NdArray): NdArray => reshape(x, [sizeOf(x.shape)])
    return each(a.map(flat), b.map(flat)).map((x, i) => reshape(x, a[i].shape))
  }
  let rows: readonly NdArray[] = arrays.map((x) =>
    reshape(transpose(x, [...axes, ...kept]), [n, rest])
  )
  for (let count = n; count > 1; count = Math.ceil(count / 2)) {
    const half = Math.floor(count / 2)
    const joined = combine(
      rows.map((x) => sliceInDim(x, 0, 2 * half, { stride: 2 })),
      rows.map((x) => sliceInDim(x, 1, 2 * half, { stride: 2 }))
    )
    rows =
      count % 2 === 0
        ? joined
        : joined.map((x, i) => concatenate([x, sliceInDim(rows[i], count - 1, count)], 0))
  }
  const first = begin.map((x) => broadcastInDim(x, [1, rest], []))
  const all = n === 0 ? first : combine(first, rows)
  const out = all.map((x) => reshape(x, without(shape, axes)))
  return unflatten(structure, out) as T // the structure that came
}
