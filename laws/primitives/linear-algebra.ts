/**
 * Factorisations and solvers. Their arguments are made well conditioned inside the samples, as
 * functions of arrays that may be anything: so derivatives of matrices of one kind stay in it.
 */
import { makeAval, type NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { conj } from '../../src/primitives/complex.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import { cholesky } from '../../src/primitives/linalg-cholesky.ts'
import { eig } from '../../src/primitives/linalg-eig.ts'
import { eigh } from '../../src/primitives/linalg-eigh.ts'
import { lu } from '../../src/primitives/linalg-lu.ts'
import { qr } from '../../src/primitives/linalg-qr.ts'
import { hessenberg, householderProduct, schur } from '../../src/primitives/linalg-reflectors.ts'
import { singularValues, svd } from '../../src/primitives/linalg-svd.ts'
import { triangularSolve } from '../../src/primitives/linalg-triangular-solve.ts'
import { tridiagonalSolve } from '../../src/primitives/linalg-tridiagonal.ts'
import { transpose } from '../../src/primitives/movement.ts'
import { fill } from '../directions.ts'
import { regular, sample, type Row } from './row.ts'

/** diag(from, from + by, …) of any leading axes. */
const ladder = (x: NdArray, from: number, by: number): NdArray => {
  const [m, n] = x.shape.slice(-2)
  const complex = x.dtype.startsWith('complex')
  return fill(makeAval(x.shape, x.dtype), (slot) => {
    if (complex && slot % 2 === 1) return 0
    const at = (complex ? slot / 2 : slot) % (m * n)
    const [i, j] = [Math.floor(at / n), at % n]
    return i === j ? from + by * i : 0
  })
}

const swapped = (x: NdArray): NdArray => {
  const axes = x.shape.map((_, i) => i)
  return transpose(x, [...axes.slice(0, -2), x.ndim - 1, x.ndim - 2])
}

const adjoint = (x: NdArray): NdArray =>
  x.dtype.startsWith('complex') ? conj(swapped(x)) : swapped(x)

/** Far from singular, with a dominant diagonal whose entries differ. */
const conditioned = (x: NdArray): NdArray => add(x, ladder(x, 4, 2))
const hermitian = (x: NdArray): NdArray => add(add(x, adjoint(x)), ladder(x, 3, 4))
/** Hermitian with a diagonal that dominates: positive definite. */
const definite = (x: NdArray): NdArray => add(add(x, adjoint(x)), ladder(x, 8, 1))

const small = { min: -0.5, max: 0.5 } as const

const matrix = (shape: readonly number[], dtype: DType) => regular(shape, dtype, small)

const squares = (d: DType) => [matrix([3, 3], d), matrix([1, 1], d), matrix([2, 2, 2], d)]

const noRule = 'JAX has no derivative of it either'
const undifferentiated = { derivative: noRule, secondDerivative: noRule, commute: noRule } as const

/** Rows of dense linear algebra. */
export const linearAlgebra: readonly Row[] = [
  {
    primitive: 'cholesky',
    samples: (float) => squares(float).map((m) => sample((x) => cholesky(definite(x)), m)),
    others: [sample((x) => cholesky(definite(x)), matrix([2, 2], 'complex128'))]
  },
  {
    primitive: 'lu',
    samples: (float) => [
      ...squares(float).map((m) => ({
        f: (...[x]: readonly NdArray[]) => lu(conditioned(x)),
        operands: [m]
      })),
      { f: (x) => lu(conditioned(x)), operands: [matrix([3, 2], float)] },
      { f: (x) => lu(conditioned(x)), operands: [matrix([2, 3], float)] }
    ],
    others: [{ f: (x) => lu(conditioned(x)), operands: [matrix([2, 2], 'complex128')] }]
  },
  {
    primitive: 'qr',
    samples: (float) => [
      ...squares(float).map((m) => ({
        f: (...[x]: readonly NdArray[]) => qr(conditioned(x)),
        operands: [m]
      })),
      { f: (x) => qr(conditioned(x), { fullMatrices: false }), operands: [matrix([3, 2], float)] },
      { f: (x) => qr(conditioned(x), { pivoting: true }), operands: [matrix([3, 3], float)] }
    ],
    others: [{ f: (x) => qr(conditioned(x)), operands: [matrix([2, 2], 'complex128')] }]
  },
  {
    primitive: 'svd',
    samples: (float) => [
      ...squares(float).map((m) => ({
        f: (...[x]: readonly NdArray[]) => svd(conditioned(x), { fullMatrices: false }),
        operands: [m]
      })),
      {
        f: (x) => svd(conditioned(x), { fullMatrices: false }),
        operands: [matrix([3, 2], float)]
      },
      sample((x) => singularValues(conditioned(x)), matrix([2, 3], float))
    ],
    others: [sample((x) => singularValues(conditioned(x)), matrix([2, 2], 'complex128'))]
  },
  {
    primitive: 'eigh',
    samples: (float) =>
      squares(float).map((m) => ({
        f: (...[x]: readonly NdArray[]) => eigh(hermitian(x)),
        operands: [m]
      })),
    others: [sample((x) => eigh(hermitian(x))[1], matrix([2, 2], 'complex128'))]
  },
  {
    primitive: 'eig',
    samples: (float) => [
      sample(
        (x) => eig(conditioned(x), { computeLeft: false, computeRight: false })[0],
        matrix([3, 3], float)
      ),
      {
        f: (x) => eig(conditioned(x), { computeLeft: false, differentiateVectors: true }),
        operands: [matrix([2, 2], float)]
      }
    ]
  },
  {
    primitive: 'hessenberg',
    samples: (float) => [
      { f: (x) => hessenberg(conditioned(x)), operands: [matrix([3, 3], float)] },
      { f: (x) => hessenberg(conditioned(x)), operands: [matrix([2, 3, 3], float)] }
    ],
    except: undifferentiated
  },
  {
    primitive: 'schur',
    samples: (float) => [
      { f: (x) => schur(conditioned(x)), operands: [matrix([3, 3], float)] },
      {
        f: (x) => schur(conditioned(x), { computeSchurVectors: false }),
        operands: [matrix([2, 2], float)]
      }
    ],
    except: undifferentiated
  },
  {
    primitive: 'householderProduct',
    samples: (float) => [
      sample(householderProduct, matrix([3, 2], float), regular([2], float, { min: 1, max: 1.5 })),
      sample(householderProduct, matrix([2, 2], float), regular([1], float, { min: 1, max: 1.5 }))
    ],
    except: undifferentiated
  },
  {
    primitive: 'triangularSolve',
    linear: [1],
    samples: (float) =>
      [true, false].flatMap((leftSide) =>
        [true, false].flatMap((lower) =>
          [true, false].map((transposeA) =>
            sample(
              (a, b) => triangularSolve(conditioned(a), b, { leftSide, lower, transposeA }),
              matrix([2, 2], float),
              matrix([2, 2], float)
            )
          )
        )
      ),
    others: [
      sample(
        (a, b) =>
          triangularSolve(conditioned(a), b, {
            leftSide: true,
            lower: true,
            transposeA: true,
            conjugateA: true
          }),
        matrix([2, 2], 'complex128'),
        matrix([2, 1], 'complex128')
      ),
      sample(
        (a, b) => triangularSolve(mul(a, a), b, { leftSide: true, unitDiagonal: true }),
        matrix([2, 2], 'float64'),
        matrix([2, 3], 'float64')
      )
    ]
  },
  {
    primitive: 'tridiagonalSolve',
    linear: [3],
    samples: (float) =>
      [[3], [2, 3]].map((n) =>
        sample(
          tridiagonalSolve,
          regular(n, float, small),
          regular(n, float, { min: 2, max: 3 }),
          regular(n, float, small),
          regular([...n, 2], float)
        )
      )
  }
]
