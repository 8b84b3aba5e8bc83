/** Compiled functions of complex numbers have the bits of the plain loops, special values too. */
import { afterEach, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import { config } from '../../src/core/config.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

const values = [
  0,
  -0,
  1,
  -2.5,
  Infinity,
  -Infinity,
  NaN,
  1e-40,
  -1e38,
  700.5,
  -720,
  1e300,
  -1e308,
  5e-324
]

type Dtype = 'complex64' | 'complex128'

/** All pairs of the values, each `repeat` times in one of two orders. */
const pairs = (dtype: Dtype, order: 'each' | 'all', repeat: number): NdArray => {
  const list = values.flatMap((re) => values.map((im) => [re, im]))
  const all =
    order === 'each'
      ? list.flatMap((z) => Array.from({ length: repeat }, () => z))
      : Array.from({ length: repeat }, () => list).flat()
  const data = dtype === 'complex64' ? new Float32Array(all.flat()) : new Float64Array(all.flat())
  return fromHost(makeAval([all.length], dtype), data)
}

const functions: readonly (readonly [string, (z: NdArray) => NdArray])[] = [
  ['exp', np.exp],
  ['exp2', np.exp2],
  ['sqrt', np.sqrt],
  ['square', np.square],
  ['the fifth power', (z) => lax.integerPow(z, 5)],
  ['the reciprocal', lax.reciprocal]
]

const dtypes: readonly Dtype[] = ['complex64', 'complex128']

const bothWays = (f: (...z: readonly NdArray[]) => NdArray, ...z: readonly NdArray[]): void => {
  config({ deterministic: true, eagerThreshold: 1e9 })
  const plain = f(...z)
  config({ eagerThreshold: 0, fallback: 'error' })
  expect(jit((...x: readonly NdArray[]) => f(...x))(...z)).toEqual(plain)
}

for (const dtype of dtypes) {
  test.each(functions)(`%s of ${dtype}`, (_, f) => bothWays(f, pairs(dtype, 'all', 1)))

  test(`quotients of ${dtype}`, () => {
    const n = values.length ** 2
    bothWays(np.divide, pairs(dtype, 'each', n), pairs(dtype, 'all', n))
  })
}
