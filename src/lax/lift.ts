/**
 * Primitives work on arrays of equal shapes and types. lax takes numbers too, and repeats scalars,
 * as XLA's own front ends do; it broadcasts nothing else.
 */
import { avalOf, isArray, notAnArray, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { broadcastInDim } from '../primitives/movement.ts'
import { convertElementType } from '../primitives/convert.ts'
import { leafArray } from '../trace/flat.ts'

/** Arrays for operands that must agree: numbers take the type and scalars the shape of the others. */
export const agree = (operands: readonly ArrayLike[]): readonly NdArray[] => {
  const arrays = operands.filter(isArray)
  const typed = arrays.find((x) => !avalOf(x).weak) ?? arrays[0]
  if (typed === undefined) return operands.map(leafArray)
  const shaped = arrays.find((x) => x.ndim > 0)
  return operands.map((x) => {
    const y = isArray(x) ? settle(x, typed) : literal(x, typed)
    return shaped === undefined || y.ndim > 0 ? y : broadcastInDim(y, shaped.shape, [])
  })
}

const settle = (x: NdArray, typed: NdArray): NdArray =>
  avalOf(x).weak && x.dtype !== typed.dtype ? convertElementType(x, typed.dtype) : x

/** A non-integral number beside integers stays a float, so that the primitive can refuse it. */
export const literal = (x: number | boolean, typed: NdArray): NdArray => {
  if (typeof x === 'boolean') return scalar(x, typed.dtype)
  if (typeof x !== 'number') throw notAnArray('lax', x)
  const keepsFraction = !Number.isInteger(x) && !isInexact(typed.dtype)
  return scalar(x, keepsFraction ? 'float32' : typed.dtype)
}

export const lift1 =
  (f: (x: NdArray) => NdArray) =>
  (x: ArrayLike): NdArray =>
    f(leafArray(x))

export const lift2 =
  (f: (x: NdArray, y: NdArray) => NdArray) =>
  (x: ArrayLike, y: ArrayLike): NdArray => {
    const [a, b] = agree([x, y])
    return f(a, b)
  }

export const lift3 =
  (f: (x: NdArray, y: NdArray, z: NdArray) => NdArray) =>
  (x: ArrayLike, y: ArrayLike, z: ArrayLike): NdArray => {
    const [a, b, c] = agree([x, y, z])
    return f(a, b, c)
  }
