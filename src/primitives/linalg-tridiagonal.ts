/** Systems with three diagonals: a solve in linear time. */
import { makeAval, type NdArray } from '../core/array.ts'
import type { Dense } from '../core/dense/dense.ts'
import { swap } from '../core/dense/vector.ts'
import { ShapeError } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import { definePrimitive, isUnknown, isZero, zero } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import {
  add,
  checkKind,
  checkSame,
  instantiate,
  mul,
  noParams,
  type NoParams
} from './elementwise.ts'
import { batchShape, checkMatrices, matrixByMatrix } from './linalg-host.ts'
import { asColumns } from './linalg-matrix.ts'
import { zeroOf } from './linear.ts'
import { sub } from './negation.ts'
import { avalOf } from '../trace/aval.ts'
import { batchLeading, noTangents } from './several-results.ts'
import { pad } from './slicing.ts'

/** `x` moved by `by` places along an axis; zeros enter. */
const shifted = (x: NdArray, axis: number, by: 1 | -1): NdArray =>
  pad(
    x,
    zeroOf(avalOf(x)),
    x.shape.map((_, a) => (a === axis ? [by, -by, 0] : [0, 0, 0]))
  )

/** T x for the tridiagonal T. Shape: diagonals [..., n], x [..., n, m]. */
const product = (below: NdArray, on: NdArray, above: NdArray, x: NdArray): NdArray => {
  const [columns, rows] = [x.shape[x.ndim - 1], x.ndim - 2]
  const times = (diagonal: NdArray, y: NdArray): NdArray => mul(asColumns(diagonal, columns), y)
  const neighbours = add(times(below, shifted(x, rows, 1)), times(above, shifted(x, rows, -1)))
  return add(times(on, x), neighbours)
}

/**
 * Elimination with exchanges of neighbouring rows, which fill one more diagonal.
 *
 * Source: LAPACK's xGTSV, as described in Anderson et al., LAPACK Users' Guide, 3rd ed., §2.3.1.
 */
const solveOne = (n: number, m: number, dl: Dense, d: Dense, du: Dense, b: Dense): Dense => {
  const [low, middle, high] = [dl.re, d.re, du.re]
  const beyond = new Float64Array(n)
  const x = b.re
  for (let i = 0; i + 1 < n; i++) {
    if (Math.abs(middle[i]) < Math.abs(low[i + 1])) {
      const [pivot, next] = [low[i + 1], middle[i + 1]]
      low[i + 1] = middle[i]
      middle[i] = pivot
      middle[i + 1] = high[i]
      high[i] = next
      if (i + 2 < n) {
        beyond[i] = high[i + 1]
        high[i + 1] = 0
      }
      swap(b, i * m, b, (i + 1) * m, m)
    }
    const factor = low[i + 1] / middle[i]
    middle[i + 1] -= factor * high[i]
    if (i + 2 < n) high[i + 1] -= factor * beyond[i]
    for (let j = 0; j < m; j++) x[(i + 1) * m + j] -= factor * x[i * m + j]
  }
  for (let i = n - 1; i >= 0; i--)
    for (let j = 0; j < m; j++) {
      const one = i + 1 < n ? high[i] * x[(i + 1) * m + j] : 0
      const two = i + 2 < n ? beyond[i] * x[(i + 2) * m + j] : 0
      x[i * m + j] = (x[i * m + j] - one - two) / middle[i]
    }
  return b
}

/** x with T x = b. Linear in b; the transpose solves with Tᵀ. */
export const tridiagonalSolveP = definePrimitive<NoParams>({
  name: 'tridiagonalSolve',
  host: 'substitution: each row needs those before',

  abstractEval: ([dl, d, du, b]) => {
    checkMatrices('tridiagonalSolve', b)
    checkKind('tridiagonalSolve', b.dtype, ['float'])
    checkSame('tridiagonalSolve', [dl, d, du])
    checkSame('tridiagonalSolve', [makeAval([], d.dtype), makeAval([], b.dtype)])
    if (!equals(d.shape, batchShape(b.shape, 1)))
      throw new ShapeError('tridiagonalSolve', {
        problem: 'the diagonals do not fit the right-hand side',
        got: `diagonals ${show(d.shape)}, b ${show(b.shape)}`,
        expected: `diagonals of shape ${show(batchShape(b.shape, 1))}`,
        hint: 'all three diagonals have n entries; dl[0] and du[n - 1] are not read'
      })
    return [makeAval(b.shape, b.dtype)]
  },

  reference: (args, _params, outs) => {
    const [n, m] = outs[0].shape.slice(-2)
    return matrixByMatrix(args, [1, 1, 1, 2], outs, (dl, d, du, b) => [
      solveOne(n, m, dl, d, du, b)
    ])
  },

  jvp: ([dl, d, du, b], tangents) => {
    const x = tridiagonalSolve(dl, d, du, b)
    if (tangents.every(isZero)) return [[x], noTangents([x])]
    const [below, on, above, side] = tangents.map(instantiate)
    const moved = tangents.slice(0, 3).every(isZero)
      ? side
      : sub(side, product(below, on, above, x))
    return [[x], [tridiagonalSolve(dl, d, du, moved)]]
  },

  transpose: ([ct], [dl, d, du, b]) => {
    if (!isUnknown(b)) return [null, null, null, null]
    if (isZero(ct)) return [null, null, null, zero(b.aval)]
    // Linear in b alone, so the diagonals are known.
    const [below, on, above] = [dl, d, du] as readonly NdArray[]
    const last = on.ndim - 1
    const turned = tridiagonalSolve(shifted(above, last, 1), on, shifted(below, last, -1), ct)
    return [null, null, null, turned]
  },

  batch: batchLeading(([dl, d, du, b]) => [tridiagonalSolve(dl, d, du, b)])
})

/**
 * x with dl_i x_{i−1} + d_i x_i + du_i x_{i+1} = b_i; dl_0 and du_{n−1} are not read.
 *
 * Shape: dl, d, du [..., n], b [..., n, m] -> the shape of b.
 */
export const tridiagonalSolve = (dl: NdArray, d: NdArray, du: NdArray, b: NdArray): NdArray =>
  bind1(tridiagonalSolveP, [dl, d, du, b], noParams)
