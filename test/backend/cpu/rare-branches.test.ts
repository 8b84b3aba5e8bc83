/** A long branch that few lanes take, or none or all, gives what it gives by itself. */
import { afterEach, expect, test } from 'vitest'
import '../../../src/install.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as np from '../../../src/numpy/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

/** A polynomial of degree 30 by Horner's scheme, with a conversion on the way. */
const long = (x: NdArray): NdArray => {
  let y = np.onesLike(x)
  for (let k = 1; k <= 30; k++) y = np.add(np.multiply(y, np.multiply(x, 1 / k)), 1)
  return y
}

const lengths = [1, 3, 4, 7, 8, 31, 1000]
const bounds = [-Infinity, -0.9, 0, 0.99, Infinity]

test.each(['float32', 'float64', 'bfloat16'] as const)('in %s', (dtype) => {
  config({ eagerThreshold: 0, fallback: 'error', deterministic: true })
  const alone = jit(long)
  const chosen = jit((x: NdArray, bound: NdArray) => np.where(np.less(x, bound), long(x), x))
  for (const n of lengths) {
    const data = Float32Array.from({ length: n }, (_, i) => (i === 5 ? NaN : Math.sin(i * 1.7)))
    const x = fromHost(makeAval([n], 'float32'), data).astype(dtype)
    for (const bound of bounds) {
      const limit = np.array(bound).astype(dtype)
      expect(chosen(x, limit)).toEqual(np.where(np.less(x, limit), alone(x), x))
    }
  }
})
