import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cholesky } from '../../../src/core/dense/cholesky.ts'
import { adjoint, identity, nans, pickRows, type Dense } from '../../../src/core/dense/dense.ts'
import { lu } from '../../../src/core/dense/lu.ts'
import { qr } from '../../../src/core/dense/qr.ts'
import { triangularSolve } from '../../../src/core/dense/triangular.ts'
import {
  allNaN,
  complex,
  distance,
  largest,
  multiply,
  nonUnitarity,
  randomDense,
  real,
  samples,
  type Sample
} from './matrices.ts'

/** Runs `check` on arbitrary small matrices, and on one of 60 rows of either kind. */
const forAll = (square: boolean, check: (sample: Sample) => void): void => {
  fc.assert(fc.property(samples(square), check), { seed: 7, numRuns: 200 })
  const n = square ? 60 : 45
  check({ m: 60, n, a: randomDense(60 * n, false, 1) })
  check({ m: 60, n, a: randomDense(60 * n, true, 2) })
}

const unpackL = (a: Dense, m: number, n: number): Dense => {
  const k = Math.min(m, n)
  const l = identity(m, k, a.im !== null)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < Math.min(i, k); j++) {
      l.re[i * k + j] = a.re[i * n + j]
      if (a.im !== null && l.im !== null) l.im[i * k + j] = a.im[i * n + j]
    }
  }
  return l
}

const isUpper = (a: Dense, m: number, n: number): boolean => {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < Math.min(i, n); j++) {
      if (a.re[i * n + j] !== 0 || (a.im !== null && a.im[i * n + j] !== 0)) return false
    }
  }
  return true
}

const unpackU = (a: Dense, m: number, n: number): Dense => {
  const k = Math.min(m, n)
  const keep = (x: Float64Array): Float64Array =>
    x.slice(0, k * n).map((v, at) => (at % n >= Math.floor(at / n) ? v : 0))
  return { re: keep(a.re), im: a.im && keep(a.im) }
}

describe('cholesky', () => {
  test('has L Lᴴ = A for positive definite A, whatever stands above the diagonal', () => {
    forAll(true, ({ n, a }) => {
      const square = multiply(a, adjoint(a, n, n), n, n, n)
      for (let i = 0; i < n; i++) square.re[i * n + i] += 1
      const junk = { re: square.re.slice(), im: square.im && square.im.slice() }
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) junk.re[i * n + j] = NaN
      const l = cholesky(junk, n)
      expect(isUpper(adjoint(l, n, n), n, n)).toBe(true)
      const back = multiply(l, adjoint(l, n, n), n, n, n)
      expect(distance(back, square)).toBeLessThanOrEqual(1e-15 * (n + 4) * largest(square))
    })
  })

  test('of [[4, 2], [2, 5]] is [[2, 0], [1, 2]]', () => {
    expect(cholesky(real(4, 99, 2, 5), 2)).toEqual(real(2, 0, 1, 2))
  })

  test('of a complex matrix ignores the imaginary part of the diagonal', () => {
    // [[4, −2i], [2i, 5]] = L Lᴴ with L = [[2, 0], [i, 2]].
    const l = cholesky(complex([4, 0, 0, 5], [7, 0, 2, 7]), 2)
    expect(l).toEqual(complex([2, 0, 0, 2], [0, 0, 1, 0]))
  })

  test.each([
    ['indefinite', real(1, 2, 2, 1)],
    ['singular', real(1, 1, 1, 1)],
    ['NaN', real(1, 0, NaN, 1)]
  ])('is all NaN when A is %s', (_name, a) => {
    expect(allNaN(cholesky(a, 2).re)).toBe(true)
  })
})

describe('triangularSolve', () => {
  const flags = [false, true]
  const options = flags.flatMap((leftSide) =>
    flags.flatMap((lower) =>
      flags.flatMap((transposeA) =>
        flags.flatMap((conjugateA) =>
          flags.map((unitDiagonal) => ({ leftSide, lower, transposeA, conjugateA, unitDiagonal }))
        )
      )
    )
  )

  test.each(options)('undoes the product: %j', (o) => {
    for (const isComplex of flags) {
      for (const [n, m] of [
        [0, 3],
        [1, 1],
        [5, 3],
        [4, 0],
        [20, 7]
      ] as const) {
        const a = randomDense(n * n, isComplex, n + 1)
        for (let i = 0; i < n; i++) a.re[i * n + i] += 4 + n / 2
        const triangle = { re: a.re.slice(), im: a.im && a.im.slice() }
        for (let at = 0; at < n * n; at++) {
          const [i, j] = [Math.floor(at / n), at % n]
          const isRead = o.lower ? j < i : j > i
          if (i === j && o.unitDiagonal) {
            triangle.re[at] = 1
            if (triangle.im !== null) triangle.im[at] = 0
            a.re[at] = NaN
          } else if (i !== j && !isRead) {
            triangle.re[at] = 0
            if (triangle.im !== null) triangle.im[at] = 0
            a.re[at] = NaN
          }
        }
        const conjugated = o.conjugateA
          ? { re: triangle.re, im: triangle.im && triangle.im.map((v) => -v) }
          : triangle
        const op = o.transposeA
          ? (() => {
              const h = adjoint(conjugated, n, n)
              return { re: h.re, im: h.im && h.im.map((v) => -v) }
            })()
          : conjugated
        const x = randomDense(n * m, isComplex, 9)
        const b = o.leftSide ? multiply(op, x, n, n, m) : multiply(x, op, m, n, n)
        const solution = triangularSolve(a, n, b, m, o)
        expect(distance(solution, x)).toBeLessThanOrEqual(1e-13 * (o.unitDiagonal ? 1e3 : 1))
      }
    }
  })

  test('divides by a zero diagonal as IEEE does', () => {
    const o = {
      leftSide: true,
      lower: true,
      transposeA: false,
      conjugateA: false,
      unitDiagonal: false
    }
    expect([...triangularSolve(real(0), 1, real(1, -1, 0), 3, o).re]).toEqual([
      Infinity,
      -Infinity,
      NaN
    ])
  })
})

