/** Determinants, and their derivatives where the matrix has no inverse. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { isComplex } from '../../core/dtype.ts'
import { customJvp } from '../../control/custom-jvp.ts'
import { abs, sign } from '../../primitives/arithmetic.ts'
import { and, or } from '../../primitives/bitwise.ts'
import { eq, ne, select } from '../../primitives/compare.ts'
import { convertElementType } from '../../primitives/convert.ts'
import { cumprod } from '../../primitives/cumulative.ts'
import { log } from '../../primitives/elementary.ts'
import { add, constant, mul } from '../../primitives/elementwise.ts'
import { lu } from '../../primitives/linalg-lu.ts'
import * as matrix from '../../primitives/linalg-matrix.ts'
import { triangularSolve } from '../../primitives/linalg-triangular-solve.ts'
import { broadcastInDim, sum } from '../../primitives/movement.ts'
import { sub } from '../../primitives/negation.ts'
import { reduceProd } from '../../primitives/reduction.ts'
import { sliceInDim } from '../../primitives/slicing.ts'
import { counting, drop } from '../along.ts'
import { asSquare } from './matrices.ts'
import { solveMatrices } from './solve.ts'

type Arrays = readonly NdArray[]
type LuFactors = readonly [lu: NdArray, pivots: NdArray, permutation: NdArray]

/** 1 for an even number of row exchanges, −1 for an odd one. Shape: [..., n] -> [...]. */
const parity = (pivots: NdArray, like: NdArray): NdArray => {
  const last = pivots.ndim - 1
  const exchanged = convertElementType(ne(pivots, counting(pivots.shape, last)), 'int32')
  const odd = and(sum(exchanged, [last]), constant(sum(exchanged, [last]), 1))
  const factor = convertElementType(odd, like.dtype)
  return sub(constant(factor, 1), mul(factor, constant(factor, 2)))
}

const signed = ([packed, pivots]: LuFactors): NdArray => {
  const d = matrix.diagonal(packed)
  return mul(reduceProd(d, [d.ndim - 1]), parity(pivots, packed))
}

/**
 * det(A) A⁻¹ B, finite for singular A: with A = P L U every entry of U⁻¹ times det(A) is a product
 * of pivots, all but one of them, so the last one, which is 0 when the rank is n − 1, is left out
 * instead of divided by. An earlier pivot that is 0 gives zeros, which is right below rank n − 1.
 */
const cofactorSolve = (a: NdArray, b: NdArray): NdArray => {
  const factors = lu(a)
  const [packed, , permutation] = factors
  const n = a.shape[a.ndim - 1]
  const d = matrix.diagonal(packed)
  const at = counting(d.shape, d.ndim - 1)
  const isLast = eq(at, constant(at, n - 1))
  const sgn = parity(factors[1], packed)
  // Products of the pivots up to each; that of all but the last stands in place n − 2.
  const running = cumprod(d, d.ndim - 1)
  const before = eq(at, constant(at, n - 2))
  const butLast = mul(sum(select(before, running, constant(running, 0)), [d.ndim - 1]), sgn)
  const whole = signed(factors)
  const columns = (v: NdArray): NdArray =>
    broadcastInDim(
      v,
      d.shape,
      v.shape.map((_, i) => i)
    )
  // The rows that a replaced pivot divides are 0 already.
  const replaced = or(isLast, eq(d, constant(d, 0)))
  const onDiagonal = eq(
    counting(packed.shape, packed.ndim - 2),
    counting(packed.shape, packed.ndim - 1)
  )
  const corner = and(matrix.asColumns(replaced, n), onDiagonal)
  const upper = select(corner, constant(packed, 1), packed)
  const y = triangularSolve(packed, matrix.takeRows(b, permutation), {
    leftSide: true,
    lower: true,
    unitDiagonal: true
  })
  // Row n of the solution is det(A) y_n / u_nn = y_n Π_{i<n} u_ii; the others see det(A) y_i.
  const scale = select(isLast, columns(butLast), columns(whole))
  const scaled = mul(y, matrix.asColumns(scale, b.shape[b.ndim - 1]))
  return triangularSolve(upper, scaled, { leftSide: true })
}

const traced = (x: NdArray): NdArray => sum(matrix.diagonal(x), [x.ndim - 2])

const determinant: (a: NdArray) => NdArray = customJvp((a: NdArray): NdArray => signed(lu(a)), {
  jvp: ([a]: Arrays, [da]: Arrays) => [determinant(a), traced(cofactorSolve(a, da))]
})

/** x[…, i, j]. */
const entry = (x: NdArray, i: number, j: number): NdArray =>
  drop(drop(sliceInDim(sliceInDim(x, i, i + 1, x.ndim - 2), j, j + 1, x.ndim - 1), -1), -1)

/** Σ ± products along the first row: a polynomial, whose derivative asks for no inverse. */
const expanded = (x: NdArray): NdArray => {
  const at = (i: number, j: number): NdArray => entry(x, i, j)
  const minor = (i: number, j: number, k: number, l: number): NdArray =>
    sub(mul(at(i, k), at(j, l)), mul(at(i, l), at(j, k)))
  if (x.shape[x.ndim - 1] === 2) return minor(0, 1, 0, 1)
  const outer = add(mul(at(0, 0), minor(1, 2, 1, 2)), mul(at(0, 2), minor(1, 2, 0, 1)))
  return sub(outer, mul(at(0, 1), minor(1, 2, 0, 2)))
}

/**
 * det A. Its derivative det(A) tr(A⁻¹ dA) stays finite for singular matrices.
 *
 * Shape: [..., n, n] -> [...].
 *
 * @example
 * np.linalg.det(np.array([[3, 1], [4, 2]])).item() // => 2
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const det = (a: ArrayLike): NdArray => {
  const x = asSquare('np.linalg.det', a)
  const n = x.shape[x.ndim - 1]
  if (n < 2) return reduceProd(matrix.diagonal(x), [x.ndim - 2])
  return n < 4 ? expanded(x) : determinant(x)
}

/** The phase of det A (its sign, for real A) and log |det A|: (0, −∞) where A is singular. */
const signAndLog = (a: NdArray): readonly [sign: NdArray, logabsdet: NdArray] => {
  const [packed, pivots] = lu(a)
  const d = matrix.diagonal(packed)
  const last = d.ndim - 1
  return [mul(reduceProd(sign(d), [last]), parity(pivots, packed)), sum(log(abs(d)), [last])]
}

const logDeterminant: (a: NdArray) => readonly [NdArray, NdArray] = customJvp<
  [NdArray],
  readonly [NdArray, NdArray]
>((a: NdArray): readonly [NdArray, NdArray] => signAndLog(a), {
  jvp: ([a]: Arrays, [da]: Arrays) => {
    const [phase, logarithm] = logDeterminant(a)
    const change = traced(solveMatrices(a, da))
    const growth = matrix.real(change)
    // Of a real matrix the sign is constant; of a complex one the phase turns.
    const turn = isComplex(a.dtype)
      ? mul(sub(change, convertElementType(growth, a.dtype)), phase)
      : constant(phase, 0)
    return [
      [phase, logarithm],
      [turn, growth]
    ]
  }
})

/**
 * [sign, log |det A|], where det A itself would overflow. A singular matrix gives [0, −∞].
 *
 * Shape: [..., n, n] -> [...] twice; the logarithm is real.
 *
 * @category linear algebra
 * @since 0.1.0
 */
export const slogdet = (a: ArrayLike): readonly [sign: NdArray, logabsdet: NdArray] =>
  logDeterminant(asSquare('np.linalg.slogdet', a))
