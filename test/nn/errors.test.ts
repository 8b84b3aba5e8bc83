import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { message } from '../core/message.ts'

/** What a layer says inside of a network that was made for one shape and is given another. */
const given = (
  layer: nn.AnyLayer,
  made: readonly number[],
  got: readonly number[],
  options: nn.ApplyOptions = {}
): string => {
  const network = nn.sequential({ body: nn.sequential([layer]) })
  return message(() => {
    const [params, state] = network.init(random.key(0), { inputShape: made })
    return network.apply(params, state, np.ones([...got]), options) as unknown
  })
}

describe('an input that a layer cannot take is an error that names the layer', () => {
  const rows: readonly (readonly [string, nn.AnyLayer, readonly number[], readonly number[]])[] = [
    [
      'convTranspose',
      nn.convTranspose({ features: 2, kernelSize: [3, 3] }),
      [1, 4, 4, 3],
      [1, 4, 4, 2]
    ],
    ['depthwiseConv', nn.depthwiseConv({ kernelSize: [3, 3] }), [1, 4, 4, 3], [1, 4, 4, 2]],
    ['prelu', nn.prelu({ perFeature: true }), [1, 3], [1, 4]],
    ['groupNorm', nn.groupNorm({ numGroups: 2 }), [1, 4], [1, 6]],
    ['instanceNorm', nn.instanceNorm(), [1, 5, 4], [1, 5, 6]],
    ['rmsNorm', nn.rmsNorm(), [1, 4], [1, 6]],
    ['lstm', nn.lstm({ features: 2 }), [1, 5, 3], [1, 5, 4]],
    ['gruCell', nn.gruCell({ features: 2 }), [1, 3], [1, 4]],
    ['multiHeadAttention', nn.multiHeadAttention({ numHeads: 2 }), [1, 5, 4], [1, 5, 6]],
    ['learnedPositions', nn.learnedPositions({ maxLength: 3 }), [1, 3, 4], [1, 5, 4]],
    ['maxPool', nn.maxPool({ windowShape: [2, 2] }), [1, 4, 4, 1], [4, 4]],
    ['adaptiveAvgPool', nn.adaptiveAvgPool({ outputSize: [1, 1] }), [1, 4, 4, 1], [4, 4]],
    [
      'fractionalMaxPool',
      nn.fractionalMaxPool({ windowShape: [2], outputSize: [3] }),
      [1, 5, 1],
      [1, 3, 1]
    ],
    ['globalAvgPool', nn.globalAvgPool(), [1, 4, 1], [1, 4]],
    ['pad', nn.pad({ padding: [[4, 0]], mode: 'reflect' }), [1, 5, 1], [1, 3, 1]],
    ['pixelShuffle', nn.pixelShuffle({ upscaleFactor: 2 }), [1, 2, 2, 4], [1, 2, 2, 3]],
    ['unflatten', nn.unflatten({ shape: [2, 2] }), [1, 4], [1, 6]],
    ['fold', nn.fold({ outputSize: [3], windowShape: [2] }), [1, 2, 2], [1, 3, 2]],
    [
      'transformerEncoder',
      nn.transformerEncoder({ features: 4, numHeads: 2, numLayers: 1 }),
      [1, 3, 4],
      [1, 3, 6]
    ],
    ['batchNorm', nn.batchNorm({ ddof: 1 }), [1, 4], [1, 6]]
  ]

  test('of its path', () => {
    const texts = rows.map(([, layer, made, got]) => given(layer, made, got))
    texts.forEach((text, i) =>
      expect([rows[i][0], text]).toEqual([
        rows[i][0],
        expect.stringMatching(/^ShapeError \w+ at body\[0\]/)
      ])
    )
    expect(`\n${texts.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      ShapeError convTranspose at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 4, 4, 2]
        expected: 3 channels in the last axis, as init was given
        hint:     images are [batch, height, width, channels]: transpose those with channels first
      ShapeError depthwiseConv at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 4, 4, 2]
        expected: 3 channels in the last axis, as init was given
        hint:     images are [batch, height, width, channels]: transpose those with channels first
      ShapeError prelu at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 4]
        expected: [..., 3]
        hint:     features come last
      ShapeError groupNorm at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 6]
        expected: [N, ..., 4]
        hint:     channels come last
      ShapeError instanceNorm at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 5, 6]
        expected: [N, ..., 4]
        hint:     channels come last
      ShapeError rmsNorm at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 6]
        expected: [..., 4]
        hint:     init with the inputShape that apply gets
      ShapeError lstm at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 5, 4]
        expected: [..., time, 3], as init was given
        hint:     time is the axis before the last
      ShapeError gruCell at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 4]
        expected: [..., 3]
        hint:     init with the shape apply gets
      ShapeError multiHeadAttention at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 5, 6]
        expected: [..., time, 4], as init was given
        hint:     init with the inputShape that apply gets
      ShapeError learnedPositions at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 5, 4]
        expected: [..., up to 3, 4]
        hint:     set { maxLength } to the longest sequence, or cut the sequence
      ShapeError maxPool at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [4, 4]
        expected: [..., H, W, C]
        hint:     channels come last; np.expandDims adds an axis
      ShapeError adaptiveAvgPool at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [4, 4]
        expected: [..., H, W, C]
        hint:     channels come last; np.expandDims adds an axis
      ShapeError fractionalMaxPool at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 3, 1]
        expected: spatial extents from [4] on
        hint:     ask for a smaller result
      ShapeError globalAvgPool at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 4]
        expected: [N, ..., C] with spatial axes
        hint:     channels come last
      ShapeError pad at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 3, 1]
        expected: extents that padding [[4,0]] can be taken from
        hint:     pad by less, or use mode 'replicate'
      ShapeError pixelShuffle at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 2, 2, 3]
        expected: [..., H, W, channels that 4 divides]
        hint:     channels come last
      ShapeError unflatten at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 6]
        expected: an axis of 4 elements
        hint:     the product of { shape } is the extent of the axis
      ShapeError fold at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 3, 2]
        expected: [..., 2, features that 2 divides]
        hint:     the windows are those that unfold makes of { outputSize }
      ShapeError multiHeadAttention at body[0].layers[0].selfAttention: the layer cannot take an input of this shape
        got:      an input of shape [1, 3, 6]
        expected: [..., time, 4], as init was given
        hint:     init with the inputShape that apply gets
      ShapeError batchNorm at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 6]
        expected: [N, ..., 4]
        hint:     features come last
      "
    `)
  })
})

