/** Checks of what is a matrix, and squares of moduli. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { isComplex } from '../../core/dtype.ts'
import { ShapeError } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import { square } from '../../primitives/arithmetic.ts'
import { imag, real } from '../../primitives/complex.ts'
import { add } from '../../primitives/elementwise.ts'
import { asInexact, asType } from '../promotion.ts'

/** |x|², without a square root. Shape: kept; the type is real. */
export const squaredModulus = (x: NdArray): NdArray =>
  isComplex(x.dtype) ? add(square(real(x)), square(imag(x))) : square(x)

/** Matrices in a type that is factorised: half precision becomes float32. */
export const asMatrices = (operation: string, a: ArrayLike): NdArray => {
  const x = asInexact(a, operation)
  if (x.ndim < 2)
    throw new ShapeError(operation, {
      problem: 'the array holds no matrices',
      got: `shape ${show(x.shape)}`,
      expected: 'at least two axes: rows and columns last',
      hint: 'np.expandDims makes a matrix of a vector'
    })
  return x.dtype === 'float16' || x.dtype === 'bfloat16' ? asType(x, 'float32') : x
}

/** As {@link asMatrices}, and as many rows as columns. */
export const asSquare = (operation: string, a: ArrayLike): NdArray => {
  const x = asMatrices(operation, a)
  const [m, n] = x.shape.slice(-2)
  if (m === n) return x
  throw new ShapeError(operation, {
    problem: 'the matrix is not square',
    got: `shape ${show(x.shape)}`,
    expected: 'as many rows as columns in the last two axes',
    hint: 'np.linalg.lstsq and np.linalg.pinv take matrices of any shape'
  })
}
