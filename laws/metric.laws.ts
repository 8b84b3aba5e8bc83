/** Every metric that is exported, and the laws of metrics. One without a row here fails. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jit } from '../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../src/core/array.ts'
import { allocate, type DType } from '../src/core/dtype.ts'
import * as metrics from '../src/metrics/index.ts'
import * as metric from './metric.ts'

interface Example {
  readonly prediction: readonly number[]
  readonly target: readonly number[]
}

/** What a metric takes: the numbers of an example, and their types. Width 0 is a list. */
interface Kind {
  readonly prediction: readonly [width: number, dtype: DType, numbers: fc.Arbitrary<number>]
  readonly target: readonly [width: number, dtype: DType, numbers: fc.Arbitrary<number>]
  /** Examples that are always there, where some are needed. */
  readonly first?: readonly Example[]
}

const unit = fc.integer({ min: 0, max: 16 }).map((n) => n / 16)
const real = fc.integer({ min: -20, max: 20 }).map((n) => n / 8)
const positive = fc.integer({ min: 1, max: 20 }).map((n) => n / 8)
const label = (classes: number): fc.Arbitrary<number> => fc.nat(classes - 1)

const both = (prediction: number, target: number): Example => ({
  prediction: [prediction],
  target: [target]
})
const opposites = [both(0.25, 0), both(0.75, 1), both(0.5, 1)]

const kinds = {
  classes: { prediction: [0, 'int32', label(3)], target: [0, 'int32', label(3)] },
  binary: {
    prediction: [0, 'int32', label(2)],
    target: [0, 'int32', label(2)],
    first: [both(0, 0), both(1, 1)]
  },
  rows: { prediction: [3, 'int32', label(2)], target: [3, 'int32', label(2)] },
  scores: { prediction: [0, 'float32', unit], target: [0, 'int32', label(2)], first: opposites },
  columns: {
    prediction: [3, 'float32', unit],
    target: [0, 'int32', label(3)],
    first: [0, 1, 2].map((c) => ({ prediction: [0.5, 0.25, c / 4], target: [c] }))
  },
  logits: { prediction: [4, 'float32', real], target: [0, 'int32', label(4)] },
  reals: {
    prediction: [2, 'float64', real],
    target: [2, 'float64', real],
    first: [
      { prediction: [0, 1], target: [1, 2] },
      { prediction: [0, 1], target: [3, 5] }
    ]
  },
  positives: {
    prediction: [0, 'float64', positive],
    target: [0, 'float64', positive],
    first: [both(1, 2), both(2, 1)]
  },
  lists: { prediction: [4, 'float32', unit], target: [4, 'int32', label(2)] },
  clusters: {
    prediction: [0, 'int32', label(3)],
    target: [0, 'int32', label(3)],
    first: [both(0, 0)]
  },
  points: {
    prediction: [2, 'float64', real],
    target: [0, 'int32', label(3)],
    first: [0, 1, 0].map((c) => ({ prediction: [c, 1], target: [c] }))
  }
} as const satisfies Readonly<Record<string, Kind>>

const array = (rows: readonly (readonly number[])[], [width, dtype]: Kind['target']): NdArray => {
  const data = allocate(dtype, rows.length * Math.max(width, 1))
  rows.flat().forEach((x, i) => (data[i] = x))
  return fromHost(makeAval(width === 0 ? [rows.length] : [rows.length, width], dtype), data)
}

const numbers = ([width, , element]: Kind['target']) =>
  fc.array(element, { minLength: Math.max(width, 1), maxLength: Math.max(width, 1) })

const subject = (made: metrics.AnyMetric, kind: Kind) => ({
  // Only this metric ever sees its states.
  metric: made as unknown as metrics.Metric<unknown, unknown>,
  examples: fc
    .array(fc.record({ prediction: numbers(kind.prediction), target: numbers(kind.target) }), {
      minLength: kind.first === undefined ? 1 : 0,
      maxLength: 6
    })
    .map((more: readonly Example[]) => [...(kind.first ?? []), ...more]),
  batch: (examples: readonly Example[], weights?: readonly number[]): metrics.Batch => [
    array(
      examples.map((e) => e.prediction),
      kind.prediction
    ),
    array(
      examples.map((e) => e.target),
      kind.target
    ),
    weights === undefined
      ? undefined
      : array(
          weights.map((w) => [w]),
          [0, 'float32', unit]
        )
  ]
})

