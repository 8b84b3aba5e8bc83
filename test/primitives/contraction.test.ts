import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avalOf, fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { AxisError, ShapeError } from '../../src/core/errors.ts'
import { stridesOf } from '../../src/core/shape.ts'
import { eachIndex, flatIndex } from '../../src/primitives/host.ts'
import { dotGeneral, type DotDimensionNumbers } from '../../src/primitives/contraction.ts'
import { vjp } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

const dims = (
  lhsContracting: readonly number[],
  rhsContracting: readonly number[],
  lhsBatch: readonly number[] = [],
  rhsBatch: readonly number[] = []
): { readonly dimensionNumbers: DotDimensionNumbers } => ({
  dimensionNumbers: { lhsContracting, rhsContracting, lhsBatch, rhsBatch }
})

const matmul = dims([1], [0])

describe('dotGeneral', () => {
  test('is the matrix product', () => {
    const x = make([2, 2], [1, 2, 3, 4])
    const y = make([2, 2], [5, 6, 7, 8])
    expectArray(dotGeneral(x, y, matmul), make([2, 2], [19, 22, 43, 50]))
  })

  test('puts batch axes first, then free axes of lhs, then of rhs', () => {
    const x = arbitrary([2, 3, 4, 5], 1)
    const y = arbitrary([4, 6, 3], 2)
    expect(dotGeneral(x, y, dims([2], [0], [1], [2])).shape).toEqual([3, 2, 5, 6])
  })

  test('without contracted axes is the outer product', () => {
    const z = dotGeneral(make([2], [1, 2]), make([2], [3, 4]), dims([], []))
    expectArray(z, make([2, 2], [3, 4, 6, 8]))
  })

  test('over nothing is zero', () => {
    expectArray(dotGeneral(make([1, 0], []), make([0, 2], []), matmul), make([1, 2], [0, 0]))
  })

  test('wraps in integers and sums in the preferred type', () => {
    const x = make([1, 2], [100, 100], 'int8')
    const y = make([2, 1], [1, 1], 'int8')
    expectArray(dotGeneral(x, y, matmul), make([1, 1], [-56], 'int8')) // 200 - 256
    const wide = dotGeneral(x, y, { ...matmul, preferredElementType: 'int32' })
    expectArray(wide, make([1, 1], [200], 'int32'))
  })

  test('sums float16 beyond its precision and rounds once', () => {
    // 2048 + 1 + 1 = 2050; in float16 steps 2048 + 1 would stay 2048.
    const x = make([1, 3], [2048, 1, 1], 'float16')
    const ones = make([3, 1], [1, 1, 1], 'float16')
    expectArray(dotGeneral(x, ones, matmul), make([1, 1], [2050], 'float16'))
  })

  test('gives cotangents the types of their operands, whatever type it sums in', () => {
    const x = make([1, 2], [1, 2], 'float16')
    const y = make([2, 1], [3, 4], 'float16')
    const wide = { ...matmul, preferredElementType: 'float32' } as const
    const [z, pullback] = vjp((a: NdArray, b: NdArray) => dotGeneral(a, b, wide), [x, y])
    expectArray(z, make([1, 1], [11], 'float32'))
    const [dx, dy] = pullback(make([1, 1], [2], 'float32'))
    expectArray(dx, make([1, 2], [6, 8], 'float16'))
    expectArray(dy, make([2, 1], [2, 4], 'float16'))
  })

  test('multiplies complex numbers: (1 + 2i)(3 - i) = 5 + 5i', () => {
    const x = make([1, 1], [1, 2], 'complex64')
    const y = make([1, 1], [3, -1], 'complex64')
    expectArray(dotGeneral(x, y, matmul), make([1, 1], [5, 5], 'complex64'))
    expectArray(
      dotGeneral(make([1, 1], [2], 'float32'), y, matmul),
      make([1, 1], [6, -2], 'complex64')
    )
  })

  test('of bools asks whether any pair holds', () => {
    const x = make([2, 2], [1, 1, 0, 1], 'bool')
    const y = make([2, 1], [1, 0], 'bool')
    expectArray(dotGeneral(x, y, matmul), make([2, 1], [1, 0], 'bool'))
  })

  test('is weak when both operands are', () => {
    const weak = fromHost(makeAval([1, 1], 'float32', true), Float32Array.of(2))
    expect(avalOf(dotGeneral(weak, weak, matmul)).weak).toBe(true)
    expect(avalOf(dotGeneral(weak, make([1, 1], [3], 'float32'), matmul)).weak).toBe(false)
  })

  test('refuses axes that do not pair up', () => {
    const [x, y] = [arbitrary([2, 3], 1), arbitrary([2, 3], 2)]
    expect(() => dotGeneral(x, y, matmul)).toThrow(ShapeError)
    expect(() => dotGeneral(x, y, dims([1, 1], [1, 1]))).toThrow(AxisError)
    expect(() => dotGeneral(x, y, dims([2], [1]))).toThrow(AxisError)
  })
})

