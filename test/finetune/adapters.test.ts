import { describe, expect, test } from 'vitest'
import {
  explain,
  grad,
  jit,
  nn,
  np,
  optim,
  random,
  tree,
  valueAndGrad,
  type NdArray
} from 'cotangent'
import { dora, ia3, lora, sumOfAdapters, type LoraAdapter } from 'cotangent/finetune'
import { safetensors, toNames } from 'cotangent/io'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const net = nn.stateless(
  nn.sequential([nn.dense({ features: 6 }), nn.tanh, nn.dense({ features: 2 })])
)
const x = random.normal(random.key(1), [5, 4])
const params = net.init(random.key(0), { inputShape: x.shape })
type Params = typeof params
const run = (p: Params): NdArray => net.apply(p, x)
const fill = (adapter: LoraAdapter, seed = 7): LoraAdapter =>
  tree.map(
    (leaf: NdArray) => random.normal(random.foldIn(random.key(seed), leaf.size), leaf.shape),
    adapter
  )

describe('lora', () => {
  const method = lora({ rank: 2, alpha: 4, targets: '**/kernel' })
  const adapter = method.init(random.key(2), params)

  test('puts A and B where the weights are', () => {
    expect(tree.map((leaf: NdArray) => leaf.shape, adapter)).toEqual({
      '0': { kernel: { a: [4, 2], b: [2, 6] } },
      '2': { kernel: { a: [6, 2], b: [2, 2] } }
    })
  })

  test('is x W + (alpha / rank) (x A) B', () => {
    const one = {
      kernel: np.array([
        [1, 0],
        [0, 1]
      ])
    }
    const parts = { kernel: { a: np.array([[1], [2]]), b: np.array([[10, 20]]) } }
    const twice = lora({ rank: 1, alpha: 2, targets: 'kernel' })
    const product = (p: typeof one): NdArray => np.matmul(np.array([[1, 1]]), p.kernel)
    expectArray(twice.apply(one, parts, product), np.array([[61, 121]]))
    expectArray(
      twice.merge(one, parts).kernel,
      np.array([
        [21, 40],
        [40, 81]
      ])
    )
    const scaled = lora({ rank: 4, alpha: 2, rslora: true, targets: 'kernel' })
    expectArray(
      scaled.merge(one, parts).kernel,
      np.array([
        [11, 20],
        [20, 41]
      ])
    )
  })

  test('forms neither A B nor a gradient by W in its step', () => {
    const [from, to, batch, rank] = [64, 48, 8, 2]
    const big = { kernel: random.normal(random.key(3), [from, to]) }
    const thin = lora({ rank, targets: 'kernel' })
    const own = thin.init(random.key(4), big)
    const inputs = random.normal(random.key(5), [batch, from])
    const loss = (p: typeof big): NdArray => np.mean(np.square(np.matmul(inputs, p.kernel)))
    const adapted = (a: typeof own): NdArray => thin.apply(big, a, loss)
    const { flops } = explain(valueAndGrad(adapted))(own)
    const product = 2 * batch * from * to
    expect(flops).toBeLessThan(1.5 * product)
    expect(explain(valueAndGrad(loss))(big).flops).toBeGreaterThan(1.9 * product)
    const formed = (a: typeof own): NdArray => loss(thin.merge(big, a))
    expect(explain(valueAndGrad(formed))(own).flops).toBeGreaterThan(1.9 * product)
  })

  test('forms no kernel of a convolution either', () => {
    const big = { kernel: random.normal(random.key(3), [3, 3, 16, 24]) }
    const thin = lora({ rank: 1, targets: 'kernel' })
    const own = thin.init(random.key(4), big)
    const images = random.normal(random.key(5), [2, 10, 10, 16])
    const convolve = nn.conv({ features: 24, kernelSize: [3, 3], useBias: false })
    const loss = (p: typeof big): NdArray => np.mean(np.square(convolve.apply(p, {}, images)[0]))
    const flopsOf = (f: (a: typeof own) => NdArray): number => explain(valueAndGrad(f))(own).flops
    const once = explain(loss)(big).flops
    expect(flopsOf((a) => thin.apply(big, a, loss))).toBeLessThan(1.4 * once)
    expect(flopsOf((a) => loss(thin.merge(big, a)))).toBeGreaterThan(1.9 * once)
  })

  test('sees products inside jit, and passes through jit, grad and vmap', () => {
    const moved = fill(adapter)
    const expected = run(method.merge(params, moved))
    const compiled = jit(run)
    expectClose(method.apply(params, moved, compiled), expected, { rtol: 1e-5, atol: 1e-5 })
    const outer = jit((p: Params, a: LoraAdapter) => method.apply(p, a, run))
    expectClose(outer(params, moved), expected, { rtol: 1e-5, atol: 1e-5 })
    const loss = (p: Params): NdArray => np.sum(np.square(run(p)))
    const thin = grad((a: LoraAdapter) => method.apply(params, a, loss))(moved)
    const formed = grad((a: LoraAdapter) => loss(method.merge(params, a)))(moved)
    tree.leaves(thin).forEach((g, i) => {
      expectClose(g as NdArray, tree.leaves(formed)[i] as NdArray, { rtol: 1e-4, atol: 1e-4 })
    })
  })

  test('takes PyTorch layouts: W is [out, in] and x is multiplied by its transpose', () => {
    const torch = { weight: random.normal(random.key(3), [3, 4]) }
    const linear = (p: typeof torch): NdArray => np.matmul(x, p.weight.T)
    const of = lora({ rank: 2, targets: 'weight' })
    const moved = fill(of.init(random.key(0), torch))
    expectClose(of.apply(torch, moved, linear), linear(of.merge(torch, moved)), {
      rtol: 1e-5,
      atol: 1e-5
    })
  })

  test('takes kernels with several axes of features', () => {
    const heads = { query: random.normal(random.key(3), [4, 2, 3]) }
    const project = (p: typeof heads): NdArray => np.einsum('nd,dhk->nhk', x, p.query)
    const of = lora({ rank: 2, targets: 'query', outputAxes: 2 })
    const adapter = of.init(random.key(0), heads)
    expect(tree.map((leaf: NdArray) => leaf.shape, adapter)).toEqual({
      query: { a: [4, 2], b: [2, 2, 3] }
    })
    const moved = fill(adapter)
    expectClose(of.apply(heads, moved, project), project(of.merge(heads, moved)), {
      rtol: 1e-5,
      atol: 1e-5
    })
  })

  test('forms the weight where it is used in no product', () => {
    const norm = (p: Params): NdArray => np.sum(np.square(p[0].kernel))
    const moved = fill(adapter)
    expectClose(method.apply(params, moved, norm), norm(method.merge(params, moved)), {
      rtol: 1e-5,
      atol: 1e-5
    })
  })

  test('switches adapters without a new trace or a copy of the base', () => {
    let traces = 0
    const answer = jit((p: Params, a: LoraAdapter) => {
      traces++
      return method.apply(p, a, run)
    })
    const [first, second] = [fill(adapter, 1), fill(adapter, 2)]
    const [y, z] = [answer(params, first), answer(params, second)]
    expect(traces).toBe(1)
    expect(np.allclose(y, z).item()).toBe(0)
    expectArray(answer(params, first), y)
  })

  test('adds adapters up, nested or in one tree', () => {
    const [first, second] = [fill(adapter, 1), fill(adapter, 2)]
    const nested = method.apply(params, first, (p) => method.apply(p, second, run))
    const wide = sumOfAdapters([first, second], [1, 1])
    expectClose(method.apply(params, wide, run), nested, { rtol: 1e-4, atol: 1e-4 })
    const half = sumOfAdapters([first, first], [0.25, 0.75])
    expectClose(method.apply(params, half, run), method.apply(params, first, run), {
      rtol: 1e-4,
      atol: 1e-4
    })
  })

  test('drops inputs of A while training, by the key', () => {
    const dropping = lora({ rank: 2, dropout: 0.5 })
    const moved = fill(adapter)
    const still = dropping.apply(params, moved, run)
    const [y, again, other] = [0, 0, 1].map((seed) =>
      dropping.apply(params, moved, run, { key: random.key(seed), train: true })
    )
    expectArray(y, again)
    expect(np.allclose(y, other).item()).toBe(0)
    expect(np.allclose(y, still).item()).toBe(0)
    // What is kept counts twice.
    const one = { kernel: np.zeros([1, 1]) }
    const parts = { kernel: { a: np.ones([1, 1]), b: np.ones([1, 1]) } }
    const single = lora({ rank: 1, dropout: 0.5, targets: 'kernel' })
    const values = single
      .apply(one, parts, (p) => np.matmul(np.ones([400, 1]), p.kernel), {
        key: random.key(0),
        train: true
      })
      .toTypedArray()
    expect([...new Set(values)].sort((p, q) => p - q)).toEqual([0, 2])
  })

  test('learns what the base cannot say, with the base as it was', () => {
    const wanted = np.sin(x.slice(':', '0:2'))
    const before = run(params)
    const loss = (a: LoraAdapter): NdArray =>
      method.apply(params, a, (p) => np.mean(np.square(run(p).sub(wanted))))
    const optimizer = optim.adam({ learningRate: 0.05 })
    const step = jit((a: LoraAdapter, s: optim.OptState) => {
      const [value, g] = valueAndGrad(loss)(a)
      const [updates, next] = optimizer.update(g, s, a)
      return [optim.applyUpdates(a, updates), next, value] as const
    })
    let [a, s, value] = step(adapter, optimizer.init(adapter))
    const first = value.item()
    for (let i = 0; i < 100; i++) [a, s, value] = step(a, s)
    expect(value.item()).toBeLessThan(0.05 * Number(first))
    expectArray(run(params), before)
  })

  test('saves and loads as any tree does', () => {
    const bytes = safetensors.encode(toNames(fill(adapter)))
    const back = safetensors.decode(bytes)
    if (back._tag === 'Left') throw back.left
    expect(Object.keys(back.right).sort()).toEqual([
      '0/kernel/a',
      '0/kernel/b',
      '2/kernel/a',
      '2/kernel/b'
    ])
  })
})

