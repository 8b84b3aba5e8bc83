/** Compiled Bessel functions have the bits of the plain loops. */
import { afterEach, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, makeAval } from '../../src/core/array.ts'
import { config } from '../../src/core/config.ts'
import * as lax from '../../src/lax/index.ts'

const before = config()
afterEach(() => {
  config(before)
})

const special = [0, -0, 8, -8, 1e30, 1e-40, Infinity, -Infinity, NaN]
const values = [...special, ...Array.from({ length: 240 }, (_, i) => (i - 120) / 7)]

const functions = [
  ['besselI0e', lax.besselI0e],
  ['besselI1e', lax.besselI1e]
] as const

for (const dtype of ['float32', 'float64', 'bfloat16'] as const)
  test.each(functions)(`%s of ${dtype}`, (_, f) => {
    const x = fromHost(makeAval([values.length], 'float64'), Float64Array.from(values)).astype(
      dtype
    )
    config({ deterministic: true, eagerThreshold: 1e9 })
    const plain = f(x)
    config({ eagerThreshold: 0, fallback: 'error' })
    expect(jit(f)(x)).toEqual(plain)
  })
