/** Polynomials as vectors of coefficients, the highest power first. */
import { convertElementType } from '../primitives/convert.ts'
import { hostOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { complexOf, isComplex, isBool } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { cumprod } from '../primitives/cumulative.ts'
import { fillLike, reshape } from '../primitives/movement.ts'
import { zeroOf } from '../primitives/linear.ts'
import { pad, sliceInDim } from '../primitives/slicing.ts'
import { avalOf } from '../trace/aval.ts'
import { rev } from '../primitives/reversal.ts'
import { counting, expand, flat, stacked } from './along.ts'
import { add, divide, multiply, negative, subtract } from './arithmetic.ts'
import { convolve } from './convolving.ts'
import { sqrt } from './exponential.ts'
import { eigvals } from './linalg/decompositions.ts'
import { lstsq } from './linalg/least-squares.ts'
import { matmul } from './linalg/products.ts'
import { matrixTranspose } from './shapes.ts'
import { inv } from './linalg/solve.ts'
import { finfo } from './dtypes.ts'
import { eye } from './matrices.ts'
import { asArray, asInexact, asType, promoteTypes } from './promotion.ts'
import { sum } from './reductions.ts'

const vector = (operation: string, x: NdArray): NdArray => {
  if (x.ndim <= 1) return flat(x)
  throw new ShapeError(operation, {
    problem: 'the coefficients are no vector',
    got: `shape ${show(x.shape)}`,
    expected: 'one axis, the highest power first',
    hint: 'vmap works on many polynomials'
  })
}

const vectors = (operation: string, a: ArrayLike, b: ArrayLike): readonly [NdArray, NdArray] => {
  const [x, y] = promoteTypes(operation, [a, b]).map((v) => vector(operation, v))
  return [x, y]
}

/** Zeros before and after. */
const padded = (x: NdArray, before: number, after: number): NdArray =>
  pad(x, zeroOf(avalOf(x)), [[before, after, 0]])

const part = (x: NdArray, from: number, to: number): NdArray => sliceInDim(x, from, to, 0)

/** The i-th coefficient as a scalar. */
const coefficient = (x: NdArray, i: number): NdArray => reshape(part(x, i, i + 1), [])

/** The coefficients of the monic polynomial with these roots, or of det(λ − A). Shape: [n] -> [n + 1]. */
export const poly = (x: ArrayLike): NdArray => {
  const given = asInexact(x, 'np.poly')
  const roots = given.ndim === 2 ? eigvals(given) : vector('np.poly', given)
  const one = fillLike(scalar(1, roots.dtype), [1])
  return Array.from({ length: roots.size }, (_, i) => i).reduce(
    (p, i) => subtract(padded(p, 0, 1), multiply(coefficient(roots, i), padded(p, 1, 0))),
    one
  )
}

/** Sum. Shape: the longer one's. */
export const polyadd = (a: ArrayLike, b: ArrayLike): NdArray => {
  const [x, y] = vectors('np.polyadd', a, b)
  const n = Math.max(x.size, y.size)
  return add(padded(x, n - x.size, 0), padded(y, n - y.size, 0))
}

/** Difference. Shape: the longer one's. */
export const polysub = (a: ArrayLike, b: ArrayLike): NdArray =>
  polyadd(a, negative(asArray(b, 'np.polysub')))

/** How many zeros a concrete vector begins with. */
const leadingZeros = (x: NdArray, operation: string): number => {
  const data = hostOf(x, operation)
  const slots = isComplex(x.dtype) ? 2 : 1
  const first = data.findIndex((v) => v !== 0)
  return first < 0 ? x.size : Math.floor(first / slots)
}

export interface TrimOption {
  /** Drop zeros in front: for concrete coefficients only. */
  readonly trimLeadingZeros?: boolean
}

const trimmed = (x: NdArray, operation: string): NdArray => {
  const zeros = Math.min(leadingZeros(x, operation), x.size - 1)
  return zeros <= 0 ? x : part(x, zeros, x.size)
}

/** Product. Shape: [n], [m] -> [n + m − 1]. */
export const polymul = (a: ArrayLike, b: ArrayLike, options: TrimOption = {}): NdArray => {
  checkOptions('np.polymul', options, ['trimLeadingZeros'])
  const { trimLeadingZeros = false } = options
  const [x, y] = vectors('np.polymul', a, b)
  return trimLeadingZeros
    ? convolve(trimmed(x, 'np.polymul'), trimmed(y, 'np.polymul'))
    : convolve(x, y)
}

/** [quotient, remainder]; the remainder keeps the length of `a` unless it is trimmed. */
export const polydiv = (
  a: ArrayLike,
  b: ArrayLike,
  options: TrimOption = {}
): readonly [quotient: NdArray, remainder: NdArray] => {
  checkOptions('np.polydiv', options, ['trimLeadingZeros'])
  const { trimLeadingZeros = false } = options
  const [x, y] = promoteTypes('np.polydiv', [a, b], true).map((v) => vector('np.polydiv', v))
  const steps = Math.max(1, x.size - y.size + 1)
  if (x.size < y.size) return [fillLike(scalar(0, x.dtype), [1]), x]
  const lead = coefficient(y, 0)
  const [quotient, rest] = Array.from({ length: steps }, (_, i) => i).reduce<
    readonly [readonly NdArray[], NdArray]
  >(
    ([qs, r], i) => {
      const q = divide(coefficient(r, i), lead)
      const taken = padded(multiply(q, y), i, x.size - y.size - i)
      return [[...qs, q], subtract(r, taken)]
    },
    [[], x]
  )
  return [stacked(quotient), trimLeadingZeros ? trimmed(rest, 'np.polydiv') : rest]
}

const checkOrder = (operation: string, m: number): void => {
  if (Number.isInteger(m) && m >= 0) return
  throw new ValueError(operation, {
    problem: 'the order is no count',
    got: String(m),
    expected: 'an integer of at least 0',
    hint: 'the order is known when the program is written'
  })
}

/** n, n − 1, … 1. */
const powersDown = (n: number, like: NdArray): NdArray =>
  asType(rev(add(counting([n], 0), 1), [0]), like.dtype)

/** The m-th derivative. Shape: [n] -> [n − m], at least [1]. */
export const polyder = (p: ArrayLike, options: { readonly m?: number } = {}): NdArray => {
  checkOptions('np.polyder', options, ['m'])
  const { m = 1 } = options
  checkOrder('np.polyder', m)
  const x = vector('np.polyder', asInexact(p, 'np.polyder'))
  if (m === 0) return x
  const n = x.size - 1
  const next = n <= 0 ? multiply(x, 0) : multiply(part(x, 0, n), powersDown(n, x))
  return polyder(next, { m: m - 1 })
}

/** The m-th integral with constants k, 0 by default. Shape: [n] -> [n + m]. */
export const polyint = (
  p: ArrayLike,
  options: { readonly m?: number; readonly k?: ArrayLike } = {}
): NdArray => {
  checkOptions('np.polyint', options, ['m', 'k'])
  const { m = 1, k } = options
  checkOrder('np.polyint', m)
  const [x, given] = promoteTypes('np.polyint', [p, k ?? 0], true).map((v) =>
    vector('np.polyint', v)
  )
  const constants =
    given.size === m ? given : asType(multiply(fillLike(scalar(1, x.dtype), [m]), given), x.dtype)
  return Array.from({ length: m }, (_, i) => i).reduce(
    (q, i) => concatenate([divide(q, powersDown(q.size, q)), part(constants, i, i + 1)], 0),
    x
  )
}

/**
 * The value at x, by Horner's rule. Shape: that of x.
 *
 * @example
 * np.polyval(np.array([1, 0, -1]), 3).item() // => 8
 *
 * @category polynomials
 * @since 0.1.0
 */
export const polyval = (p: ArrayLike, x: ArrayLike): NdArray => {
  const [coefficients, at] = promoteTypes('np.polyval', [p, x])
  const c = vector('np.polyval', coefficients)
  const start = multiply(at, 0)
  return Array.from({ length: c.size }, (_, i) => i).reduce(
    (y, i) => add(multiply(y, at), coefficient(c, i)),
    start
  )
}

export interface VanderOptions {
  /** Number of columns; as many as rows by default. */
  readonly N?: number
  /** Lowest power first. */
  readonly increasing?: boolean
}

/** Powers of each element in a row. Shape: [n] -> [n, N]. */
export const vander = (x: ArrayLike, options: VanderOptions = {}): NdArray => {
  checkOptions('np.vander', options, ['N', 'increasing'])
  const { N, increasing = false } = options
  const given = vector('np.vander', asArray(x, 'np.vander'))
  // Powers of truth values are counts.
  const v = isBool(given.dtype) ? convertElementType(given, 'int32') : given
  const columns = N ?? v.size
  checkOrder('np.vander', columns)
  const ones = fillLike(scalar(1, v.dtype), [v.size, Math.min(1, columns)])
  const repeated = multiply(
    expand(v, 1),
    fillLike(scalar(1, v.dtype), [v.size, Math.max(0, columns - 1)])
  )
  const powers = concatenate([ones, cumprod(repeated, 1)], 1)
  return increasing ? powers : rev(powers, [1])
}

/**
 * The roots: eigenvalues of the companion matrix. Zeros in front are dropped, which needs concrete
 * coefficients; with `stripZeros: false` it may be traced and the first must not be 0.
 *
 * Shape: [n] -> [n − 1], or fewer; complex.
 *
 * @category polynomials
 * @since 0.1.0
 */
export const roots = (p: ArrayLike, options: { readonly stripZeros?: boolean } = {}): NdArray => {
  checkOptions('np.roots', options, ['stripZeros'])
  const { stripZeros = true } = options
  const given = vector('np.roots', asInexact(p, 'np.roots'))
  const x = stripZeros ? trimmed(given, 'np.roots') : given
  const trailing = stripZeros ? Math.min(leadingZeros(rev(x, [0]), 'np.roots'), x.size - 1) : 0
  const kept = part(x, 0, x.size - trailing)
  const n = kept.size - 1
  const zeros = fillLike(scalar(0, complexOf(x.dtype)), [Math.max(0, trailing)])
  if (n < 1) return zeros
  const first = divide(negative(part(kept, 1, n + 1)), coefficient(kept, 0))
  const below = eye(n - 1, n, { dtype: x.dtype })
  const companion = concatenate([expand(first, 0), below], 0)
  return concatenate([eigvals(companion), zeros], 0)
}

export interface PolyfitOptions {
  readonly rcond?: number
  /** Weight of each residual, before squaring. */
  readonly w?: ArrayLike
  /** Also give residuals, rank, singular values and rcond. */
  readonly full?: boolean
  /** Also give the covariance of the coefficients; 'unscaled' when the weights are 1/σ. */
  readonly cov?: boolean | 'unscaled'
}

/**
 * The polynomial of degree `deg` with the least squared distance from the points (x, y).
 *
 * Shape: x [n], y [n] or [n, k] -> [deg + 1] or [deg + 1, k]; with `full` or `cov` a list.
 *
 * @category polynomials
 * @since 0.1.0
 */
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options?: PolyfitOptions & { readonly full?: false; readonly cov?: false }
): NdArray
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options: PolyfitOptions
): readonly NdArray[]
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options: PolyfitOptions = {}
): NdArray | readonly NdArray[] {
  checkOptions('np.polyfit', options, ['rcond', 'w', 'full', 'cov'])
  const { rcond, w, full = false, cov = false } = options
  checkOrder('np.polyfit', deg)
  const [places, values] = promoteTypes('np.polyfit', [x, y], true)
  const cut = rcond ?? places.size * finfo(places.dtype).eps
  const order = deg + 1
  const plain = vander(vector('np.polyfit', places), { N: order })
  const weights = w === undefined ? null : asType(asArray(w, 'np.polyfit'), places.dtype)
  const rows = weights === null ? plain : multiply(plain, expand(weights, 1))
  const sides =
    weights === null ? values : multiply(values, values.ndim === 2 ? expand(weights, 1) : weights)
  // Columns of length 1 make the condition of the system that of the problem.
  const scale = sqrt(sum(multiply(rows, rows), { axis: 0 }))
  const [c, residuals, rank, s] = lstsq(divide(rows, scale), sides, { rcond: cut })
  const fitted = divide(c, c.ndim === 2 ? expand(scale, 1) : scale)
  if (full) return [fitted, residuals, rank, s, scalar(cut, places.dtype)]
  if (cov === false) return fitted
  const base = inv(matmul(matrixTranspose(rows), rows))
  if (cov === 'unscaled') return [fitted, base]
  if (places.size <= order)
    throw new ValueError('np.polyfit', {
      problem: 'there are too few points for a covariance',
      got: `${places.size} points for ${order} coefficients`,
      expected: 'more points than coefficients',
      hint: "cov: 'unscaled' needs none to spare"
    })
  const spread = divide(sum(residuals), places.size - order)
  return [fitted, multiply(base, spread)]
}
