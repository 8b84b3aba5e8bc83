import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explain, grad, jit, lax, np, type NdArray } from 'cotangent'
import { selectAndScatterAdd } from '../../src/primitives/winners.ts'
import { windowsOf, type WindowParams } from '../../src/primitives/window.ts'
import { expectArray } from '../equality.ts'

/** One axis: its extent, and the window that slides along it. */
interface Axis {
  readonly n: number
  readonly window: number
  readonly stride: number
  readonly low: number
  readonly high: number
  readonly dilation: number
}

const axis: fc.Arbitrary<Axis> = fc.record({
  n: fc.integer({ min: 1, max: 7 }),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: -1, max: 3 }),
  high: fc.integer({ min: -1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 })
})

const params = (axes: readonly Axis[]): WindowParams => ({
  windowDimensions: axes.map((a) => a.window),
  windowStrides: axes.map((a) => a.stride),
  padding: axes.map((a) => [a.low, a.high] as const),
  baseDilation: axes.map(() => 1),
  windowDilation: axes.map((a) => a.dilation)
})

const numbers = (shape: readonly number[], seed: number, distinct: number): NdArray => {
  const size = shape.reduce((n, d) => n * d, 1)
  return np.reshape(
    np.array(
      Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % distinct) - 1)
    ),
    shape
  )
}

/** Infinite elements that tie with padding, and NaN. */
const special = (shape: readonly number[], seed: number): NdArray => {
  const some = [-Infinity, Infinity, -Infinity, 1, Infinity, -Infinity, NaN]
  const size = shape.reduce((n, d) => n * d, 1)
  const data = Float32Array.from({ length: size }, (_, i) => some[(i * 7919 + seed * 31) % 7])
  return np.reshape(np.array(data), shape)
}

describe('selectAndScatterAdd in a kernel', () => {
  test('gives what the reference rule gives, whatever the windows', () => {
    fc.assert(
      fc.property(
        fc.array(axis, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom('ge' as const, 'le' as const),
        fc.boolean(),
        (axes, seed, select, isSpecial) => {
          const p = { ...params(axes), select }
          const shape = axes.map((a) => a.n)
          const windows = windowsOf('test', shape, p)
          // Few values, so that windows have ties.
          const operand = isSpecial ? special(shape, seed) : numbers(shape, seed, 4)
          const values = numbers(windows, seed + 1, 11)
          const f = (v: NdArray, x: NdArray): NdArray => selectAndScatterAdd(v, x, p)
          expectArray(jit(f)(values, operand), f(values, operand))
        }
      ),
      { numRuns: 150, seed: 3 }
    )
  })

  test('is a map that fuses with what comes after it', () => {
    const pool = (x: NdArray): NdArray =>
      lax.reduceWindow(x, 'max', {
        windowDimensions: [1, 2, 2, 1],
        windowStrides: [1, 2, 2, 1],
        padding: 'valid'
      })
    const gradient = grad((x: NdArray) => pool(x.mul(2)).sum())
    const { kernels } = explain(gradient)(numbers([2, 8, 8, 16], 1, 97))
    expect(kernels.map((k) => k.kind)).toEqual(['nest', 'nest'])
  })
})
