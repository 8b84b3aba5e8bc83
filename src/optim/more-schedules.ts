/** Schedules made of others: warm-ups, cycles, restarts and interpolation between points. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions, listOf } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import type { Schedule } from './rate.ts'
import {
  constantSchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  realCount,
  warmupCosineDecaySchedule,
  type ExponentialDecayOptions,
  type WarmupCosineDecayOptions
} from './schedules.ts'

export interface WarmupConstantOptions {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
}

/**
 * A straight line up to the peak, then level.
 *
 * @category schedules
 * @since 0.1.0
 */
export const warmupConstantSchedule = (options: WarmupConstantOptions): Schedule => {
  checkOptions('warmupConstantSchedule', options, ['initValue', 'peakValue', 'warmupSteps'])
  const { initValue, peakValue: endValue, warmupSteps: transitionSteps } = options
  return linearSchedule({ initValue, endValue, transitionSteps })
}

export interface WarmupExponentialDecayOptions
  extends WarmupConstantOptions, Omit<ExponentialDecayOptions, 'initValue'> {}

/**
 * A straight line up to the peak, then exponential decay.
 *
 * @category schedules
 * @since 0.1.0
 */
export const warmupExponentialDecaySchedule = (
  options: WarmupExponentialDecayOptions
): Schedule => {
  checkOptions('warmupExponentialDecaySchedule', options, [
    'initValue',
    'peakValue',
    'warmupSteps',
    'transitionSteps',
    'decayRate',
    'transitionBegin',
    'staircase',
    'endValue'
  ])
  const { initValue, peakValue, warmupSteps, ...decay } = options
  return joinSchedules(
    [
      warmupConstantSchedule({ initValue, peakValue, warmupSteps }),
      exponentialDecay({ initValue: peakValue, ...decay })
    ],
    [warmupSteps]
  )
}

/**
 * Warm restarts: cycles of warm-up and cosine decay, one after another.
 *
 * Source: Loshchilov & Hutter 2017.
 *
 * @category schedules
 * @since 0.1.0
 */
export const sgdrSchedule = (cycles: readonly WarmupCosineDecayOptions[]): Schedule => {
  const ends = listOf('sgdrSchedule', cycles).reduce<readonly number[]>(
    (before, { decaySteps }) => [...before, (before.at(-1) ?? 0) + decaySteps],
    []
  )
  return joinSchedules(cycles.map(warmupCosineDecaySchedule), ends.slice(0, -1))
}

export interface PiecewiseInterpolateOptions {
  readonly interpolateType: 'linear' | 'cosine'
  readonly initValue: number
  /** At each step the value has been multiplied by the factor. */
  readonly boundariesAndScales?: Readonly<Record<number, number>>
}

/** Between a and b at a part of the way from 0 to 1. */
const between = (kind: 'linear' | 'cosine', a: number, b: number, part: NdArray): NdArray =>
  kind === 'linear'
    ? lax.add(lax.mul(part, b - a), a)
    : lax.add(lax.mul(lax.add(lax.cos(lax.mul(part, Math.PI)), 1), (a - b) / 2), b)

/**
 * From value to value, where each is the one before times a factor, on straight lines or half
 * cosines; level after the last.
 *
 * Errors: ValueError for a negative factor or an unknown kind of interpolation.
 *
 * @category schedules
 * @since 0.1.0
 */
