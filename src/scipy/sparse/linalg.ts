/**
 * Linear systems of which only products with the matrix are known: A is a function, vectors may be
 * trees. Solutions have implicit derivatives, by A and by b; the iterations are not differentiated.
 */
import { isArray, type NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, showArgument } from '../../core/errors.ts'
import * as tree from '../../core/tree.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'

/** A matrix, or its product with a vector. */
export type Operator<B> = NdArray | ((x: B) => B)

export interface IterativeOptions<B> {
  /** Where to begin; zeros by default. */
  readonly x0?: B
  /** Ends at ‖b − A x‖ ≤ max(tol ‖b‖, atol). 1e-5 and 0 by default. */
  readonly tol?: number
  readonly atol?: number
  /** Ten times the number of unknowns by default. */
  readonly maxiter?: number
  /** An approximation of the inverse of A; for `cg` symmetric and positive. */
  readonly M?: Operator<B>
}

const product = <B>(operation: string, a: Operator<B>): ((x: B) => B) => {
  if (typeof a === 'function') return a
  if (isArray(a) && a.ndim === 2) return (x) => np.matmul(a, x as NdArray) as B // vectors of it are arrays
  throw new ValueError(operation, {
    problem: 'the operator is neither a matrix nor a function',
    got: isArray(a) ? `an array of rank ${a.ndim}` : showArgument(a),
    expected: 'an array [n, n], or a function from a vector to its product',
    hint: 'vmap solves several systems at once'
  })
}

/** x + k y, leaf by leaf. */
const plus = <B>(x: B, k: NdArray, y: B): B =>
  tree.map((a: NdArray, b: NdArray) => a.add(k.astype(b.dtype).mul(b)), x, y)
const minus = <B>(x: B, y: B): B => tree.map((a: NdArray, b: NdArray) => a.sub(b), x, y)
const choose = <B>(first: NdArray, x: B, y: B): B =>
  tree.map((a: NdArray, b: NdArray) => np.where(first, a, b), x, y)

/** Σ conj(x) y over all leaves. */
const dot = (x: unknown, y: unknown): NdArray =>
  tree
    .leaves(tree.map((a: NdArray, b: NdArray) => np.vdot(a, b), x, y))
    .reduce<NdArray>((sum, d) => np.add(sum, d), np.array(0))

const squaredNorm = (x: unknown): NdArray => np.real(dot(x, x))

interface Iteration<B> {
  readonly start: B
  readonly maxiter: number
  /** Of a residual: whether it is small enough. */
  readonly isSmall: (r: B) => NdArray
  readonly precondition: (x: B) => B
}

const prepared = <B>(operation: string, b: B, o: IterativeOptions<B>): Iteration<B> => {
  checkOptions(operation, o, ['x0', 'tol', 'atol', 'maxiter', 'M'])
  const { tol = 1e-5, atol = 0, M } = o
  const unknowns = tree.reduce((n, x: NdArray) => n + np.size(x), b, 0)
  const { maxiter = 10 * unknowns } = o
  const enough = np.maximum(squaredNorm(b).mul(tol * tol), atol * atol)
  return {
    start: o.x0 ?? tree.map((x: NdArray) => np.zerosLike(x), b),
    maxiter,
    isSmall: (r) => squaredNorm(r).lessEqual(enough),
    precondition: M === undefined ? (x) => x : product(operation, M)
  }
}

type Solver<B> = (a: (x: B) => B, b: B) => B

const zero = (): NdArray => np.array(0, { dtype: 'int32' })

/** Source: Hestenes & Stiefel 1952, preconditioned as in Saad 2003, algorithm 9.1. */
const conjugateGradients =
  <B>(operation: string, o: IterativeOptions<B>): Solver<B> =>
  (a, b) => {
    const { start, maxiter, isSmall, precondition } = prepared(operation, b, o)
    const r = minus(b, a(start))
    const z = precondition(r)
    const first = { x: start, r, p: z, rz: dot(r, z), k: zero() }
    return lax.whileLoop(
      ({ r, k }) => np.logicalAnd(np.logicalNot(isSmall(r)), k.less(maxiter)),
      ({ x, r, p, rz, k }) => {
        const ap = a(p)
        const step = rz.div(dot(p, ap))
        const rest = plus(r, step.neg(), ap)
        const z = precondition(rest)
        const next = dot(rest, z)
        const q = plus(z, next.div(rz), p)
        return { x: plus(x, step, p), r: rest, p: q, rz: next, k: k.add(1) }
      },
      first
    ).x
  }

