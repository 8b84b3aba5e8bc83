/** Functions of matrices. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { inexact } from '../inexact.ts'

/** Coefficients of the (13, 13) Padé approximant of the exponential. */
const pade = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
  10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1
]

export interface ExpmOptions {
  /** How often the result may be squared: 16 by default. NaN comes of matrices that need more. */
  readonly maxSquarings?: number
}

/**
 * The exponential of a matrix, by scaling, a rational approximation and squaring.
 *
 * Shape:  [..., n, n], kept.
 * Errors: ShapeError for what is no square matrix.
 * Source: Higham 2005.
 *
 * @example
 * expm(np.zeros([2, 2])) // => [[1. 0.] [0. 1.]]
 *
 * @category functions of matrices
 * @since 0.1.0
 */
export const expm = (of: ArrayLike, options: ExpmOptions = {}): NdArray => {
  checkOptions('expm', options, ['maxSquarings'])
  const { maxSquarings = 16 } = options
  if (!Number.isInteger(maxSquarings) || maxSquarings < 0)
    throw new ValueError('expm', {
      problem: 'the number of squarings is no count',
      got: `maxSquarings: ${String(maxSquarings)}`,
      expected: 'an integer from 0 on',
      hint: '16 is enough for norms up to 350,000'
    })
  const a = inexact(of)
  const n = a.shape.at(-1) ?? 0
  if (a.ndim < 2 || a.shape.at(-2) !== n)
    throw new ShapeError('expm', {
      problem: 'the argument is no square matrix',
      got: show(a.shape),
      expected: '[..., n, n]',
      hint: 'np.exp is the exponential of every element'
    })
  if (a.size === 0) return a
  const isDouble = np.finfo(a.dtype).bits === 64
  // Below this norm the approximation is exact to the last bit.
  const bound = isDouble ? 5.371920351148152 : 3.92572478313866
  const norm = lax.stopGradient(np.max(np.sum(np.abs(a), { axis: -2 }), { axis: -1 }))
  const count = np.maximum(0, np.ceil(np.log2(np.div(norm, bound))))
  const wide = (x: NdArray): NdArray => np.expandDims(x, [-2, -1])
  const scaled = np.mul(
    a,
    np.astype(wide(np.exp2(np.neg(np.minimum(count, maxSquarings)))), a.dtype)
  )
  const unit = np.eye(n, n, { dtype: a.dtype })
  const two = np.matmul(scaled, scaled)
  const four = np.matmul(two, two)
  const six = np.matmul(four, two)
  // Σ over the powers 6, 4, 2 and 0, from coefficient `low` on.
  const part = (low: number): NdArray =>
    [six, four, two, unit]
      .map((x, i) => np.mul(x, pade[low + 6 - 2 * i]))
      .reduce((sum, x) => np.add(sum, x))
  const high = (low: number): NdArray =>
    [six, four, two].map((x, i) => np.mul(x, pade[low + 4 - 2 * i])).reduce((s, x) => np.add(s, x))
  const odd = np.matmul(scaled, np.add(np.matmul(six, high(9)), part(1)))
  const even = np.add(np.matmul(six, high(8)), part(0))
  const begin = np.linalg.solve(np.sub(even, odd), np.add(even, odd))
  const [end] = lax.scan(
    (r: NdArray, i: NdArray) =>
      [np.where(wide(np.less(i, count)), np.matmul(r, r), r), []] as const,
    begin,
    lax.iota('int32', maxSquarings)
  )
  return np.where(wide(np.greater(count, maxSquarings)), NaN, end)
}

export interface PolarOptions {
  /** 'right': A = U P (the default); 'left': A = P U. */
  readonly side?: 'right' | 'left'
}

/**
 * [U, P] with A = U P: U with orthonormal rows or columns, P positive semidefinite.
 *
 * Shape:  [m, n] -> [m, n], and [n, n] or, on the left, [m, m].
 *
 * @category decompositions
 * @since 0.1.0
 */
export const polar = (
  a: ArrayLike,
  options: PolarOptions = {}
): readonly [unitary: NdArray, positive: NdArray] => {
  checkOptions('polar', options, ['side'])
  const { side = 'right' } = options
  if (side !== 'right' && side !== 'left')
    throw new ValueError('polar', {
      problem: 'there is no such side',
      got: `side: ${String(side)}`,
      expected: "'right' or 'left'",
      hint: "'right' is A = U P"
    })
  const { 0: u, 1: s, 2: vh } = np.linalg.svd(a, { fullMatrices: false })
  const adjoint = (x: NdArray): NdArray => np.conj(np.matrixTranspose(x))
  const stretched =
    side === 'right'
      ? np.matmul(np.mul(adjoint(vh), np.expandDims(s, -2)), vh)
      : np.matmul(np.mul(u, np.expandDims(s, -2)), adjoint(u))
  return [np.matmul(u, vh), stretched]
}
