/** Penalties of parameters: how far from zero they are, over all of them or some. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as tree from '../../core/tree.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { flagsOf, type Mask } from '../mask.ts'

export interface PenaltyOptions {
  /** True for parameters that count: all by default. `select` of cotangent/finetune makes one by path. */
  readonly mask?: Mask | undefined
}

const total = (
  operation: string,
  params: unknown,
  options: PenaltyOptions,
  penalty: (x: ArrayLike) => NdArray
): NdArray => {
  checkOptions(operation, options, ['mask'])
  const { mask = true } = options
  const flags = flagsOf(operation, mask, params)
  return tree
    .leaves(params)
    .filter((_, i) => flags[i])
    .reduce<NdArray>((sum, x) => np.add(sum, np.sum(penalty(x))), lax.full([], 0, 'float32'))
}

/**
 * Σ |w| over the parameters that the mask selects.
 *
 * Shape:  -> [].
 * Errors: StructureError with the path where the mask does not fit.
 *
 * @example
 * const params = { kernel: np.array([1, -2]), bias: np.array([5]) }
 * l1Penalty(params, { mask: { kernel: true, bias: false } }) // => 3.
 *
 * @category losses
 * @since 0.1.0
 */
export const l1Penalty = (params: unknown, options: PenaltyOptions = {}): NdArray =>
  total('l1Penalty', params, options, (x) => lax.abs(x))

/**
 * ½ Σ |w|² over the parameters that the mask selects: its gradient is w.
 *
 * Shape:  -> [].
 * Errors: StructureError with the path where the mask does not fit.
 *
 * @category losses
 * @since 0.1.0
 */
export const l2Penalty = (params: unknown, options: PenaltyOptions = {}): NdArray =>
  total('l2Penalty', params, options, (x) => lax.mul(lax.square(lax.abs(x)), 0.5))
