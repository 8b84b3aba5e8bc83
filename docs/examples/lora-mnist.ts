/**
 * A network that knows the digits 0–4 learns 5–9: by all of its weights, by adapters of low rank
 * beside them, and by its head alone.
 */
import { jit, nn, np, optim, random, tree, type NdArray } from 'cotangent'
import { batches, ofClasses, standardizeImages, type Digits } from 'cotangent/data'
import { combine, lora, partition, replaceHead, type LoraAdapter } from 'cotangent/finetune'
import { accuracy, evaluate } from 'cotangent/metrics'
import { example, percent, stopwatch } from './example.ts'
import { mnist } from './mnist-files.ts'
import { fit, shuffled } from './training.ts'

const network = nn.stateless(
  nn.sequential({
    flatten: nn.flatten(),
    hidden1: nn.dense({ features: 256 }),
    relu1: nn.relu,
    hidden2: nn.dense({ features: 128 }),
    relu2: nn.relu,
    head: nn.dense({ features: 5 })
  })
)
type Params = ReturnType<typeof network.init>

interface Batch {
  readonly images: NdArray // [n, 28, 28, 1]
  readonly labels: NdArray // int32 [n], from 0
}

const chosen = (of: Digits, digits: readonly number[]): Batch => {
  const { images, labels } = ofClasses(of, of.labels, digits)
  return { images: standardizeImages(images), labels: np.subtract(labels, digits[0]) }
}

const loss = (p: Params, { images, labels }: Batch): NdArray =>
  np.mean(optim.softmaxCrossEntropyWithIntegerLabels(network.apply(p, images), labels))

const countOf = (params: unknown): number =>
  tree.reduce((n, leaf) => n + (leaf as NdArray).size, params, 0)

export const loraMnist = example({
  summary: 'MNIST digits 0-4 adapted to 5-9: LoRA beside full fine-tuning and head only.',
  defaults: { steps: 1000, adaptSteps: 300, rank: 8, batchSize: 64, examples: 60000, seed: 0 },
  help: {
    steps: 'steps on digits 0-4',
    adaptSteps: 'steps on digits 5-9, for each way',
    rank: 'rank of the adapters',
    batchSize: 'images per step',
    examples: 'training images used, and at most as many test images',
    seed: 'the same seed gives the same numbers'
  },
  run: async ({ steps, adaptSteps, rank, batchSize, examples, seed }, print) => {
    const named = (name: string): NdArray => random.foldIn(random.key(seed), name)
    const files = await mnist(examples)
    const few = [0, 1, 2, 3, 4]
    const others = [5, 6, 7, 8, 9]
    const predict = jit((p: Params, images: NdArray) => network.apply(p, images))
    const scoreOf = (p: Params, data: Batch): number =>
      evaluate(
        accuracy(),
        [...batches(data, { batchSize: 500 })].map(
          ({ images, labels }) => [predict(p, images), labels] as const
        )
      )
    const inputShape = [batchSize, 28, 28, 1]
    const { params: base } = fit({
      params: network.init(named('init'), { inputShape }),
      loss,
      optimizer: optim.adam({ learningRate: 1e-3 }),
      steps,
      batchOf: shuffled(chosen(files.train, few), batchSize, named('order')),
      print
    })
    print(`digits 0-4: test accuracy ${percent(scoreOf(base, chosen(files.test, few)))}`)

    const start = replaceHead(base, network.init(named('head'), { inputShape }), 'head')
    const [train, test] = [chosen(files.train, others), chosen(files.test, others)]
    const total = countOf(start)
    /** Trains `part`, of which `whole` makes the parameters that the network is run with. */
    const way = <P>(
      name: string,
      part: P,
      run: (part: P, f: (p: Params) => NdArray) => NdArray,
      whole: (part: P) => Params
    ) => {
      const seconds = stopwatch()
      const { params: trained } = fit({
        params: part,
        loss: (p: P, batch: Batch) => run(p, (all) => loss(all, batch)),
        optimizer: optim.adam({ learningRate: 1e-3 }),
        steps: adaptSteps,
        batchOf: shuffled(train, batchSize, named('adapt'))
      })
      const took = seconds()
      const score = scoreOf(whole(trained), test)
      const share = `${countOf(part)} of ${total} parameters`
      print(`${name.padEnd(12)} ${percent(score)}  ${share.padEnd(29)} ${took.toFixed(1)} s`)
      return { score, count: countOf(part), took }
    }

    const full = way(
      'everything',
      start,
      (p, f) => f(p),
      (p) => p
    )
    const [head, body] = partition(start, 'head')
    const method = lora({ rank, alpha: 2 * rank, targets: 'hidden*/kernel' })
    const adapted = way(
      `LoRA rank ${rank}`,
      { adapter: method.init(named('lora'), start), head },
      ({ adapter, head: h }, f) => method.apply(combine(h, body), adapter, f),
      ({ adapter, head: h }: { readonly adapter: LoraAdapter; readonly head: typeof head }) =>
        method.merge(combine(h, body), adapter)
    )
    const headOnly = way(
      'head only',
      head,
      (h, f) => f(combine(h, body)),
      (h) => combine(h, body)
    )
    return {
      full: full.score,
      lora: adapted.score,
      headOnly: headOnly.score,
      loraCount: adapted.count
    }
  }
})
