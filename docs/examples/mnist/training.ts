/** Training and evaluation over whole data sets. */
import { deviceGet, jit, np, random, tree, type NdArray, type optim } from 'cotangent'
import { batches, countBatches } from 'cotangent/data'
import { combine, partition, type Part } from 'cotangent/finetune'
import { accuracy, confusionMatrix, evaluate, f1, precision, recall } from 'cotangent/metrics'
import { runEpoch, type EpochReport, type Progress } from 'cotangent/train'
import { trainingStep, type Batch, type Carry, type Network, type Params } from './network.ts'

export interface FitOptions {
  readonly optimizer: optim.GradientTransformation
  /** Which parameters train: all by default. */
  readonly trainable?: object | true
  readonly epochs: number
  readonly batchSize: number
  readonly key: NdArray
  readonly progress: Progress
  /** Where the steps run: where the settings say, when left out. */
  readonly device?: string
}

export interface Fitted {
  readonly params: Params
  readonly reports: readonly EpochReport[]
  /** The program of one step, as text. */
  readonly program: string
}

const copied = <P>(params: P): P => tree.map((x: NdArray) => np.copy(x), params)

/** Trains a copy of `params`: the step may overwrite what it is given. */
export const fit = async (
  net: Network,
  params: Params,
  data: Batch,
  { optimizer, trainable = true, epochs, batchSize, key, progress, device }: FitOptions
): Promise<Fitted> => {
  const [own, frozen]: readonly [Part<Params>, Part<Params>] = partition(params, trainable)
  const step = trainingStep(net, optimizer, device)
  const begin: Carry = { trainable: copied(own), state: optimizer.init(own) }
  const size = Math.min(batchSize, data.labels.size)
  const shuffled = (epoch: number): Iterable<Batch> =>
    batches(data, { batchSize: size, key: random.foldIn(key, epoch), remainder: 'drop' })

  const [first] = shuffled(0)
  const program = String(step.lower(begin, frozen, first))
  const batchCount = countBatches(data, { batchSize: size, remainder: 'drop' })
  const reports: EpochReport[] = []
  let carry = begin
  for (let epoch = 0; epoch < epochs; epoch++) {
    const [next, report] = await runEpoch(
      (now, batch) => step(now, frozen, batch),
      carry,
      shuffled(epoch),
      { epoch, batchCount, progress, sizeOf: ({ labels }) => labels.size }
    )
    carry = next
    reports.push(report)
  }
  return { params: await deviceGet(combine(carry.trainable, frozen)), reports, program }
}

export interface Scores {
  readonly accuracy: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly confusion: NdArray // int32 [classes, classes]
}

/** Every metric over a test set, predicted in batches. */
export const scoresOf = async (
  net: Network,
  params: Params,
  data: Batch,
  classes: number
): Promise<Scores> => {
  const logits = jit((p: Params, images: NdArray) => net.apply(p, images))
  const predicted = await deviceGet(
    [...batches(data, { batchSize: 500 })].map(
      ({ images, labels }) => [logits(params, images), labels] as const
    )
  )
  const averaged = { average: 'macro', classes } as const
  return {
    accuracy: evaluate(accuracy(), predicted),
    precision: evaluate(precision(averaged), predicted),
    recall: evaluate(recall(averaged), predicted),
    f1: evaluate(f1(averaged), predicted),
    confusion: evaluate(confusionMatrix({ classes }), predicted)
  }
}
