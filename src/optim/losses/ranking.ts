/** Losses of rankings. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { logProbabilities } from './reduce.ts'

export interface RankingOptions {
  /** Which items count: all by default. */
  readonly where?: NdArray | undefined
  /** Weights of the labels. */
  readonly weights?: NdArray | undefined
  /** Over lists: 'mean' by default. */
  readonly reduction?: 'mean' | 'sum' | 'none'
}

/**
 * −Σ labels · log(softmax(logits)) over the items of each list, then the mean over lists.
 *
 * Shape:  logits and labels (relevance) [..., items] -> [] ([...] unreduced).
 * Source: Xia et al. 2008 (ListMLE's listwise softmax, as in RAX).
 *
 * @category losses
 * @since 0.1.0
 */
export const rankingSoftmaxLoss = (
  logits: NdArray,
  labels: NdArray,
  options: RankingOptions = {}
): NdArray => {
  checkOptions('rankingSoftmaxLoss', options, ['where', 'weights', 'reduction'])
  requireArrays('rankingSoftmaxLoss', logits, labels)
  const { where, weights, reduction = 'mean' } = options
  const given = lax.convertElementType(labels, logits.dtype)
  // What is left out is out before it is multiplied: a NaN there would reach all gradients.
  const kept = (x: NdArray): NdArray => (where === undefined ? x : np.where(where, x, 0))
  const weighted = weights === undefined ? kept(given) : np.mul(kept(given), kept(weights))
  const scores = where === undefined ? logits : np.where(where, logits, -Infinity)
  const terms = np.mul(weighted, logProbabilities(scores, logits.ndim - 1))
  const counted = where === undefined ? terms : np.where(where, terms, 0)
  const loss = np.neg(np.sum(counted, { axis: -1 }))
  const lists = where === undefined ? undefined : np.any(where, { axis: -1 })
  const each = lists === undefined ? loss : np.where(lists, loss, 0)
  if (reduction === 'none') return each
  if (reduction === 'sum') return np.sum(each)
  const count = lists === undefined ? loss.size : np.maximum(np.sum(lists, { dtype: 'int32' }), 1)
  return np.div(np.sum(each), count)
}
