/** Losses of real-valued predictions: one value per element, unless a reduction is asked for. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { reduced, reductionOptions, requireSameShape, type ReductionOptions } from './reduce.ts'

const errors = (operation: string, predictions: NdArray, targets: ArrayLike): NdArray => {
  requireSameShape(operation, predictions, targets)
  return lax.sub(predictions, lax.convertElementType(targets, predictions.dtype))
}

/**
 * (p − t)².
 *
 * Shape: [...] -> [...].
 *
 * @example
 * squaredError(np.array([1, 2]), np.array([1, 4])) // => [0. 4.]
 *
 * @category losses
 * @since 0.1.0
 */
export const squaredError = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('squaredError', options, reductionOptions)
  return reduced('squaredError', lax.square(errors('squaredError', predictions, targets)), options)
}

/**
 * ½ (p − t)².
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const l2Loss = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('l2Loss', options, reductionOptions)
  const halves = lax.mul(lax.square(errors('l2Loss', predictions, targets)), 0.5)
  return reduced('l2Loss', halves, options)
}

/**
 * |p − t|.
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const absoluteError = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('absoluteError', options, reductionOptions)
  return reduced('absoluteError', lax.abs(errors('absoluteError', predictions, targets)), options)
}

export interface HuberOptions extends ReductionOptions {
  /** Where the parabola becomes a line: 1 by default. */
  readonly delta?: number
}

/**
 * ½ e² where |e| ≤ δ, else δ (|e| − ½ δ), for e = p − t.
 *
 * Shape:  [...] -> [...].
 * Source: Huber 1964.
 *
 * @category losses
 * @since 0.1.0
 */
export const huberLoss = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: HuberOptions = {}
): NdArray => {
  checkOptions('huberLoss', options, ['delta', ...reductionOptions])
  const { delta = 1 } = options
  const size = lax.abs(errors('huberLoss', predictions, targets))
  const inner = lax.min(size, delta)
  const values = lax.add(lax.mul(lax.square(inner), 0.5), lax.mul(lax.sub(size, inner), delta))
  return reduced('huberLoss', values, options)
}

export interface SmoothL1Options extends ReductionOptions {
  /** Below it the line becomes a parabola: 1 by default; 0 gives |e|. */
  readonly beta?: number
}

/**
 * ½ e² / β where |e| < β, else |e| − ½ β, for e = p − t: the Huber loss over its δ.
 *
 * Shape:  [...] -> [...].
 * Source: Girshick 2015.
 *
 * @category losses
 * @since 0.1.0
 */
export const smoothL1Loss = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: SmoothL1Options = {}
): NdArray => {
  checkOptions('smoothL1Loss', options, ['beta', ...reductionOptions])
  const { beta = 1 } = options
  if (!(beta >= 0))
    throw new ValueError('smoothL1Loss', {
      problem: 'the parabola has no width',
      got: `beta: ${String(beta)}`,
      expected: 'a number from 0 on',
      hint: 'beta: 0 is the absolute error'
    })
  const size = lax.abs(errors('smoothL1Loss', predictions, targets))
  const inner = lax.min(size, beta)
  const outer = lax.sub(size, inner)
  const values = beta === 0 ? size : lax.add(lax.mul(lax.square(inner), 0.5 / beta), outer)
  return reduced('smoothL1Loss', values, options)
}

/**
 * log(cosh(e)) for e = p − t: a parabola near 0, |e| − log 2 far away.
 *
 * Shape: [...] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const logCosh = (
  predictions: NdArray,
  targets: ArrayLike = 0,
  options: ReductionOptions = {}
): NdArray => {
  checkOptions('logCosh', options, reductionOptions)
  const e = errors('logCosh', predictions, targets)
  return reduced('logCosh', lax.sub(np.logaddexp(e, lax.neg(e)), Math.LN2), options)
}
