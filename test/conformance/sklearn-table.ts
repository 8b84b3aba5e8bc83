/**
 * scikit-learn's metrics as ours: each adapter names the metric, translates arguments, and says
 * which kind of inputs it takes. Nothing is computed here.
 */
import * as metrics from '../../src/metrics/index.ts'

export type Config = Readonly<Record<string, unknown>>

/** What an adapter knows beside the configuration. */
export interface Context {
  readonly config: Config
  /** How many classes there are, or columns of labels. */
  readonly classes: number
  /** The labels that the configuration names, and the positive one, as classes. */
  readonly labels: readonly number[] | undefined
  readonly positive: number | undefined
  readonly multilabel: boolean
  /** How many of the classes occur or are predicted. */
  readonly present: number
  /** Names of classes, as scikit-learn prints them. */
  readonly names: readonly string[]
}

type Made = metrics.AnyMetric

export interface Adapter {
  /** classes: two lists of labels. scores: labels and scores. reals: numbers. clusters: two clusterings. shape: features and clusters. */
  readonly takes: 'classes' | 'scores' | 'reals' | 'lists' | 'clusters' | 'shape'
  readonly metric: (context: Context) => Made
  /** Our value in scikit-learn's form. */
  readonly form?: (value: never, context: Context) => unknown
}

const outputs: Readonly<Record<string, string>> = {
  raw_values: 'rawValues',
  uniform_average: 'uniformAverage',
  variance_weighted: 'varianceWeighted'
}

const zeroDivision = (x: unknown): number | undefined =>
  x === undefined || x === 'warn' ? undefined : Number(x)

/** Fields that are given. */
const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as T

const averaging = ({ config, ...c }: Context) => {
  const { average } = config as { readonly average?: metrics.Average | null }
  return given({
    average,
    classes: c.classes,
    labels: c.labels,
    positive: c.positive,
    multilabel: c.multilabel,
    zeroDivision: zeroDivision(config['zero_division'])
  })
}

const normalizing = ({ config, multilabel }: Context) =>
  given({
    multilabel,
    normalize: config['normalize'] as boolean | undefined
  }) as metrics.AccuracyOptions

const ofOutputs = (config: Config): metrics.MultioutputOptions => {
  const { multioutput } = config
  const named = typeof multioutput === 'string' ? outputs[multioutput] : multioutput
  return given({ multioutput: named }) as metrics.MultioutputOptions
}

const ofExplained = ({ config }: Context): metrics.ExplainedOptions =>
  given({
    ...ofOutputs(config),
    forceFinite: config['force_finite'] as boolean | undefined
  }) as metrics.ExplainedOptions

const number = (config: Config, name: string): number | undefined =>
  config[name] === undefined || config[name] === null ? undefined : Number(config[name])

const scoring = ({ config, labels, positive }: Context) =>
  given({ average: config['average'] as metrics.ScoreAverage | null | undefined, labels, positive })

const curve = ({ config, positive }: Context) =>
  given({
    positive,
    dropIntermediate: config['drop_intermediate'] as boolean | undefined
  }) as metrics.CurveOptions

const naming = ({ labels, positive }: Context) => given({ labels, positive })

const average = ({ config }: Context) =>
  given({ averageMethod: config['average_method'] }) as metrics.InformationOptions

const beta = ({ config }: Context) =>
  given({ beta: number(config, 'beta') }) as metrics.VMeasureOptions

const gains = ({ config }: Context) =>
  given({
    k: number(config, 'k'),
    ignoreTies: config['ignore_ties'],
    logBase: number(config, 'log_base')
  }) as metrics.GainOptions

const distance = ({ config }: Context) =>
  given({ metric: config['metric'] }) as metrics.SilhouetteOptions