type Row = readonly [make: () => metrics.AnyMetric, kind: keyof typeof kinds, weightless?: string]

const three = { classes: 3 }

/** Metrics of arrays; a reason where weights mean nothing. */
const rows: Readonly<Record<string, Row>> = {
  accuracy: [() => metrics.accuracy(), 'classes'],
  adjustedMutualInfoScore: [
    () => metrics.adjustedMutualInfoScore(),
    'clusters',
    'pairs of clusterings'
  ],
  adjustedRandScore: [() => metrics.adjustedRandScore(), 'clusters', 'pairs of clusterings'],
  averagePrecision: [() => metrics.averagePrecision({ average: 'weighted' }), 'columns'],
  balancedAccuracy: [() => metrics.balancedAccuracy(three), 'classes'],
  bitsPerToken: [() => metrics.bitsPerToken({ ignore: 2 }), 'logits'],
  brierScore: [() => metrics.brierScore(), 'columns'],
  calibrationCurve: [() => metrics.calibrationCurve(), 'scores'],
  calibrationError: [() => metrics.calibrationError({ norm: 'l2' }), 'columns'],
  calinskiHarabaszScore: [() => metrics.calinskiHarabaszScore(), 'points', 'geometry'],
  classLikelihoodRatios: [() => metrics.classLikelihoodRatios(), 'binary'],
  classificationReport: [() => metrics.classificationReport(three), 'classes'],
  cohenKappa: [() => metrics.cohenKappa({ ...three, weights: 'linear' }), 'classes'],
  completenessScore: [() => metrics.completenessScore(), 'clusters', 'pairs of clusterings'],
  confusionMatrix: [() => metrics.confusionMatrix(three), 'classes'],
  contingencyMatrix: [() => metrics.contingencyMatrix(), 'clusters', 'pairs of clusterings'],
  coverageError: [() => metrics.coverageError(), 'lists'],
  d2AbsoluteErrorScore: [() => metrics.d2AbsoluteErrorScore(), 'reals'],
  d2Brier: [() => metrics.d2Brier(), 'columns'],
  d2LogLoss: [() => metrics.d2LogLoss(), 'columns'],
  d2PinballScore: [() => metrics.d2PinballScore(), 'reals'],
  d2TweedieScore: [() => metrics.d2TweedieScore({ power: 1 }), 'positives'],
  daviesBouldinScore: [() => metrics.daviesBouldinScore(), 'points', 'geometry'],
  dcg: [() => metrics.dcg({ k: 3 }), 'lists'],
  detCurve: [() => metrics.detCurve(), 'scores'],
  dice: [() => metrics.dice(three), 'classes'],
  explainedVariance: [
    () => metrics.explainedVariance({ multioutput: 'varianceWeighted' }),
    'reals'
  ],
  f1: [() => metrics.f1({ ...three, average: 'weighted' }), 'classes'],
  fBeta: [() => metrics.fBeta({ beta: 2, average: 'samples', multilabel: true }), 'rows'],
  fowlkesMallowsScore: [() => metrics.fowlkesMallowsScore(), 'clusters', 'pairs of clusterings'],
  hammingLoss: [() => metrics.hammingLoss(), 'rows'],
  hingeLoss: [() => metrics.hingeLoss(), 'columns'],
  homogeneityCompletenessVMeasure: [
    () => metrics.homogeneityCompletenessVMeasure(),
    'clusters',
    'pairs of clusterings'
  ],
  homogeneityScore: [() => metrics.homogeneityScore(), 'clusters', 'pairs of clusterings'],
  iou: [() => metrics.iou(three), 'classes'],
  jaccard: [() => metrics.jaccard({ ...three, average: null }), 'classes'],
  labelRankingAveragePrecision: [() => metrics.labelRankingAveragePrecision(), 'lists'],
  labelRankingLoss: [() => metrics.labelRankingLoss(), 'lists'],
  logLoss: [() => metrics.logLoss(), 'columns'],
  matthewsCorrcoef: [() => metrics.matthewsCorrcoef(three), 'classes'],
  maxError: [() => metrics.maxError(), 'reals'],
  meanAbsoluteError: [() => metrics.meanAbsoluteError(), 'reals'],
  meanAbsolutePercentageError: [() => metrics.meanAbsolutePercentageError(), 'positives'],
  meanAveragePrecision: [() => metrics.meanAveragePrecision(), 'lists'],
  meanGammaDeviance: [() => metrics.meanGammaDeviance(), 'positives'],
  meanPinballLoss: [() => metrics.meanPinballLoss({ alpha: 0.2 }), 'reals'],
  meanPoissonDeviance: [() => metrics.meanPoissonDeviance(), 'positives'],
  meanReciprocalRank: [() => metrics.meanReciprocalRank(), 'lists'],
  meanSquaredError: [() => metrics.meanSquaredError({ multioutput: 'rawValues' }), 'reals'],
  meanSquaredLogError: [() => metrics.meanSquaredLogError(), 'positives'],
  meanTweedieDeviance: [() => metrics.meanTweedieDeviance({ power: 1.5 }), 'positives'],
  medianAbsoluteError: [() => metrics.medianAbsoluteError(), 'reals'],
  multilabelConfusionMatrix: [() => metrics.multilabelConfusionMatrix(three), 'classes'],
  samplewiseConfusionMatrix: [
    () => metrics.samplewiseConfusionMatrix(),
    'lists',
    'one matrix for each example'
  ],
  mutualInfoScore: [() => metrics.mutualInfoScore(), 'clusters', 'pairs of clusterings'],
  ndcg: [() => metrics.ndcg(), 'lists'],
  normalizedMutualInfoScore: [
    () => metrics.normalizedMutualInfoScore(),
    'clusters',
    'pairs of clusterings'
  ],
  pairConfusionMatrix: [() => metrics.pairConfusionMatrix(), 'clusters', 'pairs of clusterings'],
  perplexity: [() => metrics.perplexity(), 'logits'],
  precision: [() => metrics.precision({ ...three, average: 'macro' }), 'classes'],
  precisionAtK: [() => metrics.precisionAtK({ k: 2 }), 'lists'],
  precisionRecallCurve: [() => metrics.precisionRecallCurve(), 'scores'],
  r2: [() => metrics.r2(), 'reals'],
  randScore: [() => metrics.randScore(), 'clusters', 'pairs of clusterings'],
  recall: [() => metrics.recall({ average: 'macro', multilabel: true }), 'rows'],
  recallAtK: [() => metrics.recallAtK({ k: 2 }), 'lists'],
  rocAuc: [() => metrics.rocAuc(), 'scores'],
  rocCurve: [() => metrics.rocCurve(), 'scores'],
  rootMeanSquaredError: [() => metrics.rootMeanSquaredError(), 'reals'],
  rootMeanSquaredLogError: [() => metrics.rootMeanSquaredLogError(), 'positives'],
  silhouetteSamples: [() => metrics.silhouetteSamples(), 'points', 'geometry'],
  silhouetteScore: [() => metrics.silhouetteScore(), 'points', 'geometry'],
  specificity: [() => metrics.specificity(), 'binary'],
  topKAccuracy: [() => metrics.topKAccuracy(), 'columns'],
  vMeasureScore: [() => metrics.vMeasureScore({ beta: 2 }), 'clusters', 'pairs of clusterings'],
  zeroOneLoss: [() => metrics.zeroOneLoss({ normalize: false }), 'classes']
}

