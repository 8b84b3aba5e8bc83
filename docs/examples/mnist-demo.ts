/**
 * `npm run demo`: trains a convolutional network on real MNIST digits, says how good it is, and
 * fine-tunes it to digits that it has never seen, from a few images of each.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { config, np, optim, random, type DeviceError } from 'cotangent'
import {
  ofClasses,
  readMnist,
  rows,
  standardizeImages,
  type Digits,
  type LoadError
} from 'cotangent/data'
import { writeBytes, writeSafetensors } from 'cotangent/io'
import { drawCurves, progressBar, type CurvePoint } from 'cotangent/train'
import { areIdentical, fineTune } from './mnist/fine-tuning.ts'
import { network, type Batch } from './mnist/network.ts'
import { parseOptions, type DemoOptions } from './mnist/options.ts'
import { showComparison, showScores } from './mnist/report.ts'
import { fit, scoresOf, type Fitted } from './mnist/training.ts'

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

/** Images of some digits, labelled from 0. */
const chosen = (of: Digits, digits: readonly number[]): Batch => {
  const { images, labels } = ofClasses(of, of.labels, digits)
  return { images: standardizeImages(images), labels: np.subtract(labels, digits[0]) }
}

const first = (data: Batch, count: number): Batch =>
  count >= data.labels.size ? data : rows(data, range(0, count))

/** The name of the device that `name` stands for, once it is open. */
const openDevice = (name: string): TE.TaskEither<DeviceError, string> =>
  TE.tryCatch(
    async () => {
      await config({ device: name })
      // Steps name the device; what prepares the data stays on the CPU.
      const { device } = config()
      config({ device: 'cpu' })
      return device
    },
    (e) => e as DeviceError // config rejects with nothing else
  )

/** The value of what can fail outside of the program; a failure ends the demo with its four lines. */
const orExit = async <A>(task: TE.TaskEither<LoadError | DeviceError, A>): Promise<A> => {
  const result = await task()
  if (E.isRight(result)) return result.right
  console.error(result.left.message)
  process.exit(1)
}

const curve = (series: string, { reports }: Fitted): readonly CurvePoint[] =>
  reports.flatMap(({ losses }) => losses).map((value, step) => ({ series, step, value }))

const run = async (options: DemoOptions): Promise<void> => {
  const { epochs, batchSize, learningRate, seed, out } = options
  const device = await orExit(openDevice(options.device))
  const digits = options.digits === 'all' ? range(0, 10) : range(0, 5)
  const key = random.key(seed)
  const mnist = await orExit(readMnist())
  const train = first(chosen(mnist.train, digits), options.examples)
  const test = chosen(mnist.test, digits)
  mkdirSync(out, { recursive: true })

  console.log(
    `training on ${train.labels.size} images of digits ${options.digits}, seed ${seed}, on ${device}`
  )
  const net = network(digits.length)
  const pretrained = await fit(
    net,
    net.init(random.foldIn(key, 'init'), { inputShape: train.images.shape }),
    train,
    {
      optimizer: optim.adam({ learningRate }),
      epochs,
      batchSize,
      key: random.foldIn(key, 'order'),
      progress: progressBar({ epochs }),
      device
    }
  )
  console.log(showScores(await scoresOf(net, pretrained.params, test, digits.length), digits))
  await orExit(writeSafetensors(join(out, 'weights.safetensors'), pretrained.params))
  await orExit(
    writeBytes(join(out, 'step.jaxpr.txt'), new TextEncoder().encode(pretrained.program))
  )

  const ways =
    options.digits === 'all' ? [] : await adapt(net, pretrained, mnist, { ...options, device })
  const curves = [
    { name: 'curves.svg', points: curve('training', pretrained) },
    { name: 'fine-tuning.svg', points: ways.flatMap(({ name, fitted }) => curve(name, fitted)) }
  ].filter(({ points }) => points.length > 0)
  for (const { name, points } of curves) {
    const svg = await orExit(drawCurves(points, { title: name, logarithmic: true }))
    await orExit(writeBytes(join(out, name), new TextEncoder().encode(svg)))
  }
  console.log(`weights, curves and the jaxpr of the step are in ${out}/`)
}

/** Fine-tunes to digits 5–9 and checks that what was frozen has not moved by a bit. */
const adapt = async (
  net: ReturnType<typeof network>,
  pretrained: Fitted,
  mnist: { readonly train: Digits; readonly test: Digits },
  { shots, learningRate, seed, out, device }: DemoOptions
) => {
  const digits = range(5, 10)
  console.log(`\nfine-tuning to digits 5-9 by ${shots} images of each`)
  const ways = await fineTune(
    net,
    pretrained.params,
    chosen(mnist.train, digits),
    chosen(mnist.test, digits),
    { shots, learningRate, device, key: random.foldIn(random.key(seed), 'fine-tuning') }
  )
  console.log(showComparison(ways))
  const [, headOnly, all] = ways
  if (!areIdentical(headOnly.fitted.params.features, pretrained.params.features)) {
    console.error('the frozen parameters have changed')
    process.exit(1)
  }
  console.log('the frozen convolutions are bit-identical to the pretrained ones')
  await orExit(writeSafetensors(join(out, 'fine-tuned.safetensors'), all.fitted.params))
  return ways
}

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'number') process.exitCode = options
else await run(options)
