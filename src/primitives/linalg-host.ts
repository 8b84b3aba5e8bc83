/** Stacks of matrices in host storage, taken apart for the factorisations of core/dense. */
import '../install-factorisations.ts'
import { allocate, isComplex, type DType, type HostData } from '../core/dtype.ts'
import type { Dense } from '../core/dense/dense.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { show, sizeOf, type Shape } from '../core/shape.ts'
import type { Aval } from '../trace/aval.ts'
import type { HostArray } from '../trace/primitive.ts'

/** Element types in which factorisations exist. */
const factorable: readonly DType[] = ['float32', 'float64', 'complex64', 'complex128']

/** Errors: DTypeError for integers, bools and half precision. */
export const checkFactorable = (operation: string, dtype: DType): void => {
  if (factorable.includes(dtype)) return
  throw new DTypeError(operation, {
    problem: 'matrices of this element type are not factorised',
    got: dtype,
    expected: factorable.join(', '),
    hint: "convert with astype('float32'); functions of np.linalg do so by themselves"
  })
}

/** Errors: DTypeError by {@link checkFactorable}, ShapeError when `x` holds no matrices. */
export const checkMatrices = (operation: string, x: Aval): void => {
  checkFactorable(operation, x.dtype)
  if (x.shape.length >= 2) return
  throw new ShapeError(operation, {
    problem: 'the operand is no matrix',
    got: `shape ${show(x.shape)}`,
    expected: 'at least two axes: rows and columns last, any batch axes before',
    hint: 'np.expandDims makes a matrix of one row or one column'
  })
}

/** As {@link checkMatrices}, and the matrices are square. */
export const checkSquare = (operation: string, x: Aval): void => {
  checkMatrices(operation, x)
  const [m, n] = x.shape.slice(-2)
  if (m === n) return
  throw new ShapeError(operation, {
    problem: 'the matrix is not square',
    got: `shape ${show(x.shape)}`,
    expected: 'as many rows as columns in the last two axes',
    hint: 'qr, lu and svd take matrices of any shape'
  })
}

/** Axes before the last `count`. */
export const batchShape = (shape: Shape, count = 2): Shape => shape.slice(0, -count)

/** So many numbers are sooner copied one by one than by the engine. */
const fewNumbers = 256

/** `size` elements from `at` on, widened to float64. */
export const piece = (x: HostArray, at: number, size: number): Dense => {
  const re = new Float64Array(size)
  if (!isComplex(x.dtype)) {
    // Views of a few numbers cost more than the numbers.
    if (size > fewNumbers) re.set(x.data.subarray(at, at + size))
    else for (let i = 0; i < size; i++) re[i] = x.data[at + i]
    return { re, im: null }
  }
  const im = new Float64Array(size)
  for (let i = 0, from = 2 * at; i < size; i++, from += 2) {
    re[i] = x.data[from]
    im[i] = x.data[from + 1]
  }
  return { re, im }
}

/** Writes elements from `at` on; an imaginary part is dropped where the array is real. */
export const putPiece = (to: HostData, dtype: DType, at: number, x: Dense): void => {
  const size = x.re.length
  if (!isComplex(dtype)) {
    if (size > fewNumbers) to.set(x.re, at)
    else for (let i = 0; i < size; i++) to[at + i] = x.re[i]
    return
  }
  for (let i = 0, into = 2 * at; i < size; i++, into += 2) {
    to[into] = x.re[i]
    to[into + 1] = x.im === null ? 0 : x.im[i]
  }
}

/** Real numbers as a piece. */
export const realPiece = (re: ArrayLike<number>): Dense => ({ re: new Float64Array(re), im: null })

/**
 * A reference rule that works matrix by matrix: `factorise` gets entry k of every operand, whose
 * last `ranks[i]` axes belong to the matrix, and returns entry k of every result.
 */
export const matrixByMatrix = (
  args: readonly HostArray[],
  ranks: readonly number[],
  outs: readonly Aval[],
  factorise: (...entries: readonly Dense[]) => readonly Dense[]
): readonly HostData[] => {
  const count = sizeOf(batchShape(args[0].shape, ranks[0]))
  const results = outs.map((o) => allocate(o.dtype, sizeOf(o.shape)))
  const sizes = args.map((x, i) => sizeOf(x.shape.slice(x.shape.length - ranks[i])))
  for (let k = 0; k < count; k++) {
    const entries = factorise(...args.map((x, i) => piece(x, k * sizes[i], sizes[i])))
    entries.forEach((entry, i) => putPiece(results[i], outs[i].dtype, k * entry.re.length, entry))
  }
  return results
}
