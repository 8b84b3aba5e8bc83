/** Dice losses: overlap of predicted and true regions. */
import { requireArrays, type NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { logProbabilities, requireSameShape } from './reduce.ts'

export interface DiceOptions {
  readonly classWeights?: NdArray | undefined // [classes]
  /** 1 by default. */
  readonly smooth?: number
  /** Weight of false positives: 0.5 by default. */
  readonly alpha?: number
  /** Weight of false negatives: 0.5 by default. */
  readonly beta?: number
  /** Whether predictions are logits: true by default (a sigmoid for one class). */
  readonly applySoftmax?: boolean
  /** Over classes: 'mean' by default. */
  readonly reduction?: 'mean' | 'sum' | 'none'
  /** Leave out class 0. */
  readonly ignoreBackground?: boolean
  /** The axes of pixels: all but the first and the last by default. */
  readonly axis?: number | readonly number[] | undefined
}

const probabilities = (logits: NdArray): NdArray =>
  logits.shape[logits.ndim - 1] === 1
    ? lax.logistic(logits)
    : np.exp(logProbabilities(logits, logits.ndim - 1))

/**
 * 1 − (I + s) / (I + α (P − I) + β (T − I) + s), with I, P and T the sums over pixels of p t, p
 * and t, for each class; then the mean over classes.
 *
 * Shape:  predictions and targets [batch, ..., classes] -> [batch] ([batch, classes] unreduced).
 * Source: Milletari, Navab & Ahmadi 2016; Salehi, Erdogmus & Gholipour 2017 (α and β).
 *
 * @category losses
 * @since 0.1.0
 */
export const diceLoss = (
  predictions: NdArray,
  targets: NdArray,
  options: DiceOptions = {}
): NdArray => {
  checkOptions('diceLoss', options, [
    'classWeights',
    'smooth',
    'alpha',
    'beta',
    'applySoftmax',
    'reduction',
    'ignoreBackground',
    'axis'
  ])
  requireArrays('diceLoss', predictions, targets)
  const { classWeights, smooth = 1, alpha = 0.5, beta = 0.5, applySoftmax = true } = options
  const { reduction = 'mean', ignoreBackground = false } = options
  const logits =
    predictions.ndim === targets.ndim - 1 ? np.expandDims(predictions, -1) : predictions
  const truth = targets.ndim === logits.ndim - 1 ? np.expandDims(targets, -1) : targets
  requireSameShape('diceLoss', logits, truth)
  const p = applySoftmax ? probabilities(logits) : logits
  const pixels = p.shape.map((_, a) => a).slice(1, -1)
  const { axis = pixels } = options
  const [both, predicted, actual] = [np.mul(p, truth), p, truth].map((x) => np.sum(x, { axis }))
  const missed = np.add(np.mul(np.sub(predicted, both), alpha), np.mul(np.sub(actual, both), beta))
  const overlap = np.div(np.add(both, smooth), np.add(np.add(both, missed), smooth))
  const plain = np.sub(1, overlap)
  const weighted = classWeights === undefined ? plain : np.mul(plain, classWeights)
  const classes = p.shape[p.ndim - 1]
  const kept =
    ignoreBackground && classes > 1
      ? lax.sliceInDim(weighted, 1, classes, { axis: weighted.ndim - 1 })
      : weighted
  if (reduction === 'none') return kept
  const sum = np.sum(kept, { axis: -1 })
  return reduction === 'sum' ? sum : np.div(sum, kept.shape[kept.ndim - 1])
}

export interface GeneralizedDiceOptions {
  readonly smooth?: number
  readonly applySoftmax?: boolean
  readonly ignoreBackground?: boolean
}

/**
 * The mean Dice loss with classes weighted by 1 / (pixels² + 1e-7), scaled to mean 1.
 *
 * Shape:  predictions and targets [batch, ..., classes] -> [].
 * Source: Sudre et al. 2017.
 *
 * @category losses
 * @since 0.1.0
 */
export const multiclassGeneralizedDiceLoss = (
  predictions: NdArray,
  targets: NdArray,
  options: GeneralizedDiceOptions = {}
): NdArray => {
  const known = ['smooth', 'applySoftmax', 'ignoreBackground']
  checkOptions('multiclassGeneralizedDiceLoss', options, known)
  requireArrays('multiclassGeneralizedDiceLoss', predictions, targets)
  requireSameShape('multiclassGeneralizedDiceLoss', predictions, targets)
  const frequency = np.sum(targets, { axis: targets.shape.map((_, a) => a).slice(0, -1) })
  const raw = np.div(1, np.add(np.square(frequency), 1e-7))
  const classWeights = np.mul(np.div(raw, np.sum(raw)), raw.shape[0])
  const each = diceLoss(predictions, targets, { ...options, classWeights, reduction: 'none' })
  return np.div(np.sum(each), each.size)
}

export interface BinaryDiceOptions {
  readonly smooth?: number
  readonly applySigmoid?: boolean
}

/**
 * The Dice loss of one region.
 *
 * Shape: predictions and targets [batch, ...] or [batch, ..., 1] -> [batch].
 *
 * @category losses
 * @since 0.1.0
 */
export const binaryDiceLoss = (
  predictions: NdArray,
  targets: NdArray,
  options: BinaryDiceOptions = {}
): NdArray => {
  checkOptions('binaryDiceLoss', options, ['smooth', 'applySigmoid'])
  requireArrays('binaryDiceLoss', predictions, targets)
  const { smooth = 1, applySigmoid = true } = options
  const isFlat = predictions.ndim === targets.ndim && predictions.shape[predictions.ndim - 1] !== 1
  const [p, t] = isFlat
    ? [np.expandDims(predictions, -1), np.expandDims(targets, -1)]
    : [predictions, targets]
  return diceLoss(p, t, { smooth, applySoftmax: applySigmoid })
}
