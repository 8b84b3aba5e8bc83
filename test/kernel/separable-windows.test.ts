/** Windows taken axis by axis, or between holes, are the windows of the reference rules. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jit, np, type NdArray } from 'cotangent'
import { axisByAxis } from '../../src/kernel/separable-windows.ts'
import { reduceWindowSum, windowsOf, type WindowParams } from '../../src/primitives/window.ts'
import {
  reduceWindowMax,
  reduceWindowMin,
  selectAndScatterAdd
} from '../../src/primitives/winners.ts'
import { expectArray } from '../equality.ts'

interface Axis {
  readonly n: number
  readonly window: number
  readonly stride: number
  readonly low: number
  readonly high: number
  readonly dilation: number
  readonly holes: number
}

const axis = (holes: number): fc.Arbitrary<Axis> =>
  fc.record({
    n: fc.integer({ min: 3, max: 9 }),
    window: fc.oneof(fc.integer({ min: 4, max: 6 }), fc.integer({ min: 1, max: 6 })),
    stride: fc.constantFrom(1, 1, 1, 2),
    low: fc.integer({ min: -1, max: 4 }),
    high: fc.integer({ min: -1, max: 4 }),
    dilation: fc.constantFrom(1, 1, 1, 2),
    holes: fc.constantFrom(1, 1, holes)
  })

const params = (axes: readonly Axis[]): WindowParams => ({
  windowDimensions: axes.map((a) => a.window),
  windowStrides: axes.map((a) => a.stride),
  padding: axes.map((a) => [a.low, a.high] as const),
  baseDilation: axes.map((a) => a.holes),
  windowDilation: axes.map((a) => a.dilation)
})

/** Few values, so that windows have ties; with infinite ones and NaN where extremes are asked for. */
const numbers = (shape: readonly number[], seed: number, isSpecial: boolean): NdArray => {
  const some = isSpecial ? [-Infinity, Infinity, -Infinity, 1, 0, NaN, -1] : [-2, -1, 0, 1, 2, 3, 5]
  const size = shape.reduce((n, d) => n * d, 1)
  const data = Float32Array.from({ length: size }, (_, i) => some[(i * 7919 + seed * 31) % 7])
  return np.reshape(np.array(data), shape)
}

const cropped: Axis = { n: 6, window: 1, stride: 1, low: 0, high: -1, dilation: 1, holes: 1 }

const seed = fc.integer({ min: 0, max: 1000 })

test('extremes and the values at their winners, with ties, infinities and NaN', () => {
  let apart = 0
  const property = fc.property(
    fc.array(axis(1), { minLength: 2, maxLength: 3 }),
    seed,
    fc.boolean(),
    fc.constantFrom('ge' as const, 'le' as const),
    (axes, s, isSpecial, select) => {
      const p = params(axes)
      const shape = axes.map((a) => a.n)
      const windows = windowsOf('test', shape, p)
      if (axisByAxis(shape, windows, p) !== null) apart++
      const x = numbers(shape, s, isSpecial)
      const extreme = (y: NdArray): NdArray =>
        select === 'ge' ? reduceWindowMax(y, p) : reduceWindowMin(y, p)
      expectArray(jit(extreme)(x), extreme(x))
      const values = numbers(windows, s + 1, false)
      const added = (v: NdArray, y: NdArray): NdArray => selectAndScatterAdd(v, y, { ...p, select })
      expectArray(jit(added)(values, x), added(values, x))
    }
  )
  fc.assert(property, {
    numRuns: 100,
    seed: 20261129,
    // The last row is cut off, so none of its elements wins.
    examples: [[[cropped, { ...cropped, high: 0 }], 1, true, 'ge']]
  })
  expect(apart).toBeGreaterThan(20)
})

test.each(['float32', 'uint8', 'float16', 'complex64'] as const)('sums of %s', (dtype) => {
  let [apart, holes] = [0, 0]
  const property = fc.property(
    fc.array(axis(3), { minLength: 2, maxLength: 3 }),
    seed,
    (axes, s) => {
      const p = params(axes)
      const shape = axes.map((a) => a.n)
      const counts = windowsOf('test', shape, p)
      if (axisByAxis(shape, counts, p) !== null) apart++
      if (axes.some((a) => a.holes > 1 && a.stride === 1)) holes++
      const x = numbers(shape, s, false).astype(dtype)
      const sum = (y: NdArray): NdArray => reduceWindowSum(y, p)
      expectArray(jit(sum)(x), sum(x))
    }
  )
  fc.assert(property, { numRuns: 50, seed: 20261129 })
  expect(Math.min(apart, holes)).toBeGreaterThan(3)
})
