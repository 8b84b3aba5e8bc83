/** Negative log-likelihoods of counts and of real numbers. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { reduced, reductionOptions, requireSameShape, type ReductionOptions } from './reduce.ts'
import * as math from '../../core/scalar/math.ts'

export interface PoissonNllOptions extends ReductionOptions {
  /** Whether predictions are logarithms of rates: true by default. */
  readonly logInput?: boolean
  /** Add Stirling's approximation of log t! for targets above 1. */
  readonly full?: boolean
  /** Keeps the logarithm of a rate from −∞: 1e-8 by default. */
  readonly eps?: number
}

/**
 * e^p − t p, or λ − t log(λ + ε) for rates λ.
 *
 * Shape: predictions and targets (counts) [...] -> [...].
 * Units: nats, less log t!.
 *
 * @category losses
 * @since 0.1.0
 */
export const poissonNllLoss = (
  predictions: NdArray,
  targets: NdArray,
  options: PoissonNllOptions = {}
): NdArray => {
  checkOptions('poissonNllLoss', options, ['logInput', 'full', 'eps', ...reductionOptions])
  const { logInput = true, full = false, eps = 1e-8 } = options
  requireSameShape('poissonNllLoss', predictions, targets)
  const t = lax.convertElementType(targets, predictions.dtype)
  const rates = logInput ? lax.exp(predictions) : predictions
  const logs = logInput ? predictions : lax.log(lax.add(predictions, eps))
  const values = lax.sub(rates, lax.mul(t, logs))
  if (!full) return reduced('poissonNllLoss', values, options)
  const isLarge = lax.gt(t, 1)
  const safe = np.where(isLarge, t, 2)
  const stirling = lax.add(
    lax.sub(lax.mul(safe, lax.log(safe)), safe),
    lax.mul(lax.log(lax.mul(safe, 2 * Math.PI)), 0.5)
  )
  return reduced('poissonNllLoss', lax.add(values, np.where(isLarge, stirling, 0)), options)
}

export interface GaussianNllOptions extends ReductionOptions {
  /** Add ½ log 2π. */
  readonly full?: boolean
  /** The least variance: 1e-6 by default. Its bound has no gradient. */
  readonly eps?: number
}

/**
 * ½ (log v + (p − t)² / v), for predicted means p and variances v.
 *
 * Shape:  predictions, targets and variances (which broadcast) [...] -> [...].
 * Units:  nats, less ½ log 2π.
 * Source: Nix & Weigend 1994.
 *
 * @category losses
 * @since 0.1.0
 */
export const gaussianNllLoss = (
  predictions: NdArray,
  targets: NdArray,
  variances: ArrayLike,
  options: GaussianNllOptions = {}
): NdArray => {
  checkOptions('gaussianNllLoss', options, ['full', 'eps', ...reductionOptions])
  const { full = false, eps = 1e-6 } = options
  requireSameShape('gaussianNllLoss', predictions, targets)
  const v = np.asarray(variances, { dtype: predictions.dtype })
  // The bound moves the value and not the gradient: v + stopGradient(max(v, ε) − v).
  const bounded = lax.add(v, lax.stopGradient(lax.sub(lax.max(v, eps), v)))
  const square = lax.square(lax.sub(predictions, targets))
  const values = np.mul(np.add(lax.log(bounded), np.div(square, bounded)), 0.5)
  const constant = full ? 0.5 * math.log(2 * Math.PI) : 0
  return reduced('gaussianNllLoss', np.add(values, constant), options)
}
