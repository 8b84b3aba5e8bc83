/** The Cholesky factorisation of positive definite matrices. */
import { makeAval, type NdArray } from '../core/array.ts'
import { cholesky as factoriseOne } from '../core/dense/cholesky.ts'
import { definePrimitive, isZero } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { div } from './arithmetic.ts'
import { add, constant, noParams, type NoParams } from './elementwise.ts'
import { checkSquare, matrixByMatrix } from './linalg-host.ts'
import { eye, hermitianFrom, lowerTriangle, matmul } from './linalg-matrix.ts'
import { triangularSolve } from './linalg-triangular-solve.ts'
import { batchLeading, noTangents } from './several-results.ts'

/** The lower triangle with its diagonal halved: Φ of Murray 2016. */
const halved = (x: NdArray): NdArray =>
  div(lowerTriangle(x), add(constant(x, 1), eye(x.shape, x.dtype)))

/**
 * dL = L Φ(L⁻¹ dA L⁻ᴴ), where dA is Hermitian: what is not read of A is not read of dA either.
 *
 * Source: Murray, Differentiation of the Cholesky decomposition (2016), §3.1.
 */
const tangentOf = (l: NdArray, da: NdArray): NdArray => {
  const right = triangularSolve(l, hermitianFrom(da, true), {
    lower: true,
    transposeA: true,
    conjugateA: true
  })
  return matmul(l, halved(triangularSolve(l, right, { leftSide: true, lower: true })))
}

/** Lower triangular L with L Lᴴ = A; NaN where A is not positive definite. */
export const choleskyP = definePrimitive<NoParams>({
  name: 'cholesky',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a]) => {
    checkSquare('cholesky', a)
    return [makeAval(a.shape, a.dtype)]
  },

  reference: (args, _params, outs) => {
    const n = outs[0].shape[outs[0].shape.length - 1]
    return matrixByMatrix(args, [2], outs, (a) => [factoriseOne(a, n)])
  },

  jvp: ([a], [da]) => {
    const l = cholesky(a)
    return [[l], isZero(da) ? noTangents([l]) : [tangentOf(l, da)]]
  },

  batch: batchLeading(([a]) => [cholesky(a)])
})

/**
 * The lower triangular factor of Hermitian matrices, of which only the lower triangle is read.
 *
 * Shape: [..., n, n] -> the same, zeros above the diagonal.
 */
export const cholesky = (a: NdArray): NdArray => bind1(choleskyP, [a], noParams)
