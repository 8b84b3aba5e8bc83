import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjoint, corner, nans, type Dense } from '../../../src/core/dense/dense.ts'
import { eigh } from '../../../src/core/dense/eigh.ts'
import { svd } from '../../../src/core/dense/svd.ts'
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
  scaleColumns,
  type Sample
} from './matrices.ts'

/** Runs `check` on arbitrary small matrices, and on one of 60 rows of either kind. */
const forAll = (square: boolean, check: (sample: Sample) => void): void => {
  fc.assert(fc.property(samples(square), check), { seed: 11, numRuns: 200 })
  const n = square ? 60 : 45
  check({ m: 60, n, a: randomDense(60 * n, false, 1) })
  check({ m: 60, n, a: randomDense(60 * n, true, 2) })
}

const hermitian = (a: Dense, n: number): Dense => {
  const h = adjoint(a, n, n)
  const sum = (x: Float64Array, y: Float64Array): Float64Array => x.map((v, i) => v + y[i])
  return { re: sum(a.re, h.re), im: a.im && h.im && sum(a.im, h.im) }
}

describe('eigh', () => {
  test.each([true, false])('has A V = V diag(w), Vᴴ V = I, w ascending: lower %s', (lower) => {
    forAll(true, ({ n, a }) => {
      const h = hermitian(a, n)
      const junk = { re: h.re.slice(), im: h.im && h.im.slice() }
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) junk.re[lower ? i * n + j : j * n + i] = NaN
      }
      const { w, v } = eigh(junk, n, { lower, sort: true })
      expect(nonUnitarity(v, n, n)).toBeLessThanOrEqual(1e-14 * Math.max(1, n))
      const error = distance(multiply(h, v, n, n, n), scaleColumns(v, n, n, w))
      expect(error).toBeLessThanOrEqual(1e-15 * (n + 8) * Math.sqrt(n) * largest(h))
      expect([...w]).toEqual([...w].sort((x, y) => x - y))
      const alone = eigh(junk, n, { lower, sort: true, computeVectors: false })
      expect(alone.w).toEqual(w)
    })
  })

  test('of [[2, 1], [1, 2]] is 1 and 3', () => {
    const { w } = eigh(real(2, 1, 1, 2), 2, { lower: true, sort: true })
    expect(w[0]).toBeCloseTo(1, 15)
    expect(w[1]).toBeCloseTo(3, 15)
  })

  test('of the Pauli matrix [[0, −i], [i, 0]] is −1 and 1', () => {
    const { w } = eigh(complex([0, 0, 0, 0], [0, -1, 1, 0]), 2, { lower: true, sort: true })
    expect(w[0]).toBeCloseTo(-1, 15)
    expect(w[1]).toBeCloseTo(1, 15)
  })

  test('of a diagonal matrix is exact', () => {
    const { w, v } = eigh(real(3, 0, 0, -1e-300), 2, { lower: true, sort: true })
    expect([...w]).toEqual([-1e-300, 3])
    expect([...v.re]).toEqual([0, 1, 1, 0])
  })

  test.each([1e-310, 1e-200, 1e200, 1e307])('scales by %f without loss', (size) => {
    const { w, v } = eigh(real(2 * size, size, size, 2 * size), 2, { lower: true, sort: true })
    expect(w[0] / size).toBeCloseTo(1, 10)
    expect(w[1] / size).toBeCloseTo(3, 10)
    expect(nonUnitarity(v, 2, 2)).toBeLessThan(1e-14)
  })

  test.each([NaN, Infinity])('is NaN throughout when an entry is %f', (bad) => {
    const { w, v } = eigh(real(1, 0, 0, 0, bad, 0, 0, 0, 1), 3, { lower: true, sort: true })
    expect(allNaN(w) && allNaN(v.re)).toBe(true)
  })
})

