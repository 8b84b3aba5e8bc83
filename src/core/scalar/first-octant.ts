/** sin and cos between −π/4 and π/4, the same on every engine. */

import { horner } from './polynomial.ts'

/** (sin x − x)/x³ and (cos x − 1 + x²/2)/x⁴ in x². Source: fdlibm, k_sin.c and k_cos.c. */
const SIN: readonly number[] = [
  -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4,
  2.75573137070700676789e-6, -2.50507602534068634195e-8, 1.58969099521155010221e-10
]
const COS: readonly number[] = [
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5,
  -2.75573143513906633035e-7, 2.0875723212981748279e-9, -1.13596475577881948265e-11
]

/** Error: below 1 ulp. */
export const sinSmall = (x: number): number => {
  const square = x * x
  return x + x * square * horner(SIN, square)
}

/** Error: below 1 ulp. */
export const cosSmall = (x: number): number => {
  const square = x * x
  const half = 0.5 * square
  const near = 1 - half
  return near + (1 - near - half + square * square * horner(COS, square))
}