const classes = (metric: Adapter['metric'], form?: Adapter['form']): Adapter => ({
  takes: 'classes',
  metric,
  ...(form && { form })
})
const scores = (metric: Adapter['metric'], form?: Adapter['form']): Adapter => ({
  takes: 'scores',
  metric,
  ...(form && { form })
})
const reals = (metric: Adapter['metric']): Adapter => ({ takes: 'reals', metric })
const lists = (metric: Adapter['metric']): Adapter => ({ takes: 'lists', metric })
const clusters = (metric: Adapter['metric'], form?: Adapter['form']): Adapter => ({
  takes: 'clusters',
  metric,
  ...(form && { form })
})
const shape = (metric: Adapter['metric']): Adapter => ({ takes: 'shape', metric })

const support = (context: Context): Made => {
  const a = averaging(context)
  const options = { ...a, average: (context.config['average'] ?? null) as metrics.Average | null }
  return metrics.collect({
    precision: metrics.precision(options),
    recall: metrics.recall(options),
    f: metrics.fBeta({ ...options, beta: number(context.config, 'beta') ?? 1 }),
    report: metrics.classificationReport(
      given({ classes: context.classes, labels: context.labels, multilabel: context.multilabel })
    )
  })
}

interface Support {
  readonly precision: unknown
  readonly recall: unknown
  readonly f: unknown
  readonly report: metrics.Report
}

const row = (r: metrics.ReportRow) => ({
  precision: r.precision,
  recall: r.recall,
  'f1-score': r.f1,
  support: r.support
})

const report = (
  value: metrics.Report,
  { names, multilabel, labels, present }: Context
): unknown => ({
  ...Object.fromEntries(value.classes.map((r) => [names[r.class], row(r)])),
  // scikit-learn shows the accuracy instead of the micro average where all classes take part.
  ...(multilabel || names.length !== present || (labels ?? names).length !== present
    ? { 'micro avg': row(value.micro) }
    : { accuracy: value.micro.f1 }),
  'macro avg': row(value.macro),
  'weighted avg': row(value.weighted),
  ...(value.samples && { 'samples avg': row(value.samples) })
})

