/** Eigenvalues and eigenvectors of general square matrices. */
import { makeAval, type NdArray } from '../core/array.ts'
import { complexOf } from '../core/dtype.ts'
import { eig as factoriseOne } from '../core/dense/eig.ts'
import { TransformError } from '../core/errors.ts'
import { definePrimitive, isZero, type Primitive } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { argmax } from './arg-reduction.ts'
import { div, reciprocal } from './arithmetic.ts'
import { eq, select } from './compare.ts'
import { complex, imag } from './complex.ts'
import { convertElementType } from './convert.ts'
import { add, constant, mul } from './elementwise.ts'
import { iota } from './iota.ts'
import { batchShape, checkSquare, matrixByMatrix } from './linalg-host.ts'
import { solveByLu } from './linalg-lu.ts'
import { adjoint, asColumns, asRows, conj, diagonal, eye, matmul, real } from './linalg-matrix.ts'
import { broadcastInDim, sum } from './movement.ts'
import { sub } from './negation.ts'
import { batchLeading, noTangents } from './several-results.ts'

export interface EigParams {
  readonly computeLeft: boolean
  readonly computeRight: boolean
  /**
   * Whether eigenvectors may be differentiated. Their length and phase are a convention, so a
   * derivative means something only to a function that does not depend on them.
   */
  readonly differentiateVectors: boolean
}

/** Σ_i x_i y_i by columns. Shape: [..., n, n] twice -> [..., n]. */
const columnSums = (x: NdArray, y: NdArray): NdArray => sum(mul(x, y), [x.ndim - 2])

/** The entry of greatest modulus of every column (the first such) of v, taken from `x`. */
const atLargest = (v: NdArray, x: NdArray): NdArray => {
  const [re, im] = [real(v), imag(v)]
  const at = argmax(add(mul(re, re), mul(im, im)), v.ndim - 2)
  const n = v.shape[v.ndim - 1]
  const rows = broadcastInDim(iota('int32', [n]), v.shape, [v.ndim - 2])
  return sum(select(eq(rows, asRows(at, n)), x, constant(x, 0)), [v.ndim - 2])
}

/**
 * dV of A V = V diag(w) whose columns keep length 1 and a real entry where it is largest:
 * V (F ∘ M) with M = V⁻¹ dA V and F_ij = 1/(w_j − w_i), then along each column what the convention
 * asks. Equal eigenvalues give infinities.
 */
const tangentOfVectors = (v: NdArray, w: NdArray, core: NdArray): NdArray => {
  const n = w.shape[w.ndim - 1]
  const unit = eye(core.shape, core.dtype)
  const f = sub(reciprocal(add(sub(asRows(w, n), asColumns(w, n)), unit)), unit)
  const free = matmul(v, mul(f, core))
  const growth = real(columnSums(conj(v), free))
  const turn = imag(div(atLargest(v, free), atLargest(v, v)))
  return sub(free, mul(v, asRows(complex(growth, turn), n)))
}

const tangents = (
  w: NdArray,
  vl: NdArray | null,
  v: NdArray,
  da: NdArray,
  params: EigParams
): readonly NdArray[] => {
  const change = convertElementType(da, w.dtype)
  const core = solveByLu(v, matmul(change, v))
  const dw = diagonal(core)
  const dv = params.computeRight ? [tangentOfVectors(v, w, core)] : []
  if (vl === null) return [dw, ...dv]
  // Left eigenvectors are right ones of Aᴴ, whose eigenvalues are the conjugates.
  const leftCore = solveByLu(vl, matmul(adjoint(change), vl))
  return [dw, tangentOfVectors(vl, conj(w), leftCore), ...dv]
}

/** A V = V diag(w) and VLᴴ A = diag(w) VLᴴ. */
export const eigP: Primitive<EigParams> = definePrimitive<EigParams>({
  name: 'eig',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a], { computeLeft, computeRight }) => {
    checkSquare('eig', a)
    const dtype = complexOf(a.dtype)
    const vectors = makeAval(a.shape, dtype)
    return [
      makeAval(batchShape(a.shape, 1), dtype),
      ...(computeLeft ? [vectors] : []),
      ...(computeRight ? [vectors] : [])
    ]
  },

  reference: (args, { computeLeft, computeRight }, outs) => {
    const n = args[0].shape[args[0].shape.length - 1]
    return matrixByMatrix(args, [2], outs, (a) => {
      const { w, v, vl } = factoriseOne(a, n, { left: computeLeft, right: computeRight })
      return [w, ...(computeLeft ? [vl] : []), ...(computeRight ? [v] : [])]
    })
  },

  jvp: ([a], [da], params) => {
    const { computeLeft, computeRight, differentiateVectors } = params
    if (isZero(da)) {
      const outs = bind(eigP, [a], params)
      return [outs, noTangents(outs)]
    }
    if ((computeLeft || computeRight) && !differentiateVectors)
      throw new TransformError('eig', {
        problem: 'the eigenvectors of a general matrix are differentiated only when asked',
        got: `computeLeft: ${computeLeft}, computeRight: ${computeRight}`,
        expected: 'eigenvalues alone, or differentiateVectors: true',
        hint: 'their length and phase are a convention: the derivative holds for it alone'
      })
    // Eigenvalues depend on no convention, so their own derivative may go through the vectors.
    const all = { ...params, computeRight: true, differentiateVectors: true }
    const outs = bind(eigP, [a], all)
    const [w, ...vectors] = outs
    const v = vectors[vectors.length - 1]
    const dOuts = tangents(w, computeLeft ? vectors[0] : null, v, da, params)
    return [outs.slice(0, dOuts.length), dOuts]
  },

  batch: batchLeading(([a], params) => bind(eigP, [a], params))
})

/**
 * [w], [w, vl], [w, v] or [w, vl, v], always complex: eigenvalues, left and right eigenvectors of
 * length 1 in columns.
 *
 * Shape: [..., n, n] -> [..., n], [..., n, n] each.
 */
export const eig = (a: NdArray, options: Partial<EigParams> = {}): readonly NdArray[] =>
  bind(eigP, [a], {
    computeLeft: options.computeLeft ?? true,
    computeRight: options.computeRight ?? true,
    differentiateVectors: options.differentiateVectors ?? false
  })
