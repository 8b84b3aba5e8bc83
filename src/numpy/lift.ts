/** Elementwise functions of `np` from primitives: promotion and broadcasting, then the operation. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isBool, isInexact, type DType } from '../core/dtype.ts'
import { convertElementType } from '../primitives/convert.ts'
import { asArray, asInexact, promotePair } from './promotion.ts'

export type Unary = (x: ArrayLike) => NdArray
export type Binary = (x: ArrayLike, y: ArrayLike) => NdArray

/** Types are kept. */
export const unary =
  (name: string, f: (x: NdArray) => NdArray): Unary =>
  (x) =>
    f(asArray(x, `np.${name}`))

/** Integers and bools become float32 first. */
export const inexactUnary =
  (name: string, f: (x: NdArray) => NdArray): Unary =>
  (x) =>
    f(asInexact(x, `np.${name}`))

/** As `unary`, and integers and bools are their own result. */
export const onInexact =
  (name: string, f: (x: NdArray) => NdArray): Unary =>
  (x) => {
    const y = asArray(x, `np.${name}`)
    return isInexact(y.dtype) ? f(y) : y
  }

/** The operands meet in one type and shape. */
export const binary =
  (name: string, f: (x: NdArray, y: NdArray) => NdArray): Binary =>
  (x, y) => {
    const [a, b] = promotePair(`np.${name}`, x, y)
    return f(a, b)
  }

/** As `binary`, and integers and bools become float32. */
export const inexactBinary =
  (name: string, f: (x: NdArray, y: NdArray) => NdArray): Binary =>
  (x, y) => {
    const [a, b] = promotePair(`np.${name}`, x, y, true)
    return f(a, b)
  }

/** As `binary`, and two bools become `dtype`. */
export const countingBinary =
  (name: string, f: (x: NdArray, y: NdArray) => NdArray, dtype: DType = 'int32'): Binary =>
  (x, y) => {
    const [a, b] = promotePair(`np.${name}`, x, y)
    return isBool(a.dtype) ? f(convertElementType(a, dtype), convertElementType(b, dtype)) : f(a, b)
  }
