/** A tree of arrays as one vector, and back. */
import { avalOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { promote } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { show, sizeOf } from '../core/shape.ts'
import { unflatten } from '../core/tree.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { broadcastTo, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { arraysOf, leafArray } from '../trace/flat.ts'

/**
 * The elements of all leaves, one leaf after the other, and the function that makes such a tree of
 * such a vector. The vector has the least type that all leaves convert to; each leaf gets its own
 * type back.
 *
 * Shape:  a tree -> [number of elements].
 * Errors: ShapeError when what is put back has another number of elements.
 *
 * @example
 * const [flat, unravel] = ravelPytree({ w: np.array([[1, 2]]), b: np.array(3) })
 * flat // => [3. 1. 2.]
 * unravel(flat.mul(10)).w.toNested() // => [[10, 20]]
 *
 * @category trees
 * @since 0.1.0
 */
export const ravelPytree = <T>(
  tree: T
): readonly [flat: NdArray, unravel: (flat: ArrayLike) => T] => {
  const [leaves, structure] = arraysOf(tree, 'ravelPytree')
  const avals = leaves.map(avalOf)
  const sizes = avals.map((a) => sizeOf(a.shape))
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0))
  const total = ends.at(-1) ?? 0
  const dtype = avals.map((a) => a.dtype).reduce(promote, avals[0]?.dtype ?? 'float32')
  const lines = leaves.map((x, i) => reshape(convertElementType(x, dtype), [sizes[i]]))
  const flat = lines.length === 0 ? broadcastTo(scalar(0, dtype), [0]) : concatenate(lines, 0)
  const unravel = (given: ArrayLike): T => {
    const vector = leafArray(given)
    if (vector.ndim !== 1 || vector.size !== total)
      throw new ShapeError('unravel', {
        problem: 'the vector is not of this tree',
        got: show(vector.shape),
        expected: show([total]),
        hint: 'ravelPytree gives the vector that unravel takes'
      })
    const parts = avals.map((a, i) =>
      convertElementType(
        reshape(sliceInDim(vector, ends[i] - sizes[i], ends[i], 0), a.shape),
        a.dtype
      )
    )
    return unflatten(structure, parts) as T // the structure of the tree
  }
  return [flat, unravel]
}
