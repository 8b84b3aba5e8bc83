import { describe, expect, test } from 'vitest'
import { expectArray } from '../equality.ts'
import {
  eq,
  ge,
  gt,
  le,
  leTo,
  lt,
  ltTo,
  ne,
  select,
  selectN
} from '../../src/primitives/compare.ts'
import { zero } from '../../src/trace/primitive.ts'
import { avalOf } from '../../src/core/array.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { bool, c128, f64, i32, isWeak, make, messageOf, weak } from './arrays.ts'

const [NAN, INF] = [NaN, Infinity]

describe('comparisons', () => {
  const x = f64(1, 2, 2, NAN, -0, INF)
  const y = f64(2, 2, 1, NAN, 0, INF)

  test('are false beside NaN, but for ne', () => {
    expectArray(eq(x, y), make('bool', [0, 1, 0, 0, 1, 1]))
    expectArray(ne(x, y), make('bool', [1, 0, 1, 1, 0, 0]))
    expectArray(lt(x, y), make('bool', [1, 0, 0, 0, 0, 0]))
    expectArray(le(x, y), make('bool', [1, 1, 0, 0, 1, 1]))
    expectArray(gt(x, y), make('bool', [0, 0, 1, 0, 0, 0]))
    expectArray(ge(x, y), make('bool', [0, 1, 1, 0, 1, 1]))
  })

  test('take integers and bools', () => {
    expectArray(lt(make('uint32', [1]), make('uint32', [2 ** 32 - 1])), bool(true))
    expectArray(lt(i32(1), i32(-1)), bool(false))
    expectArray(gt(bool(true, false), bool(false, false)), bool(true, false))
    expectArray(eq(bool(true), bool(true)), bool(true))
  })

  test('know complex numbers as equal or not', () => {
    const [a, b] = [c128(1, 2, 1, 2, NAN, 0), c128(1, 2, 1, 3, NAN, 0)]
    expectArray(eq(a, b), bool(true, false, false))
    expectArray(ne(a, b), bool(false, true, true))
    expect(messageOf(() => lt(a, b))).toMatchInlineSnapshot(`
      "lt: the operation is not defined for this element type
        got:      complex128
        expected: bool, an unsigned integer, a signed integer, a float
        hint:     convert with astype; functions of np convert integers by themselves"
    `)
  })

  test('are never weak', () => {
    expect(isWeak(eq(weak(f64(1)), weak(f64(1))))).toBe(false)
  })

  test('in the total order put −0 before 0 and NaN last', () => {
    const a = f64(-0, 0, NAN, 1, NAN, -INF, 2)
    const b = f64(0, -0, 1, NAN, NAN, INF, 2)
    expectArray(ltTo(a, b), make('bool', [1, 0, 0, 1, 0, 1, 0]))
    expectArray(leTo(a, b), make('bool', [1, 0, 0, 1, 1, 1, 1]))
    expectArray(ltTo(i32(1, 2), i32(2, 2)), bool(true, false))
  })

  test('have zero derivative', () => {
    const [, [t]] = jvpFlat((a) => [gt(a, f64(0))], [f64(1)], [f64(1)])
    expect(t).toEqual(zero(avalOf(bool(true))))
  })
})

describe('selectN', () => {
  const [a, b, c] = [f64(1, 2, 3), f64(10, 20, 30), f64(100, 200, 300)]

  test('takes the case that the selector names', () => {
    expectArray(selectN(bool(false, true, false), a, b), f64(1, 20, 3))
    expectArray(selectN(make('bool', [1], []), a, b), b)
    expectArray(selectN(i32(2, 0, 1), a, b, c), f64(100, 2, 30))
    expectArray(selectN(i32(-1, 7, 1), a, b, c), f64(1, 200, 30)) // outside: the nearest
    expectArray(selectN(i32(0), c128(1, 2), c128(3, 4)), c128(1, 2))
    expectArray(selectN(bool(true), c128(1, 2), c128(3, 4)), c128(3, 4))
    expectArray(selectN(bool(true), bool(false), bool(true)), bool(true))
  })

  test('as select has its cases the other way round', () => {
    expectArray(select(bool(true, false, true), a, b), f64(1, 20, 3))
  })

  test('does not mix in the case that it does not take', () => {
    expectArray(select(bool(true), f64(-0), f64(NAN)), f64(-0))
  })

  test('sends cotangents to the case taken', () => {
    const ct = f64(5, 6, 7)
    const two = vjpFlat((x, y) => [selectN(bool(false, true, false), x, y)], [a, b], 'f')
    expect(two.pullback([ct])).toEqual([f64(5, 0, 7), f64(0, 6, 0)])
    const three = vjpFlat((x, y, z) => [selectN(i32(2, -4, 1), x, y, z)], [a, b, c], 'f')
    expect(three.pullback([ct])).toEqual([f64(0, 6, 0), f64(0, 0, 7), f64(5, 0, 0)])
    const scalar = vjpFlat((x, y) => [selectN(make('bool', [1], []), x, y)], [a, b], 'f')
    expect(scalar.pullback([ct])).toEqual([f64(0, 0, 0), ct])
  })

  test('pushes tangents forward, zero where a case has none', () => {
    const tangents = [f64(5, 6, 7), zero(avalOf(b))]
    const [, [t]] = jvpFlat((x, y) => [selectN(bool(false, true, false), x, y)], [a, b], tangents)
    expect(t).toEqual(f64(5, 0, 7))
  })

  test('maps over selectors, cases, or both', () => {
    const rows = make('float64', [1, 2, 3, 4], [2, 2])
    const columns = make('float64', [10, 20, 30, 40], [2, 2])
    const each = bool(false, true)
    const f = vmap(selectN, { inAxes: [0, 0, 0] })
    expectArray(f(each, rows, columns), make('float64', [1, 2, 30, 40], [2, 2]))
    const g = vmap(selectN, { inAxes: [null, 0, 1] })
    expectArray(g(make('bool', [1], []), rows, columns), make('float64', [10, 30, 20, 40], [2, 2]))
    const h = vmap(selectN, { inAxes: [0, null, null] })
    expectArray(h(each, f64(1, 2), f64(8, 9)), make('float64', [1, 2, 8, 9], [2, 2]))
    const k = vmap(selectN, { inAxes: [1, 0, null] })
    const which = make('bool', [0, 1, 1, 0], [2, 2])
    expectArray(k(which, rows, f64(8, 9)), make('float64', [1, 9, 8, 4], [2, 2]))
  })

  test('says what does not fit', () => {
    expect(messageOf(() => selectN(f64(1), f64(1), f64(2)))).toMatchInlineSnapshot(`
      "selectN: the selector has the wrong element type
        got:      float64
        expected: bool (false takes the first case, true the second) or int32
        hint:     compare first, as in x.notEqual(0)"
    `)
    expect(messageOf(() => selectN(bool(true), f64(1), f64(2), f64(3)))).toMatchInlineSnapshot(`
      "selectN: the number of cases does not fit the selector
        got:      3 cases for a selector of type bool
        expected: one or two cases
        hint:     an int32 selector takes any number of cases"
    `)
    expect(messageOf(() => selectN(bool(true, true), a, b))).toMatchInlineSnapshot(`
      "selectN: the selector has another shape than the cases
        got:      selector [2], cases [3]
        expected: a scalar, or the shape of the cases
        hint:     np.where broadcasts all three"
    `)
    expect(() => selectN(bool(true), f64(1), i32(2))).toThrow('different element types')
  })
})
