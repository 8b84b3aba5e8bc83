import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { scatterAdd } from '../../src/primitives/gather.ts'
import {
  asScatter,
  type GatherMode,
  type ScatterDimensions
} from '../../src/primitives/gather-dimensions.ts'
import { scatter, scatterMax, scatterMin, scatterMul } from '../../src/primitives/scatter.ts'
import type { Scatter, ScatterParams } from '../../src/primitives/scatter-rules.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { instantiate } from '../../src/primitives/elementwise.ts'
import { expectArray } from '../equality.ts'
import { isWeak, messageOf, values, weak } from './arrays.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkLowering,
  checkSecondDerivatives,
  make
} from './checks.ts'
import { arbitraryWindows, modes, places, type Windows } from './windows.ts'

const none: ScatterDimensions = {
  updateWindowDims: [],
  insertedWindowDims: [],
  scatterDimsToOperandDims: [],
  operandBatchingDims: [],
  scatterIndicesBatchingDims: []
}

/** x[i] of a vector, one update per index. */
const elements = (mode: GatherMode = 'fillOrDrop', uniqueIndices = false): ScatterParams => ({
  dimensionNumbers: { ...none, insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
  mode,
  uniqueIndices,
  indicesAreSorted: false
})

const all: readonly (readonly [string, Scatter, (a: number, b: number) => number])[] = [
  ['scatter', scatter, (_a, b) => b],
  ['scatterAdd', scatterAdd, (a, b) => a + b],
  ['scatterMul', scatterMul, (a, b) => a * b],
  ['scatterMin', scatterMin, Math.min],
  ['scatterMax', scatterMax, Math.max]
]
const [set, sum, product, least, greatest] = all.map(([, f]) => f)

const at = (...indices: readonly number[]): NdArray => make([indices.length, 1], indices, 'int32')
const vector = (...xs: readonly number[]): NdArray => make([xs.length], xs)
const ofType = (dtype: DType, ...xs: readonly number[]): NdArray => make([xs.length], xs, dtype)

describe('scatter, scatterAdd, scatterMul, scatterMin and scatterMax', () => {
  const x = vector(1, 2, 3)
  const updates = vector(10, 0.5, -4)

  test('combine updates one after the other', () => {
    const twice = at(1, 1, 0)
    expectArray(set(x, twice, updates, elements()), vector(-4, 0.5, 3))
    expectArray(sum(x, twice, updates, elements()), vector(-3, 12.5, 3))
    expectArray(product(x, twice, updates, elements()), vector(-4, 10, 3))
    expectArray(least(x, twice, updates, elements()), vector(-4, 0.5, 3))
    expectArray(greatest(x, twice, updates, elements()), vector(1, 10, 3))
  })

  test('drop what is outside, or move it inside', () => {
    const outside = at(3, -1, 2)
    expectArray(sum(x, outside, updates, elements()), vector(1, 2, -1))
    expectArray(sum(x, outside, updates, elements('clip')), vector(1.5, 2, 9))
    // A window of two at 2 does not fit into three: dropped, or moved to 1.
    const pairs: ScatterParams = {
      ...elements(),
      dimensionNumbers: { ...none, updateWindowDims: [1], scatterDimsToOperandDims: [0] }
    }
    const two = make([1, 2], [7, 8])
    expectArray(set(x, at(2), two, pairs), x)
    expectArray(set(x, at(2), two, { ...pairs, mode: 'clip' }), vector(1, 7, 8))
  })

  test('of nothing change nothing', () => {
    for (const [, f] of all) {
      expectArray(f(x, make([0, 1], [], 'int32'), vector(), elements()), x)
      for (const mode of modes) {
        const empty = [vector(), at(0), vector(1)] as const
        expectArray(f(...empty, elements(mode)), vector())
        checkLowering((a, i, u) => [f(a, i, u, elements(mode))], empty)
      }
      checkLowering((a, i, u) => [f(a, i, u, elements())], [x, make([0, 1], [], 'int32'), vector()])
    }
  })

  test('agree with their definition for all dimension numbers', () => {
    const check = (w: Windows, seed: number): void => {
      const indices = arbitrary(w.indices, seed, 'int32')
      const operand = arbitrary(w.operand, seed + 1)
      const windows = arbitrary(w.out, seed + 2)
      const p = { ...elements(w.mode), dimensionNumbers: asScatter(w.dimensionNumbers) }
      const found = places(w, indices)
      for (const [, f, combine] of all) {
        const expected = [...values(operand)]
        values(windows).forEach((u, i) => {
          const to = found[i]
          if (to !== null) expected[to] = combine(expected[to], u)
        })
        expectArray(f(operand, indices, windows, p), make(w.operand, expected))
        checkLowering((a, i, u) => [f(a, i, u, p)], [operand, indices, windows])
      }
      checkDerivatives((a, u) => [sum(a, indices, u, p)], [operand, windows])
      checkDerivatives((a, u) => [set(a, indices, u, p)], [operand, windows])
      checkDerivatives((a) => [product(a, indices, windows, p)], [operand])
      if (new Set(found).size === found.length) {
        const unique = { ...p, uniqueIndices: true }
        checkDerivatives((a, u) => [product(a, indices, u, unique)], [operand, windows])
        checkDerivatives((a, u) => [set(a, indices, u, unique)], [operand, windows])
      }
    }
    fc.assert(fc.property(arbitraryWindows, fc.nat(), check), { numRuns: 200 })
  })

  test('batch any of their operands for all dimension numbers', () => {
    const check = (w: Windows, seed: number, which: number): void => {
      const indices = arbitrary(w.indices, seed, 'int32')
      const operand = arbitrary(w.operand, seed + 1, 'int32')
      const windows = arbitrary(w.out, seed + 2, 'int32')
      const p = { ...elements(w.mode), dimensionNumbers: asScatter(w.dimensionNumbers) }
      const f = all[which][1]
      // Every combination of places is too many at rank 3: the first axis stands for the rest.
      checkBatch((a, i, u) => [f(a, i, u, p)], [operand, indices, windows])
    }
    const few = arbitraryWindows.filter((w) => w.operand.length + w.out.length <= 4)
    fc.assert(fc.property(few, fc.nat(), fc.nat(4), check), { numRuns: 60 })
  })

  test.each<DType>(['bool', 'uint8', 'int8', 'int32', 'uint32', 'float16', 'bfloat16', 'float32'])(
    'lower to what they mean in %s, with repeated indices',
    (dtype) => {
      const args = [arbitrary([4], 1, dtype), at(1, 3, 1, 9, 1), arbitrary([5], 2, dtype)]
      for (const [, f] of all)
        for (const mode of modes) checkLowering((a, i, u) => [f(a, i, u, elements(mode))], args)
    }
  )

  test.each<DType>(['complex64', 'complex128'])('lower to what they mean in %s', (dtype) => {
    const args = [arbitrary([4], 1, dtype), at(1, 3, 1, 9, 1), arbitrary([5], 2, dtype)]
    for (const f of [set, sum, product]) {
      const here = (a: NdArray, i: NdArray, u: NdArray): NdArray => f(a, i, u, elements())
      checkLowering((a, i, u) => [here(a, i, u)], args)
    }
  })

  test('wrap integers, and count bools as or and and', () => {
    const i8 = (...xs: readonly number[]): NdArray => ofType('int8', ...xs)
    expectArray(sum(i8(100, 1), at(0), i8(100), elements()), i8(-56, 1))
    expectArray(product(i8(100, 1), at(0), i8(3), elements()), i8(44, 1))
    // 65537² = 2³² + 2¹⁷ + 1.
    const big = ofType('uint32', 65537)
    expectArray(product(big, at(0), big, elements()), ofType('uint32', 131073))
    const bools = (...xs: readonly number[]): NdArray => ofType('bool', ...xs)
    expectArray(sum(bools(1, 0), at(0, 1), bools(1, 1), elements()), bools(1, 1))
    expectArray(product(bools(1, 1), at(0, 1), bools(1, 0), elements()), bools(1, 0))
  })

  test('round narrow floats after every update', () => {
    // bfloat16 has 8 significant bits: 256 + 1 is 256 again, however often it is added.
    const many = sum(ofType('bfloat16', 256), at(0, 0, 0), ofType('bfloat16', 1, 1, 1), elements())
    expectArray(many, ofType('bfloat16', 256))
  })

  test('multiply complex numbers', () => {
    const c = (...xs: readonly number[]): NdArray => make([xs.length / 2], xs, 'complex128')
    expectArray(product(c(1, 2), at(0), c(3, -1), elements()), c(5, 5))
  })

  test('let NaN through, and order −0 before 0', () => {
    const p = elements()
    expectArray(greatest(vector(1, NaN), at(0, 1), vector(NaN, 1), p), vector(NaN, NaN))
    expectArray(least(vector(1, NaN), at(0, 1), vector(NaN, 1), p), vector(NaN, NaN))
    expectArray(greatest(vector(-0, 0), at(0, 1), vector(0, -0), p), vector(0, 0))
    expectArray(least(vector(-0, 0), at(0, 1), vector(0, -0), p), vector(-0, -0))
  })

  test('are weak only when operand and updates are', () => {
    expect(isWeak(set(weak(x), at(0), vector(1), elements()))).toBe(false)
    expect(isWeak(set(weak(x), at(0), weak(vector(1)), elements()))).toBe(true)
  })

  test('say what does not fit', () => {
    expect(messageOf(() => set(x, at(0), vector(1, 2), elements()))).toMatchInlineSnapshot(`
      "scatter: the updates do not fit the indices
        got:      updates [2] for indices [1, 1]
        expected: [1]
        hint:     x.at(index).set(values) broadcasts the values"
    `)
    expect(messageOf(() => sum(x, at(0), ofType('int32', 1), elements()))).toMatchInlineSnapshot(`
      "scatterAdd: the operands have different element types
        got:      float64, int32
        expected: equal types (primitives never convert)
        hint:     np functions promote; or call astype on one side"
    `)
    const c = make([1], [0, 1], 'complex64')
    expect(messageOf(() => greatest(c, at(0), c, elements()))).toMatchInlineSnapshot(`
      "scatterMax: complex numbers have no order
        got:      complex64
        expected: a real type
        hint:     compare np.abs, np.real or np.imag"
    `)
    expect(messageOf(() => least(x, vector(0), vector(1), elements()))).toMatchInlineSnapshot(`
      "scatterMin: the indices are no integers
        got:      float64
        expected: int32 or another integer type
        hint:     convert with astype('int32'); a boolean mask goes into np.where or x.slice(mask)"
    `)
  })
})

describe('derivatives of scatters', () => {
  const derivative = (
    f: Scatter,
    [x, dx]: readonly NdArray[],
    indices: NdArray,
    [u, du]: readonly NdArray[],
    p = elements()
  ): NdArray => instantiate(jvpFlat((a, b) => [f(a, indices, b, p)], [x, u], [dx, du])[1][0])

  test('of scatter: the update that stayed gives its tangent', () => {
    const dy = derivative(scatter, [vector(1, 2, 3), vector(0.1, 0.2, 0.3)], at(1, 1, 5), [
      vector(7, 8, 9),
      vector(10, 20, 30)
    ])
    expectArray(dy, vector(0.1, 20, 0.3))
  })

  test('of scatterMax and scatterMin: operand and updates that are the extreme share it', () => {
    for (const [f, sign] of [
      [scatterMax, 1],
      [scatterMin, -1]
    ] as const) {
      const x = vector(sign * 5, sign * 5, sign * 9, sign * 1)
      const u = vector(sign * 5, sign * 5, sign * 6, sign * 2)
      const { pullback } = vjpFlat((a, b) => [f(a, at(0, 0, 1, 2), b, elements())], [x, u], 'f')
      const [dx, du] = pullback([vector(6, 1, 1, 1)]).map(instantiate)
      // Three share at 0, the update wins at 1, the operand at 2; nobody writes at 3.
      expectArray(dx, vector(2, 0, 1, 1))
      expectArray(du, vector(2, 2, 1, 0))
    }
  })

  test('of extremes are finite beside NaN and for updates that are dropped', () => {
    const dy = derivative(scatterMax, [vector(NaN, 2), vector(1, 1)], at(0, 7), [
      vector(1, 9),
      vector(1, 1)
    ])
    expectArray(dy, vector(0, 1))
  })

  test.each(modes)('agree with differences where nothing ties, in mode %s', (mode) => {
    const args = [arbitrary([4], 1), arbitrary([4], 2)]
    const indices = at(2, 0, 2, 9)
    for (const f of [scatter, scatterAdd, scatterMin, scatterMax]) {
      const g = (a: NdArray, u: NdArray): readonly NdArray[] => [f(a, indices, u, elements(mode))]
      checkDerivatives(g, args)
      checkSecondDerivatives(g, args)
      checkDerivatives((u) => g(args[0], u), [args[1]])
    }
    const apart = at(2, 0, 1, 3)
    const unique = elements(mode, true)
    for (const [, f] of all) {
      checkDerivatives((a, u) => [f(a, apart, u, unique)], args)
      checkSecondDerivatives((a, u) => [f(a, apart, u, unique)], args)
    }
  })

  test('of scatterMul do not exist in factors that may meet', () => {
    const x = vector(1, 2)
    const f = (u: NdArray): NdArray => scatterMul(x, at(0), u, elements())
    expect(messageOf(() => vjpFlat((u) => [f(u)], [vector(1)], 'f'))).toMatchInlineSnapshot(`
      "scatterMul: the factors of a product at repeated indices have no derivative rule
        got:      updates with a tangent and uniqueIndices: false
        expected: uniqueIndices: true, or updates that are not differentiated
        hint:     x.at(index).mul(values, { uniqueIndices: true }) when no index repeats"
    `)
  })
})
