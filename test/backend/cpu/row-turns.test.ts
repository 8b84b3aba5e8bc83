/** Rows that take turns come to the same as a few of them by themselves, to the bit. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** Numbers of many sizes, now and then a NaN or an infinity. */
const numbers = (shape: readonly number[]): NdArray => {
  const odd = [Infinity, -Infinity, NaN, -0, 1e30]
  const size = shape.reduce((n, d) => n * d, 1)
  const data = Float32Array.from({ length: size }, (_, i) =>
    i % 30_011 === 5 ? odd[Math.floor(i / 30_011) % odd.length] : Math.sin(i * 12.9898) * 90
  )
  return fromHost(makeAval(shape, 'float32'), data)
}

const bytesOf = (x: NdArray): Buffer => Buffer.from(x.toTypedArray().buffer)

type Row = (x: NdArray) => NdArray

const axis = -1

const functions: readonly (readonly [string, Row])[] = [
  ['sums', (x) => np.sum(x, { axis })],
  ['maxima', (x) => np.max(x, { axis })],
  ['positions of minima', (x) => np.argmin(x, { axis })],
  ['sums of squares', (x) => np.sum(np.multiply(x, x), { axis })],
  ['ranges', (x) => np.subtract(np.max(x, { axis }), np.min(x, { axis }))],
  ['rows without their mean', (x) => np.subtract(x, np.mean(x, { axis, keepdims: true }))]
]

/** So large that their rows take turns. */
const arrays = [numbers([40, 27_011]), numbers([1031, 1027])]

describe.each(functions)('%s', (_, f) => {
  for (const [dtype, threadThreshold] of [
    ['float32', 1e9],
    ['float32', 0],
    ['int32', 0]
  ] as const)
    test.each(arrays)(`in ${dtype} (${threadThreshold === 0 ? 'cut' : 'whole'}) of %#`, (given) => {
      config({ eagerThreshold: 0, fallback: 'error', threadThreshold })
      const x = given.astype(dtype)
      const [rows] = x.shape
      const few = jit((y: NdArray) => f(y))
      const step = Math.ceil(rows / 4)
      const parts: NdArray[] = []
      for (let i = 0; i < rows; i += step) parts.push(few(x.slice(`${i}:${i + step}`)))
      const all = jit((y: NdArray) => f(y))(x)
      expect(bytesOf(all).equals(bytesOf(np.concatenate(parts)))).toBe(true)
    })
})

test('sums of rows over two axes are those of each row', () => {
  config({ eagerThreshold: 0, fallback: 'error' })
  const x = numbers([3, 40, 70, 129])
  const both = jit((y: NdArray) => np.sum(y, { axis: [0, 3] }))
  const all = both(x)
  for (let i = 0; i < 40; i += 10)
    expect(all.slice(`${i}:${i + 10}`)).toEqual(both(x.slice(':', `${i}:${i + 10}`)))
})
