/** QR factorisation by Householder reflectors, with or without column pivoting. */

import { applyBlock, blockOf, TOGETHER } from './block-reflector.ts'
import { copy, corner, identity, type Dense } from './dense.ts'
import { gather, reflectRows, reflector, type Reflector } from './householder.ts'
import { from, type Block } from './product.ts'
import { norm } from './vector.ts'
import { hypot } from '../scalar/elementary.ts'

/** How much of Q and R is returned, and whether columns are exchanged. */
export interface QrOptions {
  /** Q [m, m] and R [m, n]; otherwise, with k = min(m, n), Q [m, k] and R [k, n]. */
  readonly fullMatrices: boolean
  /** Exchange columns so that the diagonal of R does not grow in magnitude (LAPACK geqp3). */
  readonly pivoting?: boolean
}

/** A P = Q R. */
export interface Qr {
  readonly q: Dense
  readonly r: Dense
  /** Column j of A P is column pivots[j] of A; 0, 1, … without pivoting. Shape: [n]. */
  readonly pivots: Int32Array
}

const swapColumns = (a: Dense, m: number, n: number, i: number, j: number): void => {
  for (const part of a.im === null ? [a.re] : [a.re, a.im]) {
    for (let row = 0; row < m; row++) {
      const held = part[row * n + i]
      part[row * n + i] = part[row * n + j]
      part[row * n + j] = held
    }
  }
}

/**
 * Norms of what is left of each column below the rows already done, kept up to date by Pythagoras
 * and measured afresh once cancellation has eaten half of the digits.
 *
 * Source: Drmač and Bujanović, On the failure of rank-revealing QR factorization software, ACM
 * TOMS 35 (2008), the rule LAPACK follows.
 */
const columnNorms = (a: Dense, m: number, n: number) => {
  const measure = (j: number, row: number): number => {
    const rest = m - row
    return norm(gather(a, row * n + j, n, rest), 0, rest)
  }
  const current = Float64Array.from({ length: n }, (_, j) => measure(j, 0))
  const measured = current.slice()
  return {
    largestFrom: (k: number): number => {
      let best = k
      for (let j = k + 1; j < n; j++) if (current[j] > current[best]) best = j
      return best
    },
    /** Column k took the place of column p and is done with. */
    exchange: (k: number, p: number): void => {
      current[p] = current[k]
      measured[p] = measured[k]
    },
    /** Row k has left the remaining columns. */
    drop: (k: number): void => {
      for (let j = k + 1; j < n; j++) {
        if (current[j] === 0) continue
        const at = k * n + j
        const ratio = (a.im === null ? Math.abs(a.re[at]) : hypot(a.re[at], a.im[at])) / current[j]
        const left = Math.max(0, (1 + ratio) * (1 - ratio))
        if (left * (current[j] / measured[j]) ** 2 <= Math.sqrt(Number.EPSILON / 2)) {
          current[j] = measure(j, k + 1)
          measured[j] = current[j]
        } else current[j] *= Math.sqrt(left)
      }
    }
  }
}

/** Replaces `a` by R (zeros below the diagonal) and returns the reflectors H_0 H_1 … = Q. */
const eliminate = (
  a: Dense,
  m: number,
  n: number,
  pivots: Int32Array,
  pivoting: boolean
): readonly Reflector[] => {
  const norms = pivoting ? columnNorms(a, m, n) : null
  const reflectors: Reflector[] = []
  // With column exchanges every step needs all columns; without, the others may wait for a block.
  const together = pivoting || a.im !== null || Math.min(m, n) <= TOGETHER ? n : TOGETHER
  const whole: Block = { data: a.re, at: 0, down: n, right: 1 }
  for (let k = 0; k < Math.min(m, n); k++) {
    const first = k - (k % together)
    const end = Math.min(n, first + together)
    const p = norms?.largestFrom(k) ?? k
    if (p !== k) {
      swapColumns(a, m, n, k, p)
      const held = pivots[k]
      pivots[k] = pivots[p]
      pivots[p] = held
      norms?.exchange(k, p)
    }
    const h = reflector(gather(a, k * n + k, n, m - k), m - k)
    reflectors.push(h)
    for (let i = k; i < m; i++) {
      a.re[i * n + k] = i === k ? h.beta : 0
      if (a.im !== null) a.im[i * n + k] = 0
    }
    reflectRows(h.v, h.tauRe, -h.tauIm, a, n, k, k + 1, m - k, end - k - 1)
    norms?.drop(k)
    if (end < n && (k + 1 === end || k + 1 === m)) {
      const block = blockOf(reflectors.slice(first), m - first)
      applyBlock(block, from(whole, first, end), n - end, true)
    }
  }
  return reflectors
}

/** From so many reflectors on, a block of them is worth making. */
const FEW = 12

/**
 * The first `columns` columns of H_0 H_1 …, where H_k acts on rows k + `shift` … `end` − 1.
 *
 * Shape: [m, columns].
 */
export const productOf = (
  reflectors: readonly Reflector[],
  m: number,
  columns: number,
  isComplex: boolean,
  shift = 0,
  end = m
): Dense => {
  const q = identity(m, columns, isComplex)
  if (!isComplex && reflectors.length >= FEW) {
    const whole: Block = { data: q.re, at: 0, down: columns, right: 1 }
    const last = reflectors.length - 1
    for (let k = last - (last % TOGETHER); k >= 0; k -= TOGETHER) {
      const at = k + shift
      const block = blockOf(reflectors.slice(k, k + TOGETHER), end - at)
      applyBlock(block, from(whole, at, at), columns - at, false)
    }
    return q
  }
  for (let k = reflectors.length - 1; k >= 0; k--) {
    const h = reflectors[k]
    const at = k + shift
    // Columns left of `at` are still those of the identity, zero where H_k acts.
    reflectRows(h.v, h.tauRe, h.tauIm, q, columns, at, at, end - at, columns - at)
  }
  return q
}

/**
 * Orthonormal Q and upper triangular R with A P = Q R. The diagonal of R has the signs of LAPACK
 * geqrf: −sign(Re) of the entry it replaces, and for complex A it is real.
 *
 * Shape:  a [m, n]; the results by {@link QrOptions.fullMatrices}.
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., §5.2 and §5.4.2.
 */
export const qr = (a: Dense, m: number, n: number, options: QrOptions): Qr => {
  const { fullMatrices, pivoting = false } = options
  const isComplex = a.im !== null
  const r = copy(a)
  const pivots = Int32Array.from({ length: n }, (_, j) => j)
  const reflectors = eliminate(r, m, n, pivots, pivoting)
  const k = fullMatrices ? m : Math.min(m, n)
  const q = productOf(reflectors, m, k, isComplex)
  return { q, r: k === m ? r : corner(r, n, k, n), pivots }
}
