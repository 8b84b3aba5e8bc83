/** PyTorch's losses as ours: adapters by the name of the module. */
import type { NdArray } from '../../src/core/array.ts'
import { isFloat } from '../../src/core/dtype.ts'
import { iota } from '../../src/core/shape.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import {
  listed,
  type Adapter,
  type Adapters,
  type Arrays,
  type Settings
} from './layers/adapter.ts'

type Loss = (settings: Settings, inputs: readonly NdArray[], params: Arrays) => NdArray

/** Arguments of PyTorch from before `reduction`. */
const old = ['size_average', 'reduce']

const adapter = (signature: readonly string[], loss: Loss): Adapter => ({
  signature: [...signature, ...old],
  build: (settings) => (params, inputs) => ({
    outputs: [loss(settings, listed(settings, inputs), params)]
  })
})

const reduction = (s: Settings): optim.Reduction => s.text('reduction', 'mean') as optim.Reduction

/** Means of classes that have weights divide by these. */
const byClass = (s: Settings): optim.Reduction => {
  const named = reduction(s)
  return named === 'mean' ? 'weightedMean' : named
}

const array = (x: unknown): NdArray | undefined => {
  if (x === undefined) return undefined
  const data = (x as { readonly data?: unknown }).data ?? x
  return np.array(data as readonly number[])
}

/** An argument that holds a tensor: recorded with the settings, or as a parameter. */
const tensor = (s: Settings, params: Arrays, name: string): NdArray | undefined =>
  params[name] ?? array(s.get(name))

/** The classes are the second axis, or the only one. */
const classAxis = (x: NdArray): number => (x.ndim === 1 ? 0 : 1)

const crossEntropy: Loss = (s, [input, target], params) => {
  const options = {
    axis: classAxis(input),
    classWeights: tensor(s, params, 'weight'),
    labelSmoothing: s.number('label_smoothing', 0)
  }
  if (isFloat(target.dtype))
    return optim.softmaxCrossEntropy(input, target, { ...options, reduction: reduction(s) })
  return optim.softmaxCrossEntropyWithIntegerLabels(input, target, {
    ...options,
    ignoreIndex: s.number('ignore_index', -100),
    reduction: byClass(s)
  })
}

const nll: Loss = (s, [input, target], params) =>
  optim.negativeLogLikelihood(input, target, {
    axis: classAxis(input),
    classWeights: tensor(s, params, 'weight'),
    ignoreIndex: s.number('ignore_index', -100),
    reduction: byClass(s)
  })

const klDivergence: Loss = (s, [input, target]) => {
  const loss = s.flag('log_target', false) ? optim.klDivergenceWithLogTargets : optim.klDivergence
  const named = s.text('reduction', 'mean')
  return named === 'batchmean'
    ? loss(input, target, { axis: iota(input.ndim).slice(1), reduction: 'mean' })
    : loss(input, target, { axis: [], reduction: named as optim.Reduction })
}

const gaussian: Loss = (s, [input, target, variance]) =>
  optim.gaussianNllLoss(
    input,
    target,
    variance.ndim === input.ndim - 1 ? np.expandDims(variance, -1) : variance,
    { full: s.flag('full', false), eps: s.number('eps', 1e-6), reduction: reduction(s) }
  )

/** Targets as rows: PyTorch also takes them joined to one list. Shape: -> [batch, labels]. */
const rowsOf = (targets: NdArray, lengths: NdArray): NdArray => {
  if (targets.ndim === 2) return targets
  const first = np.sub(np.cumsum(lengths), lengths)
  const at = np.add(np.expandDims(first, 1), lax.iota('int32', targets.size))
  return np.take(targets, np.clip(at, 0, targets.size - 1))
}

/** 1 from the length on. Shape: [batch] -> [batch, size]. */
const paddings = (lengths: NdArray, size: number): NdArray =>
  np.astype(np.greaterEqual(lax.iota('int32', size), np.expandDims(lengths, 1)), 'float32')

const ctc: Loss = (s, [given, targets, ...lengths]) => {
  const isSingle = given.ndim === 2
  const logs = isSingle ? np.expandDims(given, 1) : given
  const [times, counts] = lengths.map((x) => np.reshape(x, [-1]))
  const labels = rowsOf(
    isSingle && targets.ndim === 1 ? np.expandDims(targets, 0) : targets,
    counts
  )
  const named = reduction(s)
  const loss = optim.ctcLoss(
    np.transpose(logs, [1, 0, 2]),
    paddings(times, logs.shape[0]),
    labels,
    paddings(counts, labels.shape[1]),
    {
      blankId: s.number('blank', 0),
      whenImpossible: s.flag('zero_infinity', false) ? 'zero' : 'infinity',
      reduction: named,
      // PyTorch's mean is of the losses for one label.
      ...(named === 'mean' ? { weights: np.div(1, np.maximum(counts, 1)) } : {})
    }
  )
  return isSingle && named === 'none' ? np.squeeze(loss) : loss
}

const triplet: Loss = (s, [anchor, positive, negative]) =>
  optim.tripletMarginWithDistanceLoss(anchor, positive, negative, {
    margin: s.number('margin', 1),
    swap: s.flag('swap', false),
    reduction: reduction(s),
    distance: (x, y) =>
      optim.pairwiseDistance(x, y, { p: s.number('p', 2), eps: s.number('eps', 1e-6) })
  })

