/** Numbers that every party of the bench makes alike: hashed from a position and a seed. */

const hashed = (i: number, seed: number): number => {
  const s = Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453
  return s - Math.floor(s)
}

/** `n` numbers in [-scale, scale). */
export const numbers = (n: number, seed: number, scale = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => (hashed(i, seed) - 0.5) * 2 * scale)

/** `n` integers in [0, below). */
export const integers = (n: number, seed: number, below: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: n }, (_, i) => Math.min(below - 1, Math.floor(hashed(i, seed) * below)))

/** A parameter of a model: its shape and how its numbers are made; `ones` is for norms. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: () => Float32Array<ArrayBuffer>
}

const parameter = (
  name: string,
  shape: readonly number[],
  seed: number,
  scale: number
): Parameter => ({
  name,
  shape,
  values: () =>
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale
    )
})

const ones = (name: string, n: number): Parameter => ({
  name,
  shape: [n],
  values: () => new Float32Array(n).fill(1)
})

/** 784-256-128-10, batch 128. */
export const mlp: readonly Parameter[] = [
  parameter('w1', [784, 256], 12, 0.05),
  parameter('b1', [256], 13, 0),
  parameter('w2', [256, 128], 14, 0.08),
  parameter('b2', [128], 15, 0),
  parameter('w3', [128, 10], 16, 0.1),
  parameter('b3', [10], 17, 0)
]

/** conv 32, pool, conv 64, pool, conv 64, dense 64, dense 10; kernels [height, width, in, out]. */
export const cnn: readonly Parameter[] = [
  parameter('k1', [3, 3, 1, 32], 22, 0.3),
  parameter('b1', [32], 23, 0),
  parameter('k2', [3, 3, 32, 64], 24, 0.1),
  parameter('b2', [64], 25, 0),
  parameter('k3', [3, 3, 64, 64], 26, 0.07),
  parameter('b3', [64], 27, 0),
  parameter('w4', [576, 64], 28, 0.07),
  parameter('b4', [64], 29, 0),
  parameter('w5', [64, 10], 30, 0.1),
  parameter('b5', [10], 31, 0)
]

/** A transformer of `layers` pre-norm blocks; `seed` counts every parameter from 100 on. */
export const gptSizes = { batch: 8, time: 128, width: 128, heads: 4, layers: 4, vocabulary: 256 }
export type GptSizes = typeof gptSizes

const block = (name: string, width: number, seed: number): readonly Parameter[] => [
  ones(`${name}.g1`, width),
  parameter(`${name}.b1`, [width], seed + 1, 0),
  parameter(`${name}.wq`, [width, 3 * width], seed + 2, 0.05),
  parameter(`${name}.bq`, [3 * width], seed + 3, 0),
  parameter(`${name}.wo`, [width, width], seed + 4, 0.05),
  parameter(`${name}.bo`, [width], seed + 5, 0),
  ones(`${name}.g2`, width),
  parameter(`${name}.b2`, [width], seed + 7, 0),
  parameter(`${name}.w1`, [width, 4 * width], seed + 8, 0.05),
  parameter(`${name}.c1`, [4 * width], seed + 9, 0),
  parameter(`${name}.w2`, [4 * width, width], seed + 10, 0.05),
  parameter(`${name}.c2`, [width], seed + 11, 0)
]

export const gpt = (sizes: GptSizes = gptSizes): readonly Parameter[] => {
  const { time, width, layers, vocabulary } = sizes
  const last = 102 + 12 * layers
  return [
    parameter('tokens', [vocabulary, width], 100, 0.05),
    parameter('positions', [time, width], 101, 0.05),
    ...Array.from({ length: layers }, (_, l) => block(`${l}`, width, 102 + 12 * l)).flat(),
    ones('gf', width),
    parameter('bf', [width], last + 1, 0),
    parameter('head', [width, vocabulary], last + 2, 0.05)
  ]
}

/** One LSTM layer: gates in the order input, forget, cell, output. */
export const lstmSizes = { batch: 32, time: 128, inputs: 64, hidden: 128 }

export const lstm = (): readonly Parameter[] => {
  const { inputs, hidden } = lstmSizes
  return [
    parameter('wx', [inputs, 4 * hidden], 201, 0.08),
    parameter('wh', [hidden, 4 * hidden], 202, 0.08),
    parameter('b', [4 * hidden], 203, 0.05),
    parameter('w', [hidden, 10], 204, 0.1)
  ]
}
