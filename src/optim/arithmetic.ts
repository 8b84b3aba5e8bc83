/** Arithmetic on whole trees of parameters, leaf by leaf, each leaf in its own element type. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'

/** Zeros of the shape and type of a leaf. */
export const zerosLike = (x: ArrayLike, dtype?: DType): NdArray => {
  const of = lax.typeOf(x)
  return lax.full(of.shape, 0, dtype ?? of.dtype)
}

/** x · factor in the type of x, whatever type the factor has. */
export const scaled = (x: ArrayLike, factor: ArrayLike): NdArray =>
  lax.mul(x, isArray(factor) ? lax.convertElementType(factor, lax.typeOf(x).dtype) : factor)

/** decay · m + (1 − decay) · g^order, leaf by leaf. */
export const updateMoment = <P>(grads: P, moments: P, decay: number, order: 1 | 2): P =>
  tree.map(
    (g: NdArray, m: NdArray) =>
      lax.add(
        lax.mul(order === 1 ? g : lax.square(g), 1 - decay),
        lax.mul(lax.convertElementType(m, g.dtype), decay)
      ),
    grads,
    moments
  )

/** 1 − decay^count, computed no less precisely than in float32. */
export const biasOf = (decay: number, count: NdArray, dtype: DType): NdArray => {
  const precise = dtype === 'float64' ? dtype : 'float32'
  const power = lax.pow(lax.full([], decay, precise), lax.convertElementType(count, precise))
  return lax.sub(1, power)
}

/** Moments divided by 1 − decay^count, which takes out that they began at zero. */
export const biasCorrection = <P>(moments: P, decay: number, count: NdArray): P =>
  tree.map((m: NdArray) => {
    const bias = biasOf(decay, count, m.dtype)
    return lax.div(m, lax.convertElementType(bias, m.dtype))
  }, moments)

const lastCount = 2 ** 31 - 1

/** count + 1, which stays at the largest int32 instead of wrapping. */
export const safeIncrement = (count: NdArray): NdArray =>
  lax.select(lax.lt(count, lastCount), lax.add(count, 1), lax.full([], lastCount, 'int32'))

/** The number of steps taken, before the first. */
export const zeroCount = (): NdArray => lax.full([], 0, 'int32')

const squares = (x: ArrayLike): NdArray => {
  const a = lax.abs(x)
  return lax.reduceSum(
    lax.square(a),
    a.shape.map((_, axis) => axis)
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
export const globalNorm = (updates: unknown): NdArray => {
  const norms = tree.leaves(updates).map(squares)
  const wide = norms.some((x) => x.dtype === 'float64') ? 'float64' : 'float32'
  const total = norms.reduce<NdArray>(
    (sum, x) => lax.add(sum, lax.convertElementType(x, wide)),
    lax.full([], 0, wide)
  )
  return lax.sqrt(total)
}