const adaptiveSoftmax: Adapter = {
  signature: ['in_features', 'n_classes', 'cutoffs', 'div_value', 'head_bias'],
  build: (s) => (params, inputs) => {
    const [x, labels] = listed(s, inputs)
    const cutoffs = s.get('cutoffs') as readonly number[]
    const weights = {
      head: {
        kernel: np.transpose(params['head.weight']),
        ...(params['head.bias'] === undefined ? {} : { bias: params['head.bias'] })
      },
      tails: cutoffs.map((_, i) => ({
        down: np.transpose(params[`tail.${i}.0.weight`]),
        up: np.transpose(params[`tail.${i}.1.weight`])
      }))
    }
    const loss = (named: optim.Reduction) =>
      optim.adaptiveSoftmaxLoss(weights, x, labels, { cutoffs, reduction: named })
    return { outputs: [np.neg(loss('none')), loss('mean')] }
  }
}

export const losses: Adapters = {
  AdaptiveLogSoftmaxWithLoss: adaptiveSoftmax,
  BCELoss: adapter(['weight', 'reduction'], (s, [input, target], params) =>
    optim.binaryCrossEntropy(input, target, {
      weights: tensor(s, params, 'weight'),
      reduction: reduction(s)
    })
  ),
  BCEWithLogitsLoss: adapter(['weight', 'reduction', 'pos_weight'], (s, [input, target], params) =>
    optim.sigmoidBinaryCrossEntropy(input, target, {
      weights: tensor(s, params, 'weight'),
      posWeight: tensor(s, params, 'pos_weight'),
      reduction: reduction(s)
    })
  ),
  CosineEmbeddingLoss: adapter(['margin', 'reduction'], (s, [x1, x2, target]) =>
    optim.cosineEmbeddingLoss(x1, x2, target, {
      margin: s.number('margin', 0),
      reduction: reduction(s)
    })
  ),
  CrossEntropyLoss: adapter(
    ['weight', 'ignore_index', 'reduction', 'label_smoothing'],
    crossEntropy
  ),
  CTCLoss: adapter(['blank', 'reduction', 'zero_infinity'], ctc),
  GaussianNLLLoss: adapter(['full', 'eps', 'reduction'], gaussian),
  HingeEmbeddingLoss: adapter(['margin', 'reduction'], (s, [input, target]) =>
    optim.hingeEmbeddingLoss(input, target, {
      margin: s.number('margin', 1),
      reduction: reduction(s)
    })
  ),
  HuberLoss: adapter(['reduction', 'delta'], (s, [input, target]) =>
    optim.huberLoss(input, target, { delta: s.number('delta', 1), reduction: reduction(s) })
  ),
  KLDivLoss: adapter(['reduction', 'log_target'], klDivergence),
  L1Loss: adapter(['reduction'], (s, [input, target]) =>
    optim.absoluteError(input, target, { reduction: reduction(s) })
  ),
  MarginRankingLoss: adapter(['margin', 'reduction'], (s, [x1, x2, target]) =>
    optim.marginRankingLoss(x1, x2, target, {
      margin: s.number('margin', 0),
      reduction: reduction(s)
    })
  ),
  MSELoss: adapter(['reduction'], (s, [input, target]) =>
    optim.squaredError(input, target, { reduction: reduction(s) })
  ),
  MultiLabelMarginLoss: adapter(['reduction'], (s, [input, target]) =>
    optim.multilabelMarginLoss(input, target, { reduction: reduction(s) })
  ),
  MultiLabelSoftMarginLoss: adapter(['weight', 'reduction'], (s, [input, target], params) =>
    optim.multilabelSoftMarginLoss(input, target, {
      classWeights: tensor(s, params, 'weight'),
      reduction: reduction(s)
    })
  ),
  MultiMarginLoss: adapter(['p', 'margin', 'weight', 'reduction'], (s, [input, target], params) =>
    optim.multiMarginLoss(input, target, {
      p: s.number('p', 1) as 1 | 2,
      margin: s.number('margin', 1),
      classWeights: tensor(s, params, 'weight'),
      reduction: reduction(s)
    })
  ),
  NLLLoss: adapter(['weight', 'ignore_index', 'reduction'], nll),
  NLLLoss2d: adapter(['weight', 'ignore_index', 'reduction'], nll),
  PoissonNLLLoss: adapter(['log_input', 'full', 'eps', 'reduction'], (s, [input, target]) =>
    optim.poissonNllLoss(input, target, {
      logInput: s.flag('log_input', true),
      full: s.flag('full', false),
      eps: s.number('eps', 1e-8),
      reduction: reduction(s)
    })
  ),
  SmoothL1Loss: adapter(['reduction', 'beta'], (s, [input, target]) =>
    optim.smoothL1Loss(input, target, { beta: s.number('beta', 1), reduction: reduction(s) })
  ),
  SoftMarginLoss: adapter(['reduction'], (s, [input, target]) =>
    optim.softMarginLoss(input, target, { reduction: reduction(s) })
  ),
  TripletMarginLoss: adapter(['margin', 'p', 'eps', 'swap', 'reduction'], triplet),
  TripletMarginWithDistanceLoss: adapter(
    ['distance_function', 'margin', 'swap', 'reduction'],
    triplet
  )
}
