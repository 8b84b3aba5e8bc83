/** jax-js on its wasm device as a party of the bench: `node jaxjs.mjs`, from test/bench. */
import * as jax from '@jax-js/jax'
import * as data from '../../../dist/test/bench/data.js'
import { serve } from '../../../dist/test/bench/party.js'

const { numpy: np, nn, lax, grad, jit, valueAndGrad, tree } = jax
await jax.init('wasm')
jax.defaultDevice('wasm')

const from = (values, shape) => np.array(values).reshape(shape)
const array = (shape, seed, scale = 1) =>
  from(
    data.numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale
    ),
    shape
  )

const head = (x) => Array.from(x.dataSync().slice(0, 4))

/** Results are computed when they are read, or when their device is waited for. */
const of = (f, ...args) => {
  const compute = () => f(...args.map((x) => x.ref))
  return {
    run: async () => {
      const y = compute()
      await y.blockUntilReady()
      y.dispose()
    },
    check: () => head(compute())
  }
}

const many = (one, repeat = 200) => ({
  ...one,
  repeat,
  run: async () => {
    for (let i = 0; i < repeat; i++) await one.run()
  }
})

const matmul = (m, n, k) => of(np.matmul, array([m, k], 1), array([k, n], 2))

const crossEntropy = (logits, y) => nn.logSoftmax(logits, -1).mul(y).sum(-1).mean().mul(-1)

const oneHot = (n, seed, classes) => {
  const rows = new Float32Array(n * classes)
  data.integers(n, seed, classes).forEach((v, i) => {
    rows[i * classes + v] = 1
  })
  return from(rows, [n, classes])
}

const sgd = {
  init: () => [],
  update: (P, g, state) => [P.map((p, i) => p.sub(g[i].mul(0.01))), state]
}

/** Moments of every parameter, and the decays to the power of the step. */
const adam = {
  init: (P) => [
    P.map((p) => np.zeros(p.shape)),
    P.map((p) => np.zeros(p.shape)),
    np.array(1),
    np.array(1)
  ],
  update: (P, g, [M, S, power1, power2]) => {
    const [p1, p2] = [power1.mul(0.9), power2.mul(0.999)]
    const m = P.map((_, i) => M[i].mul(0.9).add(g[i].ref.mul(0.1)))
    const s = P.map((_, i) => S[i].mul(0.999).add(np.square(g[i]).mul(0.001)))
    const next = P.map((p, i) => {
      const mean = m[i].ref.div(np.subtract(1, p1.ref))
      const variance = s[i].ref.div(np.subtract(1, p2.ref))
      return p.sub(mean.mul(1e-3).div(np.sqrt(variance).add(1e-8)))
    })
    return [next, [m, s, p1, p2]]
  }
}

const training = (parameters, loss, batch, steps = 5, optimizer = sgd) => {
  let P = parameters.map(({ shape, values }) => from(values(), shape))
  let state = optimizer.init(P)
  const step = jit((P, state, ...xs) => {
    const [value, g] = valueAndGrad(loss)(tree.ref(P), ...xs)
    return [...optimizer.update(P, g, state), value]
  })
  const run = () => {
    const [next, nextState, value] = step(P, state, ...batch.map((x) => x.ref))
    P = next
    state = nextState
    return value.dataSync()[0]
  }
  return { run, check: () => Array.from({ length: steps }, run) }
}

const mlp = () =>
  training(
    data.mlp,
    (P, x, y) => {
      const h1 = nn.relu(np.matmul(x, P[0]).add(P[1]))
      const h2 = nn.relu(np.matmul(h1, P[2]).add(P[3]))
      return crossEntropy(np.matmul(h2, P[4]).add(P[5]), y)
    },
    [array([128, 784], 10), oneHot(128, 11, 10)]
  )

const pool = (x) => {
  const [n, c, height, width] = x.shape
  const [h, w] = [height >> 1, width >> 1]
  const even = height % 2 || width % 2 ? x.slice([], [], [0, h * 2], [0, w * 2]) : x
  return np.max(np.max(even.reshape([n, c, h, 2, w, 2]), 5), 3)
}

/** Kernels as [out, in, height, width], images as [batch, channels, height, width]. */
const cnn = (steps) => {
  const parameters = data.cnn.map((p) =>
    p.name.startsWith('k')
      ? { ...p, values: () => np.transpose(from(p.values(), p.shape), [3, 2, 0, 1]).dataSync() }
      : p
  )
  const shaped = parameters.map((p, i) => ({
    ...p,
    shape: p.name.startsWith('k')
      ? [p.shape[3], p.shape[2], 3, 3]
      : i < 6
        ? [p.shape[0], 1, 1]
        : p.shape
  }))
  const loss = (P, x, y) => {
    const convolve = (h, i) => nn.relu(lax.conv(h, P[i], [1, 1], 'VALID').add(P[i + 1]))
    const c = convolve(pool(convolve(pool(convolve(x, 0)), 2)), 4)
    const flat = np.transpose(c, [0, 2, 3, 1]).reshape([64, 576])
    const d = nn.relu(np.matmul(flat, P[6]).add(P[7]))
    return crossEntropy(np.matmul(d, P[8]).add(P[9]), y)
  }
  return training(shaped, loss, [array([64, 1, 28, 28], 20), oneHot(64, 21, 10)], steps)
}

const layerNorm = (x, scale, shift) => {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }))
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true })
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(scale)
    .add(shift)
}

