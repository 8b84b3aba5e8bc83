/** Scalar complex arithmetic for the places that need more than a product. */

import { hypot } from '../scalar/elementary.ts'

/** (re, im). */
export type Complex = readonly [re: number, im: number]

/**
 * a / b without needless overflow in |b|².
 *
 * Source: R. L. Smith, Algorithm 116: complex division, CACM 5 (1962).
 */
export const divide = (ar: number, ai: number, br: number, bi: number): Complex => {
  if (bi === 0) return [ar / br, ai / br]
  if (Math.abs(br) >= Math.abs(bi)) {
    const q = bi / br
    const d = br + bi * q
    return [(ar + ai * q) / d, (ai - ar * q) / d]
  }
  const q = br / bi
  const d = br * q + bi
  return [(ar * q + ai) / d, (ai * q - ar) / d]
}

/** The principal square root: its real part is not negative. */
export const squareRoot = (re: number, im: number): Complex => {
  const size = hypot(re, im)
  if (size === 0) return [0, 0]
  const big = Math.sqrt((size + Math.abs(re)) / 2)
  const small = Math.abs(im) / (2 * big)
  const sign = im < 0 ? -1 : 1
  return re >= 0 ? [big, sign * small] : [small, sign * big]
}

/** |re| + |im|: within a factor √2 of the modulus, and what LAPACK compares pivots by. */
export const size1 = (re: number, im: number): number => Math.abs(re) + Math.abs(im)
