/** Schedules: rates as functions of the number of steps taken. All are pure and go through jit. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions, checkFunction, listOf, checkRecord } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import type { Schedule } from './rate.ts'

/** The number of steps as float32. Shape: -> that of the count. */
export const realCount = (count: ArrayLike): NdArray =>
  isArray(count) ? lax.convertElementType(count, 'float32') : lax.full([], count, 'float32')

const requirePositive = (operation: string, name: string, value: number): void => {
  if (value > 0) return
  throw new ValueError(operation, {
    problem: `${name} leaves no steps for the schedule`,
    got: `${name}: ${value}`,
    expected: 'a number above 0',
    hint: 'use constantSchedule for a value that does not change'
  })
}

/**
 * The same value at every step.
 *
 * @category schedules
 * @since 0.1.0
 */
export const constantSchedule =
  (value: number): Schedule =>
  (count) =>
    lax.full(realCount(count).shape, value, 'float32')

export interface PolynomialScheduleOptions {
  readonly initValue: number
  readonly endValue: number
  readonly power: number
  readonly transitionSteps: number
  /** Steps before the value begins to move: 0 by default. */
  readonly transitionBegin?: number
}

/**
 * (init − end) · (1 − t / steps)^power + end, with t = count − begin held within [0, steps].
 *
 * @category schedules
 * @since 0.1.0
 */
export const polynomialSchedule = (options: PolynomialScheduleOptions): Schedule => {
  const known = ['initValue', 'endValue', 'power', 'transitionSteps', 'transitionBegin']
  checkOptions('polynomialSchedule', options, known)
  const { initValue, endValue, power, transitionSteps } = options
  const transitionBegin = Math.max(options.transitionBegin ?? 0, 0)
  if (transitionSteps <= 0) return constantSchedule(initValue)
  return (count) => {
    const t = lax.clamp(0, lax.sub(realCount(count), transitionBegin), transitionSteps)
    const rest = lax.sub(1, lax.div(t, transitionSteps))
    return lax.add(lax.mul(lax.pow(rest, power), initValue - endValue), endValue)
  }
}

/**
 * A straight line from `initValue` to `endValue`, then level.
 *
 * @category schedules
 * @since 0.1.0
 */
export const linearSchedule = (options: Omit<PolynomialScheduleOptions, 'power'>): Schedule =>
  polynomialSchedule({ ...options, power: 1 })

export interface ExponentialDecayOptions {
  readonly initValue: number
  readonly transitionSteps: number
  readonly decayRate: number
  readonly transitionBegin?: number
  /** Decay in jumps, once every `transitionSteps`. */
  readonly staircase?: boolean
  /** The value never passes this one. */
  readonly endValue?: number
}

/**
 * init · rate^((count − begin) / steps).
 *
 * @category schedules
 * @since 0.1.0
 */
export const exponentialDecay = (options: ExponentialDecayOptions): Schedule => {
  checkOptions('exponentialDecay', options, [
    'initValue',
    'transitionSteps',
    'decayRate',
    'transitionBegin',
    'staircase',
    'endValue'
  ])
  const { initValue, transitionSteps, decayRate, endValue } = options
  const transitionBegin = Math.max(options.transitionBegin ?? 0, 0)
  if (transitionSteps <= 0 || decayRate === 0) return constantSchedule(initValue)
  const bound = (x: NdArray): NdArray =>
    endValue === undefined ? x : decayRate < 1 ? lax.max(x, endValue) : lax.min(x, endValue)
  return (count) => {
    const t = lax.sub(realCount(count), transitionBegin)
    const periods = lax.div(t, transitionSteps)
    const exponent = options.staircase === true ? lax.floor(periods) : periods
    const decayed = lax.mul(lax.pow(decayRate, exponent), initValue)
    return bound(lax.select(lax.le(t, 0), lax.fullLike(decayed, initValue), decayed))
  }
}

export interface CosineDecayOptions {
  readonly initValue: number
  readonly decaySteps: number
  /** What is left at the end, as a fraction of `initValue`: 0 by default. */
  readonly alpha?: number
  readonly exponent?: number
}

