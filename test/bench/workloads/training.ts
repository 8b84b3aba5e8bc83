/** Training steps, each one compiled function that takes and gives parameters and state. */
import { config, devicePut, jit, lax, nn, np, optim, valueAndGrad, type NdArray } from 'cotangent'
import * as data from '../data.ts'
import type { Prepared, Workloads } from '../party.ts'

type Params = Readonly<Record<string, NdArray>>
type Loss = (params: Params, ...batch: readonly NdArray[]) => NdArray

const paramsOf = (parameters: readonly data.Parameter[]): Params =>
  Object.fromEntries(
    parameters.map(({ name, shape, values }) => [name, np.reshape(np.array(values()), shape)])
  )

const inputs = (shape: readonly number[], seed: number): NdArray =>
  np.reshape(
    np.array(
      data.numbers(
        shape.reduce((a, b) => a * b, 1),
        seed
      )
    ),
    shape
  )

const labels = (n: number, seed: number, classes: number): NdArray =>
  np.array(data.integers(n, seed, classes))

const crossEntropy = (logits: NdArray, y: NdArray): NdArray =>
  optim.softmaxCrossEntropyWithIntegerLabels(logits, y).mean()

/** A prepared training; the batch is where the steps run. */
export interface Training extends Prepared {
  readonly run: () => NdArray
}

/** `check` makes `steps` steps and gives their losses. */
const training = (
  parameters: readonly data.Parameter[],
  loss: Loss,
  batch: readonly NdArray[],
  optimizer: optim.GradientTransformation,
  steps = 5
): Training => {
  const { device } = config()
  const placed = device === 'cpu' ? batch : devicePut(batch, device)
  const step = jit(
    (params: Params, state: object, ...xs: readonly NdArray[]) => {
      const [value, gradient] = valueAndGrad(loss)(params, ...xs)
      const [updates, next] = optimizer.update(gradient, state, params)
      return [value, optim.applyUpdates(params, updates), next] as const
    },
    { donateArgnums: [0, 1] }
  )
  let params = paramsOf(parameters)
  let state = optimizer.init(params)
  const run = (): NdArray => {
    const [value, nextParams, nextState] = step(params, state, ...placed)
    params = nextParams
    state = nextState
    return value
  }
  return { run, check: () => Array.from({ length: steps }, () => run().item()) }
}

const mlpLoss: Loss = (p, x, y) => {
  const h1 = nn.relu(np.matmul(x, p.w1).add(p.b1))
  const h2 = nn.relu(np.matmul(h1, p.w2).add(p.b2))
  return crossEntropy(np.matmul(h2, p.w3).add(p.b3), y)
}

const pool = (x: NdArray): NdArray =>
  lax.reduceWindow(x, 'max', {
    windowDimensions: [1, 2, 2, 1],
    windowStrides: [1, 2, 2, 1],
    padding: 'valid'
  })

const convolve = (x: NdArray, kernel: NdArray, bias: NdArray): NdArray =>
  nn.relu(
    lax
      .convGeneralDilated(x, kernel, {
        windowStrides: [1, 1],
        padding: 'valid',
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
      })
      .add(bias)
  )

const cnnLogits = (p: Params, x: NdArray): NdArray => {
  const a = pool(convolve(x, p.k1, p.b1))
  const b = pool(convolve(a, p.k2, p.b2))
  const c = np.reshape(convolve(b, p.k3, p.b3), [x.shape[0], 576])
  const d = nn.relu(np.matmul(c, p.w4).add(p.b4))
  return np.matmul(d, p.w5).add(p.b5)
}

const cnnLoss: Loss = (p, x, y) => crossEntropy(cnnLogits(p, x), y)

const layerNorm = (x: NdArray, scale: NdArray, shift: NdArray): NdArray => {
  const centred = x.sub(np.mean(x, { axis: -1, keepdims: true }))
  const variance = np.mean(np.square(centred), { axis: -1, keepdims: true })
  return centred
    .mul(lax.rsqrt(variance.add(1e-5)))
    .mul(scale)
    .add(shift)
}

