/** Derivatives where a formula divides 0 by 0, or takes a root of 0: finite, and the right ones. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'

const at = (x: number): NdArray => np.array(x, { dtype: 'float64' })

const derivative = (f: (x: NdArray) => NdArray, x: number, order = 1): number =>
  Array.from({ length: order })
    .reduce<(x: NdArray) => NdArray>(
      (g) => grad(g),
      f
    )(at(x))
    .item()

describe('the derivative of', () => {
  test('sinc at 0 is 0, the second −π²/3, the fourth π⁴/5', () => {
    expect(derivative(np.sinc, 0)).toBe(0)
    expect(derivative(np.sinc, 0, 2)).toBeCloseTo(-(Math.PI ** 2) / 3, 12)
    expect(derivative(np.sinc, 0, 4)).toBeCloseTo(Math.PI ** 4 / 5, 10)
  })

  test('hypot at the origin is 0, and x/|x| elsewhere', () => {
    expect(derivative((x) => np.hypot(x, 0), 0)).not.toBeNaN()
    expect(derivative((x) => np.hypot(x, 4), 3)).toBeCloseTo(0.6, 14)
  })

  test('logaddexp is the logistic function', () => {
    expect(derivative((x) => np.logaddexp(x, 0), 0)).toBe(0.5)
    expect(derivative((x) => np.logaddexp(x, 0), 800)).toBe(1)
    expect(derivative((x) => np.logaddexp(x, -Infinity), 1)).toBe(1)
  })

  test('power is finite where it exists', () => {
    expect(derivative((x) => np.power(x, 2), 0)).toBe(0)
    expect(derivative((x) => np.power(x, 0), 0)).toBe(0)
    expect(derivative((x) => np.power(0, x), 1)).toBe(0)
    expect(derivative((x) => np.power(x, 3), -2)).toBe(12)
    expect(derivative((x) => np.power(x, np.array([3], { dtype: 'int32' })).sum(), -2)).toBe(12)
  })

  test("abs, maximum and clip at their corners are JAX's", () => {
    expect(derivative(np.abs, 0)).toBe(0)
    expect(derivative((x) => np.maximum(x, 0), 0)).toBe(0.5)
    expect(derivative((x) => np.clip(x, -1, 1), 2)).toBe(0)
    expect(derivative((x) => np.clip(x, -1, 1), 0.5)).toBe(1)
  })

  test('where never sees the branch that is not taken', () => {
    const safe = (x: NdArray): NdArray =>
      np.where(x.greater(0), np.log(np.where(x.greater(0), x, 1)), 0)
    expect(derivative(safe, -1)).toBe(0)
    expect(derivative(safe, 2)).toBe(0.5)
  })

  test('max along an axis is shared by ties', () => {
    const g = grad((x: NdArray) => x.max())(np.array([1, 3, 3]))
    expectArray(g, np.array([0, 0.5, 0.5]))
  })

  test('mean, variance and standard deviation', () => {
    const x = np.array(new Float64Array([1, 2, 6]))
    expectClose(
      grad((v: NdArray) => np.mean(v))(x),
      np.array(new Float64Array([1 / 3, 1 / 3, 1 / 3]))
    )
    // 2 (x − 3) / 3
    expectClose(
      grad((v: NdArray) => np.var(v))(x),
      np.array(new Float64Array([-4 / 3, -2 / 3, 2])),
      { atol: 1e-15 }
    )
    // (x − 3) / (3 √(14/3))
    const s = 3 * Math.sqrt(14 / 3)
    expectClose(
      grad((v: NdArray) => np.std(v))(x),
      np.array(new Float64Array([-2 / s, -1 / s, 3 / s]))
    )
  })

  test('pad, roll, repeat and tile add up what they repeat', () => {
    const x = np.array([1, 2, 3])
    const weights = np.arange(7)
    const g = grad((v: NdArray) => np.pad(v, 2, { mode: 'reflect' }).mul(weights).sum())(x)
    // Padded: x2 x1 x0 x1 x2 x1 x0, weights 0 … 6.
    expectArray(g, np.array([2 + 6, 1 + 3 + 5, 0 + 4]))
    expectArray(grad((v: NdArray) => np.repeat(v, [2, 0, 1]).sum())(x), np.array([2, 0, 1]))
    expectArray(grad((v: NdArray) => np.tile(v, 3).sum())(x), np.array([3, 3, 3]))
    expectArray(grad((v: NdArray) => np.roll(v, 1).mul(np.arange(3)).sum())(x), np.array([1, 2, 0]))
  })

  test("frexp's mantissa and modf's fraction", () => {
    expect(derivative((x) => np.frexp(x)[0], 3)).toBe(0.25)
    expect(derivative((x) => np.modf(x)[0], 2.5)).toBe(1)
  })
})
