import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../src/install.ts'
import { isArray, type NdArray } from '../src/core/array.ts'
import * as nn from '../src/nn/index.ts'
import * as np from '../src/numpy/index.ts'
import * as random from '../src/random/index.ts'
import { holds } from '../test/tools/rows.ts'
import {
  evaluationIgnoresKeys,
  isPure,
  leadingAxesAreBatch,
  outputShapeIsShape,
  vmapIsLoop,
  type LayerSubject
} from './layer.ts'

type Draw = LayerSubject['input']

const normal =
  (...shape: readonly number[]): Draw =>
  (key) =>
    random.normal(key, shape)

const tokens =
  (...shape: readonly number[]): Draw =>
  (key) =>
    random.randint(key, shape, 0, 5)

/** A field for each name, each from a key of its own. */
const fields =
  (draws: Readonly<Record<string, Draw>>): Draw =>
  (key) =>
    Object.fromEntries(
      Object.entries(draws).map(([name, draw]) => [name, draw(random.foldIn(key, name))])
    )

const pair =
  (a: Draw, b: Draw): Draw =>
  (key) => [a(random.foldIn(key, 0)), b(random.foldIn(key, 1))]

const pooled: Draw = (key) =>
  nn
    .maxPool({ windowShape: [2], returnIndices: true })
    .apply({}, {}, random.normal(key, [2, 6, 3]))[0]

const lengths: Draw = () => np.array([3, 1]).astype('int32')
const block = { features: 4, numHeads: 2, feedForward: 6, dropout: 0.3 } as const
const window = { windowShape: [2, 2] } as const
const image = normal(2, 4, 4, 2)

