/** The regularised incomplete beta function. */
import type { NdArray } from '../core/array.ts'
import { allocate } from '../core/dtype.ts'
import { TransformError } from '../core/errors.ts'
import { betainc } from '../core/scalar/incomplete-beta.ts'
import { sizeOf } from '../core/shape.ts'
import { avalOf, makeAval } from '../trace/aval.ts'
import { definePrimitive, isZero, zero } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import {
  add,
  checkKind,
  checkSame,
  constant,
  elementwiseBatch,
  float,
  mul,
  noParams,
  type NoParams
} from './elementwise.ts'
import { exp, log, log1p } from './elementary.ts'
import { settle } from './host.ts'
import { neg, sub } from './negation.ts'
import { lgamma } from './special.ts'

/** x^(a−1) (1−x)^(b−1) / B(a, b): the density that the function integrates. */
const density = (a: NdArray, b: NdArray, x: NdArray): NdArray => {
  const one = constant(x, 1)
  const logBeta = sub(add(lgamma(a), lgamma(b)), lgamma(add(a, b)))
  const powers = add(mul(sub(a, one), log(x)), mul(sub(b, one), log1p(neg(x))))
  return exp(sub(powers, logBeta))
}

/** I_x(a, b) = ∫₀ˣ t^(a−1) (1−t)^(b−1) dt / B(a, b). Differentiable in x only, as in JAX. */
export const regularizedIncompleteBetaP = definePrimitive<NoParams>({
  name: 'regularizedIncompleteBeta',
  host: 'a continued fraction whose length depends on the argument',

  abstractEval: (avals) => {
    const [a, b, x] = avals
    checkSame('regularizedIncompleteBeta', avals)
    checkKind('regularizedIncompleteBeta', x.dtype, float)
    return [makeAval(x.shape, x.dtype, a.weak && b.weak && x.weak)]
  },

  reference: ([a, b, x], _params, [out]) => {
    const data = allocate(out.dtype, sizeOf(out.shape))
    for (let i = 0; i < data.length; i++) data[i] = betainc(a.data[i], b.data[i], x.data[i])
    return [settle(out.dtype, data)]
  },

  jvp: ([a, b, x], [da, db, dx]) => {
    if (!isZero(da) || !isZero(db))
      throw new TransformError('regularizedIncompleteBeta', {
        problem: 'there is no derivative with respect to a and b',
        got: 'a tangent of a or b',
        expected: 'a and b constant',
        hint: 'wrap them in stopGradient when their derivatives are not needed'
      })
    const y = regularizedIncompleteBeta(a, b, x)
    return [[y], [isZero(dx) ? zero(avalOf(y)) : mul(dx, density(a, b, x))]]
  },

  batch: elementwiseBatch(([a, b, x]) => regularizedIncompleteBeta(a, b, x))
})

/** I_x(a, b) elementwise. Shape: all three alike. */
export const regularizedIncompleteBeta = (a: NdArray, b: NdArray, x: NdArray): NdArray =>
  bind1(regularizedIncompleteBetaP, [a, b, x], noParams)