describe('what is forgotten is an error that names the layer', () => {
  const x = [1, 4, 4, 2]
  test.each<readonly [string, nn.AnyLayer]>([
    ['spatialDropout', nn.spatialDropout({ rate: 0.5 })],
    ['alphaDropout', nn.alphaDropout({ rate: 0.5 })],
    ['gaussianNoise', nn.gaussianNoise({ stddev: 1 })],
    ['rrelu', nn.rrelu()]
  ])('a key: %s', (name, layer) => {
    expect(given(layer, x, x, { train: true })).toContain(
      `ValueError ${name} at body[0]: the layer needs a random key while training`
    )
  })

  test('a key, between the layers of a recurrence and in attention', () => {
    const rnn = nn.gru({ features: 2, numLayers: 2, dropout: 0.5 })
    expect(given(rnn, [1, 3, 2], [1, 3, 2], { train: true })).toMatchInlineSnapshot(`
      "ValueError dropout at body[0].dropout1: the layer needs a random key while training
        got:      apply without a key
        expected: apply(params, state, x, { key, train: true })
        hint:     random.split gives a fresh key for every step; { train: false } needs none"
    `)
    const attention = nn.multiHeadAttention({ numHeads: 2, dropout: 0.5 })
    expect(given(attention, [1, 3, 2], [1, 3, 2], { train: true })).toMatchInlineSnapshot(`
      "ValueError dropout at body[0].dropout: the layer needs a random key while training
        got:      apply without a key
        expected: apply(params, state, x, { key, train: true })
        hint:     random.split gives a fresh key for every step; { train: false } needs none"
    `)
  })

  test('a state', () => {
    const spectral = nn.spectralNorm(nn.dense({ features: 2 }))
    const [params] = spectral.init(random.key(0), { inputShape: [1, 3] })
    expect(message(() => spectral.apply(params, {} as never, np.ones([1, 3])) as unknown))
      .toMatchInlineSnapshot(`
      "StructureError spectralNorm: the singular vectors are missing
        got:      a state without u and v
        expected: the state that init returned or the last apply gave back
        hint:     const [y, nextState] = layer.apply(params, state, x, { train })"
    `)
    const norm = nn.instanceNorm({ trackRunningStats: true })
    const [own] = norm.init(random.key(0), { inputShape: [1, 3, 2] })
    expect(message(() => norm.apply(own, {}, np.ones([1, 3, 2])) as unknown))
      .toMatchInlineSnapshot(`
      "StructureError instanceNorm: the running statistics are missing
        got:      a state without mean and var
        expected: the state that init returned or the last apply gave back
        hint:     const [y, nextState] = layer.apply(params, state, x, { train })"
    `)
  })

  test('parameters', () => {
    const network = nn.compose(
      { a: nn.dense({ features: 2 }) },
      ({ a }, x: ReturnType<typeof np.ones>) => a(x)
    )
    expect(message(() => network.apply({} as never, {} as never, np.ones([1, 3])) as unknown))
      .toMatchInlineSnapshot(`
      "StructureError compose: the parameters are not those of this network
        got:      parameters without entries
        expected: one entry for each layer: a
        hint:     pass what init returned, or what combine made of its parts"
    `)
    expect(
      message(() => nn.weightNorm(nn.lambda((x) => x)).init(random.key(0), { inputShape: [1] }))
    ).toMatchInlineSnapshot(`
      "StructureError weightNorm: the layer inside has no parameter 'kernel'
        got:      no parameters
        expected: 'kernel' among them
        hint:     set { name }; recurrences have 'inputKernel' and 'recurrentKernel' inside"
    `)
  })
})

