/** Elimination with row exchanges: P A = L U, packed into one matrix. */
import { makeAval, type NdArray } from '../core/array.ts'
import { lu as factoriseOne } from '../core/dense/lu.ts'
import { avalOf } from '../trace/aval.ts'
import { definePrimitive, isZero } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { add, noParams, type NoParams } from './elementwise.ts'
import { batchShape, checkMatrices, matrixByMatrix, realPiece } from './linalg-host.ts'
import { eye, matmul, strictlyLower, takeRows, upperTriangle } from './linalg-matrix.ts'
import { triangularSolve } from './linalg-triangular-solve.ts'
import { zeroOf } from './linear.ts'
import { batchLeading, noTangents } from './several-results.ts'
import { pad, sliceInDim } from './slicing.ts'

/** `x` in the upper left corner of a square matrix of order `n`, zeros elsewhere. */
const inSquare = (x: NdArray, n: number): NdArray => {
  const [rows, columns] = x.shape.slice(-2)
  const kept = batchShape(x.shape).map(() => [0, 0, 0] as const)
  return pad(x, zeroOf(avalOf(x)), [...kept, [0, n - rows, 0], [0, n - columns, 0]])
}

/**
 * dL = L tril(M, −1) and dU = triu(M) U with M = L⁻¹ P dA U⁻¹, where L and U are continued to
 * square matrices by the identity: that column of L, or row of U, is then free.
 *
 * Source: de Hoog, Anderssen & Lukas, Differentiation of matrix functionals using triangular
 *         factorization, Math. Comp. 80 (2011).
 */
const tangentOf = (lu: NdArray, permutation: NdArray, da: NdArray): NdArray => {
  const [m, n] = lu.shape.slice(-2)
  const k = Math.min(m, n)
  const batch = batchShape(lu.shape)
  const unit = eye([...batch, m, m], lu.dtype)
  const l = add(inSquare(strictlyLower(sliceInDim(lu, 0, k, lu.ndim - 1)), m), unit)
  const rest = eye([...batch, n - k, n - k], lu.dtype)
  const corner = pad(rest, zeroOf(avalOf(lu)), [
    ...batch.map(() => [0, 0, 0] as const),
    [k, 0, 0],
    [k, 0, 0]
  ])
  const u = add(inSquare(upperTriangle(sliceInDim(lu, 0, k, lu.ndim - 2)), n), corner)
  const left = triangularSolve(l, takeRows(da, permutation), {
    leftSide: true,
    lower: true,
    unitDiagonal: true
  })
  const both = triangularSolve(u, left)
  return add(matmul(l, strictlyLower(both)), matmul(upperTriangle(both), u))
}

/** LU with partial pivoting; singular matrices have zeros on the diagonal of U. */
export const luP = definePrimitive<NoParams>({
  name: 'lu',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a]) => {
    checkMatrices('lu', a)
    const batch = batchShape(a.shape)
    const [m, n] = a.shape.slice(-2)
    return [
      makeAval(a.shape, a.dtype),
      makeAval([...batch, Math.min(m, n)], 'int32'),
      makeAval([...batch, m], 'int32')
    ]
  },

  reference: (args, _params, outs) => {
    const [m, n] = outs[0].shape.slice(-2)
    return matrixByMatrix(args, [2], outs, (a) => {
      const { lu, pivots, permutation } = factoriseOne(a, m, n)
      return [lu, realPiece(pivots), realPiece(permutation)]
    })
  },

  jvp: ([a], [da]) => {
    const outs = lu(a)
    const [packed, , permutation] = outs
    const [none, ...integers] = noTangents(outs)
    return [outs, [isZero(da) ? none : tangentOf(packed, permutation, da), ...integers]]
  },

  batch: batchLeading(([a]) => lu(a))
})

/**
 * [lu, pivots, permutation]: U on and above the diagonal and below it L, whose ones are left out;
 * row i was exchanged with row pivots[i] in order of i; row i of L U is row permutation[i] of A.
 *
 * Shape: [..., m, n] -> [..., m, n], int32 [..., min(m, n)], int32 [..., m].
 */
export const lu = (a: NdArray): readonly [lu: NdArray, pivots: NdArray, permutation: NdArray] => {
  const [packed, pivots, permutation] = bind(luP, [a], noParams)
  return [packed, pivots, permutation]
}

/**
 * x with A x = b by elimination. Its derivative goes through the factors: for one solve of a system
 * that is differentiated customLinearSolve is cheaper.
 *
 * Shape: a [..., n, n], b [..., n, m] -> [..., n, m].
 */
export const solveByLu = (a: NdArray, b: NdArray): NdArray => {
  const [packed, , permutation] = lu(a)
  const y = triangularSolve(packed, takeRows(b, permutation), {
    leftSide: true,
    lower: true,
    unitDiagonal: true
  })
  return triangularSolve(packed, y, { leftSide: true })
}
