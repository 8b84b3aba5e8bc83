/** Examples as rows: the leading axis of every array of a tree, picked on the host. */
import { fromHost, hostOf, isArray, makeAval, type NdArray } from '../core/array.ts'
import { IndexError, ShapeError, StructureError, showArgument, ValueError } from '../core/errors.ts'
import { show as showPath } from '../core/path.ts'
import { show } from '../core/shape.ts'
import * as tree from '../core/tree.ts'

/**
 * The number of examples: the leading extent that all arrays of a tree share.
 *
 * Errors: ShapeError with the paths when they differ; StructureError for a leaf without rows.
 */
export const countRows = (operation: string, data: unknown): number => {
  const [entries] = tree.flattenWithPath(data, operation)
  const counts = entries.map(([path, leaf]): readonly [string, NdArray] => {
    if (isArray(leaf) && leaf.ndim > 0) return [showPath(path), leaf]
    throw new StructureError(operation, {
      problem: 'a leaf has no rows',
      got: `${isArray(leaf) ? 'a scalar' : String(leaf)} at ${showPath(path)}`,
      expected: 'arrays whose first axis counts examples',
      hint: 'keep settings outside of the data'
    })
  })
  if (counts.length === 0)
    throw new StructureError(operation, {
      problem: 'there is no data',
      got: 'a tree without arrays',
      expected: 'at least one array whose first axis counts examples',
      hint: 'for example { images, labels }'
    })
  const [[, first]] = counts
  const other = counts.find(([, x]) => x.shape[0] !== first.shape[0])
  if (other !== undefined)
    throw new ShapeError(operation, {
      problem: 'the arrays have different numbers of examples',
      got: counts.map(([path, x]) => `${path} ${show(x.shape)}`).join(', '),
      expected: 'one leading extent for all',
      hint: 'labels and inputs must be of the same examples'
    })
  return first.shape[0]
}

const requirePositions = (indices: unknown): void => {
  if (Array.isArray(indices) || ArrayBuffer.isView(indices)) return
  throw new ValueError('rows', {
    problem: 'the positions are no list',
    got: showArgument(indices),
    expected: 'a list or typed array of integers',
    hint: 'x.toTypedArray() gives the elements of an array'
  })
}

const pick = (x: NdArray, indices: ArrayLike<number>): NdArray => {
  const from = hostOf(x, 'rows')
  const width = x.shape[0] === 0 ? 0 : from.length / x.shape[0]
  const Values = from.constructor as new (length: number) => typeof from
  const to = new Values(indices.length * width)
  for (let i = 0; i < indices.length; i++)
    to.set(from.subarray(indices[i] * width, (indices[i] + 1) * width), i * width)
  return fromHost(makeAval([indices.length, ...x.shape.slice(1)], x.dtype), to)
}

/**
 * The examples at these positions, from every array of a tree.
 *
 * Shape:  leaves [n, ...] -> [indices.length, ...].
 * Errors: IndexError for a position outside the data; ShapeError when the arrays have different n.
 *
 * @example
 * rows({ x: np.array([10, 20, 30]) }, [2, 0]) // => { x: [30, 10] }
 *
 * @category batches
 * @since 0.1.0
 */
export const rows = <T>(data: T, indices: ArrayLike<number>): T => {
  const n = countRows('rows', data)
  requirePositions(indices)
  for (let i = 0; i < indices.length; i++)
    if (!(Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < n))
      throw new IndexError('rows', {
        problem: 'a position is outside the data',
        got: `${indices[i]} at index ${i}`,
        expected: `integers from 0 to ${n - 1}`,
        hint: 'positions count examples from 0'
      })
  return tree.map((x: NdArray) => pick(x, indices), data)
}
