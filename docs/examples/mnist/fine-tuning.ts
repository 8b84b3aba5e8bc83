/** From digits 0–4 to 5–9 by a few images of each: three ways, side by side. */
import { optim, random, tree, type NdArray } from 'cotangent'
import { takePerClass } from 'cotangent/data'
import { complement, describe, select } from 'cotangent/finetune'
import { silentProgress } from 'cotangent/train'
import type { Batch, Network, Params } from './network.ts'
import type { Comparison } from './report.ts'
import { fit, scoresOf, type Fitted } from './training.ts'

export interface FineTuningOptions {
  readonly shots: number
  readonly learningRate: number
  readonly device: string
  readonly key: NdArray
}

export interface Way extends Comparison {
  readonly fitted: Fitted
}

const epochs = 30
const batchSize = 25
/** How much slower pretrained features move than the new head. */
const featureRate = 0.1

const bytesOf = (params: unknown): readonly Uint8Array[] =>
  tree.leaves(params).map((x) => {
    const values = (x as NdArray).toTypedArray()
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  })

/** True when every leaf has the very same bits. */
export const areIdentical = (a: unknown, b: unknown): boolean => {
  const [x, y] = [bytesOf(a), bytesOf(b)]
  return (
    x.length === y.length &&
    x.every((bytes, i) => bytes.length === y[i].length && bytes.every((v, j) => v === y[i][j]))
  )
}

/** Trains from scratch, the head alone, and everything with features at a smaller rate. */
export const fineTune = async (
  net: Network,
  pretrained: Params,
  train: Batch,
  test: Batch,
  { shots, learningRate, device, key }: FineTuningOptions
): Promise<readonly Way[]> => {
  const named = (name: string): NdArray => random.foldIn(key, name)
  const few = takePerClass(train, train.labels, shots, { key: named('shots') })
  const fresh = net.init(named('init'), { inputShape: train.images.shape })
  const transferred: Params = { features: pretrained.features, head: fresh.head }
  const features = select(transferred, 'features')
  const adam = optim.adam({ learningRate })
  const gentle = optim.chain(adam, optim.masked(optim.scale(featureRate), features))

  const run = async (
    name: string,
    params: Params,
    optimizer: optim.GradientTransformation,
    trainable: object | true = true
  ): Promise<Way> => {
    const began = performance.now()
    const fitted = await fit(net, params, few, {
      optimizer,
      trainable,
      epochs,
      batchSize,
      key: named('order'),
      progress: silentProgress,
      device
    })
    const seconds = (performance.now() - began) / 1000
    const { trainable: trained, total } = describe(params, trainable)
    const scores = await scoresOf(net, fitted.params, test, 5)
    return { name, trained, total, scores, seconds, fitted }
  }
  return [
    await run('from scratch', fresh, adam),
    await run('head only', transferred, adam, complement(features)),
    await run('all, features slowly', transferred, gentle)
  ]
}
