/** Singular values and singular vectors. */
import { makeAval, type NdArray } from '../core/array.ts'
import { realPart } from '../core/dtype.ts'
import { svd as factoriseOne } from '../core/dense/svd.ts'
import { TransformError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { definePrimitive, isZero, type Primitive } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { div, reciprocal } from './arithmetic.ts'
import { eq } from './compare.ts'
import { convertElementType } from './convert.ts'
import { add, constant, mul } from './elementwise.ts'
import { batchShape, checkMatrices, matrixByMatrix, realPiece } from './linalg-host.ts'
import {
  adjoint,
  asColumns,
  asRows,
  diagonal,
  eye,
  matmul,
  onDiagonal,
  real
} from './linalg-matrix.ts'
import { sub } from './negation.ts'
import { batchLeading, noTangents } from './several-results.ts'

export interface SvdParams {
  /** U [m, m] and Vᴴ [n, n]; otherwise, with k = min(m, n), U [m, k] and Vᴴ [k, n]. */
  readonly fullMatrices: boolean
  /** Whether singular vectors are results at all. */
  readonly computeUv: boolean
}

/** 1/x off the diagonal, where x must not be zero, and 0 on it. */
const reciprocalOffDiagonal = (x: NdArray): NdArray => {
  const unit = eye(x.shape, x.dtype)
  return sub(reciprocal(add(x, unit)), unit)
}

/** 1/x, and 0 where x is 0. */
const reciprocalOrZero = (x: NdArray): NdArray => {
  const isNone = convertElementType(eq(x, constant(x, 0)), x.dtype)
  return sub(reciprocal(add(x, isNone)), isNone)
}

/** What of y the columns of x do not span, divided by s: (I − X Xᴴ) y / s. */
const outside = (x: NdArray, y: NdArray, s: NdArray): NdArray =>
  div(sub(y, matmul(x, matmul(adjoint(x), y))), asRows(s, y.shape[y.ndim - 2]))

/**
 * With M = Uᴴ dA V and F_ij = 1/(s_j² − s_i²): ds = Re diag M,
 * dU = U (F ∘ (M S + S Mᴴ) + ½ diag(M − Mᴴ) / s) and dV = V (F ∘ (S M + Mᴴ S)), and beyond the
 * span of U (or V) what dA V / s (or dAᴴ U / s) has there. Equal singular values give infinities.
 *
 * Source: Giles, Collected matrix derivative results for forward and reverse mode (2008), §3.2;
 *         the phase for complex A as JAX fixes it.
 */
const tangentsOf = (
  s: NdArray,
  u: NdArray,
  vh: NdArray,
  da: NdArray
): readonly [ds: NdArray, du: NdArray, dvh: NdArray] => {
  const k = s.shape[s.ndim - 1]
  const [m, n] = da.shape.slice(-2)
  const v = adjoint(vh)
  const core = matmul(matmul(adjoint(u), da), v)
  const scales = convertElementType(s, da.dtype)
  const [across, down] = [asRows(s, k), asColumns(s, k)]
  const gaps = mul(add(across, down), sub(across, down))
  const f = convertElementType(reciprocalOffDiagonal(gaps), da.dtype)
  const right = mul(asRows(scales, k), core)
  const left = mul(asColumns(scales, k), core)
  const turn = mul(
    onDiagonal(sub(core, adjoint(core))),
    asRows(mul(reciprocalOrZero(scales), constant(scales, 0.5)), k)
  )
  const du = matmul(u, add(mul(f, add(right, adjoint(right))), turn))
  const dv = matmul(v, mul(f, add(left, adjoint(left))))
  const wholeU = m > k ? add(du, outside(u, matmul(da, v), scales)) : du
  const wholeV = n > k ? add(dv, outside(v, matmul(adjoint(da), u), scales)) : dv
  return [real(diagonal(core)), wholeU, adjoint(wholeV)]
}

/** A = U diag(s) Vᴴ with s descending. */
export const svdP: Primitive<SvdParams> = definePrimitive<SvdParams>({
  name: 'svd',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a], { fullMatrices, computeUv }) => {
    checkMatrices('svd', a)
    const batch = batchShape(a.shape)
    const [m, n] = a.shape.slice(-2)
    const k = Math.min(m, n)
    const s = makeAval([...batch, k], realPart(a.dtype))
    if (!computeUv) return [s]
    return [
      s,
      makeAval([...batch, m, fullMatrices ? m : k], a.dtype),
      makeAval([...batch, fullMatrices ? n : k, n], a.dtype)
    ]
  },

  reference: (args, params, outs) => {
    const [m, n] = args[0].shape.slice(-2)
    return matrixByMatrix(args, [2], outs, (a) => {
      const { s, u, vh } = factoriseOne(a, m, n, params)
      return params.computeUv ? [realPiece(s), u, vh] : [realPiece(s)]
    })
  },

  jvp: ([a], [da], params) => {
    const [m, n] = a.shape.slice(-2)
    if (isZero(da)) {
      const outs = bind(svdP, [a], params)
      return [outs, noTangents(outs)]
    }
    if (params.computeUv && params.fullMatrices && m !== n)
      throw new TransformError('svd', {
        problem: 'singular vectors beyond the rank are not determined, nor is their derivative',
        got: `fullMatrices for shape ${show(a.shape)}`,
        expected: 'fullMatrices: false, or a square matrix',
        hint: 'np.linalg.svd(a, { fullMatrices: false }) has a derivative'
      })
    const [s, u, vh] = svd(a, { fullMatrices: false })
    const [ds, du, dvh] = tangentsOf(s, u, vh, da)
    return params.computeUv
      ? [
          [s, u, vh],
          [ds, du, dvh]
        ]
      : [[s], [ds]]
  },

  batch: batchLeading(([a], params) => bind(svdP, [a], params))
})

/**
 * [s, u, vh], the order of JAX's lax.linalg.svd.
 *
 * Shape: [..., m, n]; s [..., min(m, n)] real, the others by {@link SvdParams}.
 */
export const svd = (
  a: NdArray,
  options: Pick<Partial<SvdParams>, 'fullMatrices'> = {}
): readonly [s: NdArray, u: NdArray, vh: NdArray] => {
  const [s, u, vh] = bind(svdP, [a], {
    fullMatrices: options.fullMatrices ?? true,
    computeUv: true
  })
  return [s, u, vh]
}

/** Singular values alone, descending. Shape: [..., m, n] -> [..., min(m, n)]. */
export const singularValues = (a: NdArray): NdArray =>
  bind(svdP, [a], { fullMatrices: false, computeUv: false })[0]
