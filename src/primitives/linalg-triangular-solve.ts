/** Triangular systems: linear in the right-hand side, and the quotient of matrices otherwise. */
import { makeAval, type NdArray } from '../core/array.ts'
import { triangularSolve as solveOne } from '../core/dense/triangular.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import { avalOf } from '../trace/aval.ts'
import { definePrimitive, isUnknown, isZero, zero, type BatchRule } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { addTangents, checkSame } from './elementwise.ts'
import { batchShape, checkSquare, checkMatrices, matrixByMatrix } from './linalg-host.ts'
import {
  conj,
  lowerTriangle,
  matmul,
  strictlyLower,
  strictlyUpper,
  transposed,
  upperTriangle
} from './linalg-matrix.ts'
import { mapTangent } from './linear.ts'
import { batchFirst, moveAxis, reshape } from './movement.ts'
import { neg } from './negation.ts'

export interface TriangularSolveParams {
  /** Solve op(a) x = b; otherwise x op(a) = b. */
  readonly leftSide: boolean
  /** Which triangle of `a`, before `op`, is read. */
  readonly lower: boolean
  readonly transposeA: boolean
  /** With `transposeA` op is the adjoint, alone it is the complex conjugate. */
  readonly conjugateA: boolean
  /** Take the diagonal to be ones without reading it. */
  readonly unitDiagonal: boolean
}

/** The derivative through `a`: −op(a)⁻¹ op(da) x, multiplied in the cheaper order. */
const throughMatrix = (
  da: NdArray,
  a: NdArray,
  x: NdArray,
  params: TriangularSolveParams
): NdArray => {
  const { leftSide, lower, transposeA, conjugateA, unitDiagonal } = params
  const triangle = lower
    ? (unitDiagonal ? strictlyLower : lowerTriangle)(da)
    : (unitDiagonal ? strictlyUpper : upperTriangle)(da)
  const turned = transposeA ? transposed(triangle) : triangle
  const moved = neg(conjugateA ? conj(turned) : turned)
  const [m, n] = x.shape.slice(-2)
  if (leftSide)
    return m > n
      ? triangularSolve(a, matmul(moved, x), params)
      : matmul(triangularSolve(a, moved, params), x)
  return m < n
    ? triangularSolve(a, matmul(x, moved), params)
    : matmul(x, triangularSolve(a, moved, params))
}

/** One matrix for all examples: their right-hand sides stand side by side. */
const batchSides = (
  a: NdArray,
  b: NdArray,
  size: number,
  params: TriangularSolveParams
): NdArray => {
  const rank = b.ndim
  const [m, n] = b.shape.slice(-2)
  const batch = batchShape(b.shape).slice(1)
  if (params.leftSide) {
    const wide = reshape(moveAxis(b, 0, rank - 2), [...batch, m, size * n])
    const x = reshape(triangularSolve(a, wide, params), [...batch, m, size, n])
    return moveAxis(x, rank - 2, 0)
  }
  const tall = reshape(moveAxis(b, 0, rank - 3), [...batch, size * m, n])
  return moveAxis(reshape(triangularSolve(a, tall, params), [...batch, size, m, n]), rank - 3, 0)
}

const batch: BatchRule<TriangularSolveParams> = (axis, [a, b], [aDim, bDim], params) => {
  const sides = batchFirst(b, bDim, axis.size)
  return aDim === null
    ? [[batchSides(a, sides, axis.size, params)], [0]]
    : [[triangularSolve(moveAxis(a, aDim, 0), sides, params)], [0]]
}

/** The solution x of op(a) x = b or x op(a) = b. Linear in b; the transpose solves with op(a)ᵀ. */
export const triangularSolveP = definePrimitive<TriangularSolveParams>({
  name: 'triangularSolve',
  host: 'substitution: each row needs those before',

  abstractEval: ([a, b], { leftSide }) => {
    checkSquare('triangularSolve', a)
    checkMatrices('triangularSolve', b)
    checkSame('triangularSolve', [makeAval([], a.dtype), makeAval([], b.dtype)])
    const n = a.shape[a.shape.length - 1]
    const fits =
      equals(batchShape(a.shape), batchShape(b.shape)) &&
      b.shape[b.shape.length - (leftSide ? 2 : 1)] === n
    if (!fits)
      throw new ShapeError('triangularSolve', {
        problem: 'the right-hand side does not fit the matrix',
        got: `a ${show(a.shape)}, b ${show(b.shape)}, leftSide ${leftSide}`,
        expected: `equal batch axes, and ${leftSide ? 'rows' : 'columns'} of b of extent ${n}`,
        hint: leftSide ? 'leftSide: false solves x a = b' : 'leftSide: true solves a x = b'
      })
    return [makeAval(b.shape, b.dtype)]
  },

  reference: (args, params, outs) => {
    const { leftSide } = params
    const [rows, columns] = outs[0].shape.slice(-2)
    const [n, m] = leftSide ? [rows, columns] : [columns, rows]
    return matrixByMatrix(args, [2, 2], outs, (a, b) => [solveOne(a, n, b, m, params)])
  },

  jvp: ([a, b], [da, db], params) => {
    const x = triangularSolve(a, b, params)
    const out = avalOf(x)
    return [
      [x],
      [
        addTangents(
          mapTangent(out, da, (t) => throughMatrix(t, a, x, params)),
          mapTangent(out, db, (t) => triangularSolve(a, t, params))
        )
      ]
    ]
  },

  transpose: ([ct], [a, b], params) => {
    if (!isUnknown(b)) return [null, null]
    if (isZero(ct)) return [null, zero(b.aval)]
    // Linear in b alone, so the matrix is known.
    const turned = { ...params, transposeA: !params.transposeA }
    return [null, triangularSolve(a as NdArray, ct, turned)]
  },

  batch
})

/**
 * Solves triangular systems by substitution; the other triangle of `a` is not read.
 *
 * Shape: a [..., n, n], b [..., n, m] (leftSide) or [..., m, n] -> the shape of b.
 */
export const triangularSolve = (
  a: NdArray,
  b: NdArray,
  options: Partial<TriangularSolveParams> = {}
): NdArray =>
  bind1(triangularSolveP, [a, b], {
    leftSide: options.leftSide ?? false,
    lower: options.lower ?? false,
    transposeA: options.transposeA ?? false,
    conjugateA: options.conjugateA ?? false,
    unitDiagonal: options.unitDiagonal ?? false
  })