describe('inputs that do not belong together', () => {
  test('of attention, bilinear maps and unpooling', () => {
    const attention = nn.multiHeadAttention({ numHeads: 2 })
    const [params, state] = attention.init(random.key(0), { inputShape: [1, 3, 4] })
    const query = np.ones([1, 3, 4])
    expect(
      message(() => attention.apply(params, state, { query, key: np.ones([3, 4]) }) as unknown)
    ).toMatchInlineSnapshot(`
      "ShapeError multiHeadAttention: queries, keys and values do not fit together
        got:      query [1, 3, 4], key [3, 4], value [3, 4]
        expected: [..., time, features] each, with the same batch axes
        hint:     np.expandDims adds an axis, np.broadcastTo repeats along it"
    `)
    const form = nn.bilinear({ features: 2 })
    const [p] = form.init(random.key(0), {
      inputShape: [
        [1, 2],
        [1, 3]
      ]
    })
    expect(message(() => form.apply(p, {}, [np.ones([1, 2]), np.ones([1, 4])]) as unknown))
      .toMatchInlineSnapshot(`
      "ShapeError bilinear: the layer cannot take inputs of these shapes
        got:      inputs of shapes [1, 2] and [1, 4]
        expected: [..., 2] and [..., 3] with the same batch axes
        hint:     init with the inputShape that apply gets"
    `)
    const output = np.ones([1, 2, 1])
    expect(
      message(
        () =>
          nn
            .maxUnpool({ windowShape: [2] })
            .apply({}, {}, { output, indices: np.zeros([1, 3, 1]).astype('int32') }) as unknown
      )
    ).toMatchInlineSnapshot(`
      "ShapeError maxUnpool: elements and positions differ in shape
        got:      output [1, 2, 1], indices [1, 3, 1]
        expected: what maxPool({ returnIndices: true }) gave
        hint:     both come from the same call"
    `)
  })

  test('of dotProductAttention', () => {
    const q = np.ones([1, 3, 4, 2])
    expect(
      message(
        () => nn.dotProductAttention(q, np.ones([1, 3, 3, 2]), np.ones([1, 3, 3, 2])) as unknown
      )
    ).toMatchInlineSnapshot(`
      "ShapeError dotProductAttention: the operands do not fit
        got:      query [1, 3, 4, 2], key [1, 3, 3, 2], value [1, 3, 3, 2]
        expected: query [..., T, N, H], key [..., S, K, H], value [..., S, K, E], N a multiple of K
        hint:     time stands before heads, and features come last"
    `)
  })
})

