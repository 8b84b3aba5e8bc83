/** Divergences between distributions, in nats. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as np from '../../numpy/index.ts'
import { reduced, type ReductionOptions } from './reduce.ts'

export interface DivergenceOptions extends ReductionOptions {
  /** The axis or axes of outcomes: the last one by default. */
  readonly axis?: number | readonly number[]
  /** Which outcomes count: all by default. */
  readonly where?: NdArray
}

const total = (
  operation: string,
  terms: NdArray,
  { reduction, weights, ...over }: DivergenceOptions
): NdArray => {
  checkOptions(operation, over, ['axis', 'where'])
  return reduced(operation, np.sum(terms, { axis: -1, ...over }), { reduction, weights })
}

/** t log t, and 0 at 0. */
const entropyTerm = (targets: NdArray): NdArray => {
  const isZero = np.equal(targets, 0)
  return np.where(isZero, 0, np.log(np.where(isZero, 1, targets)))
}

/**
 * Σ t (log t − log p) for targets t and log-predictions log p.
 *
 * Shape:  both [..., outcomes] -> [...].
 * Source: Kullback & Leibler 1951.
 *
 * @category losses
 * @since 0.1.0
 */
export const klDivergence = (
  logPredictions: NdArray,
  targets: NdArray,
  options: DivergenceOptions = {}
): NdArray => {
  const terms = np.mul(targets, np.sub(entropyTerm(targets), logPredictions))
  return total('klDivergence', terms, options)
}

/**
 * Σ t (log t − log p), with the targets given as log t.
 *
 * Shape: both [..., outcomes] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const klDivergenceWithLogTargets = (
  logPredictions: NdArray,
  logTargets: NdArray,
  options: DivergenceOptions = {}
): NdArray => {
  const terms = np.mul(np.exp(logTargets), np.sub(logTargets, logPredictions))
  return total('klDivergenceWithLogTargets', terms, options)
}

/**
 * Σ t (log t − log p) + Σ (p − t): a divergence of measures that need not sum to 1.
 *
 * Shape: both [..., outcomes] -> [...].
 *
 * @category losses
 * @since 0.1.0
 */
export const generalizedKlDivergence = (
  logPredictions: NdArray,
  targets: NdArray,
  options: DivergenceOptions = {}
): NdArray => {
  const excess = np.sub(np.exp(logPredictions), targets)
  return np.add(
    klDivergence(logPredictions, targets, options),
    total('generalizedKlDivergence', excess, options)
  )
}

/** optax's older name of `generalizedKlDivergence`. */
export const convexKlDivergence = generalizedKlDivergence