const words = fc
  .array(fc.constantFrom('a', 'b', 'cat', 'é'), { minLength: 1, maxLength: 6 })
  .map((w) => w.join(' '))
const texts = fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 5 })
type Texts = metrics.AnyMetric<readonly string[], readonly string[]>

/** Metrics of texts. */
const ofTexts: Readonly<Record<string, () => Texts>> = {
  bleu: () => metrics.bleu({ maxOrder: 2, smooth: true }),
  characterErrorRate: () => metrics.characterErrorRate(),
  chrf: () => metrics.chrf({ wordOrder: 1 }),
  rougeL: () => metrics.rougeL(),
  rougeN: () => metrics.rougeN({ n: 2 }),
  wordErrorRate: () => metrics.wordErrorRate()
}

const corner = fc.nat(3)
const box = fc
  .tuple(corner, corner, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .map(([x, y, w, h]) => [x, y, x + w, y + h])
const list = (xs: readonly number[], dtype: DType): NdArray =>
  array(
    xs.map((x) => [x]),
    [0, dtype, unit]
  )
const boxes = (xs: readonly (readonly number[])[]): NdArray => array(xs, [4, 'float32', unit])
const annotations = fc.array(fc.tuple(box, label(2)), { minLength: 1, maxLength: 3 }).map((of) => ({
  boxes: boxes(of.map(([b]) => b)),
  labels: list(
    of.map(([, c]) => c),
    'int32'
  )
}))
const detections = fc.array(fc.tuple(box, label(2), unit), { maxLength: 3 }).map((of) => ({
  boxes: boxes(of.map(([b]) => b)),
  labels: list(
    of.map(([, c]) => c),
    'int32'
  ),
  scores: list(
    of.map(([, , s]) => s),
    'float32'
  )
}))
const boxed = {
  metric: metrics.meanAveragePrecisionOfBoxes(),
  examples: fc.array(fc.tuple(detections, annotations), { minLength: 1, maxLength: 4 }),
  batch: (of: readonly (readonly [metrics.Detections, metrics.Annotations])[]) =>
    [of.map(([d]) => d), of.map(([, a]) => a)] as const
}

const numRuns = fc.readConfigureGlobal().numRuns ?? 8
const holds = (property: fc.IProperty<unknown>): void => fc.assert(property, { numRuns })

describe.each(Object.entries(rows))('%s', (_name, [make, kind, weightless]) => {
  const of = subject(make(), kinds[kind])

  test('over batches is the metric over all', () => holds(metric.additivity(of)))
  test('is a monoid, in value', () => holds(metric.monoid(of)))
  test('is observed under jit as without', () =>
    fc.assert(
      metric.compiled(of, (observe) => jit(observe as never) as never),
      { numRuns: 2 }
    ))
  if (weightless === undefined)
    test('counts an example of weight k as k examples', () => holds(metric.weights(of)))
  else
    test(`takes no weights: ${weightless}`, () => {
      expect(() =>
        fc.sample(of.examples, 1).map((all) =>
          metrics.evaluate(of.metric, [
            of.batch(
              all,
              all.map(() => 1)
            )
          ])
        )
      ).toThrow('no weights')
    })
})

describe.each(Object.entries(ofTexts))('%s', (_name, make) => {
  const of = {
    metric: make() as unknown as metrics.Metric<
      unknown,
      unknown,
      readonly string[],
      readonly string[]
    >,
    examples: texts,
    batch: (some: readonly (readonly [string, string])[]) =>
      [some.map(([p]) => p), some.map(([, t]) => t)] as const
  }
  test('over batches is the metric over all', () => holds(metric.additivity(of)))
  test('is a monoid, in value', () => holds(metric.monoid(of)))
})

describe('meanAveragePrecisionOfBoxes', () => {
  test('over batches is the metric over all', () => holds(metric.additivity(boxed)))
  test('is a monoid, in value', () => holds(metric.monoid(boxed)))
})

describe('collect', () => {
  const of = subject(
    metrics.collect({
      accuracy: metrics.accuracy(),
      f1: metrics.f1({ ...three, average: 'macro' })
    }),
    kinds.classes
  )
  test('over batches is the metric over all', () => holds(metric.additivity(of)))
  test('is a monoid, in value', () => holds(metric.monoid(of)))
})

test('every exported metric has a row', () => {
  const notMetrics = ['auc', 'collect', 'editDistance', 'evaluate', 'observeAll', 'showReport']
  const known = [
    ...Object.keys(rows),
    ...Object.keys(ofTexts),
    'meanAveragePrecisionOfBoxes',
    ...notMetrics
  ]
  expect(Object.keys(metrics).toSorted()).toEqual(known.toSorted())
})
