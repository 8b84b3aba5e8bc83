/** Schedule-free learning: an average of iterates takes the place of a falling rate. */
import { isArray, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions, checkRecord } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { cast, safeIncrement } from './arithmetic.ts'
import { chain } from './chain.ts'
import { warmupConstantSchedule } from './more-schedules.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
import { scaleByRms } from './rmsprop.ts'
import { scaleByLearningRate } from './scale.ts'
import { sgd } from './sgd.ts'
import { transformation, type GradientTransformation, type OptState } from './transformation.ts'

export interface ScheduleFreeOptions {
  /** The rate of the base optimizer: iterates are averaged with weights rate^weightLrPower. */
  readonly learningRate: ScalarOrSchedule
  /** How far the parameters are from the last iterate towards the average: 0.9 by default. */
  readonly b1?: number
  /** 2 by default. */
  readonly weightLrPower?: number
  /** Element type of the iterates; that of the parameters by default. */
  readonly stateDType?: DType | undefined
}

export interface ScheduleFreeState {
  readonly b1: NdArray // []
  readonly weightSum: NdArray // []
  readonly stepCount: NdArray // int32 [], from 1
  readonly maxLr: NdArray // []
  readonly baseOptimizerState: OptState
  readonly z: unknown // the iterate; as the parameters
}

/** (y − (1 − b1) z) / b1: the average x, of which parameters are y = b1 x + (1 − b1) z. */
const average = <P>(params: P, z: unknown, b1: NdArray | number): P =>
  tree.map((y: NdArray, at: NdArray) => np.div(np.sub(y, np.mul(at, np.sub(1, b1))), b1), params, z)

/**
 * The averaged parameters, with which to evaluate.
 *
 * @category combinators
 * @since 0.1.0
 */
export const scheduleFreeEvalParams = <P>(state: object, params: P): P => {
  checkRecord('scheduleFreeEvalParams', state, 'a state of scheduleFree')
  const { b1, z } = state as ScheduleFreeState // made by scheduleFree
  return average(params, z, b1)
}

/**
 * With z stepped by `base` and x the average of all z weighted by the largest rate so far to a
 * power, moves the parameters to y = b1 x + (1 − b1) z. Use a base without momentum.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Defazio et al. 2024.
 *
 * @category combinators
 * @since 0.1.0
 */
export const scheduleFree = (
  base: GradientTransformation,
  options: ScheduleFreeOptions
): GradientTransformation => {
  checkOptions('scheduleFree', options, ['learningRate', 'b1', 'weightLrPower', 'stateDType'])
  const { learningRate, b1 = 0.9, weightLrPower = 2, stateDType } = options
  requireRate('scheduleFree', 'learningRate', learningRate)
  const rateAt = (count: NdArray): NdArray | number =>
    typeof learningRate === 'function' ? learningRate(count) : learningRate
  const weightOf = (weight: NdArray, sum: NdArray): NdArray =>
    // Nothing has been seen while all rates were 0.
    lax.select(lax.eq(sum, 0), lax.zerosLike(sum), lax.div(weight, sum))
  return transformation<ScheduleFreeState>(
    {
      init: (params) => ({
        b1: lax.full([], b1, 'float32'),
        weightSum: lax.full([], 0, 'float32'),
        stepCount: lax.full([], 1, 'int32'),
        maxLr: lax.full([], 0, 'float32'),
        baseOptimizerState: base.init(params),
        z: cast(params, stateDType)
      }),
      update: (grads, state, params, extra) => {
        const rate = rateAt(state.stepCount)
        const own = isArray(rate) ? lax.convertElementType(rate, 'float32') : rate
        const maxLr = lax.max(state.maxLr, own)
        const weight = lax.pow(maxLr, weightLrPower)
        const weightSum = lax.add(state.weightSum, weight)
        const part = weightOf(weight, weightSum)
        const [steps, next] = base.update(grads, state.baseOptimizerState, params, extra)
        const z = tree.map(
          (at: NdArray, u: NdArray) => lax.convertElementType(np.add(at, u), lax.typeOf(at).dtype),
          state.z,
          steps
        )
        const updates = tree.map(
          (y: NdArray, x: NdArray, at: NdArray) => {
            const mean = np.add(np.mul(x, np.sub(1, part)), np.mul(at, part))
            return np.sub(np.add(np.mul(mean, b1), np.mul(at, 1 - b1)), y)
          },
          params,
          average(params, state.z, b1),
          z
        )
        const stepCount = safeIncrement(state.stepCount)
        return [updates, { b1: state.b1, weightSum, stepCount, maxLr, baseOptimizerState: next, z }]
      }
    },
    'scheduleFree',
    base
  )
}

interface WarmupOptions extends Omit<ScheduleFreeOptions, 'learningRate'> {
  readonly learningRate?: number
  /** Steps on which the rate rises from 0: none by default. */
  readonly warmupSteps?: number | undefined
}

const warmed = (peakValue: number, warmupSteps: number | undefined): ScalarOrSchedule =>
  warmupSteps === undefined
    ? peakValue
    : warmupConstantSchedule({ initValue: 0, peakValue, warmupSteps })

/** `learningRate` is 1 by default. */
export interface ScheduleFreeSgdOptions extends WarmupOptions {
  /** None by default. */
  readonly weightDecay?: number | undefined
}

const common = ['learningRate', 'warmupSteps', 'b1', 'weightDecay', 'weightLrPower', 'stateDType']

/**
 * Gradient descent, schedule-free.
 *
 * Source: Defazio et al. 2024.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const scheduleFreeSgd = (options: ScheduleFreeSgdOptions = {}): GradientTransformation => {
  checkOptions('scheduleFreeSgd', options, common)
  const { learningRate = 1, warmupSteps, weightDecay, ...rest } = options
  const rate = warmed(learningRate, warmupSteps)
  const descent = sgd({ learningRate: rate })
  const base =
    weightDecay === undefined ? descent : chain(addDecayedWeights({ weightDecay }), descent)
  return scheduleFree(base, { learningRate: rate, ...rest })
}

/** `learningRate` is 2.5e-3 by default. */
export interface ScheduleFreeAdamwOptions extends WarmupOptions {
  /** 0.999 by default. */
  readonly b2?: number
  /** 1e-8 by default. */
  readonly eps?: number
  /** 0 by default. */
  readonly weightDecay?: number
}

/**
 * AdamW without its first moment, schedule-free.
 *
 * Source: Defazio et al. 2024.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const scheduleFreeAdamw = (
  options: ScheduleFreeAdamwOptions = {}
): GradientTransformation => {
  checkOptions('scheduleFreeAdamw', options, [...common, 'b2', 'eps'])
  const { learningRate = 2.5e-3, warmupSteps, b2 = 0.999, eps = 1e-8, ...others } = options
  const { weightDecay = 0, ...rest } = others
  const rate = warmed(learningRate, warmupSteps)
  const base = chain(
    scaleByRms({ decay: b2, eps, epsInSqrt: false, biasCorrection: true }),
    addDecayedWeights({ weightDecay }),
    scaleByLearningRate(rate)
  )
  return scheduleFree(base, { learningRate: rate, ...rest })
}
