/**
 * Polynomials and Chebyshev sums with coefficients in module-level arrays.
 * Every series coefficient in this folder was computed at 60 digits by
 * test/core/scalar/make-coefficients.py and rounded once to a double.
 */

/** Σ c_k x^k by Horner's rule. */
export const horner = (c: readonly number[], x: number): number => {
  let sum = 0
  for (let k = c.length - 1; k >= 0; k--) sum = sum * x + c[k]
  return sum
}

/** Σ c_k T_k(t) for t in [-1, 1] (c_0 whole, not halved). Source: Clenshaw 1955. */
export const chebyshev = (c: readonly number[], t: number): number => {
  const twice = 2 * t
  let b1 = 0
  let b2 = 0
  for (let k = c.length - 1; k > 0; k--) {
    const b0 = twice * b1 - b2 + c[k]
    b2 = b1
    b1 = b0
  }
  return t * b1 - b2 + c[0]
}
