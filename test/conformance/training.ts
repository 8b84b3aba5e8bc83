/**
 * Whole trainings against JAX and optax: from the recorded parameters, on the recorded batches, by
 * the recorded optimizer, the losses go the recorded way, and the network that comes out predicts
 * what the recorded one does.
 *
 * What a network computes is read off its parameters, in the order of their names: a kernel with
 * four axes is a convolution that keeps the image's size, rectified and then pooled by two; a
 * matrix is a dense layer, all but the last one rectified.
 */
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { ValueError } from '../../src/core/errors.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import * as metrics from '../../src/metrics/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import { valueAndGrad } from '../../src/transforms/vjp.ts'
import { difference } from './compare.ts'
import { decode, type ArrayRecord } from './golden.ts'
import { configured } from './optax-build.ts'
import { check, type Outcome } from './report.ts'

type Weights = Readonly<Record<string, unknown>>

interface TrainingRun {
  readonly optimizer: string
  readonly params0: unknown
  readonly losses: readonly number[]
  readonly test_accuracy: number
  readonly final_logits_first5_test: ArrayRecord
}

interface TrainingFile {
  readonly data: { readonly X: ArrayRecord; readonly y: ArrayRecord }
  readonly train_idx: readonly number[]
  readonly test_idx: readonly number[]
  readonly batches: readonly (readonly number[])[]
  readonly runs: Readonly<Record<string, TrainingRun>>
}

const isRecord = (x: object): x is ArrayRecord => 'shape' in x && 'dtype' in x && 'data' in x

const decodeTree = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if (Array.isArray(x)) return x.map(decodeTree)
  if (isRecord(x)) return decode(x)
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decodeTree(v)]))
}

const rectified = (x: NdArray): NdArray => np.maximum(x, 0)

const same = { padding: 'same', dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] } as const

const pooled = (x: NdArray): NdArray => {
  const [n, height, width, channels] = x.shape
  const blocks = np.reshape(x, [n, height / 2, 2, width / 2, 2, channels])
  return np.max(blocks, { axis: [2, 4] })
}

interface Layer {
  readonly kernel: NdArray
  readonly bias: NdArray | undefined
}

const kernels = ['w', 'kernel', 'weight']
const biases = ['b', 'bias']

const only = (node: Weights, names: readonly string[]): NdArray | undefined =>
  names.map((name) => node[name]).find((x) => x !== undefined) as NdArray | undefined

/** Layers by name: an object with kernel and bias, or a kernel; the bias of the last one is free. */
const layersOf = (params: Weights): readonly Layer[] => {
  const names = Object.keys(params).toSorted()
  const layers = names.flatMap((name): readonly Layer[] => {
    const node = params[name] as NdArray | Weights
    if ('shape' in node) {
      const array = node as NdArray
      const last = array.ndim === 2 ? only(params, biases) : undefined
      return array.ndim >= 2 ? [{ kernel: array, bias: last }] : []
    }
    const kernel = only(node, kernels)
    return kernel === undefined ? [] : [{ kernel, bias: only(node, biases) }]
  })
  if (layers.length > 0) return layers
  throw new ValueError('conformance', {
    problem: 'a network has no layers',
    got: names.join(', '),
    expected: 'kernels with two or four axes',
    hint: 'is this a golden file of trainings?'
  })
}

const plus = (x: NdArray, bias: NdArray | undefined): NdArray =>
  bias === undefined ? x : np.add(x, bias)

/** The network's logits. Shape: params, [n, features] -> [n, classes]. */
const apply = (params: Weights, x: NdArray): NdArray => {
  const layers = layersOf(params)
  const side = Math.sqrt(x.shape[1])
  const isImage = layers[0].kernel.ndim === 4
  const begin = isImage ? np.reshape(x, [x.shape[0], side, side, 1]) : x
  return layers.reduce<NdArray>((h, { kernel, bias }, i) => {
    if (kernel.ndim === 4)
      return pooled(
        rectified(plus(lax.convGeneralDilated(h, kernel, { windowStrides: [1, 1], ...same }), bias))
      )
    const flat = np.reshape(h, [h.shape[0], -1])
    const out = plus(np.matmul(flat, kernel), bias)
    return i === layers.length - 1 ? out : rectified(out)
  }, begin)
}

interface Trained {
  readonly losses: readonly number[]
  readonly accuracy: number
  readonly logits: NdArray
}

const train = (file: TrainingFile, { optimizer, params0 }: TrainingRun): Trained => {
  const [x, y] = [decode(file.data.X), decode(file.data.y)]
  const take = (from: NdArray, at: readonly number[]): NdArray =>
    np.take(from, np.array(at, { dtype: 'int32' }), { axis: 0 })
  const t = configured(optimizer) as optim.GradientTransformation
  const step = jit((params: Weights, state: optim.OptState, images: NdArray, labels: NdArray) => {
    const [loss, grads] = valueAndGrad((p: Weights) =>
      optim.softmaxCrossEntropyWithIntegerLabels(apply(p, images), labels, { reduction: 'mean' })
    )(params)
    const extra = { value: loss, grad: grads }
    const [updates, next] = t.update(grads, state, params, extra)
    return [loss, optim.applyUpdates(params, updates), next] as const
  })
  let params = decodeTree(params0) as Weights
  let state = t.init(params)
  const losses = file.batches.map((batch) => {
    const [loss, p, s] = step(params, state, take(x, batch), take(y, batch))
    params = p
    state = s
    return hostOf(loss)[0]
  })
  const [images, labels] = [take(x, file.test_idx), take(y, file.test_idx)]
  const logits = jit(apply)(params, images)
  return {
    losses,
    accuracy: metrics.evaluate(metrics.accuracy(), [[logits, labels]]),
    logits: np.take(logits, lax.iota('int32', 5), { axis: 0 })
  }
}

/** The first loss that is further from the recorded one than it may be, or null. */
const lossDifference = (losses: readonly number[], expected: readonly number[]): string | null => {
  if (losses.length !== expected.length)
    return `got ${losses.length} losses, expected ${expected.length}`
  const at = losses.findIndex((loss, i) => {
    const allowed = (i < 20 ? 1e-4 : 1e-2) * Math.abs(expected[i])
    return !(Math.abs(loss - expected[i]) <= allowed)
  })
  return at < 0 ? null : `loss ${at}: got ${losses[at]}, expected ${expected[at]}`
}

const checkRun = (file: TrainingFile, name: string): readonly Outcome[] => {
  const run = file.runs[name]
  const memory: { done?: Trained } = {}
  // Every check fails when the training does.
  const trained = (): Trained => (memory.done ??= train(file, run))
  return [
    check(`${name}, losses`, () => lossDifference(trained().losses, run.losses)),
    check(`${name}, test accuracy`, () => {
      // One example may fall on the other side.
      const allowed = 1.5 / file.test_idx.length
      const { accuracy } = trained()
      return Math.abs(accuracy - run.test_accuracy) <= allowed
        ? null
        : `got ${accuracy}, expected ${run.test_accuracy}`
    }),
    check(`${name}, logits`, () =>
      difference(trained().logits, decode(run.final_logits_first5_test), {
        tol: 1e-2,
        elementwise: false
      })
    )
  ]
}

export const checkTraining = (content: unknown): readonly Outcome[] => {
  const file = content as TrainingFile
  return Object.keys(file.runs).flatMap((name) => checkRun(file, name))
}
