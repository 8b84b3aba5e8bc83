/** Corrections of updates, leaf by leaf. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { allAxes, flag, globalNorm, zerosLike } from './arithmetic.ts'
import type { Scalar } from './rate.ts'
import { stateless, transformation, type GradientTransformation } from './transformation.ts'

/**
 * g − mean(g) over all axes but the first, for leaves of two axes or more.
 *
 * Source: Yong et al. 2020.
 *
 * @category transformations
 * @since 0.1.0
 */
export const centralize = (): GradientTransformation =>
  stateless((updates) =>
    tree.map((g: NdArray) => {
      if (lax.typeOf(g).shape.length < 2) return g
      const axes = allAxes(g).slice(1)
      const count = axes.reduce((n, a) => n * g.shape[a], 1)
      return np.sub(g, np.div(np.sum(g, { axis: axes, keepdims: true }), count))
    }, updates)
  )

/**
 * Updates that would make a parameter negative make it 0.
 *
 * @category transformations
 * @since 0.1.0
 */
export const keepParamsNonnegative = (): GradientTransformation =>
  stateless((updates, params) =>
    tree.map(
      (u: NdArray, p: NdArray) => np.where(np.less(np.add(p, u), 0), np.neg(p), u),
      updates,
      params
    )
  )

export interface ZeroNansState {
  /** For every leaf whether the last gradient had a NaN. */
  readonly foundNan: unknown
}

/**
 * 0 in place of NaN.
 *
 * @category transformations
 * @since 0.1.0
 */
export const zeroNans = (): GradientTransformation =>
  transformation<ZeroNansState>({
    init: (params) => ({ foundNan: tree.map(() => flag(false), params) }),
    update: (grads) => [
      tree.map((g: NdArray) => lax.select(lax.ne(g, g), lax.zerosLike(g), g), grads),
      { foundNan: tree.map((g: NdArray) => lax.reduceOr(lax.ne(g, g), allAxes(g)), grads) }
    ]
  })

export interface NormalizeByUpdateNormOptions {
  /** 1 by default. */
  readonly scaleFactor?: Scalar
  /** 1e-6 by default. */
  readonly eps?: Scalar
}

/**
 * scaleFactor · g / (‖g‖ + eps), with one norm over the whole tree.
 *
 * @category transformations
 * @since 0.1.0
 */
export const normalizeByUpdateNorm = (
  options: NormalizeByUpdateNormOptions = {}
): GradientTransformation => {
  checkOptions('normalizeByUpdateNorm', options, ['scaleFactor', 'eps'])
  const { scaleFactor = 1, eps = 1e-6 } = options
  return stateless((updates) => {
    const norm = np.div(np.add(globalNorm(updates), eps), scaleFactor)
    return tree.map((g: NdArray) => lax.div(g, lax.convertElementType(norm, g.dtype)), updates)
  })
}

/**
 * Zeros: what it is for does not move. Through `partition` this freezes parameters.
 *
 * @category transformations
 * @since 0.1.0
 */
export const setToZero = (): GradientTransformation =>
  stateless((updates) => tree.map((g: NdArray) => zerosLike(g), updates))
