/** How few kernels a training step becomes, loop bodies and library calls counted. */
import { describe, expect, test } from 'vitest'
import { jit, lax, nn, np, optim, random, valueAndGrad, type NdArray } from 'cotangent'

type Params = Readonly<Record<string, NdArray>>

const normal = (shape: readonly number[], seed: number): NdArray =>
  random.normal(random.key(seed), shape).mul(0.05)

const ids = (n: number, classes: number): NdArray =>
  np.array(Int32Array.from({ length: n }, (_, i) => (i * 37) % classes))

const crossEntropy = (logits: NdArray, targets: NdArray): NdArray =>
  np.takeAlongAxis(nn.logSoftmax(logits), np.expandDims(targets, -1), -1).mean().neg()

/** Kernels of one step of `optimizer` on the loss. */
const kernelsOf = (
  loss: (params: Params, ...batch: readonly NdArray[]) => NdArray,
  optimizer: optim.GradientTransformation,
  params: Params,
  ...batch: readonly NdArray[]
): number => {
  const step = jit((p: Params, state: object, ...xs: readonly NdArray[]) => {
    const [value, gradient] = valueAndGrad((q: Params) => loss(q, ...xs))(p)
    const [updates, next] = optimizer.update(gradient, state, p)
    return [value, optim.applyUpdates(p, updates), next] as const
  })
  return step.lower(params, optimizer.init(params), ...batch).report().kernels.length
}

const convolved = (x: NdArray, kernel: NdArray, bias: NdArray): NdArray =>
  nn.relu(
    np.add(
      lax.convGeneralDilated(x, kernel, {
        padding: 'valid',
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
      }),
      bias
    )
  )

const pooled = (x: NdArray): NdArray =>
  lax.reduceWindow(x, 'max', {
    windowDimensions: [1, 2, 2, 1],
    windowStrides: [1, 2, 2, 1],
    padding: 'valid'
  })

describe('a training step of a CNN', () => {
  const params: Params = {
    k1: normal([3, 3, 1, 32], 1),
    c1: np.zeros([32]),
    k2: normal([3, 3, 32, 64], 2),
    c2: np.zeros([64]),
    k3: normal([3, 3, 64, 64], 3),
    c3: np.zeros([64]),
    w4: normal([576, 64], 4),
    c4: np.zeros([64]),
    w5: normal([64, 10], 5),
    c5: np.zeros([10])
  }
  const loss = (p: Params, x: NdArray, y: NdArray): NdArray => {
    const a = pooled(convolved(x, p.k1, p.c1))
    const b = pooled(convolved(a, p.k2, p.c2))
    const c = convolved(b, p.k3, p.c3).reshape([x.shape[0], 576])
    const d = nn.relu(np.matmul(c, p.w4).add(p.c4))
    return crossEntropy(np.matmul(d, p.w5).add(p.c5), y)
  }

  test.each([
    ['sgd', optim.sgd({ learningRate: 0.01 })],
    ['adam', optim.adam({ learningRate: 1e-3 })]
  ])('has at most 40 kernels with %s', (_name, optimizer) => {
    const count = kernelsOf(loss, optimizer, params, np.ones([16, 28, 28, 1]), ids(16, 10))
    expect(count).toBeLessThanOrEqual(40)
  })
})

describe('a training step of a GPT', () => {
  const [batch, time, width, heads, vocabulary] = [4, 64, 64, 4, 128]

  const layer = (seed: number): readonly (readonly [string, NdArray])[] => [
    ['g1', np.ones([width])],
    ['b1', np.zeros([width])],
    ['wq', normal([width, 3 * width], seed)],
    ['bq', np.zeros([3 * width])],
    ['wo', normal([width, width], seed + 1)],
    ['bo', np.zeros([width])],
    ['g2', np.ones([width])],
    ['b2', np.zeros([width])],
    ['w1', normal([width, 4 * width], seed + 2)],
    ['c1', np.zeros([4 * width])],
    ['w2', normal([4 * width, width], seed + 3)],
    ['c2', np.zeros([width])]
  ]

  const paramsOf = (layers: number): Params => ({
    tokens: normal([vocabulary, width], 1),
    positions: normal([time, width], 2),
    gf: np.ones([width]),
    bf: np.zeros([width]),
    head: normal([width, vocabulary], 3),
    ...Object.fromEntries(
      Array.from({ length: layers }, (_, l) =>
        layer(10 * (l + 1)).map(([name, value]) => [`${l}.${name}`, value] as const)
      ).flat()
    )
  })

  const norm = (x: NdArray, scale: NdArray, shift: NdArray): NdArray => {
    const centred = x.sub(np.mean(x, { axis: -1, keepdims: true }))
    const variance = np.mean(np.square(centred), { axis: -1, keepdims: true })
    return centred
      .mul(lax.rsqrt(variance.add(1e-5)))
      .mul(scale)
      .add(shift)
  }

  const mask = np.triu(np.full([time, time], -1e9), { k: 1 })

  const attention = (x: NdArray, p: (name: string) => NdArray): NdArray => {
    const joint = np.matmul(norm(x, p('g1'), p('b1')), p('wq')).add(p('bq'))
    const [q, k, v] = np
      .split(joint, 3, { axis: -1 })
      .map((part) => part.reshape([batch, time, heads, width / heads]).transpose([0, 2, 1, 3]))
    const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul((width / heads) ** -0.5)
    const mixed = np.matmul(nn.softmax(scores.add(mask)), v)
    const joined = mixed.transpose([0, 2, 1, 3]).reshape([batch * time, width])
    return x.add(np.matmul(joined, p('wo')).add(p('bo')))
  }

  const loss =
    (layers: number) =>
    (params: Params, tokens: NdArray, targets: NdArray): NdArray => {
      const rows = np.take(params.tokens, tokens, { axis: 0 }).reshape([batch, time, width])
      let x = rows.add(params.positions).reshape([batch * time, width])
      for (let l = 0; l < layers; l++) {
        const p = (name: string): NdArray => params[`${l}.${name}`]
        const y = attention(x, p)
        const hidden = nn.gelu(np.matmul(norm(y, p('g2'), p('b2')), p('w1')).add(p('c1')))
        x = y.add(np.matmul(hidden, p('w2')).add(p('c2')))
      }
      return crossEntropy(np.matmul(norm(x, params.gf, params.bf), params.head), targets)
    }

  test('has at most 40 kernels for each of four layers', () => {
    const n = batch * time
    const count = kernelsOf(
      loss(4),
      optim.adam({ learningRate: 1e-3 }),
      paramsOf(4),
      ids(n, vocabulary),
      ids(n, vocabulary)
    )
    expect(count).toBeLessThanOrEqual(4 * 40)
  })
})