describe('dora', () => {
  test('turns columns without changing their length, until the magnitude does', () => {
    const one = {
      kernel: np.array([
        [3, 1],
        [4, 0]
      ])
    }
    const method = dora({ rank: 1, targets: 'kernel' })
    const parts = {
      kernel: {
        a: np.array([[1], [0]]),
        b: np.array([[-3, 0]]),
        magnitude: np.array([5, 2])
      }
    }
    expectClose(
      method.merge(one, parts).kernel,
      np.array([
        [0, 2],
        [5, 0]
      ]),
      { rtol: 1e-6, atol: 1e-6 }
    )
  })
})

describe('ia3', () => {
  test('scales inputs of feedforward weights and outputs of others', () => {
    const method = ia3({ feedforward: '2/kernel' })
    expect(tree.map((leaf: NdArray) => leaf.shape, method.init(random.key(0), params))).toEqual({
      '0': { kernel: { output: [6] } },
      '2': { kernel: { input: [6] } }
    })
  })
})

describe('what bad adapters get', () => {
  const bad = (f: () => unknown): string => message(f)

  test('options that no adapter can have', () => {
    expect(bad(() => lora({ rank: 0 }))).toMatchInlineSnapshot(`
      "ValueError lora: rank has a value that no adapter can have
        got:      rank: 0
        expected: an integer from 1 on
        hint:     lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice"
    `)
    expect(bad(() => dora({ rank: 1.5 }))).toMatchInlineSnapshot(`
      "ValueError dora: rank has a value that no adapter can have
        got:      rank: 1.5
        expected: an integer from 1 on
        hint:     lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice"
    `)
    expect(bad(() => lora({ alpha: NaN }))).toMatchInlineSnapshot(`
      "ValueError lora: alpha has a value that no adapter can have
        got:      alpha: NaN
        expected: a finite number
        hint:     lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice"
    `)
    expect(bad(() => lora({ dropout: 1 }))).toMatchInlineSnapshot(`
      "ValueError lora: dropout has a value that no adapter can have
        got:      dropout: 1
        expected: a number from 0 on and below 1
        hint:     lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice"
    `)
    expect(bad(() => lora({ r: 8 } as never))).toMatchInlineSnapshot(`
      "ValueError lora: an option has an unknown name
        got:      'r'
        expected: one of rank, alpha, rslora, targets, dropout, outputAxes
        hint:     option names are JAX keyword names in camelCase"
    `)
    expect(bad(() => lora({ outputAxes: 2 }).init(random.key(0), params))).toMatchInlineSnapshot(`
      "ValueError lora: outputAxes of 0/kernel has a value that no adapter can have
        got:      outputAxes of 0/kernel: 2
        expected: an integer from 1 to 1
        hint:     lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice"
    `)
  })

  test('targets that match nothing or are no matrices', () => {
    expect(bad(() => lora({ targets: 'attention' }).init(random.key(0), params)))
      .toMatchInlineSnapshot(`
      "ValueError lora: a selection matches no parameter
        got:      'attention'
        expected: a pattern for some of: 0/bias, 0/kernel, 2/bias, 2/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
    expect(bad(() => lora({ targets: '**/bias' }).init(random.key(0), params)))
      .toMatchInlineSnapshot(`
      "ValueError lora: a target is no matrix
        got:      0/bias, which is float32 [6]
        expected: weights of two axes or more, of a floating type
        hint:     choose kernels and tables alone: { targets: '**/kernel' }"
    `)
    expect(bad(() => ia3({ targets: 'steps' }).init(random.key(0), { steps: 3 })))
      .toMatchInlineSnapshot(`
      "ValueError ia3: a target is no matrix
        got:      steps, which is 3
        expected: weights of two axes or more, of a floating type
        hint:     choose kernels and tables alone: { targets: '**/kernel' }"
    `)
  })

  test('an adapter of other weights or of another shape', () => {
    const method = lora({ rank: 2 })
    const parts = { a: np.zeros([4, 2]), b: np.zeros([2, 6]) }
    expect(bad(() => method.merge(params, { '1': { kernel: parts } }))).toMatchInlineSnapshot(`
      "StructureError lora: the adapter is for a weight that the parameters do not have
        got:      an adapter of 1/kernel
        expected: weights among: 0/bias, 0/kernel, 2/bias, 2/kernel
        hint:     give the parameters that the adapter was made for"
    `)
    expect(bad(() => method.merge(params, { '0': { kernel: { ...parts, b: np.zeros([3, 6]) } } })))
      .toMatchInlineSnapshot(`
      "StructureError lora: a part of the adapter does not fit its weight
        got:      0/kernel/b of shape [3, 6]
        expected: [2, 6]
        hint:     use the adaptation, with the options, that made the adapter"
    `)
    expect(bad(() => dora().merge(params, { '0': { kernel: parts } } as never)))
      .toMatchInlineSnapshot(`
      "StructureError dora: a part of the adapter does not fit its weight
        got:      no 0/kernel/magnitude
        expected: [6]
        hint:     use the adaptation, with the options, that made the adapter"
    `)
  })

  test('dropout without a key, or on a weight that is in no product', () => {
    const method = lora({ rank: 2, dropout: 0.1 })
    const adapter = method.init(random.key(0), params)
    expect(bad(() => method.apply(params, adapter, run, { train: true }))).toMatchInlineSnapshot(`
      "ValueError lora: dropout needs a random key while training
        got:      apply without a key, for 0/kernel
        expected: apply(params, adapter, f, { key, train: true })
        hint:     random.split gives a fresh key for every step; { train: false } needs none"
    `)
    expect(
      bad(() =>
        method.apply(params, adapter, (p) => np.sum(p[0].kernel), {
          key: random.key(0),
          train: true
        })
      )
    ).toMatchInlineSnapshot(`
      "TransformError adapter: a weight with dropout on its input is used in something that is no product
        got:      0/kernel in sum
        expected: a matrix product, a convolution or a lookup, whose input dropout can act on
        hint:     leave it out of the targets, or set { dropout: 0 }"
    `)
  })

  test('sums of adapters that do not fit', () => {
    const [a, b] = ['0/kernel', '2/kernel'].map((targets) =>
      lora({ rank: 1, targets }).init(random.key(0), params)
    )
    expect(bad(() => sumOfAdapters([a, b], [1, 1]))).toMatchInlineSnapshot(`
      "StructureError sumOfAdapters: the trees have different structures
        got:      0: missing on the right; 2: missing on the left
        expected: the same keys and lengths at every path
        hint:     add up adapters that one lora made for the same parameters"
    `)
    expect(bad(() => sumOfAdapters([a], [1, 2]))).toMatchInlineSnapshot(`
      "ValueError sumOfAdapters: adapters and weights do not pair up
        got:      1 adapters, 2 weights
        expected: a weight for each adapter, and at least one
        hint:     sumOfAdapters([first, second], [0.5, 0.5])"
    `)
  })
})
