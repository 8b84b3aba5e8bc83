/**
 * The program of a user who says `await config({ device: 'gpu' })` once and nothing of devices
 * after that: data, parameters, training, evaluation and files, with arrays large enough that eager
 * operations go to the device.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  config,
  deviceGet,
  grad,
  jit,
  lax,
  nn,
  np,
  optim,
  random,
  tree,
  type NdArray
} from 'cotangent'
import { batches, ofClasses, rows, standardizeImages, takePerClass } from 'cotangent/data'
import { devices } from 'cotangent/gpu'
import { readSafetensors, writeSafetensors } from 'cotangent/io'
import { accuracy, confusionMatrix, evaluate, meanSquaredError } from 'cotangent/metrics'
import { runEpoch, silentProgress } from 'cotangent/train'
import { network, type Batch } from '../../docs/examples/mnist/network.ts'
import { fit, scoresOf } from '../../docs/examples/mnist/training.ts'

const [webgpu] = await devices()
if (webgpu._tag === 'Right')
  console.log(`mode ${webgpu.right.mode}, adapter ${webgpu.right.adapter}`)

const folder = mkdtempSync(join(tmpdir(), 'cotangent-settings-'))
const before = config()
beforeAll(async () => {
  if (webgpu._tag === 'Right') await config({ device: 'gpu' })
})
afterAll(() => {
  config(before)
  rmSync(folder, { recursive: true, force: true })
})

/** More examples than operations on the host would take. */
const many = 20_000

const values = async (x: NdArray): Promise<readonly number[]> => Array.from(await x.data())

/** Grey images that say their class by a bright row. */
const imagesOf = (count: number, size: number): Batch => {
  const labels = Int32Array.from({ length: count }, (_, i) => (7 * i) % 10)
  const pixels = new Uint8Array(count * size * size)
  labels.forEach((label, i) => {
    const row = Math.floor((label * size) / 10)
    pixels.fill(255, (i * size + row) * size, (i * size + row + 1) * size)
  })
  const images = np.reshape(np.array(pixels), [count, size, size])
  return { images: standardizeImages(images.astype('uint8')), labels: np.array(labels) }
}

