import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const make = (shape: readonly number[], values: readonly number[], dtype: DType = 'float32') =>
  fromHost(
    makeAval(shape, dtype),
    dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)
  )

const ramp = (shape: readonly number[]): NdArray =>
  make(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i)
  )

const key = () => random.key(0)

describe('dense', () => {
  const params = { kernel: make([3, 2], [1, 0, 0, 1, 2, 0]), bias: make([2], [10, 20]) }
  const layer = nn.dense({ features: 2 })

  test('is x W + b', () => {
    const [y] = layer.apply(params, {}, make([1, 3], [1, 2, 3]))
    expectArray(y, make([1, 2], [17, 22]))
  })

  test('treats leading axes as a batch, as vmap would', () => {
    const x = ramp([2, 2, 3])
    const each = vmap((row: NdArray) => layer.apply(params, {}, row)[0])(x)
    expectArray(layer.apply(params, {}, x)[0], each)
  })

  test('makes parameters of the shapes it needs', () => {
    const [made] = layer.init(key(), { inputShape: [7, 3] })
    expect([made.kernel.shape, made.bias?.shape]).toEqual([[3, 2], [2]])
    expect(nn.dense({ features: 2, useBias: false }).init(key(), { inputShape: [3] })[0]).toEqual({
      kernel: made.kernel
    })
  })
})

describe('conv', () => {
  test('correlates: a window of ones sums its neighbours', () => {
    const layer = nn.conv({ features: 1, kernelSize: [2, 2], padding: 'valid', useBias: false })
    const params = { kernel: make([2, 2, 1, 1], [1, 1, 1, 1]) }
    const [y] = layer.apply(params, {}, ramp([1, 3, 3, 1]))
    expectArray(y, make([1, 2, 2, 1], [8, 12, 20, 24]))
  })

  test('works under any number of leading axes', () => {
    const layer = nn.conv({ features: 2, kernelSize: [3] })
    const x = ramp([2, 3, 5, 1])
    const [params] = layer.init(key(), { inputShape: x.shape })
    const [y] = layer.apply(params, {}, x)
    const [flat] = layer.apply(params, {}, ramp([6, 5, 1]))
    expect(y.shape).toEqual([2, 3, 5, 2])
    expect([...hostOf(y)]).toEqual([...hostOf(flat)])
  })

  test('depthwise: one group for each channel', () => {
    const layer = nn.conv({ features: 2, kernelSize: [1, 1], featureGroupCount: 2, useBias: false })
    const params = { kernel: make([1, 1, 1, 2], [10, 100]) }
    expectArray(
      layer.apply(params, {}, make([1, 1, 1, 2], [1, 2]))[0],
      make([1, 1, 1, 2], [10, 200])
    )
  })
})

describe('pooling', () => {
  const x = ramp([1, 4, 4, 1])

  test('maxPool takes the largest of every window', () => {
    const [y] = nn.maxPool({ windowShape: [2, 2] }).apply({}, {}, x)
    expectArray(y, make([1, 2, 2, 1], [5, 7, 13, 15]))
  })

  test('avgPool takes the mean, with or without the padding', () => {
    const same = {
      windowShape: [2, 2],
      strides: 3,
      padding: [
        [1, 0],
        [1, 0]
      ]
    } as const
    expectArray(nn.avgPool({ windowShape: [4, 4] }).apply({}, {}, x)[0], make([1, 1, 1, 1], [7.5]))
    const [counted] = nn.avgPool(same).apply({}, {}, x)
    const [inside] = nn.avgPool({ ...same, countIncludePad: false }).apply({}, {}, x)
    // The second window of the first row holds two of padding, 2 and 3.
    expect(hostOf(counted)[1]).toBe(1.25)
    expect(hostOf(inside)[1]).toBe(2.5)
  })
})

describe('pad', () => {
  test('is of zeros, unless another value is given', () => {
    const x = make([1, 2, 1], [5, 6])
    const padded = (options: { readonly value?: number }) =>
      hostOf(nn.pad({ padding: [[1, 2]], ...options }).apply({}, {}, x)[0])
    expect(Array.from(padded({}))).toEqual([0, 5, 6, 0, 0])
    expect(Array.from(padded({ value: 7 }))).toEqual([7, 5, 6, 7, 7])
  })
})

describe('transformerEncoderLayer', () => {
  test('drops nothing unless asked to: it trains without a key', () => {
    const layer = nn.transformerEncoderLayer({ features: 4, numHeads: 2 })
    const x = ramp([1, 3, 4])
    const [params, state] = layer.init(key(), { inputShape: x.shape })
    const [trained] = layer.apply(params, state, x, { train: true })
    expectArray(trained, layer.apply(params, state, x)[0])
  })
})

