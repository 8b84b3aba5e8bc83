/** Arithmetic of samplers: arrays of one shape and type, and plain numbers, which take that type. */
import { isArray, type NdArray } from '../core/array.ts'
import * as arithmetic from '../primitives/arithmetic.ts'
import * as compare from '../primitives/compare.ts'
import * as elementary from '../primitives/elementary.ts'
import * as elementwise from '../primitives/elementwise.ts'
import * as negation from '../primitives/negation.ts'

interface Operation {
  (x: NdArray, y: NdArray | number): NdArray
  (x: number, y: NdArray): NdArray
}

const lift =
  (f: (x: NdArray, y: NdArray) => NdArray): Operation =>
  (x: NdArray | number, y: NdArray | number): NdArray => {
    if (isArray(x)) return f(x, isArray(y) ? y : elementwise.constant(x, y))
    const array = y as NdArray // no signature has two numbers
    return f(elementwise.constant(array, x), array)
  }

export const add = lift(elementwise.add)
export const sub = lift(negation.sub)
export const mul = lift(elementwise.mul)
export const div = lift(arithmetic.div)
export const rem = lift(arithmetic.rem)
export const max = lift(arithmetic.max)
export const min = lift(arithmetic.min)
export const pow = lift(elementary.pow)
export const eq = lift(compare.eq)
export const ne = lift(compare.ne)
export const lt = lift(compare.lt)
export const le = lift(compare.le)
export const gt = lift(compare.gt)
export const ge = lift(compare.ge)

/** `onTrue` where the predicate holds, else `onFalse`; numbers take the type of the array. */
export const where = (
  predicate: NdArray,
  onTrue: NdArray | number,
  onFalse: NdArray | number
): NdArray => lift((x, y) => compare.select(predicate, x, y))(onTrue as NdArray, onFalse)
