/** Storage of one dense matrix, shared by the factorisations: float64, row-major, real or complex. */

import { binaryExponent } from '../scalar/rounding.ts'

/**
 * Entries of a matrix whose shape travels beside it as arguments; `im` is null when it is real.
 * Operands of one routine are all real or all complex.
 */
export interface Dense {
  readonly re: Float64Array // [rows * columns]
  readonly im: Float64Array | null // [rows * columns]
}

/** `size` zeros, with an imaginary part when `isComplex`. */
export const zeros = (size: number, isComplex: boolean): Dense => ({
  re: new Float64Array(size),
  im: isComplex ? new Float64Array(size) : null
})

/** `size` NaNs (in both parts): what a factorisation that does not exist returns. */
export const nans = (size: number, isComplex: boolean): Dense => ({
  re: new Float64Array(size).fill(NaN),
  im: isComplex ? new Float64Array(size).fill(NaN) : null
})

/** A copy that shares no storage. */
export const copy = (a: Dense): Dense => ({
  re: a.re.slice(),
  im: a.im === null ? null : a.im.slice()
})

/** The matrix with ones on its diagonal. Shape: [m, n]. */
export const identity = (m: number, n: number, isComplex: boolean): Dense => {
  const out = zeros(m * n, isComplex)
  for (let i = 0; i < Math.min(m, n); i++) out.re[i * n + i] = 1
  return out
}

const transposePart = (x: Float64Array, m: number, n: number, sign: 1 | -1): Float64Array => {
  const out = new Float64Array(m * n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = sign * x[i * n + j]
  return out
}

/** Aᵀ. Shape: [m, n] -> [n, m]. */
export const transpose = (a: Dense, m: number, n: number): Dense => ({
  re: transposePart(a.re, m, n, 1),
  im: a.im === null ? null : transposePart(a.im, m, n, 1)
})

/** Aᴴ. Shape: [m, n] -> [n, m]. */
export const adjoint = (a: Dense, m: number, n: number): Dense => ({
  re: transposePart(a.re, m, n, 1),
  im: a.im === null ? null : transposePart(a.im, m, n, -1)
})

/** The leading `rows` × `columns` corner. Shape: [_, n] -> [rows, columns]. */
export const corner = (a: Dense, n: number, rows: number, columns: number): Dense => {
  const out = zeros(rows * columns, a.im !== null)
  for (let i = 0; i < rows; i++) {
    out.re.set(a.re.subarray(i * n, i * n + columns), i * columns)
    if (a.im !== null && out.im !== null) {
      out.im.set(a.im.subarray(i * n, i * n + columns), i * columns)
    }
  }
  return out
}

/** Row `rows[i]` of `a` as row i. Shape: [_, n] -> [rows.length, n]. */
export const pickRows = (a: Dense, n: number, rows: Int32Array): Dense => {
  const out = zeros(rows.length * n, a.im !== null)
  rows.forEach((row, i) => {
    out.re.set(a.re.subarray(row * n, (row + 1) * n), i * n)
    if (a.im !== null && out.im !== null) out.im.set(a.im.subarray(row * n, (row + 1) * n), i * n)
  })
  return out
}

/** The largest |part| of any entry: 0 when there is none, NaN when any entry is NaN. */
export const maxPart = ({ re, im }: Dense): number => {
  let max = 0
  // Math.max propagates NaN, a comparison would lose it.
  for (let i = 0; i < re.length; i++) max = Math.max(max, Math.abs(re[i]))
  if (im !== null) for (let i = 0; i < im.length; i++) max = Math.max(max, Math.abs(im[i]))
  return max
}

/**
 * The power of two that brings entries of magnitude `max` to 1 … 2, or 1 when it is zero or not
 * finite. Scaling by it is exact but for subnormals, so it costs no accuracy and saves squares from
 * overflow and underflow.
 */
export const unitScale = (max: number): number => {
  if (max === 0 || !Number.isFinite(max)) return 1
  // Beyond 2^±1000 the factor or its inverse would leave the normal numbers.
  return 2 ** Math.min(1000, Math.max(-1000, -binaryExponent(max)))
}

/** `a` times the real number `factor`; exact when `factor` is a {@link unitScale}. */
export const times = (a: Dense, factor: number): Dense => ({
  re: a.re.map((x) => x * factor),
  im: a.im === null ? null : a.im.map((x) => x * factor)
})