describe('transformerDecoderLayer', () => {
  const layer = nn.transformerDecoderLayer({ features: 4, numHeads: 2, causal: false })
  const draw = (i: number): NdArray => random.normal(random.foldIn(key(), i), [1, 3, 4])
  const [x, memory, other] = [draw(1), draw(2), draw(3)]
  const [params, state] = layer.init(key(), { inputShape: { x: x.shape, memory: memory.shape } })
  /** The last position replaced. */
  const changed = (of: NdArray): NdArray =>
    np.concatenate([of.slice(':', ':2'), other.slice(':', '2:')], { axis: 1 })
  const firstTwo = (given: object): NdArray =>
    layer.apply(params, state, { x, memory, ...given })[0].slice(':', ':2')
  const kept = np.array([true, true, false])

  test.each([
    ['keyMask', 'x'],
    ['mask', 'x'],
    ['memoryKeyMask', 'memory'],
    ['memoryMask', 'memory']
  ] as const)('does not look where %s is false', (mask, name) => {
    const sight = { [mask]: mask.endsWith('eyMask') ? np.expandDims(kept, 0) : kept }
    const before = { x, memory }[name]
    const after = { [name]: changed(before) }
    expectArray(firstTwo({ ...sight, ...after }), firstTwo(sight))
    expect(hostOf(firstTwo(after))).not.toEqual(hostOf(firstTwo({})))
  })

  test.each(['bias', 'memoryBias'])('adds %s to the logits', (bias) => {
    const sight = { [bias]: np.array([0, 0, -Infinity]) }
    const name = bias === 'bias' ? 'x' : 'memory'
    const after = { [name]: changed(name === 'x' ? x : memory) }
    expectArray(firstTwo({ ...sight, ...after }), firstTwo(sight))
  })
})

describe('fractionalMaxPool', () => {
  const layer = nn.fractionalMaxPool({ windowShape: [2], outputSize: [3], returnIndices: true })
  const x = np.reshape(np.arange(7), [1, 7, 1])

  test('takes windows that depend on the key while it trains', () => {
    const at = (seed: number) => {
      const [y] = layer.apply({}, {}, x, { train: true, key: random.key(seed) })
      return JSON.stringify(y.indices.toNested())
    }
    const drawn = Array.from({ length: 20 }, (_, seed) => at(seed))
    expect(new Set(drawn).size).toBeGreaterThan(1)
    expect(drawn.every((d) => d.endsWith('[6]]]'))).toBe(true)
  })

  test('needs a key while it trains', () => {
    expect(() => layer.apply({}, {}, x, { train: true })).toThrow('needs a random key')
  })
})

describe('norms', () => {
  test('batchNorm standardises by the batch and moves its statistics', () => {
    const layer = nn.batchNorm({ momentum: 0.9, epsilon: 0 })
    const x = make([2, 1], [1, 3])
    const [params, state] = layer.init(key(), { inputShape: x.shape })
    const [y, next] = layer.apply(params, state, x, { train: true })
    expectClose(y, make([2, 1], [-1, 1]), { rtol: 1e-6 })
    expectClose(next.mean, make([1], [0.2]), { rtol: 1e-6 })
    expectClose(next.var, make([1], [1]), { rtol: 1e-6 })
    expectClose(layer.apply(params, state, x)[0], x, { rtol: 1e-6 })
  })

  test('layerNorm standardises every example', () => {
    const layer = nn.layerNorm({ epsilon: 0 })
    const [params, state] = layer.init(key(), { inputShape: [2, 2] })
    const [y] = layer.apply(params, state, make([2, 2], [1, 3, 10, 50]))
    expectClose(y, make([2, 2], [-1, 1, -1, 1]), { rtol: 1e-6 })
  })

  test('have the derivatives of their formula, to the second order and about any mean', () => {
    const x = np.sin(np.arange(12).astype('float64')).reshape([3, 4])
    const weights = np.cos(np.arange(12).astype('float64')).reshape([3, 4])
    const formula = (a: NdArray, mean: NdArray): NdArray => {
      const off = a.sub(mean.reshape([3, 1]))
      const variance = np.mean(np.square(off), { axis: 1, keepdims: true })
      return off.div(np.sqrt(variance.add(1e-5)))
    }
    const own = (a: NdArray): NdArray => np.mean(a, { axis: 1 })
    const other = (a: NdArray): NdArray => np.max(a, { axis: 1 })
    for (const [f, g] of [
      [(a: NdArray) => nn.standardize(a), (a: NdArray) => formula(a, own(a))],
      [(a: NdArray) => nn.standardize(a, { mean: other(a) }), (a: NdArray) => formula(a, other(a))]
    ] as const) {
      const slope = (h: (a: NdArray) => NdArray) => grad((a: NdArray) => np.sum(h(a).mul(weights)))
      const curve = (h: (a: NdArray) => NdArray) =>
        grad((a: NdArray) => np.sum(np.square(slope(h)(a)).mul(weights)))
      expectClose(slope(f)(x), slope(g)(x), { rtol: 1e-9, atol: 1e-12 })
      expectClose(curve(f)(x), curve(g)(x), { rtol: 1e-9, atol: 1e-10 })
    }
  })
})

