/** Arrays and values for tests that stand below the numpy layer. */
import { fromHost, hostOf, makeAval, scalar, type NdArray } from '../../src/core/array.ts'
import { sizeOf } from '../../src/core/shape.ts'
import type { ArrayLike } from '../../src/core/array.ts'

export const array = (
  values: readonly number[],
  shape: readonly number[] = [values.length]
): NdArray => {
  if (sizeOf(shape) !== values.length) throw new RangeError('the values do not fill the shape')
  return fromHost(makeAval(shape, 'float64'), Float64Array.from(values))
}

export const number = (value: number): NdArray => scalar(value, 'float64')

export const values = (x: ArrayLike): readonly number[] =>
  typeof x === 'object' ? Array.from(hostOf(x)) : [Number(x)]

/** Equal within 1e-9 of the larger magnitude. */
export const near = (actual: ArrayLike, expected: readonly number[]): boolean => {
  const got = values(actual)
  return (
    got.length === expected.length &&
    got.every((v, i) => Math.abs(v - expected[i]) <= 1e-9 * (1 + Math.abs(expected[i])))
  )
}