/** Those that take any number of batch axes. */
const anyBatch: Readonly<Record<string, LayerSubject>> = {
  dense: { layer: nn.dense({ features: 3 }), input: normal(2, 4) },
  bilinear: { layer: nn.bilinear({ features: 3 }), input: pair(normal(2, 4), normal(2, 3)) },
  conv: { layer: nn.conv({ features: 3, kernelSize: [2, 3], strides: 2 }), input: image },
  'conv, circular': {
    layer: nn.conv({ features: 2, kernelSize: [3], paddingMode: 'circular' }),
    input: normal(2, 4, 2)
  },
  'conv, causal': {
    layer: nn.conv({ features: 2, kernelSize: [3], padding: 'causal' }),
    input: normal(2, 4, 2)
  },
  convTranspose: {
    layer: nn.convTranspose({ features: 2, kernelSize: [2, 2], strides: 2, outputPadding: 1 }),
    input: image
  },
  depthwiseConv: {
    layer: nn.depthwiseConv({ kernelSize: [3, 3], depthMultiplier: 2 }),
    input: image
  },
  separableConv: { layer: nn.separableConv({ features: 3, kernelSize: [3, 3] }), input: image },
  maxPool: { layer: nn.maxPool({ ...window, returnIndices: true }), input: image },
  minPool: { layer: nn.minPool(window), input: image },
  avgPool: {
    layer: nn.avgPool({ windowShape: [3, 3], strides: 2, ceilMode: true, countIncludePad: false }),
    input: image
  },
  lpPool: { layer: nn.lpPool(window), input: image },
  adaptiveAvgPool: { layer: nn.adaptiveAvgPool({ outputSize: [3, null] }), input: image },
  fractionalMaxPool: {
    layer: nn.fractionalMaxPool({ windowShape: [2, 2], outputSize: [3, 2] }),
    input: image
  },
  adaptiveMaxPool: {
    layer: nn.adaptiveMaxPool({ outputSize: [3, 2], returnIndices: true }),
    input: image
  },
  maxUnpool: { layer: nn.maxUnpool({ windowShape: [2] }), input: pooled },
  pad: {
    layer: nn.pad({
      padding: [
        [1, 2],
        [0, 1]
      ],
      mode: 'reflect'
    }),
    input: image
  },
  'upsample in given axes': {
    layer: nn.upsample({ size: [5, 3], mode: 'linear' }),
    input: image
  },
  pixelShuffle: { layer: nn.pixelShuffle({ upscaleFactor: 2 }), input: normal(2, 3, 3, 8) },
  pixelUnshuffle: { layer: nn.pixelUnshuffle({ downscaleFactor: 2 }), input: image },
  channelShuffle: { layer: nn.channelShuffle({ groups: 2 }), input: normal(2, 4) },
  unfold: { layer: nn.unfold({ windowShape: [2, 3] }), input: image },
  fold: { layer: nn.fold({ outputSize: [3], windowShape: [2] }), input: normal(2, 2, 4) },
  unflatten: { layer: nn.unflatten({ shape: [2, -1] }), input: normal(2, 4) },
  embedding: {
    layer: nn.embedding({ numEmbeddings: 5, features: 3, paddingIndex: 2, maxNorm: 0.5 }),
    input: tokens(2, 3)
  },
  embeddingBag: {
    layer: nn.embeddingBag({ numEmbeddings: 5, features: 3, paddingIndex: 2 }),
    input: tokens(2, 3)
  },
  layerNorm: { layer: nn.layerNorm(), input: normal(2, 3, 4) },
  rmsNorm: { layer: nn.rmsNorm(), input: normal(2, 3, 4) },
  localResponseNorm: { layer: nn.localResponseNorm({ size: 2 }), input: normal(2, 5) },
  'batchNorm, evaluated': { layer: nn.batchNorm(), input: normal(4, 3) },
  weightNorm: { layer: nn.weightNorm(nn.dense({ features: 3 })), input: normal(2, 4) },
  spectralNorm: {
    layer: nn.spectralNorm(nn.conv({ features: 3, kernelSize: [2] })),
    input: normal(2, 4, 2)
  },
  prelu: { layer: nn.prelu({ perFeature: true }), input: normal(2, 4) },
  rrelu: { layer: nn.rrelu(), input: normal(2, 4) },
  dropout: { layer: nn.dropout({ rate: 0.5 }), input: normal(2, 4) },
  alphaDropout: { layer: nn.alphaDropout({ rate: 0.5 }), input: normal(2, 4) },
  gaussianDropout: { layer: nn.gaussianDropout({ rate: 0.5 }), input: normal(2, 4) },
  gaussianNoise: { layer: nn.gaussianNoise({ stddev: 0.1 }), input: normal(2, 4) },
  simpleRnn: { layer: nn.simpleRnn({ features: 3, activation: 'relu' }), input: normal(2, 3, 2) },
  gru: { layer: nn.gru({ features: 3, returnSequences: false }), input: normal(2, 3, 2) },
  lstm: {
    layer: nn.lstm({
      features: 3,
      numLayers: 2,
      bidirectional: true,
      dropout: 0.5,
      returnState: true
    }),
    input: fields({ x: normal(2, 3, 2), lengths })
  },
  simpleCell: { layer: nn.simpleCell({ features: 3 }), input: normal(2, 2) },
  gruCell: {
    layer: nn.gruCell({ features: 3 }),
    input: fields({ x: normal(2, 2), h: normal(2, 3) })
  },
  lstmCell: { layer: nn.lstmCell({ features: 3 }), input: normal(2, 2) },
  multiHeadAttention: {
    layer: nn.multiHeadAttention({
      numHeads: 4,
      numKeyValueHeads: 2,
      causal: true,
      dropout: 0.5,
      rotary: true,
      returnWeights: 'averaged'
    }),
    input: normal(2, 3, 8)
  },
  'attention elsewhere': {
    layer: nn.multiHeadAttention({ numHeads: 2, addKeyValueBias: true, addZeroAttention: true }),
    input: fields({ query: normal(2, 3, 4), key: normal(2, 2, 3), value: normal(2, 2, 5) })
  },
  learnedPositions: { layer: nn.learnedPositions({ maxLength: 5 }), input: normal(2, 3, 4) },
  sinusoidalPositions: { layer: nn.sinusoidalPositions(), input: normal(2, 3, 4) },
  transformerEncoder: {
    layer: nn.transformerEncoder({ ...block, numLayers: 2, normFirst: true, norm: 'rms' }),
    input: normal(2, 3, 4)
  },
  transformerDecoder: {
    layer: nn.transformerDecoder({ ...block, numLayers: 1, activation: 'gelu' }),
    input: fields({ x: normal(2, 3, 4), memory: normal(2, 2, 4) })
  },
  sequential: { layer: nn.sequential([nn.dense({ features: 3 }), nn.gelu]), input: normal(2, 4) },
  parallel: { layer: nn.parallel([nn.dense({ features: 3 }), nn.relu]), input: normal(2, 4) },
  residual: { layer: nn.residual(nn.dense({ features: 4 })), input: normal(2, 4) },
  stack: {
    layer: nn.stack(nn.dense({ features: 4 }), 2, (_x: NdArray, h) => h),
    input: normal(2, 4)
  },
  compose: {
    layer: nn.compose({ twice: nn.dense({ features: 4 }) }, ({ twice }, x: NdArray) =>
      twice(nn.relu(twice(x)))
    ),
    input: normal(2, 4)
  }
}

