import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { expectArray } from '../equality.ts'
import { integerPow, sign } from '../../src/primitives/arithmetic.ts'
import { clamp } from '../../src/primitives/clamp.ts'
import { convertElementType } from '../../src/primitives/convert.ts'
import { pow } from '../../src/primitives/elementary.ts'
import { add } from '../../src/primitives/elementwise.ts'
import { sub } from '../../src/primitives/negation.ts'
import { reducePrecision, round } from '../../src/primitives/rounding.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { f64, make } from './arrays.ts'

const rows = make('float64', [1, 2, 3, 4, 5, 6], [2, 3])
const columns = make('float64', [10, 20, 30, 40, 50, 60], [3, 2])

describe('vmap of an elementwise operation', () => {
  test('lines up axes of different places, and repeats what has none', () => {
    const both = make('float64', [-9, -28, -47, -16, -35, -54], [2, 3])
    expectArray(vmap(sub, { inAxes: [0, 1] })(rows, columns), both)
    const one = make('float64', [0, 0, 0, 3, 3, 3], [2, 3])
    expectArray(vmap(sub, { inAxes: [0, null] })(rows, f64(1, 2, 3)), one)
    expectArray(
      vmap(sub, { inAxes: [null, 0] })(f64(4, 5, 6), rows),
      make('float64', [3, 3, 3, 0, 0, 0], [2, 3])
    )
    expectArray(
      vmap(vmap(add, { inAxes: [0, null] }), { inAxes: [null, 0] })(f64(1, 2), f64(10, 20)),
      make('float64', [11, 12, 21, 22], [2, 2])
    )
  })

  test('repeats scalars against whole examples', () => {
    const f = (x: NdArray): NdArray => pow(x, make('float64', [2], []))
    expectArray(vmap(f)(f64(1, 2, 3)), f64(1, 4, 9))
  })

  test.each<readonly [string, (x: NdArray) => NdArray]>([
    ['sign', sign],
    ['integerPow', (x) => integerPow(x, 2)],
    ['round', (x) => round(x)],
    ['convertElementType', (x) => convertElementType(x, 'int32')],
    ['reducePrecision', (x) => reducePrecision(x, { exponentBits: 5, mantissaBits: 1 })]
  ])('of %s is the operation on the whole array', (_name, f) => {
    expectArray(vmap(f)(rows), f(rows))
    expectArray(vmap(f, { inAxes: [1], outAxes: 1 })(rows), f(rows))
  })

  test('clamps with bounds per example, for all examples, and per element', () => {
    const low = make('float64', [0], [])
    const high = make('float64', [4], [])
    expectArray(
      vmap(clamp, { inAxes: [null, 0, null] })(low, rows, high),
      make('float64', [1, 2, 3, 4, 4, 4], [2, 3])
    )
    expectArray(
      vmap(clamp, { inAxes: [0, 0, null] })(f64(2, 6), rows, make('float64', [9], [])),
      make('float64', [2, 2, 3, 6, 6, 6], [2, 3])
    )
    expectArray(
      vmap(clamp, { inAxes: [null, 1, 0] })(low, columns, f64(25, 35)),
      make('float64', [10, 25, 25, 20, 35, 35], [2, 3])
    )
    expectArray(
      vmap(clamp, { inAxes: [0, null, null] })(f64(2, 5), f64(1, 7, 3), make('float64', [6], [])),
      make('float64', [2, 6, 3, 5, 6, 5], [2, 3])
    )
    expectArray(vmap(clamp, { inAxes: [0, 0, 0] })(f64(0, 0), f64(-1, 9), f64(5, 5)), f64(0, 5))
  })

  test('says which example shapes differ', () => {
    expect(() => vmap(sub, { inAxes: [0, null] })(rows, f64(1, 2))).toThrow(
      'sub: the operands have different shapes'
    )
  })
})
