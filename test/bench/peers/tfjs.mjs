/** TensorFlow.js as a party of the bench: `node tfjs.mjs wasm|cpu`, from test/bench. */
import { createRequire } from 'node:module'
import * as data from '../../../dist/test/bench/data.js'
import { serve } from '../../../dist/test/bench/party.js'

const require = createRequire(import.meta.url)
console.warn = () => {}
const log = console.log
console.log = () => {}
const tf = require('@tensorflow/tfjs')
const backend = process.argv[2] ?? 'wasm'
if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm')
await tf.setBackend(backend)
await tf.ready()
console.log = log
if (tf.getBackend() !== backend) throw new Error(`the backend is ${tf.getBackend()}`)

const array = (shape, seed, scale = 1) =>
  tf.tensor(
    data.numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale
    ),
    shape
  )

const head = (x) => Array.from(x.dataSync().slice(0, 4))

const of = (f, ...args) => ({
  run: () => tf.dispose(tf.tidy(() => f(...args))),
  check: () => tf.tidy(() => head(f(...args)))
})

const many = (one, repeat = 1000) => ({
  ...one,
  repeat,
  run: () => {
    for (let i = 0; i < repeat; i++) one.run()
  }
})

const matmul = (m, n, k) => of((a, b) => tf.matMul(a, b), array([m, k], 1), array([k, n], 2))

const training = (P, loss, optimizer, steps = 5) => {
  const run = () => {
    const value = optimizer.minimize(loss, true, P)
    const [number] = value.dataSync()
    value.dispose()
    return number
  }
  return { run, check: () => Array.from({ length: steps }, run) }
}

const variables = (parameters) =>
  parameters.map(({ shape, values }) => tf.variable(tf.tensor(values(), shape)))

const crossEntropy = (logits, targets) =>
  tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1)))

const oneHot = (n, seed, classes) =>
  tf.oneHot(tf.tensor1d(data.integers(n, seed, classes), 'int32'), classes).toFloat()

const mlp = () => {
  const x = array([128, 784], 10)
  const y = oneHot(128, 11, 10)
  const P = variables(data.mlp)
  const loss = () => {
    const h1 = tf.relu(tf.add(tf.matMul(x, P[0]), P[1]))
    const h2 = tf.relu(tf.add(tf.matMul(h1, P[2]), P[3]))
    return crossEntropy(tf.add(tf.matMul(h2, P[4]), P[5]), y)
  }
  return training(P, loss, tf.train.sgd(0.01))
}

const cnnForward = (size) => {
  const P = variables(data.cnn)
  const convolve = (x, i) => tf.relu(tf.add(tf.conv2d(x, P[i], 1, 'valid'), P[i + 1]))
  const pool = (x) => tf.maxPool(x, 2, 2, 'valid')
  const f = (x) => {
    const h = convolve(pool(convolve(pool(convolve(x, 0)), 2)), 4)
    const d = tf.relu(tf.add(tf.matMul(tf.reshape(h, [size, 576]), P[6]), P[7]))
    return tf.add(tf.matMul(d, P[8]), P[9])
  }
  return of(f, array([size, 28, 28, 1], 20))
}

const layerNorm = (x, scale, shift) => {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  const y = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)))
  return scale === undefined ? y : tf.add(tf.mul(y, scale), shift)
}

/** The embedding is a product with one-hot rows: the wasm backend has no gradient of gather. */
const gpt = () => {
  const { batch, time, width, heads, layers, vocabulary } = data.gptSizes
  const depth = width / heads
  const ids = oneHot(batch * time, 40, vocabulary)
  const targets = oneHot(batch * time, 41, vocabulary)
  const mask = tf.tensor(
    Float32Array.from({ length: time * time }, (_, i) =>
      i % time > Math.floor(i / time) ? -1e9 : 0
    ),
    [time, time]
  )
  const parameters = data.gpt()
  const P = variables(parameters)
  const at = Object.fromEntries(parameters.map(({ name }, i) => [name, P[i]]))
  const gelu = (x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), 0.7978845608)
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  }
  const block = (x, p) => {
    const qkv = tf.add(tf.matMul(layerNorm(x, p('g1'), p('b1')), p('wq')), p('bq'))
    const [q, k, v] = tf
      .split(qkv, 3, -1)
      .map((t) => tf.transpose(tf.reshape(t, [batch, time, heads, depth]), [0, 2, 1, 3]))
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(depth))
    const mixed = tf.matMul(tf.softmax(tf.add(scores, mask)), v)
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * time, width])
    const y = tf.add(x, tf.add(tf.matMul(joined, p('wo')), p('bo')))
    const h = gelu(tf.add(tf.matMul(layerNorm(y, p('g2'), p('b2')), p('w1')), p('c1')))
    return tf.add(y, tf.add(tf.matMul(h, p('w2')), p('c2')))
  }
  const loss = () => {
    const embedded = tf.reshape(tf.matMul(ids, at.tokens), [batch, time, width])
    let x = tf.reshape(tf.add(embedded, at.positions), [batch * time, width])
    for (let l = 0; l < layers; l++) x = block(x, (name) => at[`${l}.${name}`])
    return crossEntropy(tf.matMul(layerNorm(x, at.gf, at.bf), at.head), targets)
  }
  return training(P, loss, tf.train.adam(1e-3, 0.9, 0.999, 1e-8))
}

