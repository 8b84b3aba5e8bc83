/** Checks of what transformations are given: argument positions, tangents and cotangents. */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import { equals, show } from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'

/** All that is asked of the value a tangent belongs to. */
type Like = Pick<Aval, 'shape' | 'dtype'>

const check = (operation: string, what: string, like: Like, t: NdArray): NdArray => {
  if (!equals(like.shape, t.shape))
    throw new ShapeError(operation, {
      problem: `a ${what} has another shape than its value`,
      got: `${what} ${show(t.shape)} for a value of shape ${show(like.shape)}`,
      expected: show(like.shape),
      hint: 'np.onesLike(value) and np.zerosLike(value) have the right shape'
    })
  if (like.dtype === t.dtype || !isInexact(like.dtype)) return t
  if (avalOf(t).weak) return convertElementType(t, like.dtype)
  throw new DTypeError(operation, {
    problem: `a ${what} has another element type than its value`,
    got: `${what} ${t.dtype} for a value of type ${like.dtype}`,
    expected: like.dtype,
    hint: `convert it with astype('${like.dtype}')`
  })
}

/** The tangents, with numbers given the type of their primal. */
export const checkTangents = (
  operation: string,
  primals: readonly Like[],
  tangents: readonly NdArray[]
): readonly NdArray[] => primals.map((x, i) => check(operation, 'tangent', x, tangents[i]))

/** The same for cotangents of results. */
export const checkCotangents = (
  operation: string,
  outs: readonly Like[],
  cotangents: readonly NdArray[]
): readonly NdArray[] => outs.map((y, i) => check(operation, 'cotangent', y, cotangents[i]))

/**
 * The arguments that an option such as `argnums` names, as positions from 0; negative ones count
 * from the end. Errors: ValueError for positions that the call does not have.
 */
export const argumentPositions = (
  operation: string,
  option: string,
  given: number | readonly number[],
  count: number
): readonly number[] =>
  mapList(typeof given === 'object' ? given : [given], (n) => {
    const at = n < 0 ? n + count : n
    if (!Number.isInteger(n) || at < 0 || at >= count)
      throw new ValueError(operation, {
        problem: `${option} names an argument that was not given`,
        got: `${n} of ${count} ${count === 1 ? 'argument' : 'arguments'}`,
        expected: count === 0 ? 'a call with arguments' : `integers from ${-count} to ${count - 1}`,
        hint: `${option} counts positional arguments from 0, or from the end when negative`
      })
    return at
  })
