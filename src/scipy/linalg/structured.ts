/** Matrices that a few numbers determine. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, ValueError } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

const vector = (operation: string, of: ArrayLike): NdArray => {
  const x = np.asarray(of)
  if (x.ndim <= 1) return np.ravel(x)
  throw new ShapeError(operation, {
    problem: 'an argument is no vector',
    got: show(x.shape),
    expected: 'shape [n]',
    hint: 'vmap makes a matrix for each row of a stack'
  })
}

const requireCount = (operation: string, n: number, isFit = true): void => {
  if (Number.isInteger(n) && n >= 1 && isFit) return
  throw new ValueError(operation, {
    problem: 'there is no matrix of this size',
    got: String(n),
    expected: isFit ? 'an integer from 1 on' : 'a power of 2',
    hint: 'the argument is the number of rows'
  })
}

/** Row and column of every element. Shape: -> int32 [m, n] each. */
const places = (m: number, n: number): readonly NdArray[] =>
  [0, 1].map((a) => lax.broadcastedIota('int32', [m, n], a))

/**
 * Matrices along a diagonal, with zeros elsewhere. Scalars and vectors are matrices of one row.
 *
 * Shape:  [m_i, n_i] each -> [Σ m_i, Σ n_i].
 * Errors: ShapeError for arrays of higher rank.
 *
 * @example
 * blockDiag(np.eye(1), np.array([[2, 3]])) // => [[1. 0. 0.] [0. 2. 3.]]
 *
 * @category matrices
 * @since 0.1.0
 */
export const blockDiag = (...blocks: readonly ArrayLike[]): NdArray => {
  const given = (blocks.length === 0 ? [np.zeros([1, 0])] : blocks).map((b) => np.atleast2d(b))
  const dtype = np.resultType(...given)
  const parts = given.map((x) => np.astype(x, dtype))
  const deep = parts.find((x) => x.ndim > 2)
  if (deep !== undefined)
    throw new ShapeError('blockDiag', {
      problem: 'a block is no matrix',
      got: show(deep.shape),
      expected: 'matrices',
      hint: 'vmap takes stacks of blocks'
    })
  const width = parts.reduce((n, x) => n + x.shape[1], 0)
  let before = 0
  const rows = parts.map((x) => {
    const low = before
    before += x.shape[1]
    return np.pad(x, [
      [0, 0],
      [low, width - before]
    ])
  })
  return np.concatenate(rows)
}

/**
 * Equal elements along every diagonal: the first column c, and the first row r (c̄ when left out),
 * whose first element does not count.
 *
 * Shape:  c [m], r [n] -> [m, n].
 *
 * @example
 * toeplitz(np.array([1, 2]), np.array([1, 5])) // => [[1. 5.] [2. 1.]]
 *
 * @category matrices
 * @since 0.1.0
 */
export const toeplitz = (c: ArrayLike, r?: ArrayLike): NdArray => {
  const column = vector('toeplitz', c)
  const row = r === undefined ? np.conj(column) : vector('toeplitz', r)
  const [m, n] = [column.size, row.size]
  const all = np.concatenate([np.flip(column), row.slice('1:')])
  const [i, j] = places(m, n)
  return np.take(all, np.add(np.sub(j, i), m - 1))
}

/**
 * Equal elements along every antidiagonal: the first column c, and the last row r (zeros when left
 * out), whose first element does not count.
 *
 * Shape:  c [m], r [n] -> [m, n].
 *
 * @category matrices
 * @since 0.1.0
 */
export const hankel = (c: ArrayLike, r?: ArrayLike): NdArray => {
  const column = vector('hankel', c)
  const row = r === undefined ? np.zerosLike(column) : vector('hankel', r)
  const all = np.concatenate([column, row.slice('1:')])
  const [i, j] = places(column.size, row.size)
  return np.take(all, np.add(i, j))
}

/**
 * Every column is the one before, moved down by one.
 *
 * Shape:  c [n] -> [n, n].
 *
 * @category matrices
 * @since 0.1.0
 */
export const circulant = (c: ArrayLike): NdArray => {
  const column = vector('circulant', c)
  const n = column.size
  const [i, j] = places(n, n)
  return np.take(column, np.mod(np.sub(i, j), n))
}

/**
 * The matrix whose eigenvalues are the roots of a polynomial, highest power first.
 *
 * Shape:  a [n + 1] -> [n, n].
 *
 * @category matrices
 * @since 0.1.0
 */
export const companion = (a: ArrayLike): NdArray => {
  const coefficients = vector('companion', a)
  const n = coefficients.size - 1
  requireCount('companion', n)
  const first = np.neg(np.div(coefficients.slice('1:'), coefficients.slice(0)))
  return np.concatenate([first.reshape([1, n]), np.eye(n - 1, n, { dtype: first.dtype })])
}

/**
 * 1 / (i + j + 1).
 *
 * @category matrices
 * @since 0.1.0
 */
export const hilbert = (n: number): NdArray => {
  requireCount('hilbert', n)
  const [i, j] = places(n, n)
  return np.div(1, np.add(np.add(i, j), 1))
}

/**
 * ±1 with orthogonal rows, for powers of 2.
 *
 * Errors: ValueError for other sizes.
 *
 * @category matrices
 * @since 0.1.0
 */
export const hadamard = (n: number): NdArray => {
  requireCount('hadamard', n, (n & (n - 1)) === 0) // one bit
  const [i, j] = places(n, n)
  const isOdd = np.mod(np.bitwiseCount(np.bitwiseAnd(i, j)), 2)
  return np.astype(np.sub(1, np.mul(np.astype(isOdd, 'int32'), 2)), 'float32')
}

/** What divides the matrix of the transform: nothing, √n or n. */
export type DftScale = 'sqrtn' | 'n' | null

/**
 * The matrix of the discrete Fourier transform: e^(−2πi jk/n).
 *
 * Errors: ValueError for other sizes and scales.
 *
 * @category matrices
 * @since 0.1.0
 */
export const dft = (n: number, scale: DftScale = null): NdArray => {
  requireCount('dft', n)
  if (scale !== null && scale !== 'n' && scale !== 'sqrtn')
    throw new ValueError('dft', {
      problem: 'there is no such scale',
      got: `scale: ${String(scale)}`,
      expected: "null, 'sqrtn' or 'n'",
      hint: "'sqrtn' makes the matrix unitary"
    })
  const rows = np.fft.fft(np.eye(n))
  return scale === null ? rows : np.div(rows, scale === 'n' ? n : Math.sqrt(n))
}
