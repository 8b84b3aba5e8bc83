/** Settings that bound the memory, and what is said where they, or the engine, are too small. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { cpuBackend } from '../../src/compile/backends.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { config } from '../../src/core/config.ts'
import { allocate } from '../../src/core/dtype.ts'
import { MemoryError } from '../../src/core/errors.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from '../core/message.ts'

const thrown = (f: () => unknown): unknown => {
  try {
    return f()
  } catch (error) {
    return error
  }
}

/** The message, without what the process holds besides. */
const shortage = (f: () => unknown): string =>
  message(f).replace(/beside \S+ \S+ in/, 'beside … in')

const before = config()
afterEach(() => {
  config(before)
})

const filled = (n: number, value: number): NdArray =>
  fromHost(makeAval([n], 'float32'), new Float32Array(n).fill(value))

describe('a setting for the memory', () => {
  const product = jit((x: NdArray, y: NdArray) => {
    const z = np.matmul(np.tanh(x), y)
    return [np.sum(np.matmul(z, z)), np.exp(z)] as const
  })

  test('bounds what stays between calls', () => {
    config({ maxResidentBytes: 2 ** 22 })
    const step = jit((x: NdArray) => np.add(x, 1))
    let x = filled(2 ** 16, 0)
    for (let i = 0; i < 100; i++) x = step(x)
    const { live, pooled } = cpuBackend().residency.statistics()
    expect(live + pooled).toBeLessThanOrEqual(2 ** 22)
    expect(hostOf(x)[9]).toBe(100)
  })

  test('bounds its growth: an error names the largest arrays, and the library works on', () => {
    const bytes = 2 ** 24
    config({ maxMemoryBytes: bytes })
    const n = 1500
    const x = fromHost(makeAval([n, n], 'float32'), new Float32Array(n * n))
    const error = thrown(() => product(x, x))
    if (!(error instanceof MemoryError)) throw new TypeError('no MemoryError')
    expect(shortage(() => product(x, x))).toMatchInlineSnapshot(`
      "MemoryError cpu memory: the memory cannot hold what the program needs
        got:      a request of 9 MiB beside … in use; the largest arrays are 8.6 MiB float32[2250000], argument 0; 8.6 MiB float32[2250000], argument 1; 8.6 MiB float32[2250000], an intermediate value of kernel 0 (tanh)
        expected: at most 16 MiB in all, as configured
        hint:     use smaller batches, donate arguments that are not needed again, or wrap the body in checkpoint"
    `)
    expect(error.asked).toBeGreaterThan(n * n * 4)
    expect(error.available).toBeLessThan(error.asked)
    expect(error.largest).toMatchInlineSnapshot(`
      [
        {
          "bytes": 9000000,
          "name": "float32[2250000], argument 0",
        },
        {
          "bytes": 9000000,
          "name": "float32[2250000], argument 1",
        },
        {
          "bytes": 9000000,
          "name": "float32[2250000], an intermediate value of kernel 0 (tanh)",
        },
      ]
    `)
    expect(cpuBackend().arena.statistics().bytes).toBeLessThanOrEqual(bytes)
    const [sum, exps] = product(np.ones([4, 4]), np.ones([4, 4]))
    expect([sum.item() > 0, exps.shape]).toEqual([true, [4, 4]])
    config(before)
    expect(hostOf(product(x, x)[1])[n * n - 1]).toBe(1)
  })

  test('is not needed for what no machine holds: that is an error of the same kind', () => {
    expect(shortage(() => np.zeros([2 ** 40]))).toMatchInlineSnapshot(`
      "MemoryError cpu memory: the memory cannot hold what the program needs
        got:      a request of 4 TiB beside … in use; the largest arrays are 4 TiB float32[1099511627776], result 0 of kernel 0 (copy)
        expected: at most 4 GiB in all
        hint:     use smaller batches, donate arguments that are not needed again, or wrap the body in checkpoint"
    `)
    // Engines have words of their own.
    const host = message(() => allocate('float32', 2 ** 40)).replace(/it says: [^)]+/, 'it says: …')
    expect(host).toMatchInlineSnapshot(`
      "MemoryError host memory: the JavaScript heap cannot hold the array
        got:      1099511627776 elements of float32, 4 TiB
        expected: an array that the engine has room for (it says: …)
        hint:     compute in smaller pieces, or reduce on the way instead of storing the whole"
    `)
  })
})
