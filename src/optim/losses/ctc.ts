/** Connectionist temporal classification: labels without times, on a longer sequence. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { equals, show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { oneHotOf } from './margin.ts'
import { logProbabilities, reduced, type ReductionOptions } from './reduce.ts'

export interface CtcOptions {
  /** The class that stands for no label: 0 by default. */
  readonly blankId?: number
  /** What stands for log 0: −1e5 by default. */
  readonly logEpsilon?: number
}

const requireShapes = (
  logits: NdArray,
  pads: NdArray,
  labels: NdArray,
  labelPads: NdArray
): void => {
  const [batch, time] = logits.shape
  const isRight =
    logits.ndim === 3 &&
    labels.ndim === 2 &&
    equals(pads.shape, [batch, time]) &&
    equals(labels.shape, labelPads.shape) &&
    labels.shape[0] === batch
  if (isRight) return
  throw new ShapeError('ctcLoss', {
    problem: 'sequences, labels and paddings do not fit together',
    got: [logits, pads, labels, labelPads].map((x) => show(x.shape)).join(', '),
    expected: '[batch, time, classes], [batch, time], [batch, labels], [batch, labels]',
    hint: 'paddings are 1 where there is nothing and 0 where there is something'
  })
}

/**
 * The loss of each sequence with the forward variables of its two kinds of states: after a blank
 * (how many labels are out) and after a label (which one).
 *
 * Shape:  logits [batch, time, classes], logitPaddings [batch, time], labels and labelPaddings
 *         [batch, labels] -> [batch], [time, batch, labels + 1], [time, batch, labels].
 * Errors: ShapeError when these do not fit together.
 * Source: Graves et al. 2006.
 *
 * @category losses
 * @since 0.1.0
 */
export const ctcLossWithForwardProbs = (
  logits: NdArray,
  logitPaddings: NdArray,
  labels: NdArray,
  labelPaddings: NdArray,
  options: CtcOptions = {}
): readonly [loss: NdArray, logAlphaBlank: NdArray, logAlphaLabel: NdArray] => {
  checkOptions('ctcLoss', options, ['blankId', 'logEpsilon'])
  requireArrays('ctcLoss', logits, logitPaddings, labels, labelPaddings)
  const { blankId = 0, logEpsilon = -1e5 } = options
  requireShapes(logits, logitPaddings, labels, labelPaddings)
  const [batch, time, classes] = logits.shape
  const count = labels.shape[1]
  const { dtype } = logits
  const logs = logProbabilities(logits, 2)
  const wanted = oneHotOf(labels, lax.full([batch, count, classes], 0, dtype))
  const emitted = np.transpose(np.matmul(logs, np.transpose(wanted, [0, 2, 1])), [1, 0, 2])
  const blank = np.transpose(lax.sliceInDim(logs, blankId, blankId + 1, { axis: 2 }), [1, 0, 2])
  // Between equal neighbours a blank is needed, between others it may be left out.
  const pairs = Math.max(count - 1, 0)
  const same = np.equal(
    lax.sliceInDim(labels, 0, pairs, { axis: 1 }),
    lax.sliceInDim(labels, count - pairs, count, { axis: 1 })
  )
  const repeated = np.concatenate(
    [lax.convertElementType(same, dtype), lax.full([batch, count - pairs], 0, dtype)],
    { axis: 1 }
  )
  const withScore = (phi: NdArray, score: NdArray): NdArray =>
    np.concatenate(
      [
        lax.sliceInDim(phi, 0, 1, { axis: 1 }),
        np.logaddexp(lax.sliceInDim(phi, 1, count + 1, { axis: 1 }), score)
      ],
      { axis: 1 }
    )
  type Alphas = readonly [phi: NdArray, emit: NdArray]
  const step = (
    [phi, emit]: Alphas,
    [logEmit, logBlank, pad]: readonly [NdArray, NdArray, NdArray]
  ): readonly [Alphas, Alphas] => {
    const skipped = withScore(phi, np.add(emit, np.mul(repeated, logEpsilon)))
    const ready = lax.sliceInDim(skipped, 0, count, { axis: 1 })
    const nextEmit = np.logaddexp(np.add(ready, logEmit), np.add(emit, logEmit))
    const needed = np.mul(np.sub(1, repeated), logEpsilon)
    const nextPhi = withScore(np.add(skipped, logBlank), np.add(np.add(emit, logBlank), needed))
    const held = (before: NdArray, after: NdArray): NdArray =>
      np.add(np.mul(pad, before), np.mul(np.sub(1, pad), after))
    const next = [held(phi, nextPhi), held(emit, nextEmit)] as const
    return [next, next]
  }
  const begin: Alphas = [
    np.concatenate([lax.full([batch, 1], 0, dtype), lax.full([batch, count], logEpsilon, dtype)], {
      axis: 1
    }),
    lax.full([batch, count], logEpsilon, dtype)
  ]
  const pads = lax.convertElementType(
    lax.reshape(np.transpose(logitPaddings, [1, 0]), [time, batch, 1]),
    dtype
  )
  const [[phi, emit], [phis, emits]] = lax.scan(step, begin, [emitted, blank, pads] as const)
  const last = withScore(phi, emit)
  const used = lax.convertElementType(np.sum(labelPaddings, { axis: 1 }), 'int32')
  const lengths = np.sub(lax.full([batch], count, 'int32'), used)
  const loss = np.neg(np.sum(np.mul(last, oneHotOf(lengths, last)), { axis: 1 }))
  const before = lax.sliceInDim(phis, 0, time - 1, { axis: 0 })
  return [loss, np.concatenate([before, np.expandDims(last, 0)], { axis: 0 }), emits]
}

export interface CtcLossOptions extends CtcOptions, ReductionOptions {
  /** What labels without alignment cost: about −logEpsilon ('large', the default), ∞ or 0. */
  readonly whenImpossible?: 'large' | 'infinity' | 'zero'
}

/**
 * −log of the probability of the labels, summed over all their alignments, for each sequence.
 *
 * Shape:  logits [batch, time, classes], logitPaddings [batch, time], labels and labelPaddings
 *         [batch, labels] -> [batch].
 * Units:  nats.
 * Errors: ShapeError when these do not fit together.
 * Source: Graves et al. 2006.
 *
 * @category losses
 * @since 0.1.0
 */
export const ctcLoss = (
  logits: NdArray,
  logitPaddings: NdArray,
  labels: NdArray,
  labelPaddings: NdArray,
  options: CtcLossOptions = {}
): NdArray => {
  const { reduction, weights, whenImpossible = 'large', ...rest } = options
  const [loss] = ctcLossWithForwardProbs(logits, logitPaddings, labels, labelPaddings, rest)
  if (whenImpossible === 'large') return reduced('ctcLoss', loss, { reduction, weights })
  // No alignment of finite logits comes near half of what stands for log 0.
  const isPossible = lax.lt(loss, -(rest.logEpsilon ?? -1e5) / 2)
  const instead = whenImpossible === 'zero' ? 0 : Infinity
  return reduced('ctcLoss', np.where(isPossible, loss, instead), { reduction, weights })
}