const attention = (
  x: NdArray,
  p: (name: string) => NdArray,
  mask: NdArray,
  { batch, time, width, heads }: data.GptSizes
): NdArray => {
  const depth = width / heads
  const [q, k, v] = np
    .split(np.matmul(x, p('wq')).add(p('bq')), 3, { axis: -1 })
    .map((part) => np.transpose(np.reshape(part, [batch, time, heads, depth]), [0, 2, 1, 3]))
  const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(depth))
  const mixed = np.matmul(nn.softmax(scores.add(mask)), v)
  const joined = np.reshape(np.transpose(mixed, [0, 2, 1, 3]), [batch * time, width])
  return np.matmul(joined, p('wo')).add(p('bo'))
}

const gptLoss =
  (sizes: data.GptSizes): Loss =>
  (params, ids, targets, mask) => {
    const { batch, time, width, layers } = sizes
    const embedded = np.reshape(np.take(params.tokens, ids, { axis: 0 }), [batch, time, width])
    let x = np.reshape(embedded.add(params.positions), [batch * time, width])
    for (let l = 0; l < layers; l++) {
      const p = (name: string): NdArray => params[`${l}.${name}`]
      x = x.add(attention(layerNorm(x, p('g1'), p('b1')), p, mask, sizes))
      const h = nn.gelu(np.matmul(layerNorm(x, p('g2'), p('b2')), p('w1')).add(p('c1')), {
        approximate: true
      })
      x = x.add(np.matmul(h, p('w2')).add(p('c2')))
    }
    return crossEntropy(np.matmul(layerNorm(x, params.gf, params.bf), params.head), targets)
  }

const causal = (time: number): NdArray => np.triu(np.full([time, time], -1e9), { k: 1 })

const { hidden, inputs: features } = data.lstmSizes

const lstmLoss: Loss = (p, xs, y) => {
  const zero = np.zeros([data.lstmSizes.batch, hidden])
  const [[last]] = lax.scan(
    ([h, c]: readonly [NdArray, NdArray], x: NdArray) => {
      const gates = np.matmul(x, p.wx).add(np.matmul(h, p.wh)).add(p.b)
      const [i, f, g, o] = np.split(gates, 4, { axis: -1 })
      const cell = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)))
      return [[nn.sigmoid(o).mul(np.tanh(cell)), cell] as const, {}]
    },
    [zero, zero] as const,
    xs
  )
  return crossEntropy(np.matmul(last, p.w), y)
}

const sgd = (): optim.GradientTransformation => optim.sgd({ learningRate: 0.01 })

export const cnnTraining = (size: number, steps?: number): Training =>
  training(data.cnn, cnnLoss, [inputs([size, 28, 28, 1], 20), labels(size, 21, 10)], sgd(), steps)

export const gptTraining = (steps?: number, sizes = data.gptSizes): Training => {
  const { batch, time, vocabulary } = sizes
  const n = batch * time
  const tokens = [labels(n, 40, vocabulary), labels(n, 41, vocabulary), causal(time)]
  return training(
    data.gpt(sizes),
    gptLoss(sizes),
    tokens,
    optim.adam({ learningRate: 1e-3 }),
    steps
  )
}

/** The forward pass alone, `size` images. */
const cnnForward = (size: number): Prepared => {
  const forward = jit(cnnLogits)
  const params = paramsOf(data.cnn)
  const x = inputs([size, 28, 28, 1], 20)
  return {
    run: () => forward(params, x),
    check: () => Array.from(forward(params, x).slice(0).toTypedArray() as Float32Array)
  }
}

export const models: Workloads = {
  mlp: () => training(data.mlp, mlpLoss, [inputs([128, 784], 10), labels(128, 11, 10)], sgd()),
  cnn: () => cnnTraining(64),
  cnnForward: () => cnnForward(64),
  cnnForwardSingle: () => cnnForward(1),
  gpt: () => gptTraining(),
  lstm: () => {
    const { batch: size, time: steps } = data.lstmSizes
    const batchData = [inputs([steps, size, features], 210), labels(size, 211, 10)]
    return training(data.lstm(), lstmLoss, batchData, sgd())
  },
  cnnFirstCall: () => cnnTraining(64, 1),
  gptFirstCall: () => gptTraining(1)
}
