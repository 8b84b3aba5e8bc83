/**
 * A page that trains the MNIST network on the browser's GPU: live loss, accuracy, and digits with
 * what the network takes them for. It reads `images.idx` and `labels.idx` beside it, the raw files
 * of MNIST, and `?steps=` says how long it trains.
 */
import { isRight } from 'fp-ts/lib/Either.js'
import { config, deviceGet, jit, np, optim, random, type NdArray } from 'cotangent'
import { batches, decodeIdx, rows, standardizeImages } from 'cotangent/data'
import { partition, combine } from 'cotangent/finetune'
import 'cotangent/gpu'
import { network, trainingStep, type Carry } from '../mnist/network.ts'

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement // in index.html
const contextOf = (id: string): CanvasRenderingContext2D =>
  (element(id) as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D // canvases of index.html

const readIdx = async (name: string): Promise<NdArray> => {
  const bytes = await (await fetch(name)).arrayBuffer()
  const decoded = decodeIdx(new Uint8Array(bytes))
  if (isRight(decoded)) return decoded.right
  throw decoded.left
}

/** The losses so far as a line. */
const drawLosses = (losses: readonly number[]): void => {
  const c = contextOf('chart')
  const highest = Math.max(...losses)
  c.clearRect(0, 0, 640, 200)
  c.fillStyle = '#767676'
  c.font = '13px system-ui'
  c.textAlign = 'right'
  c.fillText(`loss, from ${highest.toFixed(2)} at the top to 0`, 632, 18)
  c.strokeStyle = '#06c'
  c.lineWidth = 2
  c.beginPath()
  losses.forEach((loss, i) =>
    c.lineTo((640 * i) / Math.max(1, losses.length - 1), 195 - (190 * loss) / highest)
  )
  c.stroke()
}

/** Sixteen digits in a row, as they are in the file. */
const drawDigits = (pixels: ArrayLike<number>): void => {
  const c = contextOf('digits')
  const picture = c.createImageData(448, 28)
  for (let n = 0; n < 16; n++)
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++) {
        const shade = 255 - pixels[(n * 28 + y) * 28 + x]
        picture.data.set([shade, shade, shade, 255], 4 * (y * 448 + n * 28 + x))
      }
  c.putImageData(picture, 0, 28)
}

/** Under each digit what it is taken for, in green where that is right. */
const drawGuesses = (guesses: ArrayLike<number>, labels: ArrayLike<number>): void => {
  const c = contextOf('digits')
  c.clearRect(0, 56, 448, 28)
  c.font = '16px system-ui'
  c.textAlign = 'center'
  for (let n = 0; n < 16; n++) {
    c.fillStyle = guesses[n] === labels[n] ? '#080' : '#c00'
    c.fillText(String(guesses[n]), 28 * n + 14, 76)
  }
}

await config({ device: 'auto' })
const { device } = config()
config({ device: 'cpu' }) // what prepares the data stays on the host
element('device').textContent = `training on ${device}`

const raw = await readIdx('./images.idx')
const data = {
  images: standardizeImages(raw),
  labels: (await readIdx('./labels.idx')).astype('int32')
}
const shown = rows(
  data,
  Array.from({ length: 16 }, (_, i) => i)
)
drawDigits(raw.toTypedArray())

const net = network(10)
const key = random.key(0)
const params = net.init(key, { inputShape: data.images.shape })
const [trainable, frozen] = partition(params, true)
const optimizer = optim.adam({ learningRate: 1e-3 })
const step = trainingStep(net, optimizer, device)
const predict = jit((p: typeof params, x: NdArray) => np.argmax(net.apply(p, x), { axis: -1 }), {
  device
})

const takenFor = async (of: Carry): Promise<readonly number[]> => {
  const guesses = await predict(combine(of.trainable, frozen), shown.images).data()
  drawGuesses(guesses, shown.labels.toTypedArray())
  return Array.from(guesses)
}

const steps = Number(new URLSearchParams(location.search).get('steps') ?? 200)
const losses: number[] = []
let carry: Carry = { trainable, state: optimizer.init(trainable) }
let accuracy = 0
for (let epoch = 0; losses.length < steps; epoch++) {
  const order = { batchSize: 32, key: random.foldIn(key, epoch), remainder: 'drop' } as const
  for (const batch of batches(data, order)) {
    if (losses.length === steps) break
    const [next, report] = step(carry, frozen, batch)
    carry = next
    const { loss, correct } = await deviceGet(report)
    losses.push(loss.item())
    accuracy = correct === undefined ? 0 : correct.item() / 32
    drawLosses(losses)
    element('figures').textContent =
      `step ${losses.length}: loss ${loss.item().toFixed(3)}, accuracy ${(100 * accuracy).toFixed(0)} %`
    if (losses.length % 10 === 1) await takenFor(carry)
    await new Promise((painted) => {
      requestAnimationFrame(painted)
    })
  }
}
const guesses = await takenFor(carry)

Object.assign(globalThis, { mnistPage: { device, losses, accuracy, guesses } })
