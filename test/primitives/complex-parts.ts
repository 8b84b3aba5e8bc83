/** Functions of complex numbers seen as functions of their parts, so that laws of reals apply. */
import type { NdArray } from '../../src/core/array.ts'
import { isComplex } from '../../src/core/dtype.ts'
import { complex, imag, real } from '../../src/primitives/complex.ts'
import type { Flat } from './checks.ts'

/** f(re + i im, …) with every complex result as its two parts; operands come in pairs. */
export const byParts =
  (f: Flat): Flat =>
  (...parts) => {
    const args: NdArray[] = []
    for (let i = 0; i < parts.length; i += 2) args.push(complex(parts[i], parts[i + 1]))
    return f(...args).flatMap((y) => (isComplex(y.dtype) ? [real(y), imag(y)] : [y]))
  }
