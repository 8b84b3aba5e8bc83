/** One of each transformation that is exported, for the laws. */
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'

const rate = { learningRate: 0.1 }

type Make = () => optim.GradientTransformation

/** With `@category optimizers`. */
export const optimizers: Readonly<Record<string, Make>> = {
  acprop: () => optim.acprop(rate),
  adabelief: () => optim.adabelief(rate),
  adadelta: () => optim.adadelta(rate),
  adafactor: () => optim.adafactor({ ...rate, minDimSizeToFactor: 2, momentum: 0.9 }),
  adagrad: () => optim.adagrad(rate),
  adam: () => optim.adam(rate),
  adamax: () => optim.adamax(rate),
  adamaxw: () => optim.adamaxw(rate),
  adamw: () => optim.adamw({ ...rate, weightDecay: 0.1 }),
  adan: () => optim.adan(rate),
  ademamix: () =>
    optim.ademamix({
      ...rate,
      alpha: optim.linearSchedule({ initValue: 0, endValue: 6, transitionSteps: 4 })
    }),
  adopt: () => optim.adopt(rate),
  amsgrad: () => optim.amsgrad(rate),
  cocob: () => optim.cocob(),
  dadaptAdamw: () => optim.dadaptAdamw({ weightDecay: 0.1 }),
  dog: () => optim.dog(),
  dowg: () => optim.dowg(),
  dpsgd: () => optim.dpsgd({ ...rate, l2NormClip: 1, noiseMultiplier: 0.1, key: 0 }),
  fromage: () => optim.fromage(rate),
  lamb: () => optim.lamb({ ...rate, weightDecay: 0.1 }),
  lars: () => optim.lars({ ...rate, weightDecay: 0.1 }),
  lbfgs: () => optim.lbfgs({ memorySize: 2 }),
  lion: () => optim.lion(rate),
  madgrad: () => optim.madgrad(rate),
  momo: () => optim.momo({ weightDecay: 0.1, adaptLowerBound: true }),
  momoAdam: () => optim.momoAdam(),
  muon: () => optim.muon({ ...rate, weightDecay: 0.1 }),
  nadam: () => optim.nadam(rate),
  nadamw: () => optim.nadamw(rate),
  noisySgd: () => optim.noisySgd({ ...rate, key: 0 }),
  novograd: () => optim.novograd({ ...rate, weightDecay: 0.1 }),
  optimisticAdam: () => optim.optimisticAdam(rate),
  optimisticAdamV2: () => optim.optimisticAdamV2(rate),
  optimisticGradientDescent: () => optim.optimisticGradientDescent(rate),
  polyakSgd: () => optim.polyakSgd(),
  prodigy: () => optim.prodigy({ weightDecay: 0.1, safeguardWarmup: true }),
  radam: () => optim.radam(rate),
  rmsprop: () => optim.rmsprop({ ...rate, centered: true, momentum: 0.9 }),
  rprop: () => optim.rprop(rate),
  scheduleFreeAdamw: () => optim.scheduleFreeAdamw(rate),
  scheduleFreeSgd: () => optim.scheduleFreeSgd({ ...rate, warmupSteps: 2 }),
  sgd: () => optim.sgd({ ...rate, momentum: 0.9 }),
  signSgd: () => optim.signSgd(rate),
  signum: () => optim.signum(rate),
  simplifiedAdemamix: () => optim.simplifiedAdemamix({ ...rate, alpha: 1 }),
  sm3: () => optim.sm3(rate),
  sophia: () => optim.sophia({ ...rate, key: 0, updateInterval: 2 }),
  yogi: () => optim.yogi(rate)
}

