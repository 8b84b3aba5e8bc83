/** A linear classifier of MNIST digits gets a head of 100 outputs, and trains on. */
import { jit, nn, np, optim, random, type NdArray } from 'cotangent'
import { standardizeImages, type Digits } from 'cotangent/data'
import { replaceHead } from 'cotangent/finetune'
import { accuracy, evaluate } from 'cotangent/metrics'
import { example, percent } from '../example.ts'
import { mnist } from '../mnist-files.ts'
import { fit, shuffled } from '../training.ts'

const linear = (classes: number) =>
  nn.stateless(nn.sequential({ flatten: nn.flatten(), head: nn.dense({ features: classes }) }))
type Params = ReturnType<ReturnType<typeof linear>['init']>

interface Batch {
  readonly images: NdArray // [n, 28, 28, 1]
  readonly labels: NdArray // int32 [n]
}

/** The digit and how much ink it takes, in tenths: 100 classes. */
const byInk = ({ images, labels }: Digits): NdArray => {
  const ink = np.mean(images.astype('float32'), { axis: [1, 2] })
  const rank = np.argsort(np.argsort(ink))
  const tenth = np.floorDivide(np.multiply(rank, 10), labels.size).astype('int32')
  return np.add(np.multiply(labels, 10), tenth)
}

export const replaceTheHead = example({
  summary: 'A 784-10 linear classifier of MNIST, whose head is replaced by 100 outputs.',
  defaults: { steps: 600, batchSize: 100, examples: 60000, seed: 0 },
  help: {
    steps: 'steps of each of the two trainings',
    batchSize: 'images per step',
    examples: 'training images used, and at most as many test images',
    seed: 'the same seed gives the same numbers'
  },
  run: async ({ steps, batchSize, examples, seed }, print) => {
    const key = random.key(seed)
    const { train, test } = await mnist(examples)
    const inputShape = [batchSize, 28, 28, 1]
    const trainOn = (name: string, classes: number, params: Params, label: typeof byInk) => {
      const net = linear(classes)
      const as = (of: Digits): Batch => ({
        images: standardizeImages(of.images),
        labels: label(of)
      })
      const { params: trained } = fit({
        params,
        loss: (p: Params, { images, labels }: Batch) =>
          np.mean(optim.softmaxCrossEntropyWithIntegerLabels(net.apply(p, images), labels)),
        optimizer: optim.adam({ learningRate: 1e-3 }),
        steps,
        batchOf: shuffled(as(train), batchSize, random.foldIn(key, name)),
        print
      })
      const { images, labels } = as(test)
      const score = evaluate(accuracy(), [[jit(net.apply)(trained, images), labels] as const])
      print(`${name}: test accuracy ${percent(score)}`)
      return { trained, score }
    }
    const ten = linear(10).init(random.foldIn(key, 'init'), { inputShape })
    const digits = trainOn('10 digits', 10, ten, ({ labels }) => labels)
    const fresh = linear(100).init(random.foldIn(key, 'head'), { inputShape })
    const hundred = replaceHead(digits.trained, fresh, 'head')
    const inked = trainOn('100 classes', 100, hundred, byInk)
    return {
      digits: digits.score,
      hundred: inked.score,
      outputs: inked.trained.head.kernel.shape[1]
    }
  }
})
