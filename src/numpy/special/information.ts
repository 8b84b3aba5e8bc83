/** Entropies, logarithms of sums, and what keeps 0 log 0 at 0. */
import { checkOptions } from '../../core/errors.ts'
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { isComplex } from '../../core/dtype.ts'
import type { Axis } from '../../core/fluent.ts'
import { normalizeAxes } from '../../core/shape.ts'
import { stopGradient } from '../../primitives/identity.ts'
import { reshape } from '../../primitives/movement.ts'
import { abs, add, divide, multiply, negative, sign, subtract } from '../arithmetic.ts'
import {
  equal,
  greater,
  greaterEqual,
  isfinite,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual
} from '../comparison.ts'
import { real } from '../complex.ts'
import { exp, expm1, log, log1p } from '../exponential.ts'
import { asInexact, promoteAll } from '../promotion.ts'
import { max, sum } from '../reductions.ts'
import { where } from '../selection.ts'

/** x f(y), and 0 where x is 0, with the derivative f(y) by x wherever that is finite. */
const timesLog =
  (name: string, f: (y: ArrayLike) => NdArray, low: number) =>
  (x: ArrayLike, y: ArrayLike): NdArray => {
    const [a, b] = promoteAll(`np.special.${name}`, [x, y], true)
    const none = equal(a, 0)
    const isInside = isComplex(b.dtype)
      ? notEqual(b, low)
      : logicalAnd(greater(b, low), less(b, Infinity))
    const value = multiply(a, f(where(logicalOr(isInside, logicalNot(none)), b, low + 1)))
    return where(none, add(value, 0), value)
  }

/** x log y, and 0 where x is 0. */
export const xlogy = timesLog('xlogy', log, 0)

/** x log(1 + y), and 0 where x is 0. */
export const xlog1py = timesLog('xlog1py', log1p, -1)

/** −x log x, 0 at 0, −∞ below, and NaN of NaN. */
export const entr = (x: ArrayLike): NdArray => {
  const y = asInexact(x, 'np.special.entr')
  const isPositive = greater(y, 0)
  const value = negative(multiply(y, log(where(isPositive, y, 1))))
  return where(isPositive, value, where(less(y, 0), -Infinity, multiply(y, 0)))
}

/** p log(p / q); 0 where p is 0 and q is not negative, ∞ outside the domain. */
export const relEntr = (p: ArrayLike, q: ArrayLike): NdArray => {
  const [a, b] = promoteAll('np.special.relEntr', [p, q], true)
  const both = logicalAnd(greater(a, 0), greater(b, 0))
  const [x, y] = [where(both, a, 1), where(both, b, 1)]
  const value = multiply(x, subtract(log(x), log(y)))
  const isZero = logicalAnd(equal(a, 0), greaterEqual(b, 0))
  return where(both, value, where(isZero, 0, Infinity))
}

/** p log(p / q) − p + q, each term of the Kullback–Leibler divergence made non-negative. */
export const klDiv = (p: ArrayLike, q: ArrayLike): NdArray => add(subtract(relEntr(p, q), p), q)

/** (x^λ − 1) / λ, and log x for λ = 0. */
export const boxcox = (x: ArrayLike, lambda: ArrayLike): NdArray => {
  const [y, l] = promoteAll('np.special.boxcox', [x, lambda], true)
  const none = equal(l, 0)
  const safe = where(none, 1, l)
  return where(none, log(y), divide(expm1(multiply(safe, log(y))), safe))
}

/** boxcox of 1 + x. */
export const boxcox1p = (x: ArrayLike, lambda: ArrayLike): NdArray => {
  const [y, l] = promoteAll('np.special.boxcox1p', [x, lambda], true)
  const none = equal(l, 0)
  const safe = where(none, 1, l)
  return where(none, log1p(y), divide(expm1(multiply(safe, log1p(y))), safe))
}

export interface LogsumexpOptions {
  readonly axis?: Axis
  /** Weights of the exponentials. */
  readonly b?: ArrayLike
  readonly keepdims?: boolean
  /** Give [log |Σ|, sign]. */
  readonly returnSign?: boolean
  /** Elements that take part. */
  readonly where?: ArrayLike
}

/**
 * log Σ b exp(x) along axes, shifted by the largest element.
 *
 * Shape: -> without `axis`. Without terms it is −∞; a negative sum gives NaN unless `returnSign`.
 */
export function logsumexp(
  x: ArrayLike,
  options: LogsumexpOptions & { readonly returnSign: true }
): readonly [NdArray, NdArray]
export function logsumexp(
  x: ArrayLike,
  options?: LogsumexpOptions & { readonly returnSign?: false }
): NdArray
export function logsumexp(
  x: ArrayLike,
  options: LogsumexpOptions = {}
): NdArray | readonly [NdArray, NdArray] {
  const known = ['axis', 'b', 'keepdims', 'returnSign', 'where']
  checkOptions('np.special.logsumexp', options, known)
  const { axis = null, b, keepdims = false, returnSign = false, where: mask } = options
  const [y, weights] = promoteAll('np.special.logsumexp', [x, b ?? 1], true)
  const axes = normalizeAxes('np.special.logsumexp', axis, y.ndim)
  const taking = mask === undefined ? {} : { where: mask }
  const size = isComplex(y.dtype) ? real(y) : y
  const counted = b === undefined ? size : where(equal(weights, 0), -Infinity, size)
  const most = max(counted, { axis: axes, keepdims: true, initial: -Infinity, ...taking })
  const shift = stopGradient(where(isfinite(most), most, 0))
  const shifted = exp(subtract(y, shift))
  // A weight of 0 drops its term, be it infinite.
  const terms = b === undefined ? shifted : where(equal(weights, 0), 0, multiply(weights, shifted))
  const total = sum(terms, { axis: axes, keepdims: true, ...taking })
  const logarithm = add(log(returnSign ? abs(total) : total), shift)
  const shape = keepdims ? total.shape : y.shape.filter((_, a) => !axes.includes(a))
  const result = reshape(logarithm, shape)
  return returnSign ? [result, reshape(sign(total), shape)] : result
}

export interface SoftmaxOptions {
  readonly axis?: Axis
}

/** exp(x_i) / Σ_j exp(x_j) along axes, all by default. Shape: kept. */
export const softmax = (x: ArrayLike, options: SoftmaxOptions = {}): NdArray => {
  checkOptions('np.special.softmax', options, ['axis'])
  const { axis = null } = options
  const y = asInexact(x, 'np.special.softmax')
  const shifted = exp(subtract(y, stopGradient(max(y, { axis, keepdims: true }))))
  return divide(shifted, sum(shifted, { axis, keepdims: true }))
}

/** log softmax(x), without taking the logarithm of what underflows. Shape: kept. */
export const logSoftmax = (x: ArrayLike, options: SoftmaxOptions = {}): NdArray => {
  checkOptions('np.special.logSoftmax', options, ['axis'])
  const { axis = null } = options
  const y = asInexact(x, 'np.special.logSoftmax')
  const shifted = subtract(y, stopGradient(max(y, { axis, keepdims: true })))
  return subtract(shifted, log(sum(exp(shifted), { axis, keepdims: true })))
}
