/** Householder reflectors with LAPACK's conventions: H = I − τ v vᴴ, v_0 = 1, Hᴴ x = β e_0, β real. */

import { divide } from './complex.ts'
import { zeros, type Dense } from './dense.ts'
import { axpy, dotIm, dotRe, norm } from './vector.ts'

/** A reflector of vectors of length n; τ = 0 means the identity. */
export interface Reflector {
  readonly v: Dense // [n]
  readonly tauRe: number
  readonly tauIm: number
  readonly beta: number
}

/** A column (or part of one) as a vector of its own: entries `step` apart from `offset` on. */
export const gather = (a: Dense, offset: number, step: number, n: number): Dense => {
  const out = zeros(n, a.im !== null)
  for (let i = 0; i < n; i++) out.re[i] = a.re[offset + i * step]
  if (a.im !== null && out.im !== null) {
    for (let i = 0; i < n; i++) out.im[i] = a.im[offset + i * step]
  }
  return out
}

/** The entrywise complex conjugate. */
export const conjugate = (x: Dense): Dense =>
  x.im === null ? x : { re: x.re, im: x.im.map((v) => -v) }

const isPositive = (x: number): boolean => x > 0 || Object.is(x, 0)

/**
 * The reflector that maps x to β e_0 with β = −sign(Re x_0) ‖x‖; the identity when x is already a
 * real multiple of e_0 (then β keeps its sign).
 *
 * Source: LAPACK's xLARFG, as published in Anderson et al., LAPACK Users' Guide, 3rd ed., §5.4.
 */
export const reflector = (x: Dense, n: number): Reflector => {
  const alphaRe = x.re[0]
  const alphaIm = x.im === null ? 0 : x.im[0]
  const v = { re: x.re.slice(0, n), im: x.im === null ? null : x.im.slice(0, n) }
  v.re[0] = 1
  if (v.im !== null) v.im[0] = 0
  if (norm(x, 1, n - 1) === 0 && alphaIm === 0) return { v, tauRe: 0, tauIm: 0, beta: alphaRe }
  const size = norm(x, 0, n)
  if (size < 1e-280) {
    // v and τ do not depend on the scale of x, but computing them from subnormals loses digits.
    const up = 2 ** 600
    const enlarged = { re: x.re.map((e) => e * up), im: x.im?.map((e) => e * up) ?? null }
    const result = reflector(enlarged, n)
    return { ...result, beta: result.beta / up }
  }
  const beta = isPositive(alphaRe) ? -size : size
  for (let i = 1; i < n; i++) {
    if (x.im === null || v.im === null) v.re[i] /= alphaRe - beta
    else {
      const [re, im] = divide(x.re[i], x.im[i], alphaRe - beta, alphaIm)
      v.re[i] = re
      v.im[i] = im
    }
  }
  return { v, tauRe: (beta - alphaRe) / beta, tauIm: -alphaIm / beta, beta }
}

/**
 * A ← (I − τ v vᴴ) A on a block of a row-major matrix of width `lda`: `rows` = length of v, rows
 * from `row`, columns from `column`. Pass conj(τ) to apply Hᴴ.
 */
export const reflectRows = (
  v: Dense,
  tauRe: number,
  tauIm: number,
  a: Dense,
  lda: number,
  row: number,
  column: number,
  rows: number,
  columns: number
): void => {
  if (tauRe === 0 && tauIm === 0) return
  const w = zeros(columns, a.im !== null) // vᴴ A
  const vIm = (i: number): number => (v.im === null ? 0 : v.im[i])
  for (let i = 0; i < rows; i++) {
    axpy(v.re[i], -vIm(i), a, (row + i) * lda + column, w, 0, columns)
  }
  for (let i = 0; i < rows; i++) {
    const fr = tauRe * v.re[i] - tauIm * vIm(i)
    const fi = tauRe * vIm(i) + tauIm * v.re[i]
    axpy(-fr, -fi, w, 0, a, (row + i) * lda + column, columns)
  }
}

/** A ← A (I − τ v vᴴ) on a block, as {@link reflectRows}; `columns` = length of v. */
export const reflectColumns = (
  v: Dense,
  tauRe: number,
  tauIm: number,
  a: Dense,
  lda: number,
  row: number,
  column: number,
  rows: number,
  columns: number
): void => {
  if (tauRe === 0 && tauIm === 0) return
  const u = conjugate(v) // dot conjugates its first argument: ⟨u, a⟩ = Σ v_k a_k
  for (let i = 0; i < rows; i++) {
    const at = (row + i) * lda + column
    const sr = dotRe(u, 0, a, at, columns)
    const si = dotIm(u, 0, a, at, columns)
    axpy(-(tauRe * sr - tauIm * si), -(tauRe * si + tauIm * sr), u, 0, a, at, columns)
  }
}
