/** Training and testing the networks of textbooks. */
import { jit, nn, np, optim, random, type NdArray } from 'cotangent'
import { batches, rows, standardizeImages } from 'cotangent/data'
import { accuracy, evaluate } from 'cotangent/metrics'
import { example, percent } from '../example.ts'
import { mnist } from '../mnist-files.ts'
import { fit, shuffled } from '../training.ts'
import { binary, cifar, mnistConv, softmax } from './networks.ts'

interface Labelled {
  readonly x: NdArray // [n, ...]
  readonly y: NdArray // int32 [n]
}

/** Parameters, whatever the network. */
type Weights = Readonly<Record<string, unknown>>

interface Task {
  readonly summary: string
  readonly network: nn.AnyLayer
  readonly data: (
    key: NdArray,
    count: number
  ) => Promise<readonly [train: Labelled, test: Labelled]>
  readonly examples: number
  readonly steps: number
  readonly learningRate: number
  /** One logit for yes or no, instead of one for each class. */
  readonly binary?: boolean
}

const halves = (all: Labelled): readonly [Labelled, Labelled] => {
  const n = all.y.size
  const cut = Math.floor(0.8 * n)
  const range = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from }, (_, i) => from + i)
  return [rows(all, range(0, cut)), rows(all, range(cut, n))]
}

/** Points around the centre of their class. */
const clusters =
  (shape: readonly number[], classes: number, spread: number) =>
  (key: NdArray, count: number): Promise<readonly [Labelled, Labelled]> => {
    const centres = random.normal(random.foldIn(key, 'centres'), [classes, ...shape])
    const y = random.randint(random.foldIn(key, 'classes'), [count], 0, classes)
    const noise = random.normal(random.foldIn(key, 'noise'), [count, ...shape])
    return Promise.resolve(
      halves({
        x: np
          .take(centres, y, { axis: 0 })
          .add(noise.mul(spread))
          .div(1 + spread),
        y
      })
    )
  }

/** Whether a point is inside of a shell: no plane tells. */
const shell = (key: NdArray, count: number): Promise<readonly [Labelled, Labelled]> => {
  const x = random.normal(key, [count, 20])
  const y = np.less(np.sum(np.square(x), { axis: -1 }), 19.34).astype('int32')
  return Promise.resolve(halves({ x, y }))
}

const digits = async (_key: NdArray, count: number): Promise<readonly [Labelled, Labelled]> => {
  const { train, test } = await mnist(count)
  const of = ({ images, labels }: typeof train): Labelled => ({
    x: standardizeImages(images),
    y: labels
  })
  return [of(train), of(test)]
}

const classify = (task: Task) =>
  example({
    summary: task.summary,
    defaults: { steps: task.steps, batchSize: 32, examples: task.examples, seed: 0 },
    help: {
      steps: 'training steps',
      batchSize: 'examples per step',
      examples: 'examples used',
      seed: 'the same seed gives the same numbers'
    },
    run: async ({ steps, batchSize, examples, seed }, print) => {
      const key = random.key(seed)
      const [train, test] = await task.data(random.foldIn(key, 'data'), examples)
      const net: nn.Stateless<Weights> = nn.stateless(task.network)
      const loss = (p: Weights, { x, y }: Labelled): NdArray => {
        const logits = net.apply(p, x)
        if (task.binary !== true)
          return np.mean(optim.softmaxCrossEntropyWithIntegerLabels(logits, y))
        return np.mean(optim.sigmoidBinaryCrossEntropy(np.squeeze(logits, [-1]), y))
      }
      const { params, losses } = fit({
        params: net.init(random.foldIn(key, 'init'), { inputShape: train.x.shape }),
        loss,
        optimizer: optim.adam({ learningRate: task.learningRate }),
        steps,
        batchOf: shuffled(train, batchSize, random.foldIn(key, 'order')),
        print
      })
      const predict = jit((p: Weights, x: NdArray) => {
        const logits = net.apply(p, x)
        return task.binary === true
          ? np.greater(np.squeeze(logits, [-1]), 0).astype('int32')
          : np.argmax(logits, { axis: -1 })
      })
      const predicted = [...batches(test, { batchSize: 500 })].map(
        ({ x, y }) => [predict(params, x), y] as const
      )
      const score = evaluate(accuracy(), predicted)
      print(`test accuracy ${percent(score)}`)
      return { first: losses[0], last: losses[steps - 1], accuracy: score }
    }
  })

export const binaryClassifier = classify({
  summary: 'Dense 128-64-1 with sigmoid and binary cross-entropy.',
  network: binary,
  data: shell,
  examples: 5000,
  steps: 1000,
  learningRate: 1e-3,
  binary: true
})

export const softmaxClassifier = classify({
  summary: 'Dense 64-10 softmax on 100 features.',
  network: softmax,
  data: clusters([100], 10, 3),
  examples: 5000,
  steps: 1000,
  learningRate: 1e-3
})

export const cifarNetwork = classify({
  summary: "CIFAR's convolutional network on made-up 32x32x3 images.",
  network: cifar,
  data: clusters([32, 32, 3], 10, 2),
  examples: 1250,
  steps: 150,
  learningRate: 1e-3
})

export const mnistNetwork = classify({
  summary: 'The MNIST network of convolutions 32, 64 and 64 on real digits.',
  network: mnistConv,
  data: digits,
  examples: 60000,
  steps: 1000,
  learningRate: 1e-3
})
