/** Gamma samples by rejection, with the derivative of a sample by its parameter. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import { customJvp } from '../control/custom-jvp.ts'
import { whileLoop } from '../control/loops.ts'
import { and, or } from '../primitives/bitwise.ts'
import { constant } from '../primitives/elementwise.ts'
import { exp, log } from '../primitives/elementary.ts'
import { square } from '../primitives/arithmetic.ts'
import { reshape } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { sqrt } from '../primitives/roots.ts'
import { randomGammaGrad } from '../primitives/special.ts'
import { vmap } from '../transforms/vmap.ts'
import {
  floatOption,
  parameter,
  sampleShape,
  shapeOf,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, eq, ge, le, mul, pow, sub, where } from './arithmetic.ts'
import { exponential } from './continuous.ts'
import { split, subkeys } from './keys.ts'
import { compiledWhenLarge } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { normal } from './normal.ts'
import { floatFacts, uniformIn } from './uniform.ts'

/** A cube v³ of a normal number's v = 1 + cx > 0, accepted by how often Gamma has it. */
const acceptedCube = (key: NdArray, d: NdArray, c: NdArray, dtype: DType): NdArray => {
  const number = (value: number): NdArray => constant(d, value)

  const positive = (start: NdArray): readonly [x: NdArray, v: NdArray] => {
    const [, x, v] = whileLoop(
      ([, , v]) => le(v, 0),
      ([k, ,]) => {
        const [next, own] = subkeys(k)
        const x = normal(own, [], { dtype })
        return [next, x, add(mul(x, c), 1)] as const
      },
      [start, number(0), number(-1)] as const
    )
    return [x, v]
  }

  const [, , cube] = whileLoop(
    ([, xx, v, u]) =>
      and(
        ge(u, sub(1, mul(square(xx), 0.0331))),
        ge(log(u), add(mul(xx, 0.5), mul(d, add(sub(1, v), log(v)))))
      ),
    ([k]) => {
      const [next, forX, forU] = subkeys(k, 3)
      const [x, v] = positive(forX)
      return [next, square(x), mul(square(v), v), uniformIn(forU, [], dtype)] as const
    },
    // The first test fails for these.
    [key, number(0), number(1), number(2)] as const
  )
  return cube
}

/**
 * One sample, or its logarithm. Below a = 1 a sample of a + 1 is multiplied by u^(1/a).
 *
 * Source: Marsaglia, Tsang 2000, "A simple method for generating gamma variables".
 */
const gammaOne =
  (logarithm: boolean) =>
  (key: NdArray, a: NdArray): NdArray => {
    const { dtype } = a
    const isLarge = ge(a, 1)
    const d = sub(where(isLarge, a, add(a, 1)), 1 / 3)
    const c = div(1 / 3, sqrt(d))
    const [forCube, forBoost] = subkeys(key)
    const v = acceptedCube(forCube, d, c, dtype)
    if (logarithm) {
      const logs = neg(exponential(forBoost, [], { dtype }))
      const none = or(isLarge, eq(logs, 0))
      return add(add(log(d), log(v)), where(none, constant(a, 0), mul(logs, div(1, a))))
    }
    const boost = pow(sub(1, uniformIn(forBoost, [], dtype)), div(1, a))
    return mul(mul(d, v), where(isLarge, constant(a, 1), boost))
  }

/** One key per sample, all samples side by side. */
const samples = (key: NdArray, a: NdArray, logarithm: boolean): NdArray => {
  const size = sizeOf(a.shape)
  if (size === 0) return a
  const each = vmap(gammaOne(logarithm))(split(key, size), reshape(a, [size]))
  return reshape(each, a.shape)
}

/** d sample / d a; the logarithm's is that divided by the sample, which may have underflowed. */
const slope = (a: NdArray, sample: NdArray, logarithm: boolean): NdArray => {
  if (!logarithm) return randomGammaGrad(a, sample)
  const x = exp(sample)
  const safe = where(eq(x, 0), constant(x, floatFacts(x.dtype).tiny), x)
  return div(randomGammaGrad(a, safe), safe)
}

const differentiable = (logarithm: boolean): ((key: NdArray, a: NdArray) => NdArray) => {
  const draw = compiledWhenLarge(logarithm ? 'loggamma' : 'gamma', (key: NdArray, a: NdArray) =>
    samples(key, a, logarithm)
  )
  const sampler: (key: NdArray, a: NdArray) => NdArray = customJvp(
    (key: NdArray, a: NdArray) => draw(key, a),
    {
      jvp: (
        [key, a]: readonly [NdArray, NdArray],
        [, da]: readonly [NdArray, NdArray]
      ): readonly [NdArray, NdArray] => {
        const sample = sampler(key, a)
        return [sample, mul(da, slope(a, sample, logarithm))]
      }
    }
  )
  return sampler
}

const sampleOf = differentiable(false)
const logarithmOf = differentiable(true)

const gammaSampler =
  (name: string, of: typeof sampleOf) =>
  (key: NdArray, a: ArrayLike, shape?: SampleShape, options: SamplerOptions = {}): NdArray =>
    consuming(name, key, () => {
      const dtype = floatOption(name, options, [a])
      const out = sampleShape(name, shape, [shapeOf(a)])
      return of(key, parameter(a, dtype, out))
    })

/**
 * Gamma samples: density ∝ x^(a−1) e^(−x), x ≥ 0. Differentiable in `a`: the derivative of a
 * sample is that of the quantile it is (an implicit reparameterisation).
 *
 * Shape:  a broadcasts to shape, which is its own by default; float32 by default.
 * Source: Marsaglia, Tsang 2000; derivative: Figurnov, Mohamed, Mnih 2018, "Implicit
 *         reparameterization gradients".
 *
 * @example
 * random.gamma(random.key(0), 2, [2]).shape // => [2]
 *
 * @category samplers
 * @since 0.1.0
 */
export const gamma = gammaSampler('gamma', sampleOf)

/**
 * Logarithms of gamma samples: they keep their precision where small `a` puts samples near 0.
 *
 * Shape: a broadcasts to shape, which is its own by default; float32 by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const loggamma = gammaSampler('loggamma', logarithmOf)
