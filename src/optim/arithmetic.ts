/** Arithmetic on whole trees of parameters, leaf by leaf, each leaf in its own element type. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import type { Scalar } from './rate.ts'

/** Zeros of the shape and type of a leaf. */
export const zerosLike = (x: ArrayLike, dtype?: DType): NdArray => {
  const of = lax.typeOf(x)
  return lax.full(of.shape, 0, dtype ?? of.dtype)
}

/** x · factor in the type of x, whatever type the factor has. */
export const scaled = (x: ArrayLike, factor: ArrayLike): NdArray =>
  lax.mul(x, isArray(factor) ? lax.convertElementType(factor, lax.typeOf(x).dtype) : factor)

/** What is left of one: 1 − x. */
export const complement = (x: Scalar): Scalar => (isArray(x) ? np.sub(1, x) : 1 - x)

/** |x|², real for complex numbers too. */
export const absSquare = (x: ArrayLike): NdArray => lax.square(lax.abs(x))

/** decay · m + (1 − decay) · |g|^order, leaf by leaf (without the bars for the first order). */
export const updateMoment = <P>(grads: P, moments: P, decay: Scalar, order: 1 | 2): P =>
  tree.map(
    (g: NdArray, m: NdArray) =>
      np.add(
        np.mul(order === 1 ? g : absSquare(g), complement(decay)),
        np.mul(lax.convertElementType(m, order === 1 ? g.dtype : lax.typeOf(m).dtype), decay)
      ),
    grads,
    moments
  )

/** decay · m + (1 − decay) · |g|^order, leaf by leaf: optax's name for the second kind of moment. */
export const updateMomentPerElemNorm = updateMoment

/** max(|g| + eps, decay · m), leaf by leaf: a moment of infinite order. */
export const updateInfinityMoment = <P>(grads: P, moments: P, decay: Scalar, eps: Scalar): P =>
  tree.map(
    (g: NdArray, m: NdArray) => np.maximum(np.add(np.abs(g), eps), np.mul(m, decay)),
    grads,
    moments
  )

/** 1 − decay^count, computed no less precisely than in float32. */
export const biasOf = (decay: Scalar, count: NdArray, dtype: DType): NdArray => {
  const precise = dtype === 'float64' ? dtype : 'float32'
  const base = isArray(decay)
    ? lax.convertElementType(decay, precise)
    : lax.full([], decay, precise)
  return lax.sub(1, lax.pow(base, lax.convertElementType(count, precise)))
}

/** Moments divided by 1 − decay^count, which takes out that they began at zero. */
export const biasCorrection = <P>(moments: P, decay: Scalar, count: NdArray): P =>
  tree.map((m: NdArray) => {
    const bias = biasOf(decay, count, m.dtype)
    return lax.div(m, lax.convertElementType(bias, m.dtype))
  }, moments)

/**
 * The corrected mean one step ahead: b1 · m / (1 − b1^(t+1)) + (1 − b1) · g / (1 − b1^t), with t
 * the number of this step.
 *
 * Source: Dozat 2016.
 */
export const nesterovMean = <P>(mu: P, grads: P, b1: Scalar, count: NdArray): P =>
  tree.map(
    (m: NdArray, g: NdArray) => np.add(np.mul(m, b1), np.mul(g, complement(b1))),
    biasCorrection(mu, b1, safeIncrement(count)),
    biasCorrection(grads, b1, count)
  )

/** The leaves in another element type, where one is named. */
export const cast = <P>(leaves: P, dtype: DType | undefined): P =>
  dtype === undefined
    ? leaves
    : tree.map((x: ArrayLike) => lax.convertElementType(x, dtype), leaves)

/** A tree of zeros like this one. */
export const zeros = <P>(params: P, dtype?: DType): P =>
  tree.map((p: ArrayLike) => zerosLike(p, dtype), params)

/** A tree like this one with one value everywhere. */
export const filled = <P>(params: P, value: ArrayLike): P =>
  tree.map((p: ArrayLike) => {
    const { shape, dtype } = lax.typeOf(p)
    return lax.full(shape, isArray(value) ? lax.convertElementType(value, dtype) : value, dtype)
  }, params)

/** A scalar that remembers a truth. Shape: -> []. */
export const flag = (value: boolean): NdArray => lax.full([], value, 'bool')

const lastCount = 2 ** 31 - 1

/** count + 1, which stays at the largest int32 instead of wrapping. */
export const safeIncrement = (count: NdArray): NdArray =>
  lax.select(lax.lt(count, lastCount), lax.add(count, 1), lax.full([], lastCount, 'int32'))

/** The number of steps taken, before the first. */
export const zeroCount = (): NdArray => lax.full([], 0, 'int32')

/** All axes of an array. */
export const allAxes = (x: ArrayLike): readonly number[] => lax.typeOf(x).shape.map((_, a) => a)

/** Σ |x|² of one leaf. Shape: -> []. */
export const sumOfSquares = (x: ArrayLike): NdArray => lax.reduceSum(absSquare(x), allAxes(x))

/** √(Σ |x|²) of one leaf. Shape: -> []. */
export const normOf = (x: ArrayLike): NdArray => lax.sqrt(sumOfSquares(x))

/** √(mean |x|²) of one leaf. Shape: -> []. */
export const rootMeanSquare = (x: ArrayLike): NdArray =>
  lax.sqrt(lax.div(sumOfSquares(x), sizeOf(lax.typeOf(x).shape)))

/** In what numbers of a whole tree are computed: float64 where a leaf is, else float32. */
export const widest = (x: unknown): DType =>
  tree.leaves(x).some((leaf) => lax.typeOf(leaf).dtype === 'float64') ? 'float64' : 'float32'

/** The widest type among sums over leaves: float32, or float64 where one is. */
const total = (sums: readonly NdArray[]): NdArray => {
  const wide = widest(sums)
  return sums.reduce<NdArray>(
    (sum, x) => lax.add(sum, lax.convertElementType(x, wide)),
    lax.full([], 0, wide)
  )
}

/** Σ |x|² over all leaves. Shape: -> []. */
export const globalSumOfSquares = (updates: unknown): NdArray =>
  total(tree.leaves(updates).map(sumOfSquares))

/** Σ x̄ y over all leaves of two like trees. Shape: -> []. */
export const inner = (x: unknown, y: unknown): NdArray => {
  const others = tree.leaves(y)
  return total(
    tree.leaves(x).map((a, i) => lax.reduceSum(np.mul(np.conj(a), others[i]), allAxes(a)))
  )
}

/**
 * √(Σ x²) over all leaves.
 *
 * Shape: -> []; float32, or wider where a leaf is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const globalNorm = (updates: unknown): NdArray => lax.sqrt(globalSumOfSquares(updates))
