/** Unitary matrices as products of Householder reflectors, and the forms they bring matrices to. */
import { makeAval, type NdArray } from '../core/array.ts'
import { copy, zeros, type Dense } from '../core/dense/dense.ts'
import {
  gather,
  reflectColumns,
  reflector,
  reflectRows,
  type Reflector
} from '../core/dense/householder.ts'
import { productOf } from '../core/dense/qr.ts'
import { schur as schurOne } from '../core/dense/schur.ts'
import { ShapeError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { definePrimitive } from '../trace/primitive.ts'
import { bind, bind1 } from '../trace/tracer.ts'
import { checkSame, noParams, type NoParams } from './elementwise.ts'
import { batchShape, checkMatrices, checkSquare, matrixByMatrix } from './linalg-host.ts'
import { batchLeading } from './several-results.ts'

/** Reflector k as column k of `a` below row k holds it, with its 1 put back. */
const unpacked = (a: Dense, taus: Dense, k: number, m: number, n: number): Reflector => {
  const v = gather(a, k * n + k, n, m - k)
  v.re[0] = 1
  if (v.im !== null) v.im[0] = 0
  return { v, tauRe: taus.re[k], tauIm: taus.im === null ? 0 : taus.im[k], beta: 0 }
}

/** The first columns of H_0 H_1 …, of reflectors packed as LAPACK's xGEQRF packs them. */
export const householderProductP = definePrimitive<NoParams>({
  name: 'householderProduct',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a, taus]) => {
    checkMatrices('householderProduct', a)
    checkSame('householderProduct', [makeAval([], a.dtype), makeAval([], taus.dtype)])
    const [m, n] = a.shape.slice(-2)
    const k = taus.shape[taus.shape.length - 1] ?? Infinity
    const fits = show(batchShape(a.shape)) === show(batchShape(taus.shape, 1))
    if (!fits || m < n || k > n)
      throw new ShapeError('householderProduct', {
        problem: 'the reflectors do not fit',
        got: `a ${show(a.shape)}, taus ${show(taus.shape)}`,
        expected: 'at least as many rows as columns, at most as many taus as columns',
        hint: 'qr returns Q itself'
      })
    return [makeAval(a.shape, a.dtype)]
  },

  reference: (args, _params, outs) => {
    const [m, n] = outs[0].shape.slice(-2)
    return matrixByMatrix(args, [2, 1], outs, (a, taus) => {
      const reflectors = Array.from(taus.re, (_, k) => unpacked(a, taus, k, m, n))
      return [productOf(reflectors, m, n, a.im !== null)]
    })
  },

  batch: batchLeading(([a, taus]) => [householderProduct(a, taus)])
})

/** Shape: a [..., m, n], taus [..., k] with k ≤ n ≤ m -> [..., m, n] with orthonormal columns. */
export const householderProduct = (a: NdArray, taus: NdArray): NdArray =>
  bind1(householderProductP, [a, taus], noParams)

/** H in place of `a`, with reflector k below the subdiagonal of column k. */
const reduced = (a: Dense, n: number): readonly [packed: Dense, taus: Dense] => {
  const h = copy(a)
  const taus = zeros(Math.max(0, n - 1), a.im !== null)
  for (let k = 0; k + 1 < n; k++) {
    const size = n - k - 1
    const r = reflector(gather(h, (k + 1) * n + k, n, size), size)
    reflectColumns(r.v, r.tauRe, r.tauIm, h, n, 0, k + 1, n, size)
    reflectRows(r.v, r.tauRe, -r.tauIm, h, n, k + 1, k + 1, size, size)
    for (let i = 0; i < size; i++) {
      const at = (k + 1 + i) * n + k
      h.re[at] = i === 0 ? r.beta : r.v.re[i]
      if (h.im !== null) h.im[at] = i === 0 || r.v.im === null ? 0 : r.v.im[i]
    }
    taus.re[k] = r.tauRe
    if (taus.im !== null) taus.im[k] = r.tauIm
  }
  return [h, taus]
}

/** A = Q H Qᴴ, Q as packed reflectors. */
export const hessenbergP = definePrimitive<NoParams>({
  name: 'hessenberg',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a]) => {
    checkSquare('hessenberg', a)
    const n = a.shape[a.shape.length - 1]
    return [
      makeAval(a.shape, a.dtype),
      makeAval([...batchShape(a.shape), Math.max(0, n - 1)], a.dtype)
    ]
  },

  reference: (args, _params, outs) => {
    const n = outs[0].shape[outs[0].shape.length - 1]
    return matrixByMatrix(args, [2], outs, (a) => reduced(a, n))
  },

  batch: batchLeading(([a]) => hessenberg(a))
})

/**
 * [packed, taus] as LAPACK's xGEHRD: H on and above the first subdiagonal of `packed`, and the
 * reflectors whose product is Q below it.
 *
 * Shape: [..., n, n] -> [..., n, n], [..., n − 1].
 */
export const hessenberg = (a: NdArray): readonly [packed: NdArray, taus: NdArray] => {
  const [packed, taus] = bind(hessenbergP, [a], noParams)
  return [packed, taus]
}

interface SchurParams {
  readonly computeSchurVectors: boolean
}

/** A = Q T Qᴴ. */
export const schurP = definePrimitive<SchurParams>({
  name: 'schur',
  host: 'a factorisation: each step needs the ones before',

  abstractEval: ([a], { computeSchurVectors }) => {
    checkSquare('schur', a)
    const aval = makeAval(a.shape, a.dtype)
    return computeSchurVectors ? [aval, aval] : [aval]
  },

  reference: (args, { computeSchurVectors }, outs) => {
    const n = outs[0].shape[outs[0].shape.length - 1]
    return matrixByMatrix(args, [2], outs, (a) => {
      const { t, q } = schurOne(a, n)
      return computeSchurVectors ? [t, q] : [t]
    })
  },

  batch: batchLeading(([a], params) => schur(a, params))
})

/**
 * [t, q], or [t]: T is upper triangular, for real A but for 2 × 2 blocks of conjugate pairs.
 *
 * Shape: [..., n, n] -> the same, each.
 */
export const schur = (
  a: NdArray,
  options: Partial<SchurParams> = {}
): readonly [t: NdArray, ...q: NdArray[]] => {
  const [t, ...q] = bind(schurP, [a], { computeSchurVectors: options.computeSchurVectors ?? true })
  return [t, ...q]
}