/** By scikit-learn's names. */
export const adapters: Readonly<Record<string, Adapter>> = {
  // Classes.
  accuracy_score: classes((c) => metrics.accuracy(normalizing(c))),
  balanced_accuracy_score: classes(({ classes: n, config }) =>
    metrics.balancedAccuracy({ classes: n, adjusted: config['adjusted'] === true })
  ),
  class_likelihood_ratios: classes(
    () => metrics.classLikelihoodRatios(),
    ({ positive, negative }: metrics.LikelihoodRatios) => [positive, negative]
  ),
  classification_report: classes(
    ({ classes: n, labels, multilabel, config }) =>
      metrics.classificationReport(
        given({
          classes: n,
          labels,
          multilabel,
          zeroDivision: zeroDivision(config['zero_division'])
        }) as metrics.ReportOptions
      ),
    report
  ),
  cohen_kappa_score: classes(({ classes: n, config, labels }) =>
    metrics.cohenKappa(
      given({
        classes: n,
        labels,
        weights: config['weights'] ?? undefined
      }) as metrics.CohenKappaOptions
    )
  ),
  confusion_matrix: classes(({ names, labels, config }) =>
    metrics.confusionMatrix(
      given({
        classes: names.length,
        labels,
        normalize: config['normalize'] ?? undefined
      }) as metrics.ConfusionMatrixOptions
    )
  ),
  f1_score: classes((c) => metrics.f1(averaging(c))),
  fbeta_score: classes((c) =>
    metrics.fBeta({ ...averaging(c), beta: number(c.config, 'beta') ?? 1 })
  ),
  hamming_loss: classes(() => metrics.hammingLoss()),
  jaccard_score: classes((c) => metrics.jaccard(averaging(c))),
  matthews_corrcoef: classes(({ classes: n }) => metrics.matthewsCorrcoef({ classes: n })),
  multilabel_confusion_matrix: classes(({ names, labels, multilabel, config }) =>
    config['samplewise'] === true
      ? metrics.samplewiseConfusionMatrix(given({ labels }))
      : metrics.multilabelConfusionMatrix(given({ classes: names.length, labels, multilabel }))
  ),
  precision_recall_fscore_support: classes(support, (v: Support, { config }) => [
    v.precision,
    v.recall,
    v.f,
    (config['average'] ?? null) === null ? v.report.classes.map((r) => r.support) : null
  ]),
  precision_score: classes((c) => metrics.precision(averaging(c))),
  recall_score: classes((c) => metrics.recall(averaging(c))),
  zero_one_loss: classes((c) => metrics.zeroOneLoss(normalizing(c))),

  // Scores and probabilities.
  average_precision_score: scores((c) => metrics.averagePrecision(scoring(c))),
  brier_score_loss: scores((c) =>
    metrics.brierScore(
      given({ ...naming(c), scaleByHalf: c.config['scale_by_half'] }) as metrics.BrierOptions
    )
  ),
  d2_brier_score: scores((c) => metrics.d2Brier(naming(c))),
  d2_log_loss_score: scores((c) => metrics.d2LogLoss(naming(c))),
  det_curve: scores(
    (c) => metrics.detCurve(curve(c)),
    (v: metrics.DetCurve) => [v.falsePositiveRate, v.falseNegativeRate, v.thresholds]
  ),
  hinge_loss: scores((c) => metrics.hingeLoss(naming(c))),
  log_loss: scores((c) =>
    metrics.logLoss(
      given({ ...naming(c), normalize: c.config['normalize'] }) as metrics.LogLossOptions
    )
  ),
  precision_recall_curve: scores(
    (c) => metrics.precisionRecallCurve(curve(c)),
    (v: metrics.PrecisionRecallCurve) => [v.precision, v.recall, v.thresholds]
  ),
  roc_auc_score: scores((c) =>
    metrics.rocAuc(
      given({
        ...scoring(c),
        maxFpr: number(c.config, 'max_fpr'),
        multiClass: c.config['multi_class'] === 'raise' ? undefined : c.config['multi_class']
      }) as metrics.RocAucOptions
    )
  ),
  roc_curve: scores(
    (c) => metrics.rocCurve(curve(c)),
    (v: metrics.RocCurve) => [v.falsePositiveRate, v.truePositiveRate, v.thresholds]
  ),
  top_k_accuracy_score: scores((c) =>
    metrics.topKAccuracy(
      given({ k: number(c.config, 'k'), normalize: c.config['normalize'] }) as metrics.TopKOptions
    )
  ),

  // Real numbers.
  d2_absolute_error_score: reals((c) => metrics.d2AbsoluteErrorScore(ofOutputs(c.config))),
  d2_pinball_score: reals((c) =>
    metrics.d2PinballScore({ ...ofOutputs(c.config), alpha: number(c.config, 'alpha') })
  ),
  d2_tweedie_score: reals((c) => metrics.d2TweedieScore({ power: number(c.config, 'power') })),
  explained_variance_score: reals((c) => metrics.explainedVariance(ofExplained(c))),
  max_error: reals(() => metrics.maxError()),
  mean_absolute_error: reals((c) => metrics.meanAbsoluteError(ofOutputs(c.config))),
  mean_absolute_percentage_error: reals((c) =>
    metrics.meanAbsolutePercentageError(ofOutputs(c.config))
  ),
  mean_gamma_deviance: reals(() => metrics.meanGammaDeviance()),
  mean_pinball_loss: reals((c) =>
    metrics.meanPinballLoss({ ...ofOutputs(c.config), alpha: number(c.config, 'alpha') })
  ),
  mean_poisson_deviance: reals(() => metrics.meanPoissonDeviance()),
  mean_squared_error: reals((c) =>
    c.config['squared'] === false
      ? metrics.rootMeanSquaredError(ofOutputs(c.config))
      : metrics.meanSquaredError(ofOutputs(c.config))
  ),
  mean_squared_log_error: reals((c) =>
    c.config['squared'] === false
      ? metrics.rootMeanSquaredLogError(ofOutputs(c.config))
      : metrics.meanSquaredLogError(ofOutputs(c.config))
  ),
  mean_tweedie_deviance: reals((c) =>
    metrics.meanTweedieDeviance({ power: number(c.config, 'power') })
  ),
  median_absolute_error: reals((c) => metrics.medianAbsoluteError(ofOutputs(c.config))),
  r2_score: reals((c) => metrics.r2(ofExplained(c))),
  root_mean_squared_error: reals((c) => metrics.rootMeanSquaredError(ofOutputs(c.config))),
  root_mean_squared_log_error: reals((c) => metrics.rootMeanSquaredLogError(ofOutputs(c.config))),

  // Rankings: lists of scores beside lists of relevance.
  coverage_error: lists(() => metrics.coverageError()),
  dcg_score: lists((c) => metrics.dcg(gains(c))),
  label_ranking_average_precision_score: lists(() => metrics.labelRankingAveragePrecision()),
  label_ranking_loss: lists(() => metrics.labelRankingLoss()),
  ndcg_score: lists((c) => metrics.ndcg(gains(c))),

  // Clusterings.
  adjusted_mutual_info_score: clusters((c) => metrics.adjustedMutualInfoScore(average(c))),
  adjusted_rand_score: clusters(() => metrics.adjustedRandScore()),
  calinski_harabasz_score: shape(() => metrics.calinskiHarabaszScore()),
  completeness_score: clusters(() => metrics.completenessScore()),
  contingency_matrix: clusters(() => metrics.contingencyMatrix()),
  davies_bouldin_score: shape(() => metrics.daviesBouldinScore()),
  fowlkes_mallows_score: clusters(() => metrics.fowlkesMallowsScore()),
  homogeneity_completeness_v_measure: clusters(
    (c) => metrics.homogeneityCompletenessVMeasure(beta(c)),
    (v: metrics.Homogeneity) => [v.homogeneity, v.completeness, v.vMeasure]
  ),
  homogeneity_score: clusters(() => metrics.homogeneityScore()),
  mutual_info_score: clusters(() => metrics.mutualInfoScore()),
  normalized_mutual_info_score: clusters((c) => metrics.normalizedMutualInfoScore(average(c))),
  pair_confusion_matrix: clusters(() => metrics.pairConfusionMatrix()),
  rand_score: clusters(() => metrics.randScore()),
  silhouette_samples: shape((c) => metrics.silhouetteSamples(distance(c))),
  silhouette_score: shape((c) => metrics.silhouetteScore(distance(c))),
  v_measure_score: clusters((c) => metrics.vMeasureScore(beta(c)))
}