describe('lu', () => {
  test('has P A = L U with |L| ≤ 1 (√2 when complex) and pivots that compose to P', () => {
    forAll(false, ({ m, n, a }) => {
      const { lu: packed, pivots, permutation } = lu(a, m, n)
      const l = unpackL(packed, m, n)
      const u = unpackU(packed, m, n)
      const k = Math.min(m, n)
      const pa = pickRows(a, n, permutation)
      expect(distance(multiply(l, u, m, k, n), pa)).toBeLessThanOrEqual(
        1e-15 * (k + 2) * (largest(a) + largest(u))
      )
      expect(largest(l)).toBeLessThanOrEqual(a.im === null ? 1 : Math.SQRT2 + 1e-15)
      const rows = Array.from({ length: m }, (_, i) => i)
      pivots.forEach((p, i) => {
        expect(p).toBeGreaterThanOrEqual(i)
        ;[rows[i], rows[p]] = [rows[p], rows[i]]
      })
      expect([...permutation]).toEqual(rows)
    })
  })

  test('of [[1, 2], [3, 4]] exchanges the rows', () => {
    const { lu: packed, pivots, permutation } = lu(real(1, 2, 3, 4), 2, 2)
    expect(packed.re[0]).toBe(3)
    expect(packed.re[1]).toBe(4)
    expect(packed.re[2]).toBeCloseTo(1 / 3, 15)
    expect(packed.re[3]).toBeCloseTo(2 / 3, 15)
    expect([[...pivots], [...permutation]]).toEqual([
      [1, 1],
      [1, 0]
    ])
  })

  test('of a singular matrix keeps the zero pivot', () => {
    expect(lu(real(1, 1, 1, 1), 2, 2).lu).toEqual(real(1, 1, 1, 0))
    expect(lu(real(0, 1, 0, 2), 2, 2).lu).toEqual(real(0, 1, 0, 2))
  })

  test('ends on NaN, and says so', () => {
    expect(lu(nans(9, false), 3, 3).lu.re.some((x) => !Number.isNaN(x))).toBe(false)
  })
})

describe('qr', () => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true]
  ])('has A P = Q R, Qᴴ Q = I: full %s, pivoting %s', (fullMatrices, pivoting) => {
    forAll(false, ({ m, n, a }) => {
      const { q, r, pivots } = qr(a, m, n, { fullMatrices, pivoting })
      const k = fullMatrices ? m : Math.min(m, n)
      expect(nonUnitarity(q, m, k)).toBeLessThanOrEqual(1e-15 * (m + 8))
      expect(isUpper(r, k, n)).toBe(true)
      const ap = adjoint(pickRows(adjoint(a, m, n), m, pivots), n, m)
      expect(distance(multiply(q, r, m, k, n), ap)).toBeLessThanOrEqual(
        1e-15 * (m + 8) * Math.sqrt(n) * largest(a)
      )
      expect([...pivots].sort((i, j) => i - j)).toEqual(Array.from({ length: n }, (_, j) => j))
      if (!pivoting) return
      for (let i = 1; i < Math.min(m, n); i++) {
        const [above, below] = [r.re[(i - 1) * n + i - 1], r.re[i * n + i]]
        expect(Math.abs(below)).toBeLessThanOrEqual(
          Math.abs(above) * (1 + 1e-7) + 1e-15 * largest(a)
        )
      }
    })
  })

  test('of [[3, 1], [4, 2]] has LAPACK’s signs', () => {
    // R_00 = −‖(3, 4)‖ = −5; Q's columns are −(3, 4)/5 and (−4, 3)/5 up to sign; R_01 = −11/5.
    const { q, r } = qr(real(3, 1, 4, 2), 2, 2, { fullMatrices: false })
    ;[-0.6, -0.8, -0.8, 0.6].forEach((v, i) => expect(q.re[i]).toBeCloseTo(v, 15))
    ;[-5, -2.2, 0, 0.4].forEach((v, i) => expect(r.re[i]).toBeCloseTo(v, 15))
  })

  test('of a triangular matrix changes nothing, negative diagonal or not', () => {
    const a = real(-1, 2, 0, 3)
    expect(qr(a, 2, 2, { fullMatrices: false })).toMatchObject({ q: real(1, 0, 0, 1), r: a })
  })

  test('survives entries near the ends of the range of float64', () => {
    for (const size of [1e-310, 1e-200, 1e200, 1e307]) {
      const { q, r } = qr(real(3 * size, size, 4 * size, 2 * size), 2, 2, { fullMatrices: false })
      expect(nonUnitarity(q, 2, 2)).toBeLessThan(1e-13)
      expect(r.re[0] / size).toBeCloseTo(-5, 10)
    }
  })

  test('ends on NaN, and says so', () => {
    const { q, r } = qr(nans(9, false), 3, 3, { fullMatrices: true, pivoting: true })
    expect([r.re[0], q.re[0]]).toEqual([NaN, NaN])
  })
})
