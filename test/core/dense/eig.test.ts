import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjoint, nans, type Dense } from '../../../src/core/dense/dense.ts'
import { eig } from '../../../src/core/dense/eig.ts'
import { hessenberg } from '../../../src/core/dense/hessenberg.ts'
import { schur } from '../../../src/core/dense/schur.ts'
import {
  allNaN,
  complex,
  distance,
  generator,
  largest,
  multiply,
  nonUnitarity,
  randomDense,
  real,
  samples,
  type Sample
} from './matrices.ts'

/** Runs `check` on arbitrary small matrices, and on one of 60 rows of either kind. */
const forAll = (check: (sample: Sample) => void): void => {
  fc.assert(fc.property(samples(true), check), { seed: 13, numRuns: 300 })
  check({ m: 60, n: 60, a: randomDense(3600, false, 1) })
  check({ m: 60, n: 60, a: randomDense(3600, true, 2) })
}

const diagonal = (w: Dense, n: number): Dense => {
  const out = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  for (let i = 0; i < n; i++) {
    out.re[i * n + i] = w.re[i]
    out.im[i * n + i] = w.im === null ? 0 : w.im[i]
  }
  return out
}

/** max |entry (i, j)| with i > j + reach. */
const below = (a: Dense, n: number, reach: number): number => {
  let max = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j + reach < i; j++) {
      max = Math.max(max, Math.abs(a.re[i * n + j]), Math.abs(a.im?.[i * n + j] ?? 0))
    }
  }
  return max
}

describe('hessenberg', () => {
  test('has Q H Qᴴ = A, Qᴴ Q = I and zeros below the subdiagonal', () => {
    forAll(({ n, a }) => {
      const { h, q } = hessenberg(a, n)
      expect(below(h, n, 1)).toBe(0)
      expect(nonUnitarity(q, n, n)).toBeLessThanOrEqual(1e-15 * (n + 8))
      const back = multiply(multiply(q, h, n, n, n), adjoint(q, n, n), n, n, n)
      expect(distance(back, a)).toBeLessThanOrEqual(1e-15 * (n + 8) * Math.sqrt(n) * largest(a))
    })
  })
})

describe('schur', () => {
  test('has Q T Qᴴ = A, Qᴴ Q = I and T triangular but for standard blocks', () => {
    forAll(({ n, a }) => {
      const { t, q } = schur(a, n)
      expect(below(t, n, a.im === null ? 1 : 0)).toBe(0)
      for (let i = 0; a.im === null && i + 1 < n; i++) {
        const at = i * n + i
        if (t.re[at + n] === 0) continue
        expect(t.re[at]).toBe(t.re[at + n + 1])
        expect(t.re[at + 1] * t.re[at + n]).toBeLessThan(0)
        if (i + 2 < n) expect(t.re[at + 2 * n + 1]).toBe(0)
      }
      expect(nonUnitarity(q, n, n)).toBeLessThanOrEqual(1e-15 * (2 * n + 10))
      const back = multiply(multiply(q, t, n, n, n), adjoint(q, n, n), n, n, n)
      expect(distance(back, a)).toBeLessThanOrEqual(1e-15 * (2 * n + 10) * n * largest(a))
    })
  })
})

