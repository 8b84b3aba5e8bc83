/** Eigenvalues and eigenvectors of real symmetric and Hermitian matrices. */
import { makeAval, type NdArray } from '../core/array.ts'
import { realPart } from '../core/dtype.ts'
import { eigh as factoriseOne } from '../core/dense/eigh.ts'
import { definePrimitive, isZero } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { reciprocal } from './arithmetic.ts'
import { convertElementType } from './convert.ts'
import { add, mul } from './elementwise.ts'
import { batchShape, checkSquare, matrixByMatrix, realPiece } from './linalg-host.ts'
import {
  adjoint,
  asColumns,
  asRows,
  diagonal,
  eye,
  hermitianFrom,
  matmul,
  real
} from './linalg-matrix.ts'
import { sub } from './negation.ts'
import { batchLeading, noTangents } from './several-results.ts'

export interface EighParams {
  /** Read the lower triangle; otherwise the upper one. */
  readonly lower: boolean
  /** Eigenvalues ascending; otherwise in the order in which they were found. */
  readonly sortEigenvalues: boolean
}

/**
 * With M = Vᴴ dA V: dw = Re diag M and dV = V (F ∘ M), where F_ij = 1/(w_j − w_i) off the diagonal
 * and 0 on it. Equal eigenvalues give infinities in dV. dA is Hermitian: what is not read
 * of A is not read of dA either.
 *
 * Source: Giles, Collected matrix derivative results for forward and reverse mode (2008), §3.1.
 */
const tangentsOf = (v: NdArray, w: NdArray, da: NdArray): readonly [dv: NdArray, dw: NdArray] => {
  const n = w.shape[w.ndim - 1]
  const core = matmul(matmul(adjoint(v), da), v)
  const unit = eye(core.shape, w.dtype)
  const gaps = sub(asRows(w, n), asColumns(w, n))
  const f = sub(reciprocal(add(gaps, unit)), unit)
  return [matmul(v, mul(convertElementType(f, core.dtype), core)), real(diagonal(core))]
}

/** A V = V diag(w) with Vᴴ V = I. */
export const eighP = definePrimitive<EighParams>({
  name: 'eigh',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a]) => {
    checkSquare('eigh', a)
    return [makeAval(a.shape, a.dtype), makeAval(batchShape(a.shape, 1), realPart(a.dtype))]
  },

  reference: (args, { lower, sortEigenvalues }, outs) => {
    const n = outs[0].shape[outs[0].shape.length - 1]
    return matrixByMatrix(args, [2], outs, (a) => {
      const { v, w } = factoriseOne(a, n, { lower, sort: sortEigenvalues })
      return [v, realPiece(w)]
    })
  },

  jvp: ([a], [da], params) => {
    const [v, w] = eigh(a, params)
    return [
      [v, w],
      isZero(da) ? noTangents([v, w]) : tangentsOf(v, w, hermitianFrom(da, params.lower))
    ]
  },

  batch: batchLeading(([a], params) => eigh(a, params))
})

/**
 * [v, w]: orthonormal eigenvectors in the columns of v, and real eigenvalues, in the order of
 * JAX's lax.linalg.eigh.
 *
 * Shape: [..., n, n] -> [..., n, n], [..., n].
 */
export const eigh = (
  a: NdArray,
  options: Partial<EighParams> = {}
): readonly [v: NdArray, w: NdArray] => {
  const [v, w] = bind(eighP, [a], {
    lower: options.lower ?? true,
    sortEigenvalues: options.sortEigenvalues ?? true
  })
  return [v, w]
}
