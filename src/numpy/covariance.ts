/** Covariance and correlation of variables observed together. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { expand } from './along.ts'
import { clip, divide, multiply, subtract } from './arithmetic.ts'
import { conj, real } from './complex.ts'
import { sqrt } from './exponential.ts'
import { diagonal, matmul } from './linalg/products.ts'
import { matrixTranspose } from './shapes.ts'
import { asArray, asType, promoteTypes } from './promotion.ts'
import { sum } from './reductions.ts'
import { average } from './averages.ts'
import { isComplex } from '../core/dtype.ts'

export interface CovarianceOptions {
  /** More variables, observed at the same time. */
  readonly y?: ArrayLike
  /** Variables in rows, observations in columns; true. */
  readonly rowvar?: boolean
  /** Divide by the number of observations instead of one less. */
  readonly bias?: boolean
  /** Subtracted from the number of observations, whatever `bias` says. */
  readonly ddof?: number | null
  /** How often each observation was made. */
  readonly fweights?: ArrayLike
  /** How much each observation counts. */
  readonly aweights?: ArrayLike
}

const variables = (operation: string, x: NdArray, rowvar: boolean): NdArray => {
  if (x.ndim > 2)
    throw new ShapeError(operation, {
      problem: 'the array is no table of observations',
      got: `shape ${show(x.shape)}`,
      expected: 'at most two axes',
      hint: 'vmap goes over many tables'
    })
  const table = x.ndim === 2 ? x : x.ndim === 1 ? expand(x, 0) : expand(expand(x, 0), 0)
  return rowvar || x.ndim < 2 ? table : matrixTranspose(table)
}

/**
 * C_ij = Σ_k w_k (x_ik − x̄_i) conj(x_jk − x̄_j) / (W − ddof).
 *
 * Shape: [variables, observations] -> [variables, variables]; a scalar for one variable.
 *
 * @category statistics
 * @since 0.1.0
 */
export const cov = (m: ArrayLike, options: CovarianceOptions = {}): NdArray => {
  checkOptions('np.cov', options, ['y', 'rowvar', 'bias', 'ddof', 'fweights', 'aweights'])
  const { y, rowvar = true, bias = false, ddof = null, fweights, aweights } = options
  const given = promoteTypes('np.cov', y === undefined ? [m] : [m, y], true)
  const table = concatenate(
    given.map((x) => variables('np.cov', x, rowvar)),
    0
  )
  const free = ddof ?? (bias ? 0 : 1)
  const type = real(table).dtype
  const f = fweights === undefined ? null : asType(asArray(fweights, 'np.cov'), type)
  const a = aweights === undefined ? null : asType(asArray(aweights, 'np.cov'), type)
  const weights = f === null ? a : a === null ? f : multiply(f, a)
  const center = average(table, {
    axis: 1,
    keepdims: true,
    ...(weights === null ? {} : { weights: weights })
  })
  const off = subtract(table, center)
  const total = weights === null ? table.shape[1] : sum(weights)
  // With importance weights the degrees of freedom shrink by Σ w a / Σ w.
  const lost =
    a === null || weights === null ? free : multiply(free, divide(sum(multiply(weights, a)), total))
  const weighted = weights === null ? off : multiply(off, weights)
  const products = matmul(weighted, conj(matrixTranspose(off)))
  const c = divide(products, subtract(total, lost))
  return c.size === 1 ? sum(c) : c
}

/**
 * Covariances divided by both standard deviations: 1 on the diagonal. Shape: as `cov`.
 *
 * @category statistics
 * @since 0.1.0
 */
export const corrcoef = (
  x: ArrayLike,
  options: Pick<CovarianceOptions, 'y' | 'rowvar'> = {}
): NdArray => {
  checkOptions('np.corrcoef', options, ['y', 'rowvar'])
  const { y, rowvar = true } = options
  const c = cov(x, y === undefined ? { rowvar } : { y, rowvar })
  if (c.ndim === 0) return divide(c, c)
  const deviations = sqrt(real(diagonal(c)))
  const r = divide(divide(c, expand(deviations, 1)), deviations)
  return isComplex(r.dtype) ? r : clip(r, -1, 1)
}