describe('eig', () => {
  test('has A V = V diag(w) and VLᴴ A = diag(w) VLᴴ with columns of length 1', () => {
    forAll(({ n, a }) => {
      const { w, v, vl } = eig(a, n, { left: true })
      const bound = 1e-15 * (2 * n + 20) * n * largest(a)
      const right = distance(multiply(a, v, n, n, n), multiply(v, diagonal(w, n), n, n, n))
      expect(right).toBeLessThanOrEqual(bound)
      const vlh = adjoint(vl, n, n)
      const left = distance(multiply(vlh, a, n, n, n), multiply(diagonal(w, n), vlh, n, n, n))
      expect(left).toBeLessThanOrEqual(bound)
      for (const x of [v, vl]) {
        for (let j = 0; j < n; j++) {
          const column = Array.from({ length: n }, (_, i) => i * n + j)
          expect(Math.hypot(...column.flatMap((at) => [x.re[at], x.im[at]]))).toBeCloseTo(1, 13)
          const sizes = column.map((at) => Math.hypot(x.re[at], x.im[at]))
          const top = Math.max(...sizes)
          // The largest entry, or one of those that tie with it, is real.
          const isReal = column.some((at, i) => sizes[i] > top - 1e-12 && x.im[at] === 0)
          expect(isReal).toBe(true)
        }
      }
    })
  })

  test('pairs the eigenvalues and vectors of a real matrix exactly, the positive one first', () => {
    const n = 40
    const { w, v, vl } = eig(randomDense(n * n, false, 5), n, { left: true })
    let pairs = 0
    for (let i = 0; i < n; i++) {
      if (w.im[i] === 0) {
        for (let k = 0; k < n; k++) expect(Math.abs(v.im[k * n + i])).toBe(0)
        continue
      }
      expect(w.im[i]).toBeGreaterThan(0)
      expect([w.re[i + 1], w.im[i + 1]]).toEqual([w.re[i], -w.im[i]])
      for (const x of [v, vl]) {
        for (let k = 0; k < n; k++) {
          const at = k * n + i
          expect(x.re[at + 1]).toBe(x.re[at])
          expect(x.im[at + 1] + x.im[at]).toBe(0)
        }
      }
      i++
      pairs++
    }
    expect(pairs).toBeGreaterThan(10)
  })

  test('keeps trace and determinant', () => {
    const n = 6
    const a = randomDense(n * n, false, 3)
    const { w } = eig(a, n)
    let trace = 0
    for (let i = 0; i < n; i++) trace += a.re[i * n + i]
    expect(w.re.reduce((x, y) => x + y, 0)).toBeCloseTo(trace, 13)
    expect(w.im.reduce((x, y) => x + y, 0)).toBe(0)
  })

  test('of the rotation by a quarter turn is ±i', () => {
    const { w, v } = eig(real(0, -1, 1, 0), 2)
    expect([...w.re, ...w.im]).toEqual([0, 0, 1, -1])
    // (A − i) v = 0 has v = (1, −i)/√2.
    expect(v.re[0]).toBeCloseTo(Math.SQRT1_2, 15)
    expect(v.im[2]).toBeCloseTo(-Math.SQRT1_2, 15)
  })

  test('of a permuted triangular matrix reads the eigenvalues off exactly', () => {
    const { w } = eig(real(1, 2, 3, 0, 4, 5, 0, 0, 6), 3)
    expect([...w.re, ...w.im]).toEqual([1, 4, 6, 0, 0, 0])
    const lower = eig(real(1, 0, 0, 2, 4, 0, 3, 5, 6), 3).w
    expect([...lower.re].sort((a, b) => a - b)).toEqual([1, 4, 6])
  })

  test('of a defective matrix still has small residuals: a Jordan block of 3', () => {
    const { w, v } = eig(real(2, 1, 0, 0, 2, 1, 0, 0, 2), 3)
    expect([...w.re]).toEqual([2, 2, 2])
    for (let j = 0; j < 3; j++) expect(Math.abs(v.re[j])).toBeCloseTo(1, 12)
  })

  test('of a companion matrix finds the roots of (z − 1)(z − 2)(z − 3)(z² + 1)', () => {
    // z⁵ − 6z⁴ + 12z³ − 12z² + 11z − 6.
    const a = new Float64Array(25)
    ;[6, -12, 12, -11, 6].forEach((c, j) => (a[j] = c))
    for (let i = 1; i < 5; i++) a[i * 5 + i - 1] = 1
    const { w } = eig({ re: a, im: null }, 5)
    const roots = [...w.re].map((x, i) => [x, w.im[i]]).sort((p, q) => p[0] - q[0] || p[1] - q[1])
    const want = [
      [0, -1],
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0]
    ]
    for (const [re, im] of want) {
      expect(roots.some(([x, y]) => Math.hypot(x - re, y - im) < 1e-12)).toBe(true)
    }
  })

  test('of a badly scaled matrix is saved by balancing', () => {
    const n = 5
    const random = generator(4)
    const inner = Float64Array.from({ length: n * n }, random)
    const plain = eig({ re: inner, im: null }, n).w
    const scaled = inner.map((x, at) => x * 2 ** (20 * (Math.floor(at / n) - (at % n))))
    const { w } = eig({ re: scaled, im: null }, n)
    const order = (x: Dense): number[] => [...x.re].sort((p, q) => p - q)
    order(w).forEach((x, i) => expect(x).toBeCloseTo(order(plain)[i], 12))
  })

  test.each([1e-310, 1e-200, 1e200, 1e307])('scales by %f without loss', (size) => {
    const { w } = eig(real(2 * size, size, size, 2 * size), 2)
    expect([...w.re].map((x) => x / size).sort((a, b) => a - b)[0]).toBeCloseTo(1, 10)
    const z = eig(complex([0, size, size, 0], [0, 0, 0, 0]), 2).w
    expect([...z.re].map((x) => x / size).sort((p, q) => p - q)[1]).toBeCloseTo(1, 10)
  })

  test('is NaN throughout when an entry is', () => {
    for (const isComplex of [false, true]) {
      const { w, v, vl } = eig(nans(9, isComplex), 3, { left: true })
      expect(allNaN(w.re) && allNaN(v.re) && allNaN(vl.im)).toBe(true)
      expect(v.re.length).toBe(9)
    }
  })
})