/** With `@category transformations`. */
export const transformations: Readonly<Record<string, Make>> = {
  adaptiveGradClip: () => optim.adaptiveGradClip({ clipping: 0.1 }),
  addDecayedWeights: () => optim.addDecayedWeights({ weightDecay: 0.1 }),
  addNoise: () => optim.addNoise({ eta: 0.1, gamma: 0.5, key: 0 }),
  centralize: () => optim.centralize(),
  clip: () => optim.clip(0.5),
  clipByBlockRms: () => optim.clipByBlockRms(0.5),
  clipByGlobalNorm: () => optim.clipByGlobalNorm(1),
  differentiallyPrivateAggregate: () =>
    optim.differentiallyPrivateAggregate({ l2NormClip: 1, noiseMultiplier: 0.1, key: 0 }),
  ema: () => optim.ema({ decay: 0.9 }),
  keepParamsNonnegative: () => optim.keepParamsNonnegative(),
  monitor: () =>
    optim.monitor({
      norm: optim.globalNorm,
      mean: optim.measureWithEma(optim.globalNorm, { decay: 0.9 })
    }),
  normalize: () => optim.normalize(),
  paramsEma: () => optim.paramsEma({ decay: 0.9 }),
  normalizeByUpdateNorm: () => optim.normalizeByUpdateNorm(),
  reduceOnPlateau: () => optim.reduceOnPlateau({ patience: 1, factor: 0.5 }),
  scale: () => optim.scale(-0.1),
  scaleByAcprop: () => optim.scaleByAcprop(),
  scaleByAdadelta: () => optim.scaleByAdadelta(),
  scaleByAdam: () => optim.scaleByAdam(),
  scaleByAdamax: () => optim.scaleByAdamax(),
  scaleByAdan: () => optim.scaleByAdan(),
  scaleByAdemamix: () => optim.scaleByAdemamix(),
  scaleByAdopt: () => optim.scaleByAdopt({ nesterov: true, useClipping: false }),
  scaleByAmsgrad: () => optim.scaleByAmsgrad(),
  scaleByBacktrackingLinesearch: () =>
    optim.chain(
      optim.scale(-1),
      optim.scaleByBacktrackingLinesearch({ maxBacktrackingSteps: 15, storeGrad: true })
    ),
  scaleByBelief: () => optim.scaleByBelief(),
  scaleByCocob: () => optim.scaleByCocob(),
  scaleByDistanceOverGradients: () => optim.scaleByDistanceOverGradients(),
  scaleByDog: () => optim.scaleByDog({ initStep: ['heuristic', 1e-3] }),
  scaleByDowg: () => optim.scaleByDowg(),
  scaleByFactoredRms: () => optim.scaleByFactoredRms({ minDimSizeToFactor: 2 }),
  scaleByLbfgs: () => optim.scaleByLbfgs({ memorySize: 2 }),
  scaleByLearningRate: () => optim.scaleByLearningRate(0.1),
  scaleByLion: () => optim.scaleByLion(),
  scaleByMuon: () =>
    optim.masked(optim.scaleByMuon(), { bias: false, frozen: false, matrix: true }),
  scaleByNovograd: () => optim.scaleByNovograd(),
  scaleByOptimisticGradient: () => optim.scaleByOptimisticGradient(),
  scaleByParamBlockNorm: () => optim.scaleByParamBlockNorm(),
  scaleByParamBlockRms: () => optim.scaleByParamBlockRms(),
  scaleByPolyak: () => optim.scaleByPolyak(),
  scaleByRadam: () => optim.scaleByRadam(),
  scaleByRms: () => optim.scaleByRms({ biasCorrection: true }),
  scaleByRprop: () => optim.scaleByRprop(rate),
  scaleByRss: () => optim.scaleByRss(),
  scaleBySchedule: () =>
    optim.scaleBySchedule(
      optim.exponentialDecay({ initValue: 1, transitionSteps: 1, decayRate: 0.5 })
    ),
  scaleBySign: () => optim.scaleBySign(),
  scaleBySimplifiedAdemamix: () => optim.scaleBySimplifiedAdemamix(),
  scaleBySm3: () => optim.scaleBySm3(),
  scaleBySophia: () => optim.scaleBySophia({ key: 0, updateInterval: 2 }),
  scaleByStddev: () => optim.scaleByStddev(),
  scaleByTrustRatio: () => optim.scaleByTrustRatio(),
  scaleByYogi: () => optim.scaleByYogi(),
  scaleByZoomLinesearch: () =>
    optim.chain(optim.scale(-1), optim.scaleByZoomLinesearch({ maxLinesearchSteps: 10 })),
  setToZero: () => optim.setToZero(),
  snapshot: () => optim.snapshot('norm', optim.globalNorm),
  statelessWithTreeMap: () => optim.statelessWithTreeMap((u: NdArray, p: NdArray) => np.add(u, p)),
  swa: () => optim.swa({ start: 1 }),
  trace: () => optim.trace({ decay: 0.9 }),
  zeroNans: () => optim.zeroNans()
}

const frozenOnly = { bias: false, frozen: true, matrix: false }