/** Names by which people call them. */
const aliases: Readonly<Record<string, string>> = {
  mse: 'mean_squared_error',
  rmse: 'root_mean_squared_error',
  mae: 'mean_absolute_error',
  mape: 'mean_absolute_percentage_error',
  msle: 'mean_squared_log_error',
  rmsle: 'root_mean_squared_log_error',
  auc: 'roc_auc_score',
  pr_auc: 'average_precision_score',
  mcc: 'matthews_corrcoef',
  matthews: 'matthews_corrcoef',
  kappa: 'cohen_kappa_score',
  ari: 'adjusted_rand_score',
  nmi: 'normalized_mutual_info_score',
  ami: 'adjusted_mutual_info_score',
  lrap: 'label_ranking_average_precision_score',
  neg_log_loss: 'log_loss',
  top_k: 'top_k_accuracy_score',
  brier: 'brier_score_loss',
  pinball_loss: 'mean_pinball_loss',
  d2_absolute_error: 'd2_absolute_error_score',
  iou: 'jaccard_score'
}

const endings = ['', '_score', '_loss', '_error', '_score_loss', '_deviance', '_corrcoef']

/** The adapter of a name, which may leave its ending out. */
export const adapterOf = (name: string): readonly [name: string, adapter: Adapter] | undefined => {
  const full = [...endings.map((e) => name + e), aliases[name] ?? ''].find((n) => n in adapters)
  return full === undefined ? undefined : [full, adapters[full]]
}