describe.skipIf(webgpu._tag === 'Left')("under config({ device: 'gpu' })", () => {
  test('large eager operations and jitted programs run on the device', async () => {
    const x = np.ones([many])
    expect(x.device).toBe('webgpu')
    expect(np.sum(x).device).toBe('webgpu')
    expect(await values(np.sum(x))).toEqual([many])
    expect(jit((v: NdArray) => v.mul(2))(np.array([1])).device).toBe('webgpu')
  })

  test('small eager operations are read at once', () => {
    expect(np.array([1, 2]).add(1).toNested()).toEqual([2, 3])
    expect(random.split(random.key(0), 3).shape).toEqual([3, 2])
  })

  test('data is shuffled, chosen and batched on the host', () => {
    const data = { x: np.array(Array.from({ length: many }, (_, i) => i)) }
    const shuffled = [...batches(data, { batchSize: 5000, key: random.key(1) })]
    const seen = shuffled.flatMap(({ x }) => Array.from(x.toTypedArray()))
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, i) => i))
    const labels = np.array(Int32Array.from({ length: many }, (_, i) => i % 2))
    expect(ofClasses(data, labels, [1]).x.size).toBe(many / 2)
    expect(takePerClass(data, labels, 3, { key: random.key(2) }).x.size).toBe(6)
    expect(rows(data, [3, 1]).x.toNested()).toEqual([3, 1])
  })

  test('metrics of host arrays are numbers', () => {
    const labels = np.array(Int32Array.from({ length: many }, (_, i) => i % 4))
    const guesses = np.array(Int32Array.from({ length: many }, (_, i) => (i % 8 === 0 ? 1 : i % 4)))
    expect(evaluate(accuracy(), [[guesses, labels]])).toBe(0.875)
    const confusion = evaluate(confusionMatrix({ classes: 4 }), [[guesses, labels]])
    expect(confusion.slice(0).toNested()).toEqual([many / 8, many / 8, 0, 0])
    const x = np.array(Float32Array.from({ length: many }, (_, i) => i % 2))
    expect(evaluate(meanSquaredError(), [[x, rows(x, Array(many).fill(0))]])).toBe(0.5)
    expect(np.bincount(labels).device).toBe('webgpu')
  })

  test('losses check labels where they can, and compute where they cannot', async () => {
    const logits = np.zeros([many, 4])
    const labels = np.array(Int32Array.from({ length: many }, (_, i) => i % 4))
    const moved = labels.add(1)
    expect(moved.device).toBe('webgpu')
    const loss = np.mean(optim.softmaxCrossEntropyWithIntegerLabels(logits, moved.sub(1)))
    expect((await values(loss))[0]).toBeCloseTo(Math.log(4), 5)
    const outside = np.array(new Int32Array(many).fill(4))
    expect(() => optim.softmaxCrossEntropyWithIntegerLabels(logits, outside)).toThrow(
      'a label is outside the classes'
    )
  })

  test('eager loops over large arrays run on the device', async () => {
    const x = np.ones([many])
    const host = np.array(new Float32Array(many).fill(1))
    for (const start of [x, host]) {
      const ended = lax.whileLoop(
        (v) => np.less(np.sum(v), 8 * many),
        (v) => v.mul(2),
        start
      )
      expect((await values(ended))[0]).toBe(8)
      const [total, each] = lax.scan(
        (c, v: NdArray) => [c.add(v), np.sum(v)] as const,
        start,
        np.ones([3, many])
      )
      expect((await values(total))[5]).toBe(4)
      expect(await values(each)).toEqual([many, many, many])
    }
  })

  test('eager gradients and optimizers chain without a read', async () => {
    const params = { w: np.ones([128, 160]) }
    const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adamw({ learningRate: 0.1 }))
    const grads = grad((p: typeof params) => np.sum(np.square(p.w)))(params)
    const [updates] = optimizer.update(grads, optimizer.init(params), params)
    const next = optim.applyUpdates(params, updates)
    expect(next.w.device).toBe('webgpu')
    expect((await values(next.w))[0]).toBeCloseTo(0.9, 4)
  })

  test('initializers draw the values of the CPU', async () => {
    const make = (): readonly NdArray[] => {
      const key = random.key(3)
      const dense = nn.dense({ features: 160 }).init(key, { inputShape: [1, 128] })
      return tree.leaves(dense) as readonly NdArray[]
    }
    const here = await Promise.all(make().map(values))
    const setting = config({ device: 'cpu' })
    const there = await Promise.all(make().map(values))
    config(setting)
    here.forEach((x, i) => {
      x.forEach((v, j) => expect(Math.abs(v - there[i][j])).toBeLessThan(1e-5))
    })
  })

  test('the MNIST program trains and is evaluated as on the CPU', async () => {
    const train = async (): Promise<readonly number[]> => {
      const data = imagesOf(8, 28)
      const net = network(10)
      const params = net.init(random.key(0), { inputShape: data.images.shape })
      const fitted = await fit(net, params, data, {
        optimizer: optim.adam({ learningRate: 2e-3 }),
        epochs: 1,
        batchSize: 4,
        key: random.key(4),
        progress: silentProgress
      })
      const scores = await scoresOf(net, fitted.params, data, 10)
      expect(np.sum(scores.confusion).item()).toBe(8)
      return fitted.reports[0].losses
    }
    const here = await train()
    const setting = config({ device: 'cpu' })
    const there = await train()
    config(setting)
    expect(here.length).toBe(2)
    here.forEach((loss, i) => expect(Math.abs(loss - there[i])).toBeLessThan(1e-3))
  })

  test('parameters are saved from the device', async () => {
    const params = { w: np.ones([many]).mul(3), b: np.array([1, 2]) }
    expect(params.w.device).toBe('webgpu')
    const file = join(folder, 'params.safetensors')
    expect(await writeSafetensors(file, params)()).toEqual(E.right(undefined))
    const read = await readSafetensors(file)()
    if (E.isLeft(read)) throw read.left
    expect(new Set(read.right.w.toTypedArray())).toEqual(new Set([3]))
    const here = await deviceGet(params)
    expect(new Set(here.w.toTypedArray())).toEqual(new Set([3]))
  })

  test('an epoch of a linear model with many examples a batch', async () => {
    const x = np.array(Float32Array.from({ length: many }, (_, i) => (i % 7) / 7))
    const data = { x, y: x.mul(3).add(1) }
    const here = await deviceGet(data)
    const loss = (p: { readonly w: NdArray; readonly b: NdArray }, batch: typeof data): NdArray =>
      np.mean(np.square(batch.x.mul(p.w).add(p.b).sub(batch.y)))
    const step = jit((p: { readonly w: NdArray; readonly b: NdArray }, batch: typeof data) => {
      const grads = grad(loss)(p, batch)
      return [
        tree.map((v: NdArray, g: NdArray) => v.sub(g.mul(0.5)), p, grads),
        { loss: loss(p, batch) }
      ] as const
    })
    let carry = { w: np.array(0), b: np.array(0) }
    for (let epoch = 0; epoch < 3; epoch++) {
      const [next] = await runEpoch(
        step,
        carry,
        batches(here, { batchSize: many / 4, key: random.key(epoch) }),
        {
          epoch,
          batchCount: 4,
          sizeOf: (b) => b.x.size
        }
      )
      carry = next
    }
    const [error] = await values(loss(carry, here))
    expect(error).toBeLessThan(0.1)
  })
})
