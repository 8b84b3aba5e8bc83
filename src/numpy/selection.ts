/** Choosing elements by conditions. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { ValueError, listOf, checkOptions } from '../core/errors.ts'
import { select as selectP } from '../primitives/compare.ts'
import { nonzero, type SizeOptions } from './nonzero.ts'
import { asArray, asType, broadcastAll, promoteTypes } from './promotion.ts'

/** onTrue where `condition` holds, else onFalse; all of one shape. */
export const selectOf = (condition: NdArray, onTrue: NdArray, onFalse: NdArray): NdArray =>
  selectP(condition, onTrue, onFalse)

/** x where the condition is not zero, else y; all three broadcast. */
export const choice = (
  operation: string,
  condition: ArrayLike,
  x: ArrayLike,
  y: ArrayLike
): NdArray => {
  const [a, b] = promoteTypes(operation, [x, y])
  const [c, onTrue, onFalse] = broadcastAll(operation, [
    asType(asArray(condition, operation), 'bool'),
    a,
    b
  ])
  return selectP(c, onTrue, onFalse)
}

/** The first value whose condition holds, or `otherwise` (0) where none does. Shape: broadcast. */
export const select = (
  conditions: readonly ArrayLike[],
  values: readonly ArrayLike[],
  last: ArrayLike | { readonly default?: ArrayLike } = 0
): NdArray => {
  const isNamed = typeof last === 'object' && !isArray(last)
  if (isNamed) checkOptions('np.select', last, ['default'])
  const otherwise = isNamed ? (last.default ?? 0) : last
  listOf('np.select', conditions)
  listOf('np.select', values)
  if (conditions.length !== values.length || conditions.length === 0)
    throw new ValueError('np.select', {
      problem: 'conditions and values are not pairs',
      got: `${conditions.length} conditions, ${values.length} values`,
      expected: 'as many of one as of the other, at least one',
      hint: 'the value where no condition holds is the third argument'
    })
  const typed = promoteTypes('np.select', [...values, otherwise])
  const none = typed[typed.length - 1]
  return conditions.reduceRight<NdArray>(
    (rest, condition, i) => choice('np.select', condition, typed[i], rest),
    none
  )
}

/**
 * By the last condition that holds, a value or a function of `x`; one function more than there are
 * conditions gives the value where none holds, else it is 0. Every function sees all of `x`.
 *
 * Shape: that of x. Type: that of x.
 */
export const piecewise = (
  x: ArrayLike,
  conditions: readonly ArrayLike[],
  functions: readonly (ArrayLike | ((x: NdArray) => ArrayLike))[]
): NdArray => {
  const y = asArray(x, 'np.piecewise')
  listOf('np.piecewise', conditions)
  listOf('np.piecewise', functions)
  const extra = functions.length - conditions.length
  if (extra !== 0 && extra !== 1)
    throw new ValueError('np.piecewise', {
      problem: 'functions and conditions do not match',
      got: `${conditions.length} conditions, ${functions.length} functions`,
      expected: 'as many functions, or one more for where no condition holds',
      hint: 'np.select takes arrays instead of functions'
    })
  const values = functions.map((f) =>
    asType(asArray(typeof f === 'function' ? f(y) : f, 'np.piecewise'), y.dtype)
  )
  const otherwise = extra === 1 ? values[conditions.length] : asType(asArray(0), y.dtype)
  const start = broadcastAll('np.piecewise', [otherwise, y])[0]
  return conditions.reduce<NdArray>(
    (rest, condition, i) => choice('np.piecewise', condition, values[i], rest),
    start
  )
}

/**
 * x where `condition` holds, else y; all three broadcast. With the condition alone: the indices
 * where it holds, as `nonzero`.
 */
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NdArray
export function where(condition: ArrayLike, options?: SizeOptions): readonly NdArray[]
export function where(
  condition: ArrayLike,
  x?: ArrayLike | SizeOptions,
  y?: ArrayLike
): NdArray | readonly NdArray[] {
  if (y !== undefined) return choice('np.where', condition, x as ArrayLike, y)
  return nonzero(condition, x as SizeOptions | undefined, 'np.where')
}
