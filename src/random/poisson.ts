/** Poisson samples: products of uniform numbers for small rates, rejection for large ones. */
import { scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { iota, type Shape } from '../core/shape.ts'
import { whileLoop } from '../control/loops.ts'
import { abs } from '../primitives/arithmetic.ts'
import { and, not, or } from '../primitives/bitwise.ts'
import { convertElementType } from '../primitives/convert.ts'
import { constant } from '../primitives/elementwise.ts'
import { log } from '../primitives/elementary.ts'
import { fillLike } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { reduceOr } from '../primitives/reduction.ts'
import { sqrt } from '../primitives/roots.ts'
import { floor } from '../primitives/rounding.ts'
import { lgamma } from '../primitives/special.ts'
import {
  integerOption,
  parameter,
  sampleShape,
  shapeOf,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, eq, ge, gt, le, lt, mul, ne, sub, where } from './arithmetic.ts'
import { compiledPerType } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { subkeys } from './keys.ts'
import { uniformIn } from './uniform.ts'

/** Whether any element is true. Shape: -> []. */
export const any = (x: NdArray): NdArray => reduceOr(x, iota(x.ndim))

/**
 * How many uniform numbers it takes for their product to fall below e^(−λ).
 *
 * Source: Knuth, The Art of Computer Programming 2, §3.4.1.
 */
const byProducts = (key: NdArray, rate: NdArray, dtype: DType): NdArray => {
  const bound = neg(rate)
  const [count] = whileLoop(
    ([, , product]) => any(gt(product, bound)),
    ([count, k, product]) => {
      const [next, own] = subkeys(k)
      return [
        where(gt(product, bound), add(count, 1), count),
        next,
        add(product, log(uniformIn(own, rate.shape, rate.dtype)))
      ] as const
    },
    [fillLike(scalar(0, dtype), rate.shape), key, constant(rate, 0)] as const
  )
  return sub(count, 1)
}

/** Source: Hörmann 1993, "The transformed rejection method for generating Poisson random variables". */
const byRejection = (key: NdArray, rate: NdArray, dtype: DType): NdArray => {
  const { shape } = rate
  const b = add(mul(sqrt(rate), 2.53), 0.931)
  const a = add(mul(b, 0.02483), -0.059)
  const inverseAlpha = add(div(1.1328, sub(b, 3.4)), 1.1239)
  const squeeze = sub(0.9277, div(3.6224, sub(b, 2)))
  const logRate = log(rate)

  const [samples] = whileLoop(
    ([, accepted]) => any(not(accepted)),
    ([kept, accepted, k]) => {
      const [next, forU, forV] = subkeys(k, 3)
      const u = sub(uniformIn(forU, shape, rate.dtype), 0.5)
      const v = uniformIn(forV, shape, rate.dtype)
      const us = sub(0.5, abs(u))
      const scaled = div(mul(a, 2), us)
      const count = floor(add(add(mul(add(scaled, b), u), rate), 0.43))
      const s = log(div(mul(v, inverseAlpha), add(div(a, mul(us, us)), b)))
      const t = sub(add(neg(rate), mul(count, logRate)), lgamma(add(count, 1)))
      const quickly = and(ge(us, 0.07), le(v, squeeze))
      const never = or(lt(count, 0), and(lt(us, 0.013), gt(v, us)))
      const accept = or(quickly, and(not(never), le(s, t)))
      return [where(accept, count, kept), or(accepted, accept), next] as const
    },
    [constant(rate, -1), fillLike(scalar(false, 'bool'), shape), key] as const
  )
  return convertElementType(samples, dtype)
}

const samples = (dtype: DType, key: NdArray, rate: NdArray): NdArray => {
  const isSmall = or(ne(rate, rate), lt(rate, 10))
  // Each method sees rates that it can end for, also where the other one is used.
  const small = byProducts(key, where(isSmall, rate, 0), dtype)
  const large = byRejection(key, where(isSmall, 1e5, rate), dtype)
  const counts = where(isSmall, small, large)
  return where(eq(rate, 0), constant(counts, 0), counts)
}

const poissonOf = compiledPerType('poisson', samples)

/**
 * Poisson samples: P(k) = λ^k e^(−λ) / k!.
 *
 * Shape:  lam broadcasts to shape, which is its own by default; int32 by default. Rates are float32.
 * Source: products of uniform numbers below λ = 10, transformed rejection from there on.
 *
 * @example
 * random.poisson(random.key(0), 3, [4]).dtype // => 'int32'
 *
 * @category samplers
 * @since 0.1.0
 */
export const poisson = (
  key: NdArray,
  lam: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('poisson', key, () => {
    const dtype = integerOption('poisson', options)
    const out: Shape = sampleShape('poisson', shape, [shapeOf(lam)])
    return poissonOf(dtype)(key, parameter(lam, 'float32', out))
  })
