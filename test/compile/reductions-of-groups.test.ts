/** Reductions over rows and over what lies innermost in them, as statistics of groups of channels. */
import { describe, expect, test } from 'vitest'
import { explain, jit, lax, np, type NdArray } from 'cotangent'

const shape = [2, 5, 6, 3, 4]
const [batch, rows, groups, channels] = [2, 30, 3, 4]
const numbers = Array.from({ length: 2 * 30 * 12 }, (_, i) => ((i * 7919) % 23) - 11)

/** Of each group the numbers in it. */
const members = Array.from({ length: batch }, (_, n) =>
  Array.from({ length: groups }, (_, g) =>
    Array.from({ length: rows }, (_, r) =>
      numbers.slice(((n * rows + r) * groups + g) * channels).slice(0, channels)
    ).flat()
  )
)

const axes = [1, 2, 4]
const array = (dtype: 'float32' | 'float64' | 'int32' | 'float16'): NdArray =>
  np.reshape(np.array(numbers, { dtype }), shape)

describe('a reduction over positions and over the channels of a group', () => {
  test.each(['float32', 'float64', 'int32'] as const)('of %s is right', (dtype) => {
    const x = array(dtype)
    const sum = (m: readonly number[]): number => m.reduce((a, b) => a + b, 0)
    expect(jit((v: NdArray) => np.sum(v, { axis: axes }))(x).toNested()).toEqual(
      members.map((g) => g.map(sum))
    )
    expect(jit((v: NdArray) => np.max(v, { axis: axes }))(x).toNested()).toEqual(
      members.map((g) => g.map((m) => Math.max(...m)))
    )
  })

  test('keeps NaN', () => {
    const x = array('float32').at(1, 2, 3, 1, 2).set(NaN)
    const largest = jit((v: NdArray) => np.max(v, { axis: axes }))(x).toNested()
    expect(largest).toEqual([
      members[0].map((m) => Math.max(...m)),
      [Math.max(...members[1][0]), NaN, Math.max(...members[1][2])]
    ])
  })

  test('walks whole rows first, and rounds narrow floats once', () => {
    const kernels = (x: NdArray, f: (v: NdArray) => NdArray): number => explain(f)(x).kernels.length
    expect(kernels(array('float32'), (v) => lax.reduceSum(v, axes))).toBe(2)
    expect(kernels(array('float32'), (v) => lax.reduceSum(v, [1, 2]))).toBe(1)
    expect(kernels(array('float32'), (v) => lax.reduceSum(v, [2, 3, 4]))).toBe(1)
    expect(kernels(array('float16'), (v) => lax.reduceSum(v, axes))).toBe(1)
  })
})