export const piecewiseInterpolateSchedule = (options: PiecewiseInterpolateOptions): Schedule => {
  const known = ['interpolateType', 'initValue', 'boundariesAndScales']
  checkOptions('piecewiseInterpolateSchedule', options, known)
  const { interpolateType, initValue, boundariesAndScales = {} } = options
  const points = Object.entries(boundariesAndScales)
    .map(([step, factor]) => [Number(step), factor] as const)
    .sort(([a], [b]) => a - b)
  if (
    !['linear', 'cosine'].includes(interpolateType) ||
    points.some(([, factor]) => !(factor >= 0))
  )
    throw new ValueError('piecewiseInterpolateSchedule', {
      problem: 'the pieces cannot be interpolated',
      got: `interpolateType: ${interpolateType}, factors ${points.map(([, f]) => f).join(', ')}`,
      expected: "'linear' or 'cosine', and factors from 0 on",
      hint: 'boundariesAndScales is { step: factor }'
    })
  const bounds = [0, ...points.map(([step]) => step)]
  const values = points.reduce<readonly number[]>(
    (before, [, factor]) => [...before, (before.at(-1) as number) * factor], // never empty
    [initValue]
  )
  const last = values.length - 1
  return (count) => {
    const t = realCount(count)
    const level = constantSchedule(values[last])(count)
    return points.reduce<NdArray>((later, _, back) => {
      const i = last - 1 - back
      const size = Math.max(bounds[i + 1] - bounds[i], 1)
      const part = lax.div(lax.sub(t, bounds[i]), size)
      const piece = between(interpolateType, values[i], values[i + 1], part)
      return lax.select(lax.lt(t, bounds[i + 1]), piece, later)
    }, level)
  }
}

export interface OnecycleOptions {
  readonly transitionSteps: number
  readonly peakValue: number
  /** The part of the steps on which the value rises: 0.3 by default. */
  readonly pctStart?: number
  /** The first value is the peak over this: 25 by default. */
  readonly divFactor?: number
  /** The last value is the first over this: 1e4 by default. */
  readonly finalDivFactor?: number
}

export interface LinearOnecycleOptions extends OnecycleOptions {
  /** The part of the steps after which the value is back where it began: 0.85 by default. */
  readonly pctFinal?: number
}

const onecycleOptions = ['transitionSteps', 'peakValue', 'pctStart', 'divFactor', 'finalDivFactor']

const requireSteps = (operation: string, steps: number): void => {
  if (steps > 0) return
  throw new ValueError(operation, {
    problem: 'a cycle has no steps',
    got: `transitionSteps: ${steps}`,
    expected: 'a number above 0',
    hint: 'the cycle should be as long as the training'
  })
}

/**
 * Up to the peak, back, and down to almost nothing, on straight lines.
 *
 * Source: Smith & Topin 2018.
 *
 * @category schedules
 * @since 0.1.0
 */
export const linearOnecycleSchedule = (options: LinearOnecycleOptions): Schedule => {
  checkOptions('linearOnecycleSchedule', options, [...onecycleOptions, 'pctFinal'])
  const { transitionSteps, peakValue, pctStart = 0.3, pctFinal = 0.85 } = options
  const { divFactor = 25, finalDivFactor = 1e4 } = options
  requireSteps('linearOnecycleSchedule', transitionSteps)
  return piecewiseInterpolateSchedule({
    interpolateType: 'linear',
    initValue: peakValue / divFactor,
    boundariesAndScales: {
      [Math.trunc(pctStart * transitionSteps)]: divFactor,
      [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
      [transitionSteps]: 1 / finalDivFactor
    }
  })
}

/**
 * Up to the peak and down to almost nothing, on half cosines.
 *
 * Source: Smith & Topin 2018.
 *
 * @category schedules
 * @since 0.1.0
 */
export const cosineOnecycleSchedule = (options: OnecycleOptions): Schedule => {
  checkOptions('cosineOnecycleSchedule', options, onecycleOptions)
  const { transitionSteps, peakValue, pctStart = 0.3 } = options
  const { divFactor = 25, finalDivFactor = 1e4 } = options
  requireSteps('cosineOnecycleSchedule', transitionSteps)
  return piecewiseInterpolateSchedule({
    interpolateType: 'cosine',
    initValue: peakValue / divFactor,
    boundariesAndScales: {
      [Math.trunc(pctStart * transitionSteps)]: divFactor,
      [Math.trunc(transitionSteps)]: 1 / (divFactor * finalDivFactor)
    }
  })
}
