/** Sparsemax: a softmax that gives zeros, and its losses. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { oneHotOf } from './margin.ts'
import { spread } from './reduce.ts'

/**
 * The nearest distribution: max(0, x − τ) with τ such that it sums to 1.
 *
 * Shape:  [..., classes] -> the same.
 * Source: Martins & Astudillo 2016, algorithm 1.
 */
export const sparsemax = (x: NdArray): NdArray => {
  const last = x.ndim - 1
  // The support is found without derivative: τ is linear in what it holds.
  const sorted = lax.rev(lax.sort(lax.stopGradient(x), { dimension: last }), [last])
  const rank = lax.add(lax.broadcastedIota('int32', x.shape, last), 1)
  const k = lax.convertElementType(rank, x.dtype)
  const isIn = lax.gt(lax.add(lax.mul(sorted, k), 1), lax.cumsum(sorted, { axis: last }))
  const lowest = lax.reduceMin(lax.select(isIn, sorted, lax.fullLike(sorted, Infinity)), [last])
  const support = lax.convertElementType(lax.ge(x, spread(lowest, x.shape, last)), x.dtype)
  const size = lax.reduceSum(support, [last])
  const total = lax.reduceSum(lax.mul(support, x), [last])
  const threshold = lax.div(lax.sub(total, 1), size)
  return lax.max(lax.sub(x, spread(threshold, x.shape, last)), 0)
}

/**
 * For labels 0 and 1: 0 beyond the margin ±1, a parabola within, a line on the wrong side.
 *
 * Shape:  logits and labels [...] -> [...].
 * Source: Martins & Astudillo 2016, for two classes.
 *
 * @category losses
 * @since 0.1.0
 */
export const sparsemaxLoss = (logits: NdArray, labels: NdArray): NdArray => {
  const x = np.where(np.notEqual(labels, 0), np.neg(logits), logits)
  const parabola = np.mul(np.square(np.add(x, 1)), 0.25)
  return np.where(np.lessEqual(x, -1), 0, np.where(np.greaterEqual(x, 1), x, parabola))
}

/**
 * Σ over the support of p (s − s_label) + ½ (1 − ‖p‖²), with p = sparsemax(s).
 *
 * Shape:  scores [..., classes], labels integers [...] -> [...].
 * Source: Martins & Astudillo 2016; Blondel, Martins & Niculae 2020.
 *
 * @category losses
 * @since 0.1.0
 */
export const multiclassSparsemaxLoss = (scores: NdArray, labels: NdArray): NdArray => {
  requireArrays('multiclassSparsemaxLoss', scores, labels)
  const p = sparsemax(scores)
  const own = np.sum(np.mul(scores, oneHotOf(labels, scores)), { axis: -1, keepdims: true })
  const lead = np.sum(np.mul(p, np.sub(scores, own)), { axis: -1 })
  return np.add(lead, np.mul(np.sub(1, np.sum(np.square(p), { axis: -1 })), 0.5))
}