/** Axes of both sides drawn with their roles: extents 1 to 3. */
const problem = fc
  .record({
    batch: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 1 }),
    sum: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    left: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
    right: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
    seed: fc.nat(1000)
  })
  .chain((p) =>
    fc.record({
      p: fc.constant(p),
      lhs: shuffled(p.batch.length + p.sum.length + p.left.length),
      rhs: shuffled(p.batch.length + p.sum.length + p.right.length)
    })
  )
  .map(({ p, lhs, rhs }) => {
    // lhs[i] is the axis at which the i-th of (batch, sum, free) extents lies.
    const place = (extents: readonly number[], at: readonly number[]): readonly number[] => {
      const shape = new Array<number>(extents.length)
      extents.forEach((n, i) => (shape[at[i]] = n))
      return shape
    }
    const [b, s] = [p.batch.length, p.sum.length]
    return {
      x: arbitrary(place([...p.batch, ...p.sum, ...p.left], lhs), p.seed),
      y: arbitrary(place([...p.batch, ...p.sum, ...p.right], rhs), p.seed + 1),
      ...dims(lhs.slice(b, b + s), rhs.slice(b, b + s), lhs.slice(0, b), rhs.slice(0, b))
    }
  })

function shuffled(n: number): fc.Arbitrary<readonly number[]> {
  const axes = Array.from({ length: n }, (_, i) => i)
  return fc.shuffledSubarray(axes, { minLength: n, maxLength: n })
}

/** Sum over every index of both operands whose shared axes agree. */
const naive = (
  x: NdArray,
  y: NdArray,
  d: DotDimensionNumbers,
  shape: readonly number[]
): NdArray => {
  const out = new Float64Array(shape.reduce((a, b) => a * b, 1))
  const free = (rank: number, taken: readonly number[]): readonly number[] =>
    Array.from({ length: rank }, (_, a) => a).filter((a) => !taken.includes(a))
  const xFree = free(x.ndim, [...d.lhsBatch, ...d.lhsContracting])
  const yFree = free(y.ndim, [...d.rhsBatch, ...d.rhsContracting])
  const strides = stridesOf(shape)
  eachIndex(x.shape, (i) =>
    eachIndex(y.shape, (j) => {
      const agree =
        d.lhsBatch.every((a, n) => i[a] === j[d.rhsBatch[n]]) &&
        d.lhsContracting.every((a, n) => i[a] === j[d.rhsContracting[n]])
      if (!agree) return
      const to = [
        ...d.lhsBatch.map((a) => i[a]),
        ...xFree.map((a) => i[a]),
        ...yFree.map((a) => j[a])
      ]
      out[flatIndex(strides, to)] +=
        hostOf(x)[flatIndex(stridesOf(x.shape), i)] * hostOf(y)[flatIndex(stridesOf(y.shape), j)]
    })
  )
  return make(shape, Array.from(out))
}

describe('every layout of axes', () => {
  test('agrees with the naive sum, has right derivatives and batches', () => {
    fc.assert(
      fc.property(problem, ({ x, y, dimensionNumbers }) => {
        const f = (a: NdArray, b: NdArray): NdArray => dotGeneral(a, b, { dimensionNumbers })
        const z = f(x, y)
        expectClose(z, naive(x, y, dimensionNumbers, z.shape), { rtol: 1e-12, atol: 1e-12 })
        checkDerivatives((a, b) => [f(a, b)], [x, y])
        checkBatch((a, b) => [f(a, b)], [x, y])
      }),
      { numRuns: 25 }
    )
  })

  test('has right second derivatives', () => {
    const [x, y] = [arbitrary([2, 3, 2], 3), arbitrary([3, 2, 2], 4)]
    checkSecondDerivatives((a, b) => [dotGeneral(a, b, dims([1], [0], [0], [2]))], [x, y])
  })
})
