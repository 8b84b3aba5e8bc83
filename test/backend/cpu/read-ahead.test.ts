/** Rows that are read ahead equal the same rows walked one after the other, to the bit. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as nn from '../../../src/nn/index.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** Rows of numbers, some with an infinity, a NaN, zeros of both signs or huge numbers. */
const rowsOf = (rows: number, columns: number): NdArray => {
  const odd = [Infinity, -Infinity, NaN, -0, 0, 1e30, -1e30]
  const data = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % 211 === 5 ? odd[Math.floor(i / 211) % odd.length] : Math.fround(Math.sin(i * 12.9898) * 9)
  )
  return fromHost(makeAval([rows, columns], 'float32'), data)
}

type Row = (x: NdArray) => NdArray

const outOfRange: Row = (x) => {
  const high = np.max(x, { axis: 1, keepdims: true })
  const low = np.min(x, { axis: 1, keepdims: true })
  const middle = np.divide(np.add(high, low), 2)
  const width = np.sum(np.abs(np.subtract(x, middle)), { axis: 1, keepdims: true })
  return np.divide(np.subtract(x, middle), width)
}

const functions: readonly (readonly [string, Row])[] = [
  ['softmax', (x) => nn.softmax(x)],
  ['logSoftmax', (x) => nn.logSoftmax(x)],
  ['softmax in the place of its operand', (x) => nn.softmax(np.add(x, 1))],
  ['distances from the middle', outOfRange]
]

const shapes = [
  [4, 64],
  [5, 67],
  [33, 1000],
  [7, 2053]
] as const

describe.each(functions)('%s', (_, f) => {
  for (const dtype of ['float32', 'float64', 'bfloat16'] as const)
    test.each(shapes)(`of [%i, %i] in ${dtype}`, (rows, columns) => {
      config({ eagerThreshold: 0, fallback: 'error' })
      const x = rowsOf(rows, columns).astype(dtype)
      const all = jit((y: NdArray) => f(y))(x)
      // Two rows are too few to be read ahead.
      const two = jit((y: NdArray) => f(y))
      for (let i = 0; i + 1 < rows; i++)
        expect(all.slice(`${i}:${i + 2}`)).toEqual(two(x.slice(`${i}:${i + 2}`)))
    })
})
