/** Pooling and its gradient are their definitions, however windows lie. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import '../../src/install.ts'
import { lowerProgram } from '../../src/compile/program.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { grad } from '../../src/transforms/vjp.ts'

const integers = (shape: readonly number[], seed: number): NdArray => {
  const n = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed) % 11) - 5)
  return fromHost(makeAval(shape, 'float32'), data)
}

interface Pool {
  readonly rows: number
  readonly columns: number
  readonly channels: number
  readonly channelsLast: boolean
  readonly window: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly padding: readonly [readonly [number, number], readonly [number, number]]
}

const apply =
  (kind: 'add' | 'max', { channelsLast, window, stride, padding }: Pool) =>
  (x: NdArray): NdArray =>
    lax.reduceWindow(x, kind, {
      windowDimensions: channelsLast ? [...window, 1] : [1, ...window],
      windowStrides: channelsLast ? [...stride, 1] : [1, ...stride],
      padding: channelsLast ? [...padding, [0, 0]] : [[0, 0], ...padding]
    })

const shapeOf = ({ rows, columns, channels, channelsLast }: Pool): readonly number[] =>
  channelsLast ? [rows, columns, channels] : [channels, rows, columns]

const gradient = (p: Pool) => (x: NdArray, c: NdArray) =>
  grad((y: NdArray) => np.sum(apply('add', p)(y).mul(c)))(x)

/** Every element's windows, one at a time: what is seen by window (i, j) of a channel. */
const check = (p: Pool): void => {
  const { rows, columns, channels, channelsLast, window, stride, padding } = p
  const x = integers(shapeOf(p), 1)
  const counts = [rows, columns].map(
    (n, a) => Math.floor((n + padding[a][0] + padding[a][1] - window[a]) / stride[a]) + 1
  )
  const [m, n] = counts
  const outShape = channelsLast ? [m, n, channels] : [channels, m, n]
  const c = integers(outShape, 2)
  const at = ([h, w]: readonly number[], i: number, j: number, k: number): number =>
    channelsLast ? (i * w + j) * channels + k : (k * h + i) * w + j
  const [xs, cs] = [hostOf(x), hostOf(c)]
  const sums = new Float32Array(m * n * channels)
  const most = new Float32Array(m * n * channels).fill(-Infinity)
  const back = new Float32Array(xs.length)
  for (let k = 0; k < channels; k++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let a = 0; a < window[0]; a++)
          for (let b = 0; b < window[1]; b++) {
            const row = i * stride[0] + a - padding[0][0]
            const column = j * stride[1] + b - padding[1][0]
            if (row < 0 || row >= rows || column < 0 || column >= columns) continue
            const [from, to] = [at([rows, columns], row, column, k), at([m, n], i, j, k)]
            sums[to] += xs[from]
            most[to] = Math.max(most[to], xs[from])
            back[from] += cs[to]
          }
  const run = (f: (...args: readonly NdArray[]) => NdArray, ...args: readonly NdArray[]) =>
    hostOf(jit(f)(...args))
  expect(run((y) => apply('add', p)(y), x)).toEqual(sums)
  expect(run((y) => apply('max', p)(y), x)).toEqual(most)
  expect(run((y, d) => gradient(p)(y, d), x, c)).toEqual(back)
}

const edge = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
const size = fc.integer({ min: 1, max: 4 })

test('windows of any size, stride and padding', () => {
  const pools: fc.Arbitrary<Pool> = fc
    .record({
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      channels: fc.constantFrom(1, 3, 4, 9),
      channelsLast: fc.boolean(),
      window: fc.tuple(size, size),
      stride: fc.tuple(size, size),
      padding: fc.tuple(edge, edge)
    })
    .filter((p) =>
      [p.rows, p.columns].every((n, a) => n + p.padding[a][0] + p.padding[a][1] >= p.window[a])
    )
  const whole = { rows: 7, columns: 6, channels: 4, window: [7, 6], padding: [[0, 0], [0, 0]] } // prettier-ignore
  fc.assert(fc.property(pools, check), {
    seed: 20261128,
    numRuns: 60,
    examples: [true, false].map((channelsLast): [Pool] => [
      { ...(whole as unknown as Pool), channelsLast, stride: [2, 1] }
    ])
  })
})

test('the gradient of windows side by side reads every cotangent once for each copy', () => {
  const pool = { rows: 6, columns: 6, channels: 4, channelsLast: true } as const
  const kernelsOf = (window: readonly [number, number]) => {
    const p: Pool = { ...pool, window, stride: window, padding: [[0, 0], [0, 0]] } // prettier-ignore
    const c = np.ones([6 / window[0], 6 / window[1], 4])
    return lowerProgram(makeJaxpr(gradient(p))(np.ones(shapeOf(p)), c).jaxpr).kernels
  }
  for (const window of [
    [2, 3],
    [6, 6]
  ] as const)
    // prettier-ignore
    expect(kernelsOf(window).map((k) => k._tag === 'nest' && k.stages.map((s) => s._tag))).toEqual([
      ['map']
    ])
})
