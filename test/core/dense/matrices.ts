/** Plain matrix arithmetic and matrices worth factorising, for the tests of this folder. */

import * as fc from 'fast-check'
import { adjoint, identity, type Dense } from '../../../src/core/dense/dense.ts'

export const real = (...re: readonly number[]): Dense => ({ re: Float64Array.from(re), im: null })

export const complex = (re: readonly number[], im: readonly number[]): Dense => ({
  re: Float64Array.from(re),
  im: Float64Array.from(im)
})

const part = (x: Dense, i: number): number => (x.im === null ? 0 : x.im[i])

/** A B by definition; complex when either is. Shape: [m, k], [k, n] -> [m, n]. */
export const multiply = (a: Dense, b: Dense, m: number, k: number, n: number): Dense => {
  const re = new Float64Array(m * n)
  const im = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let l = 0; l < k; l++) {
        const [x, y] = [i * k + l, l * n + j]
        re[i * n + j] += a.re[x] * b.re[y] - part(a, x) * part(b, y)
        im[i * n + j] += a.re[x] * part(b, y) + part(a, x) * b.re[y]
      }
    }
  }
  return { re, im: a.im === null && b.im === null ? null : im }
}

/** The largest |a_i − b_i|, infinite when the sizes differ, NaN when an entry is. */
export const distance = (a: Dense, b: Dense): number => {
  if (a.re.length !== b.re.length) return Infinity
  let max = 0
  for (let i = 0; i < a.re.length; i++) {
    max = Math.max(max, Math.hypot(a.re[i] - b.re[i], part(a, i) - part(b, i)))
  }
  return max
}

export const largest = (a: Dense): number => distance(a, real(...new Float64Array(a.re.length)))

/** How far the columns of q are from orthonormal: max |Qᴴ Q − I|. Shape: q [m, n]. */
export const nonUnitarity = (q: Dense, m: number, n: number): number =>
  distance(multiply(adjoint(q, m, n), q, n, m, n), identity(n, n, q.im !== null))

/** A x for real diagonal columns: column j of `a` times d_j. Shape: a [m, n], d [n]. */
export const scaleColumns = (a: Dense, m: number, n: number, d: ArrayLike<number>): Dense => {
  const times = (x: Float64Array): Float64Array => x.map((v, i) => v * d[i % n])
  return m * n === 0 ? a : { re: times(a.re), im: a.im && times(a.im) }
}

export const allNaN = (x: Float64Array): boolean => x.every((v) => Number.isNaN(v))

export interface Sample {
  readonly m: number
  readonly n: number
  readonly a: Dense
}

/**
 * Matrices with sizes 0 … 12, real and complex, of kinds that break algorithms: random, small
 * integers (ties, exact zeros), low rank, graded over many magnitudes, ones, diagonal, repeated.
 */
export const samples = (square: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({
      m: fc.nat(12),
      width: fc.nat(12),
      isComplex: fc.boolean(),
      kind: fc.constantFrom('random', 'integer', 'low', 'graded', 'ones', 'diagonal', 'shift'),
      seed: fc.integer()
    })
    .map(({ m, width, isComplex, kind, seed }) => {
      const n = square ? m : width
      const random = generator(seed)
      const entry = (i: number, j: number, u: number): number => {
        if (kind === 'integer') return Math.floor(3 * u)
        if (kind === 'ones') return 1
        if (kind === 'diagonal') return i === j ? Math.ceil(2 * u) : 0
        if (kind === 'shift') return j === i + 1 ? 1 : 0
        if (kind === 'graded') return u * 10 ** (-2 * i - j)
        return u
      }
      const fill = (rows: number, columns: number): Float64Array =>
        Float64Array.from({ length: rows * columns }, (_, at) =>
          entry(Math.floor(at / columns), at % columns, random())
        )
      const dense = (rows: number, columns: number): Dense => ({
        re: fill(rows, columns),
        im: isComplex ? fill(rows, columns) : null
      })
      return { m, n, a: kind === 'low' ? multiply(dense(m, 2), dense(2, n), m, 2, n) : dense(m, n) }
    })

/** Uniform numbers in [−1, 1) from a seed (xorshift32, Marsaglia 2003). */
export const generator = (seed: number): (() => number) => {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  }
}

/** A full random matrix for the one large case of each test. */
export const randomDense = (size: number, isComplex: boolean, seed: number): Dense => {
  const random = generator(seed)
  const fill = (): Float64Array => Float64Array.from({ length: size }, random)
  return { re: fill(), im: isComplex ? fill() : null }
}