const gelu = (x) => {
  const inner = x.ref.add(x.ref.mul(x.ref).mul(x.ref).mul(0.044715)).mul(0.7978845608)
  return x.mul(0.5).mul(np.tanh(inner).add(1))
}

/** The embedding is a product with one-hot rows: gather has no gradient here. */
const gpt = (steps = 5) => {
  const { batch, time, width, heads, layers, vocabulary } = data.gptSizes
  const depth = width / heads
  const parameters = data.gpt()
  const mask = from(
    Float32Array.from({ length: time * time }, (_, i) =>
      i % time > Math.floor(i / time) ? -1e9 : 0
    ),
    [time, time]
  )
  const loss = (P, ids, y, mask) => {
    const at = Object.fromEntries(parameters.map(({ name }, i) => [name, P[i]]))
    const embedded = np.matmul(ids, at.tokens).reshape([batch, time, width])
    let x = embedded.add(at.positions).reshape([batch * time, width])
    for (let l = 0; l < layers; l++) {
      const p = (name) => at[`${l}.${name}`]
      const qkv = np.matmul(layerNorm(x.ref, p('g1'), p('b1')), p('wq')).add(p('bq'))
      const [q, k, v] = np
        .split(qkv, 3, -1)
        .map((t) => np.transpose(t.reshape([batch, time, heads, depth]), [0, 2, 1, 3]))
      const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(depth))
      const mixed = np.matmul(nn.softmax(scores.add(mask.ref), -1), v)
      const joined = np.transpose(mixed, [0, 2, 1, 3]).reshape([batch * time, width])
      x = x.add(np.matmul(joined, p('wo')).add(p('bo')))
      const h = np.matmul(layerNorm(x.ref, p('g2'), p('b2')), p('w1')).add(p('c1'))
      x = x.add(np.matmul(gelu(h), p('w2')).add(p('c2')))
    }
    mask.dispose()
    return crossEntropy(np.matmul(layerNorm(x, at.gf, at.bf), at.head), y)
  }
  const n = batch * time
  const tokens = [oneHot(n, 40, vocabulary), oneHot(n, 41, vocabulary), mask]
  return training(parameters, loss, tokens, steps, adam)
}

const million = [1024, 1024]
const sixteenMillion = [4000, 4000]
const reduced = (f) => () => of(f, array(sixteenMillion, 5))
const f = (x) => np.sin(x.ref).mul(np.square(x))

await serve({
  matmul256: () => matmul(256, 256, 256),
  matmul512: () => matmul(512, 512, 512),
  matmul1024: () => matmul(1024, 1024, 1024),
  matmul2048: () => matmul(2048, 2048, 2048),
  matmulLeftTransposed512: () =>
    of((a, b) => np.matmul(np.transpose(a), b), array([512, 512], 1), array([512, 512], 2)),
  matmulRightTransposed512: () =>
    of((a, b) => np.matmul(a, np.transpose(b)), array([512, 512], 1), array([512, 512], 2)),
  matmulBatched4x256: () => of(np.matmul, array([4, 256, 256], 1), array([4, 256, 256], 2)),
  matmul4: () => many(matmul(4, 4, 4)),
  matmul16: () => many(matmul(16, 16, 16)),
  matmul64: () => many(matmul(64, 64, 64)),
  matmulBatched256x16: () => of(np.matmul, array([256, 16, 16], 1), array([256, 16, 16], 2)),
  matmulOdd: () => matmul(511, 257, 1023),
  matmulThin: () => matmul(8192, 32, 64),
  matrixVector: () => matmul(2048, 1, 2048),
  elementwise1M: () =>
    of(
      jit((x) => np.tanh(x.ref.mul(2).add(1)).mul(x.ref).add(nn.sigmoid(x))),
      array([1e6], 3, 3)
    ),
  elementwise16M: () =>
    of(
      jit((x) => np.tanh(x.ref.mul(2).add(1)).mul(x.ref).add(nn.sigmoid(x))),
      array([16e6], 3, 3)
    ),
  add1M: () => of((x, y) => x.add(y), array([1e6], 1), array([1e6], 2)),
  add16M: () => of((x, y) => x.add(y), array([16e6], 1), array([16e6], 2)),
  softmax1024: () =>
    of(
      jit((x) => nn.softmax(x, -1)),
      array(million, 4, 5)
    ),
  logsumexp1024: () =>
    of(
      jit((x) => nn.logsumexp(x, -1)),
      array(million, 4, 5)
    ),
  sum16M: reduced((x) => np.sum(x)),
  sumRows16M: reduced((x) => np.sum(x, 1)),
  sumColumns16M: reduced((x) => np.sum(x, 0)),
  max16M: reduced((x) => np.max(x)),
  argmaxRows16M: reduced((x) => np.argmax(x, 1)),
  argmaxColumns16M: reduced((x) => np.argmax(x, 0)),
  mlp,
  cnn: () => cnn(2),
  gpt: () => gpt(),
  cnnFirstCall: () => cnn(1),
  gptFirstCall: () => gpt(1),
  add10: () => {
    const [a, b] = [np.array(data.numbers(10, 1)), np.array(data.numbers(10, 2))]
    return many(
      of((x, y) => x.add(y), a, b),
      1000
    )
  },
  gradScalar: () => many(of((x) => grad(f)(x), np.array(1.3))),
  gradScalarJit: () => {
    const g = jit(grad(f))
    return many(
      of((x) => g(x), np.array(1.3)),
      1000
    )
  }
})
