/** Parts, conjugates and angles of complex numbers. */
import { checkOptions } from '../core/errors.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex } from '../core/dtype.ts'
import * as ops from '../primitives/complex.ts'
import { constant, mul } from '../primitives/elementwise.ts'
import { atan2 } from '../primitives/trigonometry.ts'
import { unary } from './lift.ts'
import { asInexact } from './promotion.ts'

/** The complex conjugate; real numbers are their own. */
export const conj = unary('conj', (x) => (isComplex(x.dtype) ? ops.conj(x) : x))
export const conjugate = conj

/** The real part; real numbers are their own. */
export const real = unary('real', (x) => (isComplex(x.dtype) ? ops.real(x) : x))

/** The imaginary part; 0 for real numbers. */
export const imag = unary('imag', (x) => (isComplex(x.dtype) ? ops.imag(x) : constant(x, 0)))

/** The angle of a complex number in [−π, π]: of real ones 0 or π. */
export const angle = (x: ArrayLike, options: { readonly deg?: boolean } = {}): NdArray => {
  checkOptions('np.angle', options, ['deg'])
  const { deg = false } = options
  const z = asInexact(x, 'np.angle')
  const re = real(z)
  const radians = atan2(isComplex(z.dtype) ? ops.imag(z) : constant(re, 0), re)
  return deg ? mul(radians, constant(radians, 180 / Math.PI)) : radians
}
