/** Learning rates: a number, a scalar array, or a schedule; checked where a user gives them. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ValueError, showArgument } from '../core/errors.ts'
import * as np from '../numpy/index.ts'

/** A number, or a scalar array where the number is data: an injected hyperparameter, for example. */
export type Scalar = number | NdArray

/** A value that depends on the number of steps taken. */
export type Schedule = (count: ArrayLike) => NdArray

export type ScalarOrSchedule = Scalar | Schedule

/** The value at a step, in a type. */
export const rateAt = (rate: ScalarOrSchedule, count: NdArray, dtype: DType): NdArray =>
  np.asarray(typeof rate === 'function' ? rate(count) : rate, { dtype })

/** Throws a ValueError unless a number given for `name` is finite and not negative. */
export const requireRate = (
  operation: string,
  name: string,
  value: ScalarOrSchedule | undefined
): void => {
  if (typeof value === 'function' || isArray(value)) return
  if (value !== undefined && Number.isFinite(value) && value >= 0) return
  throw new ValueError(operation, {
    problem: `${name} has a value that no training can use`,
    got: `${name}: ${typeof value === 'object' ? showArgument(value) : String(value)}`,
    expected: 'a finite number from 0 on, or a schedule',
    hint:
      typeof value === 'object'
        ? 'it stands by itself: clip(1), not clip({ maxDelta: 1 })'
        : 'updates are subtracted already: a rate that descends is positive'
  })
}