describe('embedding', () => {
  test('looks rows up, and shows numbers outside the table as NaN', () => {
    const layer = nn.embedding({ numEmbeddings: 3, features: 2 })
    const params = { embedding: make([3, 2], [0, 1, 10, 11, 20, 21]) }
    const [y] = layer.apply(params, {}, make([3], [2, 0, 7], 'int32'))
    expectArray(y, make([3, 2], [20, 21, 0, 1, NaN, NaN]))
  })
})

describe('embedding with a longest row', () => {
  test('cuts each row that is longer, by the norm asked for', () => {
    const params = { embedding: make([2, 2], [3, 4, 0.3, -0.4]) }
    const rows = (options: { readonly maxNorm: number; readonly normType?: number }) =>
      nn
        .embedding({ numEmbeddings: 2, features: 2, ...options })
        .apply(params, {}, make([2], [0, 1], 'int32'))[0]
    expectClose(rows({ maxNorm: 1 }), make([2, 2], [0.6, 0.8, 0.3, -0.4]))
    expectClose(rows({ maxNorm: 0.7, normType: 1 }), make([2, 2], [0.3, 0.4, 0.3, -0.4]))
  })
})

describe('dropout', () => {
  const layer = nn.dropout({ rate: 0.5 })
  const x = make([1000], new Array<number>(1000).fill(1))

  test('is the identity when not training', () => {
    expectArray(layer.apply({}, {}, x)[0], x)
  })

  test('zeroes about half and doubles the rest', () => {
    const y = hostOf(layer.apply({}, {}, x, { key: key(), train: true })[0])
    expect(new Set(y)).toEqual(new Set([0, 2]))
    expect(Math.abs(y.filter((v) => v === 0).length - 500)).toBeLessThan(80) // 5 standard deviations
  })
})

describe('outputShape is the shape of what apply returns', () => {
  const image = [2, 8, 8, 3]
  test.each<readonly [string, nn.AnyLayer, readonly number[]]>([
    ['dense', nn.dense({ features: 4 }), [2, 3]],
    ['conv', nn.conv({ features: 4, kernelSize: [3, 3], strides: 2 }), image],
    [
      'conv, dilated',
      nn.conv({ features: 4, kernelSize: [3, 3], kernelDilation: 2, padding: 'valid' }),
      image
    ],
    ['maxPool', nn.maxPool({ windowShape: [3, 3], strides: 2 }), image],
    ['avgPool', nn.avgPool({ windowShape: [2, 2], padding: 'same' }), image],
    ['flatten', nn.flatten(), image],
    ['flatten the last two', nn.flatten({ startAxis: -2 }), image],
    [
      'fractionalMaxPool',
      nn.fractionalMaxPool({ windowShape: [2, 2], outputRatio: [0.7, 0.6] }),
      image
    ],
    ['batchNorm', nn.batchNorm(), image],
    ['residual', nn.residual(nn.dense({ features: 3 })), [2, 3]],
    ['lambda', nn.lambda((x) => nn.softmax(x)), [2, 3]],
    ['sequential', nn.sequential([nn.flatten(), nn.dense({ features: 4 }), nn.relu]), image]
  ])('%s', (_name, layer, inputShape) => {
    const [params, state] = layer.init(key(), { inputShape })
    const [y] = layer.apply(params, state, ramp(inputShape))
    expect(layer.outputShape(inputShape)).toEqual(y.shape)
  })
})

