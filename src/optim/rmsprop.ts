/** RMSProp: gradients over the root of a decaying mean of their squares. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  absSquare,
  biasCorrection,
  filled,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { chain } from './chain.ts'
import { withoutRate, type LearningRateOption } from './descent.ts'
import type { Scalar } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { trace } from './trace.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByRmsOptions {
  /** Decay of the mean of squares: 0.9 by default. */
  readonly decay?: Scalar
  /** 1e-8 by default. */
  readonly eps?: Scalar
  /** Where the mean of squares begins: 0 by default. */
  readonly initialScale?: number
  /** Whether eps is added inside the root (the default) or outside. */
  readonly epsInSqrt?: boolean
  /** Divide the means by 1 − decay^t. */
  readonly biasCorrection?: boolean
}

const rmsOptions = ['decay', 'eps', 'initialScale', 'epsInSqrt', 'biasCorrection']

export interface ScaleByRmsState {
  /** Only with bias correction. */
  readonly count?: NdArray // int32 []
  readonly nu: unknown // as the parameters
}

export interface ScaleByStddevState extends ScaleByRmsState {
  readonly mu: unknown // as the parameters
}

/** 1 / √(v + eps), or 1 / (√v + eps). */
const inverseRoot = (v: NdArray, eps: Scalar, inside: boolean): NdArray =>
  inside ? lax.rsqrt(np.add(v, eps)) : np.div(1, np.add(lax.sqrt(v), eps))

const next = (count: NdArray | undefined): NdArray | undefined =>
  count === undefined ? undefined : safeIncrement(count)

const corrected = <P>(moments: P, decay: Scalar, count: NdArray | undefined): P =>
  count === undefined ? moments : biasCorrection(moments, decay, count)

const counted = (count: NdArray | undefined): { readonly count?: NdArray } =>
  count === undefined ? {} : { count }

/**
 * v = decay v + (1 − decay) g²; emits g / √(v + eps).
 *
 * Source: Hinton 2012.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByRms = (options: ScaleByRmsOptions = {}): GradientTransformation => {
  checkOptions('scaleByRms', options, rmsOptions)
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } = options
  const first = options.biasCorrection === true ? zeroCount : () => undefined
  return transformation<ScaleByRmsState>({
    init: (params) => ({ ...counted(first()), nu: filled(params, initialScale) }),
    update: <P>(grads: P, state: ScaleByRmsState) => {
      const nu = updateMoment(grads, state.nu as P, decay, 2) // init and update made it like P
      const count = next(state.count)
      const updates = tree.map(
        (g: NdArray, v: NdArray) => np.mul(inverseRoot(v, eps, epsInSqrt), g),
        grads,
        corrected(nu, decay, count)
      )
      return [updates, { ...counted(count), nu }]
    }
  })
}

/**
 * As `scaleByRms`, with the variance v − m² in place of the mean of squares, where
 * m = decay m + (1 − decay) g.
 *
 * Source: Graves 2013.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByStddev = (options: ScaleByRmsOptions = {}): GradientTransformation => {
  checkOptions('scaleByStddev', options, rmsOptions)
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } = options
  const first = options.biasCorrection === true ? zeroCount : () => undefined
  return transformation<ScaleByStddevState>({
    init: (params) => ({
      ...counted(first()),
      mu: zeros(params),
      nu: filled(params, initialScale)
    }),
    update: <P>(grads: P, state: ScaleByStddevState) => {
      const mu = updateMoment(grads, state.mu as P, decay, 1) // init and update made it like P
      const nu = updateMoment(grads, state.nu as P, decay, 2)
      const count = next(state.count)
      const updates = tree.map(
        (g: NdArray, m: NdArray, v: NdArray) =>
          np.mul(inverseRoot(lax.sub(v, absSquare(m)), eps, epsInSqrt), g),
        grads,
        corrected(mu, decay, count),
        corrected(nu, decay, count)
      )
      return [updates, { ...counted(count), mu, nu }]
    }
  })
}

export interface RmspropOptions extends LearningRateOption, ScaleByRmsOptions {
  /** Divide by the deviation instead of the root mean square. */
  readonly centered?: boolean
  /** Decay of the sum of past steps; no sum is kept when left out. */
  readonly momentum?: Scalar | undefined
  readonly nesterov?: boolean
}

/**
 * Scaling by root mean square (or deviation), a step downhill, then momentum.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Hinton 2012; Graves 2013 (centered).
 *
 * @category optimizers
 * @since 0.1.0
 */
export const rmsprop = (options: RmspropOptions): GradientTransformation => {
  const known = [...rmsOptions, 'centered', 'momentum', 'nesterov']
  const rest = withoutRate('rmsprop', options, known)
  const { centered = false, momentum, nesterov = false, ...scaling } = rest
  return chain(
    centered ? scaleByStddev(scaling) : scaleByRms(scaling),
    scaleByLearningRate(options.learningRate),
    momentum === undefined ? identity() : trace({ decay: momentum, nesterov })
  )
}
