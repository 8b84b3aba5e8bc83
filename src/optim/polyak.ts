/** Polyak's step: as long as the loss is high above its least value. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions, checkRecord } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { globalSumOfSquares, scaled } from './arithmetic.ts'
import { chain } from './chain.ts'
import type { Scalar } from './rate.ts'
import { sgd } from './sgd.ts'
import {
  transformation,
  type EmptyState,
  type GradientTransformation,
  type UpdateExtra
} from './transformation.ts'

/** What `update` must be given beside the gradients. Errors: ValueError that says how. */
export const requireExtra = <K extends keyof UpdateExtra>(
  operation: string,
  extra: UpdateExtra | undefined,
  key: K
): NonNullable<UpdateExtra[K]> => {
  if (extra !== undefined) checkRecord(operation, extra, `{ ${key} }`)
  const given = extra?.[key]
  if (given === undefined)
    throw new ValueError(operation, {
      problem: `update needs { ${key} }`,
      got: extra === undefined ? 'no fourth argument' : `{ ${Object.keys(extra).join(', ')} }`,
      expected: `update(grads, state, params, { ${key}, … })`,
      hint: 'valueAndGrad gives the loss and its gradient at once'
    })
  return given as NonNullable<UpdateExtra[K]> // not undefined, as just checked
}

export interface ScaleByPolyakOptions {
  /** The least value of the loss: 0 by default. */
  readonly fMin?: Scalar
  /** The longest step: 1 by default. */
  readonly maxLearningRate?: Scalar
  /** 0 by default. */
  readonly eps?: Scalar
  /** 'sps', or 'sps+' which never steps backwards. */
  readonly variant?: 'sps' | 'sps+'
}

/**
 * u = min((value − fMin) / (‖g‖² + eps), maxLearningRate) · g, or 0 where the gradient vanishes.
 * `update` needs `{ value }`, the loss.
 *
 * Source: Loizou et al. 2021; Garrigos, Gower & Schaipp 2023 ('sps+').
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByPolyak = (options: ScaleByPolyakOptions = {}): GradientTransformation => {
  checkOptions('scaleByPolyak', options, ['fMin', 'maxLearningRate', 'eps', 'variant'])
  const { fMin = 0, maxLearningRate = 1, eps = 0, variant = 'sps' } = options
  const stepOf = (updates: unknown, value: NdArray): NdArray => {
    const square = globalSumOfSquares(updates)
    const gap = lax.convertElementType(np.sub(value, fMin), square.dtype)
    const below = np.add(square, eps)
    const length = np.div(variant === 'sps+' ? lax.max(gap, 0) : gap, below)
    // The machine epsilon of JAX's default float.
    const isFlat = lax.le(below, 2 ** -23)
    return lax.select(isFlat, lax.zerosLike(length), np.minimum(length, maxLearningRate))
  }
  return transformation<EmptyState>({
    init: () => ({}),
    update: (grads, state, _params, extra) => {
      const value = np.asarray(requireExtra('scaleByPolyak', extra, 'value'))
      const step = stepOf(grads, value)
      return [tree.map((g: NdArray) => scaled(g, step), grads), state]
    }
  })
}

export interface PolyakSgdOptions extends ScaleByPolyakOptions {
  /** A factor on the step: 1 by default. */
  readonly scaling?: Scalar
}

/**
 * A step downhill of Polyak's length. `update` needs `{ value }`, the loss.
 *
 * Source: Loizou et al. 2021.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const polyakSgd = (options: PolyakSgdOptions = {}): GradientTransformation => {
  checkOptions('polyakSgd', options, ['maxLearningRate', 'scaling', 'fMin', 'eps', 'variant'])
  const { scaling = 1, ...rest } = options
  return chain(sgd({ learningRate: scaling }), scaleByPolyak(rest))
}
