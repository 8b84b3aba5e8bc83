/** Orthonormal columns times an upper triangle. */
import { makeAval, type NdArray } from '../core/array.ts'
import { isComplex } from '../core/dtype.ts'
import { qr as factoriseOne } from '../core/dense/qr.ts'
import { TransformError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { definePrimitive, isZero } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { add } from './elementwise.ts'
import { convertElementType } from './convert.ts'
import { takeAlongAxis } from './gather.ts'
import { batchShape, checkMatrices, matrixByMatrix, realPiece } from './linalg-host.ts'
import { adjoint, asRows, matmul, onDiagonal, real, strictlyLower } from './linalg-matrix.ts'
import { triangularSolve } from './linalg-triangular-solve.ts'
import { sub } from './negation.ts'
import { batchLeading, noTangents } from './several-results.ts'
import { sliceInDim } from './slicing.ts'

export interface QrParams {
  /** Q [m, m] and R [m, n]; otherwise, with k = min(m, n), Q [m, k] and R [k, n]. */
  readonly fullMatrices: boolean
  /** Exchange columns so that the diagonal of R does not grow; a third result names them. */
  readonly pivoting: boolean
}

/**
 * With C = Qᴴ dA R⁻¹ over the leading k columns, Qᴴ dQ = Ω is the skew-Hermitian matrix whose
 * strictly lower triangle is that of C and whose diagonal is i Im C, so that R keeps a real
 * diagonal; then dQ = dA R⁻¹ − Q (C − Ω) and dR = Qᴴ dA − Ω R.
 *
 * Source: Townsend, Differentiating the QR decomposition (2018); for wide matrices the same on
 *         the leading square block, which determines Q.
 */
const tangentsOf = (q: NdArray, r: NdArray, da: NdArray): readonly [NdArray, NdArray] => {
  const k = r.shape[r.ndim - 2]
  const leading = (x: NdArray): NdArray => sliceInDim(x, 0, k, x.ndim - 1)
  const quotient = triangularSolve(leading(r), leading(da))
  const c = matmul(adjoint(q), quotient)
  const below = strictlyLower(c)
  const skew = sub(below, adjoint(below))
  const omega = isComplex(c.dtype)
    ? add(skew, onDiagonal(sub(c, convertElementType(real(c), c.dtype))))
    : skew
  return [add(matmul(q, sub(omega, c)), quotient), sub(matmul(adjoint(q), da), matmul(omega, r))]
}

/** A = Q R by Householder reflectors, or A P = Q R. */
export const qrP = definePrimitive<QrParams>({
  name: 'qr',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a], { fullMatrices, pivoting }) => {
    checkMatrices('qr', a)
    const batch = batchShape(a.shape)
    const [m, n] = a.shape.slice(-2)
    const k = fullMatrices ? m : Math.min(m, n)
    return [
      makeAval([...batch, m, k], a.dtype),
      makeAval([...batch, k, n], a.dtype),
      ...(pivoting ? [makeAval([...batch, n], 'int32')] : [])
    ]
  },

  reference: (args, params, outs) => {
    const [m, n] = args[0].shape.slice(-2)
    return matrixByMatrix(args, [2], outs, (a) => {
      const { q, r, pivots } = factoriseOne(a, m, n, params)
      return params.pivoting ? [q, r, realPiece(pivots)] : [q, r]
    })
  },

  jvp: ([a], [da], params) => {
    const outs = qr(a, params)
    const none = noTangents(outs)
    if (isZero(da)) return [outs, none]
    const [m, n] = a.shape.slice(-2)
    if (params.fullMatrices && m > n)
      throw new TransformError('qr', {
        problem: 'the columns of Q beyond those of A are not determined, nor is their derivative',
        got: `fullMatrices for shape ${show(a.shape)}`,
        expected: 'fullMatrices: false, or no more rows than columns',
        hint: "np.linalg.qr(a, { mode: 'reduced' }) has a derivative"
      })
    const [q, r, pivots] = outs
    const moved = params.pivoting
      ? takeAlongAxis(da, asRows(pivots, m), da.ndim - 1, 'promiseInBounds')
      : da
    return [outs, [...tangentsOf(q, r, moved), ...none.slice(2)]]
  },

  batch: batchLeading(([a], params) => qr(a, params))
})

/**
 * [q, r] with the signs of LAPACK, or [q, r, pivots] where column j of Q R is column pivots[j] of
 * A. The derivative needs a leading block of full rank.
 *
 * Shape: [..., m, n]; the results by {@link QrParams}, pivots int32 [..., n].
 */
export const qr = (
  a: NdArray,
  options: Partial<QrParams> = {}
): readonly [q: NdArray, r: NdArray, ...pivots: NdArray[]] => {
  const [q, r, ...pivots] = bind(qrP, [a], {
    fullMatrices: options.fullMatrices ?? true,
    pivoting: options.pivoting ?? false
  })
  return [q, r, ...pivots]
}
