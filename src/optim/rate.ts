/** Learning rates: a number, a scalar array, or a schedule; checked where a user gives them. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'

/** A number, or a scalar array where the number is data: an injected hyperparameter, for example. */
export type Scalar = number | NdArray

/** A value that depends on the number of steps taken. */
export type Schedule = (count: ArrayLike) => NdArray

export type ScalarOrSchedule = Scalar | Schedule

/** Throws a ValueError unless a number given for `name` is finite and not negative. */
export const requireRate = (
  operation: string,
  name: string,
  value: ScalarOrSchedule | undefined
): void => {
  if (typeof value === 'function' || typeof value === 'object') return
  if (value !== undefined && Number.isFinite(value) && value >= 0) return
  throw new ValueError(operation, {
    problem: `${name} has a value that no training can use`,
    got: `${name}: ${String(value)}`,
    expected: 'a finite number from 0 on, or a schedule',
    hint: 'updates are subtracted already: a rate that descends is positive'
  })
}
