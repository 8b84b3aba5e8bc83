/** Rules that hold for every linear operation. */
import { avalOf, scalar, type Aval, type NdArray } from '../core/array.ts'
import { isZero, zero, type JvpRule, type Tangent } from '../trace/primitive.ts'

/** The derivative of a linear function is the function. */
export const linearJvp =
  <P>(f: (x: NdArray, params: P) => NdArray): JvpRule<P> =>
  ([x], [dx], params) => {
    // Unary by the type of `f`: one primal, one tangent.
    const y = f(x, params)
    return [[y], [isZero(dx) ? zero(avalOf(y)) : f(dx, params)]]
  }

/** f(t), or zero of the result's type when t is zero. */
export const mapTangent = (out: Aval, t: Tangent, f: (t: NdArray) => NdArray): Tangent =>
  isZero(t) ? zero(out) : f(t)

/** 0 or 1 of an element type. */
export const zeroOf = (a: Aval): NdArray => scalar(0, a.dtype)
export const oneOf = (a: Aval): NdArray => scalar(1, a.dtype)