const million = [1024, 1024]
const sixteenMillion = [4000, 4000]
const reduced = (f) => () => of(f, array(sixteenMillion, 5))

const heavy = {
  matmul256: () => matmul(256, 256, 256),
  matmul512: () => matmul(512, 512, 512),
  matmul1024: () => matmul(1024, 1024, 1024),
  matmul2048: () => matmul(2048, 2048, 2048),
  matmulLeftTransposed512: () =>
    of((a, b) => tf.matMul(a, b, true), array([512, 512], 1), array([512, 512], 2)),
  matmulRightTransposed512: () =>
    of((a, b) => tf.matMul(a, b, false, true), array([512, 512], 1), array([512, 512], 2)),
  matmulBatched4x256: () =>
    of((a, b) => tf.matMul(a, b), array([4, 256, 256], 1), array([4, 256, 256], 2)),
  matmul4: () => many(matmul(4, 4, 4)),
  matmul16: () => many(matmul(16, 16, 16)),
  matmul64: () => many(matmul(64, 64, 64)),
  matmulBatched256x16: () =>
    of((a, b) => tf.matMul(a, b), array([256, 16, 16], 1), array([256, 16, 16], 2)),
  matmulOdd: () => matmul(511, 257, 1023),
  matmulThin: () => matmul(8192, 32, 64),
  matrixVector: () => matmul(2048, 1, 2048),
  elementwise1M: () =>
    of(
      (x) => tf.add(tf.mul(tf.tanh(tf.add(tf.mul(x, 2), 1)), x), tf.sigmoid(x)),
      array([1e6], 3, 3)
    ),
  elementwise16M: () =>
    of(
      (x) => tf.add(tf.mul(tf.tanh(tf.add(tf.mul(x, 2), 1)), x), tf.sigmoid(x)),
      array([16e6], 3, 3)
    ),
  add1M: () => of((x, y) => tf.add(x, y), array([1e6], 1), array([1e6], 2)),
  add16M: () => of((x, y) => tf.add(x, y), array([16e6], 1), array([16e6], 2)),
  softmax1024: () => of((x) => tf.softmax(x), array(million, 4, 5)),
  layerNorm1024: () => of((x) => layerNorm(x), array(million, 4, 5)),
  logsumexp1024: () => of((x) => tf.logSumExp(x, -1), array(million, 4, 5)),
  sum16M: reduced((x) => tf.sum(x)),
  sumRows16M: reduced((x) => tf.sum(x, 1)),
  sumColumns16M: reduced((x) => tf.sum(x, 0)),
  max16M: reduced((x) => tf.max(x)),
  argmaxRows16M: reduced((x) => tf.argMax(x, 1)),
  argmaxColumns16M: reduced((x) => tf.argMax(x, 0)),
  transpose2000: () => of((x) => tf.transpose(x), array([2000, 2000], 8)),
  top50: () => of((x) => tf.topk(x, 50).values, array([1, 50257], 12)),
  cumsum1024: () => of((x) => tf.cumsum(x, 1), array(million, 4)),
  convolutionNhwc: () =>
    of((x, k) => tf.conv2d(x, k, 1, 'same'), array([16, 56, 56, 64], 5), array([3, 3, 64, 64], 6)),
  convolutionSingle: () =>
    of((x, k) => tf.conv2d(x, k, 1, 'same'), array([1, 56, 56, 64], 5), array([3, 3, 64, 64], 6)),
  convolutionDepthwise: () =>
    of(
      (x, k) => tf.depthwiseConv2d(x, tf.reshape(k, [3, 3, 64, 1]), 1, 'same'),
      array([16, 56, 56, 64], 5),
      array([3, 3, 1, 64], 6)
    ),
  maxPool: () => of((x) => tf.maxPool(x, 2, 2, 'valid'), array([64, 26, 26, 32], 5)),
  mlp,
  cnnForward: () => cnnForward(64),
  cnnForwardSingle: () => cnnForward(1),
  gpt
}

const small = {
  add10: () =>
    many(
      of((a, b) => tf.add(a, b), tf.tensor1d(data.numbers(10, 1)), tf.tensor1d(data.numbers(10, 2)))
    ),
  gradScalar: () => {
    const g = tf.grad((x) => tf.mul(tf.sin(x), tf.square(x)))
    return many(of((x) => g(x), tf.scalar(1.3)))
  }
}

/** The plain JavaScript backend is the faster one for small arrays only. */
await serve(backend === 'cpu' ? small : { ...heavy, ...small })