/** Source: van der Vorst 1992, with the preconditioner on the right. */
const stabilized =
  <B>(operation: string, o: IterativeOptions<B>): Solver<B> =>
  (a, b) => {
    const { start, maxiter, isSmall, precondition } = prepared(operation, b, o)
    const shadow = minus(b, a(start))
    const one = np.onesLike(dot(shadow, shadow))
    const first = {
      x: start,
      r: shadow,
      p: shadow,
      ap: shadow,
      rho: one,
      alpha: one,
      omega: one,
      k: zero(),
      broken: np.array(false)
    }
    return lax.whileLoop(
      ({ r, k, broken }) =>
        np.logicalNot(np.logicalOr(np.logicalOr(isSmall(r), broken), k.greaterEqual(maxiter))),
      (s) => {
        const rho = dot(shadow, s.r)
        const beta = rho.div(s.rho).mul(s.alpha.div(s.omega))
        // The direction before the first is the residual, and so is its product: both cancel.
        const along = plus(s.r, beta, plus(s.p, s.omega.neg(), s.ap))
        const p = choose(s.k.equal(0), s.r, along)
        const mp = precondition(p)
        const ap = a(mp)
        const alpha = rho.div(dot(shadow, ap))
        const half = plus(s.r, alpha.neg(), ap)
        const mh = precondition(half)
        const t = a(mh)
        const isEnough = isSmall(half)
        const omega = np.where(isEnough, 0, dot(t, half).div(dot(t, t)))
        const zeros = np.logicalOr(rho.equal(0), alpha.equal(0))
        return {
          x: plus(plus(s.x, alpha, mp), omega, mh),
          r: plus(half, omega.neg(), t),
          p,
          ap,
          rho,
          alpha,
          omega,
          k: s.k.add(1),
          broken: np.logicalOr(zeros, np.logicalAnd(omega.equal(0), np.logicalNot(isEnough)))
        }
      },
      first
    ).x
  }

/**
 * x with A x = b, for A symmetric (Hermitian) and positive definite, by conjugate gradients.
 *
 * Shape:  b a vector [n], or a tree of arrays that A takes and gives -> like b.
 * Errors: ValueError for an operator that is neither; StructureError when A b is not like b.
 * Source: Hestenes & Stiefel 1952.
 *
 * @example
 * const a = np.array([[4, 1], [1, 3]])
 * scipy.sparse.linalg.cg(a, np.array([1, 2]))[0] // => [0.0909091 0.6363636]
 *
 * @category solvers
 * @since 0.1.0
 */
export const cg = <B>(
  A: Operator<B>,
  b: B,
  options: IterativeOptions<B> = {}
): readonly [x: B, info: readonly []] => {
  const solve = conjugateGradients('cg', options)
  return [lax.customLinearSolve(product('cg', A), b, solve, { symmetric: true }), []]
}

/**
 * x with A x = b for any A, by stabilized biconjugate gradients.
 *
 * Shape:  b a vector [n], or a tree of arrays that A takes and gives -> like b.
 * Errors: ValueError for an operator that is neither; StructureError when A b is not like b.
 * Source: van der Vorst 1992.
 *
 * @example
 * const a = np.array([[4, 2], [1, 3]])
 * scipy.sparse.linalg.bicgstab(a, np.array([8, 7]))[0] // => [1.0000 2.0000]
 *
 * @category solvers
 * @since 0.1.0
 */
export const bicgstab = <B>(
  A: Operator<B>,
  b: B,
  options: IterativeOptions<B> = {}
): readonly [x: B, info: readonly []] => {
  const { x0: _start, ...others } = options // which begins near x, not near another solution
  const solve = stabilized('bicgstab', options)
  const transposeSolve = stabilized<B>('bicgstab', others)
  return [lax.customLinearSolve(product('bicgstab', A), b, solve, { transposeSolve }), []]
}
