/** Products of several matrices: powers, and chains in the cheapest order. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, listOf } from '../../core/errors.ts'
import { eye } from '../../primitives/linalg-matrix.ts'
import { asArray } from '../promotion.ts'
import { asSquare } from './matrices.ts'
import { matmul } from './products.ts'
import { inv } from './solve.ts'

const raised = (a: NdArray, n: number): NdArray => {
  if (n === 1) return a
  const half = raised(a, Math.floor(n / 2))
  const even = matmul(half, half)
  return n % 2 === 0 ? even : matmul(even, a)
}

/**
 * A^n by repeated squaring; negative powers are those of the inverse.
 *
 * Shape: [..., n, n], kept. Errors: ValueError unless the exponent is an integer.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const matrixPower = (a: ArrayLike, n: number): NdArray => {
  const x = asSquare('np.linalg.matrixPower', a)
  if (!Number.isInteger(n))
    throw new ValueError('np.linalg.matrixPower', {
      problem: 'the exponent is no integer',
      got: String(n),
      expected: 'an integer',
      hint: 'np.linalg.eigh gives other powers of symmetric matrices'
    })
  if (n === 0) return eye(x.shape, x.dtype)
  return n > 0 ? raised(x, n) : raised(inv(x), -n)
}

interface Chain {
  readonly cost: number
  readonly product: () => NdArray
}

/**
 * The product of at least two arrays in the order with the fewest multiplications. The first and
 * the last may be vectors, the others are matrices.
 *
 * Shape: [n0, n1], [n1, n2], … -> [n0, nk].
 * Source: the dynamic programme of Cormen et al., Introduction to Algorithms, §15.2.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const multiDot = (arrays: readonly ArrayLike[]): NdArray => {
  const xs = listOf('np.linalg.multiDot', arrays).map((x) => asArray(x, 'np.linalg.multiDot'))
  if (xs.length < 2)
    throw new ValueError('np.linalg.multiDot', {
      problem: 'there is nothing to multiply',
      got: `${xs.length} arrays`,
      expected: 'at least two',
      hint: 'pass one list: multiDot([a, b, c])'
    })
  const rows = xs.map((x, i) => (i === 0 && x.ndim === 1 ? 1 : x.shape[0]))
  const columns = xs.map((x) => (x.ndim === 1 ? 1 : x.shape[1]))
  const known = new Map<string, Chain>()
  const best = (i: number, j: number): Chain => {
    const key = `${i},${j}`
    const found = known.get(key)
    if (found !== undefined) return found
    const splits = xs.slice(i, j).map((_, at): Chain => {
      const [left, right] = [best(i, i + at), best(i + at + 1, j)]
      const cost = left.cost + right.cost + rows[i] * columns[i + at] * columns[j]
      return { cost, product: () => matmul(left.product(), right.product()) }
    })
    const chain =
      i === j
        ? { cost: 0, product: () => xs[i] }
        : splits.reduce((least, next) => (next.cost < least.cost ? next : least))
    known.set(key, chain)
    return chain
  }
  return best(0, xs.length - 1).product()
}
