/** A softmax over many classes, of which the rare ones share a few rows of the head. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions, checkRecord, listOf } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import {
  logProbabilities,
  reduced,
  reductionOptions,
  requireLabelRange,
  type ReductionOptions
} from './reduce.ts'

export interface AdaptiveSoftmaxParams {
  /** Scores of the frequent classes, then one for each cluster of rare ones. */
  readonly head: { readonly kernel: NdArray; readonly bias?: NdArray } // [features, frequent + clusters]
  /** Clusters, from frequent to rare: a narrow layer, then scores within the cluster. */
  readonly tails: readonly { readonly down: NdArray; readonly up: NdArray }[] // [features, width], [width, classes]
}

export interface AdaptiveSoftmaxOptions extends ReductionOptions {
  /** Where each cluster begins, ascending; before the first are the frequent classes. */
  readonly cutoffs: readonly number[]
}

/**
 * Logarithms of the probabilities of all classes: those of the head, and for rare classes those of
 * their cluster plus those within it.
 *
 * Shape:  x [..., features] -> [..., classes].
 * Errors: ValueError when cutoffs and clusters do not fit together.
 * Source: Grave et al. 2017.
 *
 * @category losses
 * @since 0.1.0
 */
export const adaptiveLogSoftmax = (
  params: AdaptiveSoftmaxParams,
  x: NdArray,
  options: Pick<AdaptiveSoftmaxOptions, 'cutoffs'>
): NdArray => {
  const operation = 'adaptiveLogSoftmax'
  checkOptions(operation, options, ['cutoffs'])
  const layers = 'parameters { head: { kernel }, tails: [{ down, up }, …] }'
  checkRecord(operation, params, layers)
  const { head, tails } = params
  checkRecord(operation, head, layers)
  const cutoffs = listOf(operation, options.cutoffs, 'cutoffs')
  for (const tail of listOf(operation, tails, 'tails')) checkRecord(operation, tail, layers)
  requireArrays(operation, x, head.kernel, ...tails.flatMap(({ down, up }) => [down, up]))
  if (cutoffs.length !== tails.length || head.kernel.shape[1] !== (cutoffs[0] ?? 0) + tails.length)
    throw new ValueError('adaptiveLogSoftmax', {
      problem: 'cutoffs and clusters do not fit together',
      got: `${cutoffs.length} cutoffs, ${tails.length} clusters, a head ${show(head.kernel.shape)}`,
      expected: 'one cutoff for each cluster, and a head of cutoffs[0] + clusters columns',
      hint: 'cutoffs[i] is the first class of cluster i'
    })
  const scores = np.matmul(x, head.kernel)
  const biased = head.bias === undefined ? scores : np.add(scores, head.bias)
  const logs = logProbabilities(biased, biased.ndim - 1)
  const axis = logs.ndim - 1
  const frequent = cutoffs[0]
  const clusters = tails.map(({ down, up }, i) => {
    const within = logProbabilities(np.matmul(np.matmul(x, down), up), axis)
    return np.add(within, lax.sliceInDim(logs, frequent + i, frequent + i + 1, { axis }))
  })
  return np.concatenate([lax.sliceInDim(logs, 0, frequent, { axis }), ...clusters], { axis })
}

/**
 * −log of the probability of the label under `adaptiveLogSoftmax`.
 *
 * Shape:  x [..., features], labels integers [...] -> [...].
 * Errors: IndexError for a label outside the classes.
 * Source: Grave et al. 2017.
 *
 * @category losses
 * @since 0.1.0
 */
export const adaptiveSoftmaxLoss = (
  params: AdaptiveSoftmaxParams,
  x: NdArray,
  labels: NdArray,
  options: AdaptiveSoftmaxOptions
): NdArray => {
  checkOptions('adaptiveSoftmaxLoss', options, ['cutoffs', ...reductionOptions])
  if (labels.ndim !== x.ndim - 1)
    throw new ShapeError('adaptiveSoftmaxLoss', {
      problem: 'labels do not belong to these inputs',
      got: `inputs ${show(x.shape)}, labels ${show(labels.shape)}`,
      expected: `labels ${show(x.shape.slice(0, -1))}`,
      hint: 'the features are the last axis of the inputs'
    })
  const logs = adaptiveLogSoftmax(params, x, { cutoffs: options.cutoffs })
  requireLabelRange('adaptiveSoftmaxLoss', labels, logs.shape[logs.ndim - 1])
  const own = np.takeAlongAxis(logs, np.expandDims(labels, -1), -1)
  return reduced('adaptiveSoftmaxLoss', np.neg(np.squeeze(own, [-1])), options)
}
