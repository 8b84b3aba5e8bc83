/** What walks columns in blocks of rows equals the same along rows, cut for threads or not. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as lax from '../../../src/lax/index.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** Small integers in an order that has ties everywhere: sums are exact in any order. */
const integers = (shape: readonly number[]): NdArray => {
  const n = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 13) - 6)
  return fromHost(makeAval(shape, 'float32'), data)
}

const shapes = [
  [65, 33],
  [96, 64],
  [131, 300],
  [70, 2309]
] as const

const dtypes = ['float32', 'float64', 'int32', 'int8', 'bfloat16'] as const

/** f along columns, and f along the rows of the transpose, which is made first. */
const bothWays = (f: (x: NdArray, axis: number) => NdArray, x: NdArray): void => {
  const turned = jit((y: NdArray) => np.add(np.transpose(y), np.zerosLike(np.transpose(y))))(x)
  const down = jit((y: NdArray) => f(y, 0))(x)
  const along = jit((y: NdArray) => f(y, 1))(turned)
  expect(down).toEqual(down.ndim === 2 ? np.transpose(along) : along)
}

describe('down columns', () => {
  for (const threadThreshold of [1e9, 0]) {
    const how = threadThreshold === 0 ? 'cut' : 'whole'
    test.each(shapes)(
      `of [%i, %i] (${how}), reductions equal those along rows`,
      (rows, columns) => {
        config({ eagerThreshold: 0, fallback: 'error', threadThreshold })
        for (const dtype of dtypes) {
          const x = integers([rows, columns]).astype(dtype)
          bothWays((y, axis) => np.sum(y, { axis }), x)
          bothWays((y, axis) => np.max(y, { axis }), x)
          bothWays((y, axis) => np.argmin(y, { axis }), x)
          bothWays((y, axis) => np.all(np.less(y, 6), { axis }), x)
          bothWays((y, axis) => np.sum(np.multiply(y, y), { axis }), x)
        }
      }
    )

    test.each(shapes)(
      `of [%i, %i] (${how}), later stages find earlier results`,
      (rows, columns) => {
        config({ eagerThreshold: 0, fallback: 'error', threadThreshold })
        const x = integers([rows, columns])
        // The range times what lies above the middle of it: three reductions, two of them waiting.
        bothWays((y, axis) => {
          const [high, low] = [
            np.max(y, { axis, keepdims: true }),
            np.min(y, { axis, keepdims: true })
          ]
          const above = np.sum(np.subtract(y, np.divide(np.add(high, low), 2)), { axis })
          return np.multiply(above, np.squeeze(np.subtract(high, low), axis))
        }, x)
      }
    )

    test.each(shapes)(
      `of [%i, %i] (${how}), running sums equal those along rows`,
      (rows, columns) => {
        config({ eagerThreshold: 0, fallback: 'error', threadThreshold })
        for (const dtype of ['float32', 'int32'] as const) {
          const x = integers([rows, columns]).astype(dtype)
          bothWays((y, axis) => lax.cumsum(y, { axis }), x)
          bothWays((y, axis) => lax.cummax(y, { axis, reverse: true }), x)
        }
      }
    )
  }

  test('of the middle axis, of two axes and of a slice', () => {
    config({ eagerThreshold: 0, fallback: 'error' })
    const x = integers([3, 70, 40])
    const rows = np.reshape(np.transpose(x, [0, 2, 1]), [120, 70])
    expect(jit((y: NdArray) => np.sum(y, { axis: 1 }))(x)).toEqual(
      np.reshape(np.sum(rows, { axis: 1 }), [3, 40])
    )
    expect(jit((y: NdArray) => np.max(y, { axis: [0, 1] }))(x)).toEqual(
      np.max(np.max(x, { axis: 1 }), { axis: 0 })
    )
    const slice = (y: NdArray): NdArray => y.slice('1:', '1:69', '3:37')
    expect(jit((y: NdArray) => np.sum(slice(y), { axis: 1 }))(x)).toEqual(
      np.sum(np.transpose(slice(x), [0, 2, 1]), { axis: 2 })
    )
  })

  test('sums stay accurate', () => {
    const x = jit(() => np.full([40_000, 40], 1.1))()
    const sums = jit((y: NdArray) => np.sum(y, { axis: 0 }))(x)
    const want = 40_000 * Math.fround(1.1)
    for (const sum of sums.toTypedArray()) expect(Math.abs(sum / want - 1)).toBeLessThan(1e-6)
  })

  test('running logarithms of sums equal a loop in float64, in both directions', () => {
    config({ eagerThreshold: 0, fallback: 'error' })
    const [rows, columns] = [70, 41]
    const x = integers([rows, columns])
    const data = x.toTypedArray()
    const at = (i: number, j: number): number => Number(data[i * columns + j])
    const down = jit((y: NdArray) => lax.cumlogsumexp(y, { axis: 0 }))(x).toTypedArray()
    const along = jit((y: NdArray) => lax.cumlogsumexp(y, { axis: 1 }))(x).toTypedArray()
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let j = 0; j < columns; j++) {
        sum += Math.exp(at(i, j))
        expect(Number(along[i * columns + j])).toBeCloseTo(Math.log(sum), 4)
      }
    }
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let i = 0; i < rows; i++) {
        sum += Math.exp(at(i, j))
        expect(Number(down[i * columns + j])).toBeCloseTo(Math.log(sum), 4)
      }
    }
  })
})