describe('sequential', () => {
  const net = nn.sequential({
    body: nn.sequential([nn.dense({ features: 4 }), nn.relu, nn.dropout({ rate: 0.5 })]),
    head: nn.dense({ features: 2 })
  })

  test('has the names of its layers in its parameters', () => {
    const [params, state] = net.init(key(), { inputShape: [1, 3] })
    expect(params.body[0].kernel.shape).toEqual([3, 4])
    expect(params.head.kernel.shape).toEqual([4, 2])
    expect(state).toEqual({ body: [{}, {}, {}], head: {} })
  })

  test('begins each layer alike, whatever the others are', () => {
    const longer = nn.sequential({ extra: nn.relu, head: nn.dense({ features: 2 }) })
    const alone = nn.sequential({ head: nn.dense({ features: 2 }) })
    const at = { inputShape: [1, 3] }
    expect(longer.init(key(), at)[0].head).toEqual(alone.init(key(), at)[0].head)
  })

  test('without state has a short form', () => {
    const { init, apply } = nn.stateless(net)
    const params = init(key(), { inputShape: [1, 3] })
    const x = ramp([5, 3])
    const [y] = net.apply(params, net.init(key(), { inputShape: [1, 3] })[1], x)
    expectArray(apply(params, x), y)
  })
})

describe('bad input gets four lines that name the layer', () => {
  const net = nn.stateless(
    nn.sequential({
      body: nn.sequential([nn.dense({ features: 4 }), nn.dropout({ rate: 0.5 })]),
      head: nn.dense({ features: 2 })
    })
  )
  const params = () => net.init(key(), { inputShape: [1, 3] })

  test('another number of features', () => {
    expect(message(() => net.apply(params(), ramp([1, 5])))).toMatchInlineSnapshot(`
      "ShapeError dense at body[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 5]
        expected: [..., 3], as init was given
        hint:     nn.flatten joins axes; init with the inputShape that apply gets"
    `)
  })

  test('training without a key', () => {
    expect(message(() => net.apply(params(), ramp([1, 3]), { train: true })))
      .toMatchInlineSnapshot(`
      "ValueError dropout at body[1]: the layer needs a random key while training
        got:      apply without a key
        expected: apply(params, state, x, { key, train: true })
        hint:     random.split gives a fresh key for every step; { train: false } needs none"
    `)
  })

  test('images without channels', () => {
    const layer = nn.sequential([nn.conv({ features: 1, kernelSize: [3, 3] })])
    expect(message(() => layer.init(key(), { inputShape: [8, 8] }))).toMatchInlineSnapshot(`
      "ShapeError conv at [0]: the layer cannot take an input of this shape
        got:      an input of shape [8, 8]
        expected: [..., H, W, C]
        hint:     channels come last; np.expandDims adds an axis"
    `)
  })

  test('parameters of another network', () => {
    const { head } = params()
    expect(message(() => net.apply({ head } as never, ramp([1, 3])))).toMatchInlineSnapshot(`
      "StructureError sequential: the parameters are not those of this network
        got:      entries head
        expected: one entry for each layer: body, head
        hint:     pass what init returned, or what combine made of its parts"
    `)
  })

  test('state where none is expected', () => {
    const normed = nn.stateless(nn.sequential({ norm: nn.batchNorm() }))
    expect(message(() => normed.init(key(), { inputShape: [1, 3] }))).toMatchInlineSnapshot(`
      "StructureError stateless: the layer has state
        got:      norm/mean, norm/var
        expected: a layer that remembers nothing between calls
        hint:     use layer.init and layer.apply, which take the state and return the next one"
    `)
  })

  test('a state that is missing', () => {
    const norm = nn.sequential({ norm: nn.batchNorm() })
    const [made] = norm.init(key(), { inputShape: [1, 3] })
    expect(message(() => norm.apply(made, { norm: {} } as never, ramp([2, 3]))))
      .toMatchInlineSnapshot(`
      "StructureError batchNorm at norm: the running statistics are missing
        got:      a state without mean and var
        expected: the state that init returned or the last apply gave back
        hint:     const [y, nextState] = layer.apply(params, state, x, { train })"
    `)
  })

  test('an option with another name', () => {
    expect(message(() => nn.dense({ units: 3 } as never))).toMatchInlineSnapshot(`
      "ValueError dense: an option has an unknown name
        got:      'units'
        expected: one of features, useBias, kernelInit, biasInit
        hint:     option names are JAX keyword names in camelCase"
    `)
  })

  test('a rate that is no probability', () => {
    expect(message(() => nn.dropout({ rate: 2 }))).toMatchInlineSnapshot(`
      "ValueError dropout: the rate is no probability
        got:      rate: 2
        expected: a number from 0 to 1
        hint:     rate is what is dropped, not what is kept"
    `)
  })
})
