/** SM3: AdaGrad in the memory of its margins, one accumulator for each slice along each axis. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { inverseRootOfSum } from './adagrad.ts'
import { updateMoment, zeros } from './arithmetic.ts'
import { chain } from './chain.ts'
import { requireRate, type Scalar } from './rate.ts'
import { scale } from './scale.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleBySm3Options {
  /** Decay of the momentum: 0.9 by default. */
  readonly b1?: Scalar
  /** Decay of the accumulators: 1 (none) by default. */
  readonly b2?: number
  /** 1e-8 by default. */
  readonly eps?: Scalar
}

export interface ScaleBySm3State {
  /** For every leaf a tuple with one vector for each of its axes. */
  readonly mu: readonly (readonly NdArray[])[]
  readonly nu: unknown // as the parameters
}

/** The least of the accumulators that cover an element. Shape: -> that of g. */
const covering = (g: NdArray, margins: readonly NdArray[]): NdArray =>
  margins
    .map((m, axis) => lax.broadcastInDim(m, g.shape, [axis]))
    .reduce((least, m) => lax.min(least, m))

/** The largest element of every slice along an axis. Shape: -> [length of the axis]. */
const margin = (x: NdArray, axis: number): NdArray =>
  x.ndim < 2
    ? x
    : lax.reduceMax(
        x,
        x.shape.map((_, a) => a).filter((a) => a !== axis)
      )

/**
 * s = b2 · min over axes of the margins + g² (times 1 − b2 unless b2 = 1); emits the decaying mean
 * (b1) of g / √(s + eps); the margins are then the largest s of their slices.
 *
 * Source: Anil et al. 2019.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleBySm3 = (options: ScaleBySm3Options = {}): GradientTransformation => {
  checkOptions('scaleBySm3', options, ['b1', 'b2', 'eps'])
  const { b1 = 0.9, b2 = 1, eps = 1e-8 } = options
  const fresh = b2 === 1 ? 1 : 1 - b2
  const accumulated = (g: NdArray, margins: readonly NdArray[]): NdArray => {
    const square = lax.mul(lax.square(g), fresh)
    return margins.length === 0 ? square : lax.add(square, lax.mul(covering(g, margins), b2))
  }
  return transformation<ScaleBySm3State>({
    init: (params) => ({
      mu: tree.leaves(params).map((p) => {
        const { shape, dtype } = lax.typeOf(p)
        return shape.map((n) => lax.full([n], 0, dtype))
      }),
      nu: zeros(params)
    }),
    update: <P>(grads: P, state: ScaleBySm3State) => {
      const [leaves, structure] = tree.flatten(grads)
      const sums = leaves.map((g, i) => accumulated(np.asarray(g), state.mu[i]))
      const scaled = leaves.map((g, i) => np.mul(g, inverseRootOfSum(sums[i], eps)))
      const step = tree.unflatten(structure, scaled) as P // the structure of the gradients
      const nu = updateMoment(step, state.nu as P, b1, 1) // init and update made it like P
      return [nu, { mu: sums.map((s) => s.shape.map((_, axis) => margin(s, axis))), nu }]
    }
  })
}

export interface Sm3Options {
  readonly learningRate: number
  /** 0.9 by default. */
  readonly momentum?: Scalar
}

/**
 * Scaling by covered sums of squares with momentum, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Anil et al. 2019.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const sm3 = (options: Sm3Options): GradientTransformation => {
  checkOptions('sm3', options, ['learningRate', 'momentum'])
  requireRate('sm3', 'learningRate', options.learningRate)
  return chain(scaleBySm3({ b1: options.momentum ?? 0.9 }), scale(-options.learningRate))
}
