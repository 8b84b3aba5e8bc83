/** Distributions made of gamma samples. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { abs } from '../primitives/arithmetic.ts'
import { exp } from '../primitives/elementary.ts'
import { broadcastBack, broadcastTo, sum } from '../primitives/movement.ts'
import { reduceMax } from '../primitives/reduction.ts'
import { sqrt } from '../primitives/roots.ts'
import { stopGradient } from '../primitives/identity.ts'
import { leafArray } from '../trace/flat.ts'
import {
  checkShape,
  floatOption,
  parameter,
  sampleShape,
  shapeOf,
  typed,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, max, mul, pow, sub } from './arithmetic.ts'
import { exponential } from './continuous.ts'
import { rademacher } from './discrete.ts'
import { gamma, loggamma } from './gamma.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'
import { normal } from './normal.ts'

/**
 * Beta samples: density ∝ x^(a−1) (1 − x)^(b−1), between 0 and 1; differentiable in a and b.
 *
 * Shape: a and b broadcast to shape, by default to the shape they have together.
 *
 * @category samplers
 * @since 0.1.0
 */
export const beta = (
  key: NdArray,
  a: ArrayLike,
  b: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('beta', key, () => {
    const dtype = floatOption('beta', options, [a, b])
    const out = sampleShape('beta', shape, [shapeOf(a), shapeOf(b)])
    const [forA, forB] = subkeys(key)
    const x = loggamma(forA, parameter(a, dtype, out), out, { dtype })
    const y = loggamma(forB, parameter(b, dtype, out), out, { dtype })
    // x / (x + y) of the samples, scaled by the larger one.
    const largest = max(x, y)
    const [p, q] = [exp(sub(x, largest)), exp(sub(y, largest))]
    return div(p, add(p, q))
  })

/**
 * Dirichlet samples: probabilities that sum to 1 along the last axis, density ∝ Π xᵢ^(αᵢ−1).
 *
 * Shape:  alpha [..., n] -> [...shape, n]; shape is alpha's without its last axis by default.
 * Errors: ShapeError when alpha is a scalar.
 *
 * @category samplers
 * @since 0.1.0
 */
export const dirichlet = (
  key: NdArray,
  alpha: NdArray,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('dirichlet', key, () => {
    const dtype = floatOption('dirichlet', options, [alpha])
    const concentration = leafArray(alpha)
    if (concentration.ndim === 0)
      throw new ShapeError('dirichlet', {
        problem: 'alpha has no axis of categories',
        got: 'a scalar',
        expected: 'shape [..., n]',
        hint: 'for two categories random.beta takes two numbers'
      })
    const n = concentration.shape[concentration.ndim - 1]
    const batch = sampleShape('dirichlet', shape, [concentration.shape.slice(0, -1)])
    const out = [...batch, n]
    const logs = loggamma(key, parameter(concentration, dtype, out), out, { dtype })
    const last = [out.length - 1]
    const shifted = sub(logs, broadcastBack(stopGradient(reduceMax(logs, last)), out, last))
    const weights = exp(shifted)
    return div(weights, broadcastBack(sum(weights, last), out, last))
  })

/**
 * χ² samples: the sum of `df` squared standard normal numbers.
 *
 * Shape: df broadcasts to shape, which is its own by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const chisquare = (
  key: NdArray,
  df: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('chisquare', key, () => {
    const dtype = floatOption('chisquare', options, [df])
    const out = sampleShape('chisquare', shape, [shapeOf(df)])
    const half = div(parameter(df, dtype, out), 2)
    return mul(exp(loggamma(key, half, out, { dtype })), 2)
  })

/**
 * F samples: the ratio of two χ² samples, each divided by its degrees of freedom.
 *
 * Shape: dfnum and dfden broadcast to shape, by default to the shape they have together.
 *
 * @category samplers
 * @since 0.1.0
 */
export const f = (
  key: NdArray,
  dfnum: ArrayLike,
  dfden: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('f', key, () => {
    const dtype = floatOption('f', options, [dfnum, dfden])
    const out = sampleShape('f', shape, [shapeOf(dfnum), shapeOf(dfden)])
    const [forDen, forNum] = subkeys(key)
    const part = (k: NdArray, df: ArrayLike): NdArray => {
      const freedom = parameter(df, dtype, out)
      return div(chisquare(k, freedom, out, { dtype }), freedom)
    }
    return div(part(forNum, dfnum), part(forDen, dfden))
  })

/**
 * Student's t samples: density ∝ (1 + t² / ν)^(−(ν+1)/2) with ν = `df` degrees of freedom.
 *
 * Shape: df broadcasts to shape, which is its own by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const t = (
  key: NdArray,
  df: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('t', key, () => {
    const dtype = floatOption('t', options, [df])
    const out = sampleShape('t', shape, [shapeOf(df)])
    const [forNormal, forGamma] = subkeys(key)
    const half = div(parameter(df, dtype, out), 2)
    const n = normal(forNormal, out, { dtype })
    return mul(n, sqrt(div(half, gamma(forGamma, half, out, { dtype }))))
  })

/**
 * Generalised normal samples: density ∝ e^(−|x|^p). p = 2 is normal, p = 1 Laplace.
 *
 * Shape: p broadcasts to shape.
 *
 * @category samplers
 * @since 0.1.0
 */
export const generalizedNormal = (
  key: NdArray,
  p: ArrayLike,
  shape: Shape = [],
  options: SamplerOptions = {}
): NdArray =>
  consuming('generalizedNormal', key, () => {
    const dtype = floatOption('generalizedNormal', options, [p])
    sampleShape('generalizedNormal', checkShape('generalizedNormal', shape), [shapeOf(p)])
    const [forSize, forSign] = subkeys(key)
    const inverse = div(1, parameter(p, dtype, shape))
    const size = pow(gamma(forSize, inverse, shape, { dtype }), inverse)
    return mul(rademacher(forSign, shape, { dtype }), size)
  })

/**
 * Points distributed evenly in the unit ball of the p-norm in `d` dimensions.
 *
 * Shape:  -> [...shape, d].
 * Source: Barthe, Guédon, Mendelson, Naor 2005, "A probabilistic approach to the geometry of the
 *         l_p^n-ball".
 *
 * @category samplers
 * @since 0.1.0
 */
export const ball = (
  key: NdArray,
  d: number,
  p: ArrayLike = 2,
  shape: Shape = [],
  options: SamplerOptions = {}
): NdArray =>
  consuming('ball', key, () => {
    const dtype = floatOption('ball', options, [p])
    if (!Number.isInteger(d) || d < 0)
      throw new ValueError('ball', {
        problem: 'the number of dimensions is no count',
        got: String(d),
        expected: 'a non-negative integer',
        hint: 'the arguments are key, d, p, shape'
      })
    const out = [...checkShape('ball', shape), d]
    const [forDirection, forLength] = subkeys(key)
    const g = generalizedNormal(forDirection, p, out, { dtype })
    const e = exponential(forLength, shape, { dtype })
    const exponent = typed(p, dtype)
    const total = add(sum(pow(abs(g), broadcastTo(exponent, out)), [shape.length]), e)
    const norm = pow(total, broadcastTo(div(1, exponent), shape))
    return div(g, broadcastBack(norm, out, [shape.length]))
  })