describe('svd', () => {
  test.each([false, true])(
    'has U diag(s) Vᴴ = A, unitary factors, s descending: full %s',
    (full) => {
      forAll(false, ({ m, n, a }) => {
        const { u, s, vh } = svd(a, m, n, { fullMatrices: full, computeUv: true })
        const k = Math.min(m, n)
        const [left, right] = full ? [m, n] : [k, k]
        expect(nonUnitarity(u, m, left)).toBeLessThanOrEqual(1e-15 * (m + n + 10))
        expect(nonUnitarity(adjoint(vh, right, n), n, right)).toBeLessThanOrEqual(
          1e-15 * (m + n + 10)
        )
        const us = scaleColumns(corner(u, left, m, k), m, k, s)
        const back = multiply(us, corner(vh, n, k, n), m, k, n)
        expect(distance(back, a)).toBeLessThanOrEqual(1e-15 * (m + n + 10) * (s[0] ?? 0))
        expect([...s]).toEqual([...s].sort((x, y) => y - x))
        expect(s.every((x) => x >= 0)).toBe(true)
        const alone = svd(a, m, n, { fullMatrices: full, computeUv: false })
        alone.s.forEach((x, i) => expect(Math.abs(x - s[i])).toBeLessThanOrEqual(1e-14 * s[0]))
      })
    }
  )

  test('of [[3, 0], [4, 5]] is √45 and √5', () => {
    // AᵀA = [[25, 20], [20, 25]] has eigenvalues 45 and 5.
    const { s } = svd(real(3, 0, 4, 5), 2, 2, { fullMatrices: false, computeUv: true })
    expect(s[0]).toBeCloseTo(Math.sqrt(45), 14)
    expect(s[1]).toBeCloseTo(Math.sqrt(5), 14)
  })

  test('of zeros, ones and the identity has the ranks 0, 1 and n', () => {
    const ranks = [real(...new Array<number>(9).fill(0)), real(...new Array<number>(9).fill(1))]
    expect([...svd(ranks[0], 3, 3, { fullMatrices: true, computeUv: true }).s]).toEqual([0, 0, 0])
    const ones = svd(ranks[1], 3, 3, { fullMatrices: true, computeUv: true }).s
    expect(ones[0]).toBeCloseTo(3, 14)
    expect(ones[1]).toBeLessThan(1e-15)
    const id = svd(real(1, 0, 0, 1), 2, 2, { fullMatrices: true, computeUv: true })
    expect([...id.s]).toEqual([1, 1])
  })

  test('of a graded matrix has small singular values to full relative accuracy', () => {
    // diag(1, 1e-8, 1e-16) times a well conditioned triangle; det = 1e-24 is the product.
    const a = real(1, 1, 1, 0, 1e-8, 1e-8, 0, 0, 1e-16)
    const { s } = svd(a, 3, 3, { fullMatrices: false, computeUv: false })
    expect((s[0] * s[1] * s[2]) / 1e-24).toBeCloseTo(1, 12)
  })

  test('of a matrix with a value of 1e-200 keeps it', () => {
    const { u, s, vh } = svd(real(1e-200, 0, 0, 2), 2, 2, { fullMatrices: true, computeUv: true })
    expect([...s]).toEqual([2, 1e-200])
    expect([nonUnitarity(u, 2, 2), nonUnitarity(vh, 2, 2)]).toEqual([0, 0])
  })

  test.each([1e-310, 1e-200, 1e200, 1e307])('scales by %f without loss', (size) => {
    const a = real(3 * size, 0, 4 * size, 5 * size)
    const { u, s } = svd(a, 2, 2, { fullMatrices: false, computeUv: true })
    expect(s[0] / size).toBeCloseTo(Math.sqrt(45), 10)
    expect(nonUnitarity(u, 2, 2)).toBeLessThan(1e-14)
  })

  test('is NaN throughout when an entry is', () => {
    const { u, s, vh } = svd(nans(6, true), 2, 3, { fullMatrices: true, computeUv: true })
    expect([u.re.length, s.length, vh.re.length]).toEqual([4, 2, 9])
    expect(allNaN(u.re) && allNaN(s) && allNaN(vh.re)).toBe(true)
  })
})

describe('svd of matrices that are not small', () => {
  const n = 40
  const check = (a: Dense, wanted: readonly number[]): void => {
    const { u, s, vh } = svd(a, n, n, { fullMatrices: false, computeUv: true })
    expect(nonUnitarity(u, n, n)).toBeLessThanOrEqual(1e-13)
    expect(nonUnitarity(adjoint(vh, n, n), n, n)).toBeLessThanOrEqual(1e-13)
    const back = multiply(scaleColumns(u, n, n, s), vh, n, n, n)
    expect(distance(back, a)).toBeLessThanOrEqual(1e-13 * (1 + largest(a)))
    wanted.forEach((x, i) => expect(Math.abs(s[i] - x)).toBeLessThanOrEqual(1e-13 * wanted[0]))
  }
  const matrix = (entry: (i: number, j: number) => number): Dense =>
    real(...Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n)))
  const none = new Array<number>(n).fill(0)

  test('of zeros, ones, a permutation and a shift', () => {
    check(
      matrix(() => 0),
      none
    )
    check(
      matrix(() => 1),
      [n, ...none.slice(1)]
    )
    check(
      matrix((i, j) => Number(j === (7 * i) % n || (i === j && n % 7 === 0))),
      none.map(() => 1)
    ) // 7 and 40 have no common factor
    check(
      matrix((i, j) => Number(j === i + 1)),
      [...none.slice(1).map(() => 1), 0]
    )
  })

  test('of rank 2, and of diagonals with zeros and of all sizes', () => {
    const [p, q] = [randomDense(n, false, 3).re, randomDense(n, false, 4).re]
    check(
      matrix((i, j) => p[i] * q[j] + q[i] * p[n - 1 - j]),
      []
    )
    check(
      matrix((i, j) => (i === j ? i % 3 : 0)),
      [2, 2, 2]
    )
    const sizes = Array.from({ length: n }, (_, i) => 2 ** -i)
    check(
      matrix((i, j) => (i === j ? sizes[i] : 0)),
      sizes
    )
    check(
      matrix((i, j) => (j === i || j === i + 1 ? sizes[i] : 0)),
      []
    )
  })

  test('keeps what values alone are', () => {
    const a = randomDense(n * n, true, 5)
    const { s } = svd(a, n, n, { fullMatrices: false, computeUv: false })
    const { w } = eigh(multiply(a, adjoint(a, n, n), n, n, n), n, { lower: true, sort: true })
    s.forEach((x, i) =>
      expect(Math.abs(x * x - w[n - 1 - i])).toBeLessThanOrEqual(1e-12 * w[n - 1])
    )
  })
})

describe('eigh of matrices that are not small', () => {
  const n = 70
  test('is right where the reflectors go by blocks', () => {
    const h = hermitian(randomDense(n * n, false, 6), n)
    const { w, v } = eigh(h, n, { lower: true, sort: true })
    expect(nonUnitarity(v, n, n)).toBeLessThanOrEqual(1e-13)
    const error = distance(multiply(h, v, n, n, n), scaleColumns(v, n, n, w))
    expect(error).toBeLessThanOrEqual(1e-13 * n * largest(h))
  })
})
