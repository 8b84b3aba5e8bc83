/**
 * Complex numbers and their parts. All four are linear over the reals. Transposes use the pairing
 * Re(c·z), without conjugation, as JAX does, so that the transpose of multiplying by i is the same.
 */
import type { NdArray } from '../core/array.ts'
import { allocate, complexOf, realPart } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import * as kernel from '../kernel/make.ts'
import { binary, constant, unary } from './elementwise.ts'
import { neg } from './negation.ts'

/** One of the two interleaved parts. */
const part = (name: 'real' | 'imag', slot: 0 | 1, transpose: (ct: NdArray) => NdArray) => {
  const apply = unary(name, {
    accepts: ['complex'],
    result: realPart,
    scalar: (x) => x,
    reference: ([x], _params, [out]) => {
      const data = allocate(out.dtype, sizeOf(out.shape))
      for (let i = 0; i < data.length; i++) data[i] = x.data[2 * i + slot]
      return [data]
    },
    jvp: (dx) => apply(dx),
    transpose,
    lower: { expr: (x) => x, parts: (x) => [x[slot]] }
  })
  return apply
}

/** The real part. Shape: kept; complex64 -> float32, complex128 -> float64. */
export const real = part('real', 0, (ct) => complex(ct, constant(ct, 0)))

/** The imaginary part. */
export const imag = part('imag', 1, (ct) => complex(constant(ct, 0), neg(ct)))

/** The complex number re + i·im of two floats. */
export const complex = binary('complex', {
  accepts: ['float'],
  result: (dtype) => {
    if (dtype === 'float32' || dtype === 'float64') return complexOf(dtype)
    throw new DTypeError('complex', {
      problem: 'no complex type has parts of this type',
      got: dtype,
      expected: 'float32 or float64',
      hint: "convert the parts with astype('float32')"
    })
  },
  scalar: (re) => re,
  reference: ([re, im], _params, [out]) => {
    const data = allocate(out.dtype, sizeOf(out.shape))
    for (let i = 0; i < re.data.length; i++) {
      data[2 * i] = re.data[i]
      data[2 * i + 1] = im.data[i]
    }
    return [data]
  },
  jvp: [(dre) => complex(dre, constant(dre, 0)), (dim) => complex(constant(dim, 0), dim)],
  transpose: [(ct) => real(ct), (ct) => neg(imag(ct))],
  lower: { expr: (re) => re, parts: ([re], [im]) => [re, im] }
})

/** The conjugate re − i·im. */
export const conj = unary('conj', {
  accepts: ['complex'],
  scalar: (x) => x,
  complex: (re, im, to) => {
    to[0] = re
    to[1] = -im
  },
  jvp: (dx) => conj(dx),
  transpose: (ct) => conj(ct),
  lower: { expr: (x) => x, parts: ([re, im]) => [re, kernel.unary('neg', im)] }
})
