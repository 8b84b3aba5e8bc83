/** Updates times a factor: fixed, by schedule, or a learning rate (which also turns the sign). */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { checkOptions, checkFunction } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { safeIncrement, scaled, zeroCount } from './arithmetic.ts'
import { requireRate, type ScalarOrSchedule, type Schedule } from './rate.ts'
import { stateless, transformation, type GradientTransformation } from './transformation.ts'

const scaledTree = <P>(updates: P, factor: ArrayLike): P =>
  tree.map((u: ArrayLike) => scaled(u, factor), updates)

/**
 * u = factor · g.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scale = (factor: number | NdArray): GradientTransformation =>
  stateless((updates) => scaledTree(updates, factor))

export interface ScaleByScheduleState {
  readonly count: NdArray // int32 []
}

/**
 * u = schedule(steps taken) · g.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleBySchedule = (schedule: Schedule): GradientTransformation => {
  checkFunction('scaleBySchedule', schedule)
  return transformation<ScaleByScheduleState>({
    init: () => ({ count: zeroCount() }),
    update: (grads, { count }) => [
      scaledTree(grads, schedule(count)),
      { count: safeIncrement(count) }
    ]
  })
}

export interface ScaleByLearningRateOptions {
  /** Descend (true by default) or climb. */
  readonly flipSign?: boolean
}

/**
 * u = −rate · g: a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByLearningRate = (
  learningRate: ScalarOrSchedule,
  options: ScaleByLearningRateOptions = {}
): GradientTransformation => {
  checkOptions('scaleByLearningRate', options, ['flipSign'])
  requireRate('scaleByLearningRate', 'learningRate', learningRate)
  const sign = options.flipSign === false ? 1 : -1
  if (typeof learningRate === 'function')
    return scaleBySchedule((count) => lax.mul(learningRate(count), sign))
  return scale(isArray(learningRate) ? lax.mul(learningRate, sign) : sign * learningRate)
}
