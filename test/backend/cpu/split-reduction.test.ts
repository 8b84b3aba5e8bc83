/** Long reductions of few points in pieces: exact where the whole is exact, and as careful. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { explain } from '../../../src/control/explain.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** Small integers in an order that has ties everywhere. */
const integers = (shape: readonly number[]): NdArray => {
  const n = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 13) - 6)
  return fromHost(makeAval(shape, 'float32'), data)
}

const both = (
  f: (x: NdArray) => NdArray,
  x: NdArray
): readonly [whole: NdArray, pieces: NdArray] => {
  const under = (threadThreshold: number): NdArray => {
    config({ threadThreshold })
    return jit((y: NdArray) => f(y))(x)
  }
  return [under(1e9), under(0)]
}

const shapes = [[10_007], [3, 5003], [5003, 3], [2, 101, 53]] as const
const axes = [null, 0, -1] as const

describe('reductions in pieces equal the whole', () => {
  test.each(shapes.flatMap((shape) => axes.map((axis) => [shape, axis] as const)))(
    'of %j along %j',
    (shape, axis) => {
      const options = axis === null ? {} : { axis }
      const x = integers(shape)
      for (const f of [
        (y: NdArray) => np.sum(y, options),
        (y: NdArray) => np.max(y, options),
        (y: NdArray) => np.argmin(y, options),
        (y: NdArray) => np.any(np.equal(y, 6), options),
        (y: NdArray) => np.sum(y.astype('int8'), options),
        (y: NdArray) => np.sum(y.astype('float64'), options)
      ]) {
        const [whole, pieces] = both(f, x)
        expect(pieces).toEqual(whole)
      }
    }
  )

  test('of several axes, of which the outermost in memory that divides well is cut', () => {
    const cutOf = (shape: readonly number[], permutation: readonly number[]): string => {
      const x = np.transpose(integers(shape), permutation)
      const sum = (y: NdArray, z: NdArray): NdArray => np.sum(np.multiply(np.square(y), z))
      const offset = integers([shape[permutation[shape.length - 1]]])
      const [whole, pieces] = both((y) => sum(y, offset), x)
      expect(pieces).toEqual(whole)
      config({ threadThreshold: 0 })
      const shown = explain((y: NdArray, z: NdArray) => sum(np.transpose(y, permutation), z))(
        integers(shape),
        offset
      ).toString()
      return /nest \[\d+\]\n {2}reduce (\[[^\]]*\])/.exec(shown)?.[1] ?? 'not cut'
    }
    expect(cutOf([32, 20, 16], [0, 1, 2])).toBe('[8, 20, 16]')
    expect(cutOf([32, 20, 16], [2, 1, 0])).toBe('[16, 20, 8]')
    expect(cutOf([19, 32, 16], [0, 1, 2])).toBe('[19, 8, 16]') // 3 of 19 would be left over
  })

  test('where a NaN decides', () => {
    const data = new Float32Array(9001)
    data[7000] = NaN
    data[8000] = NaN
    const x = fromHost(makeAval([9001], 'float32'), data)
    expect(both((y) => np.argmax(y), x)[1].item()).toBe(7000)
    expect(both((y) => np.max(y), x)[1].item()).toBeNaN()
  })

  test('with narrow floats, which are rounded once', () => {
    for (const dtype of ['bfloat16', 'float16'] as const) {
      const [whole, pieces] = both((y) => np.sum(y.astype(dtype)), np.ones([9999]))
      expect(pieces).toEqual(whole)
      expect(pieces.item()).toBe(dtype === 'float16' ? 10_000 : 9984)
    }
  })

  test('and stages that read earlier results read the final ones', () => {
    const variance = (y: NdArray): NdArray => np.mean(np.square(np.subtract(y, np.mean(y))))
    const [whole, pieces] = both(variance, integers([20_000]))
    expect(Math.abs(pieces.item() - whole.item())).toBeLessThan(1e-5)
    const normal = (y: NdArray): NdArray => {
      const e = np.exp(np.subtract(y, np.max(y)))
      return np.divide(e, np.sum(e))
    }
    const [, shares] = both(normal, integers([20_000]))
    expect(Math.abs(np.sum(shares).item() - 1)).toBeLessThan(1e-6)
  })
})