/** Those with `@category combinators` that make a transformation of others. */
export const combinators: Readonly<Record<string, Make>> = {
  applyEvery: () => optim.applyEvery(2),
  applyIfFinite: () => optim.applyIfFinite(optim.adam(rate), 2),
  chain: () => optim.chain(optim.clip(0.5), optim.adam(rate)),
  conditionallyMask: () => optim.conditionallyMask(optim.adam(rate), (step) => np.less(step, 2)),
  conditionallyTransform: () =>
    optim.conditionallyTransform(optim.adam(rate), (step) => np.less(step, 2)),
  flatten: () => optim.flatten(optim.adam(rate)),
  freeze: () => optim.freeze(frozenOnly),
  identity: () => optim.identity(),
  injectHyperparams: () =>
    optim.injectHyperparams(optim.adam)({
      learningRate: optim.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 4 }),
      b1: 0.8
    }),
  masked: () => optim.masked(optim.adam(rate), { bias: true, frozen: true, matrix: false }),
  mechanize: () => optim.mechanize(optim.sgd({ learningRate: 1 })),
  multiSteps: () =>
    optim.multiSteps(optim.adam(rate), {
      everyKSchedule: 2,
      shouldSkipUpdateFn: optim.skipNotFinite
    }),
  namedChain: () =>
    optim.namedChain(['ema', optim.ema({ decay: 0.9 })], ['scale', optim.scale(-1)]),
  partition: () =>
    optim.partition(
      { slow: optim.sgd(rate), fast: optim.adam({ learningRate: 1 }) },
      { bias: 'fast', frozen: 'slow', matrix: 'slow' }
    ),
  sam: () => optim.sam(optim.sgd(rate), optim.chain(optim.normalize(), optim.sgd(rate))),
  scheduleFree: () => optim.scheduleFree(optim.sgd(rate), rate),
  selectiveTransform: () => optim.selectiveTransform(optim.adam(rate), { freezeMask: frozenOnly }),
  splitRealAndImaginary: () => optim.splitRealAndImaginary(optim.adam(rate)),
  withExtraArgsSupport: () => optim.withExtraArgsSupport(optim.adam(rate))
}

/** Exports of these categories that are no transformation of a tree of parameters, and why. */
export const others: Readonly<Record<string, string>> = {
  applyUpdates: 'adds updates to parameters',
  averagedParams: 'asks a state of swa',
  getMonoid: 'the monoid of chain',
  globalNorm: 'a measure',
  hasUpdated: 'asks a state of multiSteps',
  incrementalUpdate: 'a mean of two trees',
  initEmptyState: 'the init of what has no state',
  lookahead: 'its parameters are pairs; tested in wrappers.test.ts',
  lookaheadParams: 'makes such pairs',
  measureWithEma: 'a measure for monitor',
  microbatch: 'wraps a function',
  orthogonalizeViaNewtonSchulz: 'a function of a matrix',
  perExampleGlobalNormClip: 'a function of gradients',
  perExampleLayerNormClip: 'a function of gradients',
  periodicUpdate: 'a choice of two trees',
  scheduleFreeEvalParams: 'asks a state of scheduleFree',
  skipLargeUpdates: 'a condition for multiSteps',
  skipNotFinite: 'a condition for multiSteps',
  treeMapParams: 'maps a state',
  valueAndGradFromState: 'asks a state of a line search'
}

/** Those that leave parameters where they are, once or always. */
export const still: readonly string[] = ['setToZero', 'freeze']

/** Those that take the gradients of single examples: leaves [examples, …]. */
export const perExample: readonly string[] = ['dpsgd', 'differentiallyPrivateAggregate']

/** Those whose update of a parameter depends on the others, and how. */
export const coupled: Readonly<Record<string, string>> = {
  addNoise: 'a key for each leaf',
  clipByGlobalNorm: 'the norm of all gradients',
  dadaptAdamw: 'one estimate of the distance',
  differentiallyPrivateAggregate: 'the norm of all gradients of an example',
  dog: 'one distance from the start',
  dowg: 'one distance from the start',
  dpsgd: 'the norm of all gradients of an example',
  lbfgs: 'inner products of all parameters',
  momo: 'the loss',
  momoAdam: 'the loss',
  noisySgd: 'a key for each leaf',
  normalize: 'the norm of all gradients',
  normalizeByUpdateNorm: 'the norm of all gradients',
  polyakSgd: 'the loss',
  prodigy: 'one estimate of the distance',
  reduceOnPlateau: 'the loss',
  scaleByBacktrackingLinesearch: 'the loss',
  scaleByDog: 'one distance from the start',
  scaleByDowg: 'one distance from the start',
  scaleByLbfgs: 'inner products of all parameters',
  scaleByMuon: 'a mask of the tree',
  scaleByPolyak: 'the loss',
  scaleBySophia: 'a key for each leaf',
  scaleByZoomLinesearch: 'the loss',
  sophia: 'a key for each leaf'
}