/** Those that read from the first axis where their features begin. */
const oneBatch: Readonly<Record<string, LayerSubject>> = {
  flatten: { layer: nn.flatten(), input: image },
  globalAvgPool: { layer: nn.globalAvgPool(), input: image },
  globalMaxPool: { layer: nn.globalMaxPool({ keepdims: true }), input: image },
  groupNorm: { layer: nn.groupNorm({ numGroups: 2 }), input: normal(2, 3, 4) },
  instanceNorm: {
    layer: nn.instanceNorm({ trackRunningStats: true, momentum: 'cumulative' }),
    input: normal(2, 3, 4)
  },
  'batchNorm with a mean over all steps': {
    layer: nn.batchNorm({ momentum: 'cumulative', ddof: 1 }),
    input: normal(4, 3)
  },
  upsample: { layer: nn.upsample({ scale: 2, mode: 'cubic' }), input: image },
  spatialDropout: { layer: nn.spatialDropout({ rate: 0.5 }), input: image },
  featureAlphaDropout: { layer: nn.featureAlphaDropout({ rate: 0.5 }), input: image }
}

const rows = Object.entries({ ...anyBatch, ...oneBatch })

describe('the vmap of a layer is the loop over examples', () => {
  test.each(rows)('%s', (_name, subject) => holds(vmapIsLoop(subject)))
})

describe('leading axes are a batch', () => {
  test.each(Object.entries(anyBatch))('%s', (_name, subject) => holds(leadingAxesAreBatch(subject)))
})

describe('outputShape is the shape of the output', () => {
  test.each(rows)('%s', (_name, subject) => holds(outputShapeIsShape(subject)))
})

describe('a layer is a pure function, compiled or not, whose state keeps its types', () => {
  test.each(rows)('%s', (_name, subject) => holds(isPure(subject)))
})

describe('a key changes nothing outside of training', () => {
  test.each(rows)('%s', (_name, subject) => holds(evaluationIgnoresKeys(subject)))
})

describe('the laws of layers', () => {
  test('concern every layer that is exported', () => {
    const tried = new Set(rows.map(([, { layer }]) => layer.kind))
    const inside = new Set([
      'lambda',
      'compose',
      'transformerEncoderLayer',
      'transformerDecoderLayer'
    ])
    const made = Object.entries(nn).filter(
      ([name, f]) => typeof f === 'function' && kindOf(name, f)
    )
    const missing = made.map(([name]) => name).filter((n) => !tried.has(n) && !inside.has(n))
    expect(missing).toEqual([])
    expect(made.length).toBeGreaterThan(50)
  })

  const reason = (law: fc.IProperty<never>): string =>
    String((fc.check(law, { numRuns: 1 }) as { errorInstance?: unknown }).errorInstance)

  test('see a layer that counts its calls', () => {
    let calls = 0
    const layer = nn.lambda((x) => x.add(calls++))
    const law = isPure({ layer, input: normal(2) }) as fc.IProperty<never>
    expect(reason(law)).toContain('the same call gives another result')
  })

  test('see a layer that mixes examples', () => {
    const layer = nn.lambda((x) => x.sub(x.mean({ axis: 0, keepdims: true })))
    const law = leadingAxesAreBatch({ layer, input: normal(2) }) as fc.IProperty<never>
    expect(reason(law)).toContain('a batch is not its parts')
  })
})

/** Whether a function of `nn` makes a layer of its own name from options that fit many. */
const kindOf = (name: string, f: unknown): boolean => {
  const options = {
    features: 4,
    kernelSize: [1],
    windowShape: [1],
    outputSize: [1],
    numEmbeddings: 1,
    numHeads: 1,
    numLayers: 1,
    maxLength: 1,
    rate: 0.5,
    stddev: 1,
    size: 1,
    scale: 1,
    shape: [1],
    padding: [[0, 0]],
    groups: 1,
    upscaleFactor: 1,
    downscaleFactor: 1
  }
  // Constructors refuse options that are not theirs, so each is asked with those it names itself.
  const attempt = (given: Readonly<Record<string, unknown>>): boolean => {
    try {
      const made = (f as (o: unknown) => unknown)(given)
      return !isArray(made) && (made as nn.AnyLayer).kind === name
    } catch (error) {
      const unknown = /got:\s+'(\w+)'/.exec(String((error as Error).message))?.[1]
      if (unknown === undefined || !(unknown in given)) return false
      const { [unknown]: _gone, ...rest } = given
      return attempt(rest)
    }
  }
  return attempt(options)
}