/**
 * init · ((1 − alpha) · (½ (1 + cos(π t / steps)))^exponent + alpha), with t = min(count, steps).
 *
 * Source: Loshchilov & Hutter 2017.
 *
 * @category schedules
 * @since 0.1.0
 */
export const cosineDecaySchedule = (options: CosineDecayOptions): Schedule => {
  checkOptions('cosineDecaySchedule', options, ['initValue', 'decaySteps', 'alpha', 'exponent'])
  const { initValue, decaySteps, alpha = 0, exponent = 1 } = options
  requirePositive('cosineDecaySchedule', 'decaySteps', decaySteps)
  return (count) => {
    const t = lax.min(realCount(count), decaySteps)
    const cosine = lax.mul(lax.add(lax.cos(lax.mul(t, Math.PI / decaySteps)), 1), 0.5)
    const shaped = exponent === 1 ? cosine : lax.pow(cosine, exponent)
    return lax.mul(lax.add(lax.mul(shaped, 1 - alpha), alpha), initValue)
  }
}

/**
 * Each schedule from its boundary on, counting from there; the first from the beginning.
 *
 * Errors: ValueError unless there is one boundary fewer than schedules.
 *
 * @category schedules
 * @since 0.1.0
 */
export const joinSchedules = (
  schedules: readonly Schedule[],
  boundaries: readonly number[]
): Schedule => {
  for (const schedule of listOf('joinSchedules', schedules))
    checkFunction('joinSchedules', schedule)
  listOf('joinSchedules', boundaries)
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1)
    throw new ValueError('joinSchedules', {
      problem: 'schedules and boundaries do not fit together',
      got: `${schedules.length} schedules, ${boundaries.length} boundaries`,
      expected: 'one boundary between each two schedules',
      hint: 'boundaries[i] is the step at which schedules[i + 1] takes over'
    })
  return (count) =>
    schedules.slice(1).reduce((before, schedule, i) => {
      const t = lax.sub(realCount(count), boundaries[i])
      return lax.select(lax.lt(t, 0), before, schedule(t))
    }, schedules[0](count))
}

export interface WarmupCosineDecayOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  /** All steps, warm-up included. */
  readonly decaySteps: number
  readonly endValue?: number
  readonly exponent?: number
}

/**
 * A straight line up to the peak, then a cosine down to `endValue`.
 *
 * @category schedules
 * @since 0.1.0
 */
export const warmupCosineDecaySchedule = (options: WarmupCosineDecayOptions): Schedule => {
  const known = ['initValue', 'peakValue', 'warmupSteps', 'decaySteps', 'endValue', 'exponent']
  checkOptions('warmupCosineDecaySchedule', options, known)
  const { initValue, peakValue, warmupSteps, decaySteps, endValue = 0, exponent = 1 } = options
  requirePositive('warmupCosineDecaySchedule', 'decaySteps − warmupSteps', decaySteps - warmupSteps)
  return joinSchedules(
    [
      linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps }),
      cosineDecaySchedule({
        initValue: peakValue,
        decaySteps: decaySteps - warmupSteps,
        alpha: peakValue === 0 ? 0 : endValue / peakValue,
        exponent
      })
    ],
    [warmupSteps]
  )
}

export interface PiecewiseConstantOptions {
  readonly initValue: number
  /** From each step on, the value is multiplied by the factor. */
  readonly boundariesAndScales: Readonly<Record<number, number>>
}

/**
 * A staircase: the value is multiplied by a factor at each boundary.
 *
 * @category schedules
 * @since 0.1.0
 */
export const piecewiseConstantSchedule = (options: PiecewiseConstantOptions): Schedule => {
  checkOptions('piecewiseConstantSchedule', options, ['initValue', 'boundariesAndScales'])
  checkRecord(
    'piecewiseConstantSchedule',
    options.boundariesAndScales,
    'an object of factors by step: { 100: 0.1 }'
  )
  const stairs = Object.entries(options.boundariesAndScales).map(
    ([step, factor]) => [Number(step), factor] as const
  )
  return (count) =>
    stairs.reduce((value, [step, factor]) => {
      return lax.select(lax.lt(realCount(count), step), value, lax.mul(value, factor))
    }, constantSchedule(options.initValue)(count))
}