describe('options that cannot be meant', () => {
  const rows: readonly (readonly [string, () => unknown])[] = [
    ['heads that do not divide', () => nn.multiHeadAttention({ numHeads: 4, numKeyValueHeads: 3 })],
    ['no count', () => nn.transformerEncoder({ features: 4, numHeads: 2, numLayers: 0 })],
    [
      'an unknown activation',
      () => nn.transformerEncoderLayer({ features: 4, numHeads: 2, activation: 'tan' as never })
    ],
    ['an unknown recurrence', () => nn.simpleRnn({ features: 4, activation: 'gelu' as never })],
    ['a projection that is no smaller', () => nn.lstm({ features: 4, projectionSize: 4 })],
    [
      'a padding mode',
      () => nn.conv({ features: 1, kernelSize: [3], paddingMode: 'mirror' as never })
    ],
    [
      'causal in two directions',
      () => nn.conv({ features: 1, kernelSize: [3, 3], padding: 'causal' })
    ],
    [
      'groups that do not divide features',
      () => nn.convTranspose({ features: 3, kernelSize: [3], featureGroupCount: 2 })
    ],
    ['both a size and a scale', () => nn.upsample({ size: [2], scale: 2 })],
    [
      'a padding row outside of the table',
      () => nn.embedding({ numEmbeddings: 3, features: 2, paddingIndex: 3 })
    ],
    [
      'an unknown way of joining a bag',
      () => nn.embeddingBag({ numEmbeddings: 3, features: 2, mode: 'min' as never })
    ],
    ['an output without extents', () => nn.adaptiveAvgPool({ outputSize: [0] })],
    ['a norm of no exponent', () => nn.lpPool({ windowShape: [2], normType: 0 })],
    ['slopes in no order', () => nn.rrelu({ lower: 1, upper: 0 })],
    ['a negative deviation', () => nn.gaussianNoise({ stddev: -1 })],
    ['a rate of infinite variance', () => nn.gaussianDropout({ rate: 1 })],
    ['a size of no channels', () => nn.localResponseNorm({ size: 0 })],
    ['an odd number of features to turn', () => nn.rotary(np.ones([2, 1, 3]))],
    ['a momentum that is no share', () => nn.instanceNorm({ momentum: 2 })],
    [
      'a fractional pooling without extents',
      () => nn.fractionalMaxPool({ windowShape: [2], outputRatio: [2] })
    ],
    ['padding that cannot be read', () => nn.pad({ padding: [[0.5, 0]], mode: 'reflect' })],
    [
      'a window that is no distance',
      () =>
        nn.dotProductAttention(np.ones([2, 1, 2]), np.ones([2, 1, 2]), np.ones([2, 1, 2]), {
          localWindowSize: -1
        })
    ]
  ]

  test('say what can', () => {
    const texts = rows.map(([name, make]) => `${name}: ${message(make)}`)
    expect(`\n${texts.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      heads that do not divide: ValueError multiHeadAttention: the heads of keys and values do not divide those of queries
        got:      numHeads: 4, numKeyValueHeads: 3
        expected: a divisor of numHeads
        hint:     each group of query heads shares one head of keys and values
      no count: ValueError transformerEncoder: numLayers is no count
        got:      numLayers: 0
        expected: an integer from 1 on
        hint:     for example { numLayers: 64 }
      an unknown activation: ValueError transformerEncoderLayer: the activation is unknown
        got:      activation: "tan"
        expected: 'relu', 'gelu', 'silu' or a function of arrays
        hint:     such as nn.mish
      an unknown recurrence: ValueError simpleRnn: the activation is unknown
        got:      activation: "gelu"
        expected: 'tanh' or 'relu'
        hint:     lstm and gru have their own
      a projection that is no smaller: ValueError lstm: the projection does not make the output smaller
        got:      projectionSize: 4 of 4 features
        expected: an integer from 1 to 3
        hint:     leave projectionSize out
      a padding mode: ValueError conv: the padding mode is unknown
        got:      paddingMode: "mirror"
        expected: 'zeros', 'reflect', 'replicate' or 'circular'
        hint:     how much is padded is said by padding
      causal in two directions: ValueError conv: 'causal' pads along one axis, that of time
        got:      kernelSize: [3, 3]
        expected: one spatial axis
        hint:     give padding as [low, high] for each axis
      groups that do not divide features: ValueError convTranspose: the kernel does not fit one to three spatial axes, or groups do not divide features
        got:      kernelSize: [3], features: 3, groups: 2
        expected: 1, 2 or 3 extents, and a featureGroupCount that divides features
        hint:     [3, 3] for images, [3] for sequences
      both a size and a scale: ValueError upsample: it is not said how large the result is, or how it is made
        got:      {"size":[2],"scale":2,"mode":"nearest"}
        expected: either size or scale, and mode 'nearest', 'nearestExact', 'linear' or 'cubic'
        hint:     nn.upsample({ scale: 2, mode: 'linear' })
      a padding row outside of the table: ValueError embedding: the padding row is not in the table
        got:      paddingIndex: 3 of 3 rows
        expected: an integer from -3 to 2
        hint:     negative indices count from the end
      an unknown way of joining a bag: ValueError embeddingBag: the mode is unknown
        got:      mode: "min"
        expected: 'sum', 'mean' or 'max'
        hint:     'mean' is the default
      an output without extents: ValueError adaptiveAvgPool: outputSize does not name one to three extents
        got:      outputSize: [0]
        expected: a list of 1, 2 or 3 positive integers or nulls
        hint:     [1, 1] for one window over the whole image
      a norm of no exponent: ValueError lpPool: the exponent is not positive
        got:      normType: 0
        expected: a number above 0
        hint:     2 for the Euclidean norm, 1 for a sum
      slopes in no order: ValueError rrelu: the slopes are in no order
        got:      lower: 1, upper: 0
        expected: lower up to upper
        hint:     leave them out for 1/8 and 1/3
      a negative deviation: ValueError gaussianNoise: the standard deviation is negative
        got:      stddev: -1
        expected: a number from 0 on
        hint:     for example { stddev: 0.1 }
      a rate of infinite variance: ValueError gaussianDropout: the rate gives no finite variance
        got:      rate: 1
        expected: a number from 0 to below 1
        hint:     the variance is rate / (1 − rate)
      a size of no channels: ValueError localResponseNorm: size is no count
        got:      size: 0
        expected: an integer from 1 on
        hint:     for example { size: 5 }
      an odd number of features to turn: ValueError rotary: features turn in pairs
        got:      features: 3 of 3
        expected: an even number up to 3
        hint:     give heads an even number of features, or set { features }
      a momentum that is no share: ValueError instanceNorm: the momentum is no share
        got:      momentum: 2
        expected: a number from 0 to 1, or 'cumulative'
        hint:     momentum is what is kept: 0.9 here is 0.1 in PyTorch
      a fractional pooling without extents: ValueError fractionalMaxPool: the extents of the result cannot be read
        got:      outputSize: undefined, outputRatio: [2]
        expected: either of them, with one number for each of 1 spatial axes
        hint:     { outputRatio: [0.7, 0.7] } keeps 0.7 of each extent
      padding that cannot be read: ValueError pad: the padding or its mode cannot be read
        got:      padding: [[0.5,0]], mode: "reflect"
        expected: [low, high] for each axis, and 'constant', 'reflect', 'replicate' or 'circular'
        hint:     negative amounts crop
      a window that is no distance: ValueError dotProductAttention: the window is no distance
        got:      localWindowSize: -1
        expected: an integer from 0 on, or [left, right]
        hint:     the number of positions that a query sees to either side of its own
      "
    `)
  })
})
