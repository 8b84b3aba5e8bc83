/** Samples that are vectors with a covariance, and orthogonal matrices. */
import { leafArray } from '../trace/flat.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex, inexactOf, promote, type DType } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { iota, show, type Shape } from '../core/shape.ts'
import { sign } from '../primitives/arithmetic.ts'
import { convertElementType } from '../primitives/convert.ts'
import { dotGeneral } from '../primitives/contraction.ts'
import { add, mul } from '../primitives/elementwise.ts'
import { cholesky } from '../primitives/linalg-cholesky.ts'
import { eigh } from '../primitives/linalg-eigh.ts'
import { asRows, diagonal, transposed } from '../primitives/linalg-matrix.ts'
import { qr } from '../primitives/linalg-qr.ts'
import { svd } from '../primitives/linalg-svd.ts'
import { broadcastTo } from '../primitives/movement.ts'
import { sqrt } from '../primitives/roots.ts'
import {
  checkName,
  checkShape,
  floatType,
  sampleShape,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { consuming } from './key-reuse.ts'
import { normal } from './normal.ts'

export interface MultivariateNormalOptions extends SamplerOptions {
  /** How the covariance is factored; `svd` and `eigh` take singular ones too. */
  readonly method?: 'cholesky' | 'eigh' | 'svd'
}

/** A with A Aᵀ = covariance. */
const factor = (
  covariance: NdArray,
  method: NonNullable<MultivariateNormalOptions['method']>
): NdArray => {
  if (method === 'cholesky') return cholesky(covariance)
  const [vectors, values] = (() => {
    if (method === 'eigh') return eigh(covariance)
    const [s, u] = svd(covariance)
    return [u, s] as const
  })()
  return mul(vectors, asRows(sqrt(values), covariance.shape[covariance.ndim - 1]))
}

/** A z for each vector z. Shape: a [n, n] or [...batch, n, n], z [...batch, n] -> [...batch, n]. */
const times = (a: NdArray, z: NdArray): NdArray => {
  const last = z.ndim - 1
  const shared = a.ndim === 2
  const matrices = shared ? a : broadcastTo(a, [...z.shape, z.shape[last]])
  const batch = shared ? [] : iota(last)
  return dotGeneral(z, matrices, {
    dimensionNumbers: {
      lhsContracting: [last],
      rhsContracting: [matrices.ndim - 1],
      lhsBatch: batch,
      rhsBatch: batch
    }
  })
}

/**
 * Normal vectors with a mean and a covariance: μ + A z, A Aᵀ = Σ, z standard normal.
 *
 * Shape:  mean [..., n], cov [..., n, n] -> [...shape, n]; shape is by default what the leading
 *         axes broadcast to.
 * Errors: ShapeError when mean and cov do not fit.
 *
 * @category samplers
 * @since 0.1.0
 */
export const multivariateNormal = (
  key: NdArray,
  center: ArrayLike,
  covariance: ArrayLike,
  shape?: SampleShape,
  options: MultivariateNormalOptions = {}
): NdArray =>
  consuming('multivariateNormal', key, () => {
    const [mean, cov] = [leafArray(center), leafArray(covariance)]
    checkOptions('multivariateNormal', options, ['dtype', 'method'])
    const { method = 'cholesky' } = options
    checkName('multivariateNormal', 'method', method, ['cholesky', 'eigh', 'svd'])
    const n = mean.shape[mean.ndim - 1]
    if (mean.ndim < 1 || cov.ndim < 2 || cov.shape.slice(-2).some((extent) => extent !== n))
      throw new ShapeError('multivariateNormal', {
        problem: 'the covariance is no square matrix for the mean',
        got: `mean ${show(mean.shape)}, cov ${show(cov.shape)}`,
        expected: 'mean [..., n], cov [..., n, n]',
        hint: 'a variance per element is np.diag(variances)'
      })
    const inner = inexactOf(promote(mean.dtype, cov.dtype))
    const dtype = floatType('multivariateNormal', options.dtype ?? inner)
    const leading = [mean.shape.slice(0, -1), cov.shape.slice(0, -2)]
    const out = [...sampleShape('multivariateNormal', shape, leading), n]
    const common = promote(inner, dtype)
    const a = convertElementType(factor(convertElementType(cov, inner), method), common)
    const z = convertElementType(normal(key, out, { dtype }), common)
    return add(broadcastTo(convertElementType(mean, common), out), times(a, z))
  })

export interface OrthogonalOptions extends SamplerOptions {
  /** Number of columns; that of the rows by default. */
  readonly m?: number
}

const complexOrReal = (dtype: DType): DType =>
  isComplex(dtype) ? dtype : floatType('orthogonal', dtype)

/**
 * Matrices distributed evenly over the orthogonal group (complex: the unitary one). With more rows
 * than columns the columns are orthonormal, with fewer the rows.
 *
 * Shape:  -> [...shape, n, m].
 * Source: Mezzadri 2007, "How to generate random matrices from the classical compact groups": Q of
 *         a normal matrix, with the signs that make the diagonal of R positive.
 *
 * @category samplers
 * @since 0.1.0
 */
export const orthogonal = (
  key: NdArray,
  n: number,
  shape: Shape = [],
  options: OrthogonalOptions = {}
): NdArray =>
  consuming('orthogonal', key, () => {
    checkOptions('orthogonal', options, ['dtype', 'm'])
    const { m = n } = options
    if (![n, m].every((extent) => Number.isInteger(extent) && extent >= 0))
      throw new ValueError('orthogonal', {
        problem: 'the extents of the matrix are no counts',
        got: `n = ${n}, m = ${m}`,
        expected: 'non-negative integers',
        hint: 'the arguments are key, n, shape; batches of matrices come by shape'
      })
    const dtype = complexOrReal(options.dtype ?? 'float32')
    const [rows, columns] = [Math.max(n, m), Math.min(n, m)]
    const z = normal(key, [...checkShape('orthogonal', shape), rows, columns], { dtype })
    const [q, r] = qr(z, { fullMatrices: false })
    const signed = mul(q, asRows(sign(diagonal(r)), rows))
    return n < m ? transposed(signed) : signed
  })
