/** Laws of linear maps: transposes are adjoints, and a tangent comes out as it goes in, linearly. */
import fc from 'fast-check'
import { avalOf, type NdArray } from '../src/core/array.ts'
import { isInexact } from '../src/core/dtype.ts'
import type { DType } from '../src/core/dtype.ts'
import type { Shape } from '../src/core/shape.ts'
import { instantiate } from '../src/primitives/elementwise.ts'
import { linearTranspose } from '../src/transforms/linear-transpose.ts'
import { jvpFlat } from '../src/transforms/jvp.ts'
import * as arbitrary from './arbitraries.ts'
import { LawError, requireEqual, within } from './comparison.ts'
import { combine, direction, inner, innerScale, moved, tangentsLike } from './directions.ts'
import type { Subject } from './subject.ts'

/** A linear map together with the transpose that it claims to have. */
export interface LinearMap {
  readonly from: Shape
  readonly to: Shape
  readonly apply: (x: NdArray) => NdArray
  readonly transpose: (y: NdArray) => NdArray
  /** Of both sides; float64 when left out. */
  readonly dtype?: DType
}

const requireAdjoint = (
  ax: readonly NdArray[],
  y: readonly NdArray[],
  x: readonly NdArray[],
  aty: readonly NdArray[]
): void => {
  const [left, right] = [inner(ax, y), inner(x, aty)]
  const allowed = 1e-9 * (1 + innerScale(ax, y) + innerScale(x, aty))
  if (!(Math.abs(left - right) <= allowed))
    throw new LawError(`⟨A x, y⟩ = ${left}, but ⟨x, Aᵀ y⟩ = ${right}`)
}

/**
 * ⟨A x, y⟩ = ⟨x, Aᵀ y⟩: the one equation that makes a transpose rule right.
 * Equality: within 1e-9 of the sum of magnitudes.
 */
export const adjoint = ({
  from,
  to,
  apply,
  transpose,
  dtype = 'float64'
}: LinearMap): fc.IProperty<[NdArray, NdArray]> =>
  fc.property(arbitrary.smooth(from, dtype), arbitrary.smooth(to, dtype), (x, y) =>
    requireAdjoint([apply(x)], [y], [x], [transpose(y)])
  )

/**
 * ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for the map of the arguments at `positions`, the others held; the transpose
 * is what linearTranspose makes of the rules.
 * Equality: within 1e-9 of the sum of magnitudes.
 */
export const transposeIsAdjoint = (
  { f, args }: Subject,
  positions: readonly number[]
): fc.IProperty<[readonly NdArray[], number]> =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const own = positions.map((p) => xs[p])
    const map = (...ys: readonly NdArray[]): readonly NdArray[] =>
      f(...xs.map((x, i) => (positions.includes(i) ? ys[positions.indexOf(i)] : x)))
    const outs = map(...own)
    const cts = outs.map((y, i) => direction(avalOf(y), seed + 31 * i))
    const back = linearTranspose(map, own)(cts)
    requireAdjoint(outs, cts, own, back)
  })

/**
 * jvp f (x, a u + v) = a jvp f (x, u) + jvp f (x, v).
 * Equality: within 1e-9 of the largest magnitude.
 */
export const jvpIsLinear = ({
  f,
  args,
  live
}: Subject): fc.IProperty<[readonly NdArray[], number, number]> =>
  fc.property(args, fc.nat(99), fc.integer({ min: -4, max: 4 }), (xs, seed, a) => {
    const [us, vs] = [tangentsLike(xs, seed, live), tangentsLike(xs, seed + 13, live)]
    const push = (ds: typeof us): readonly NdArray[] => {
      const [outs, dys] = jvpFlat(f, xs, ds)
      return dys.map(instantiate).filter((_, i) => isInexact(outs[i].dtype))
    }
    const both = vs.map((v, i) => ('_tag' in v ? v : moved(v, us[i], a)))
    const [pu, pv] = [push(us), push(vs)]
    const expected = pu.map((p, i) => combine([p, pv[i]], (x, y) => a * x + y))
    requireEqual(within(1e-9), push(both), expected, 'jvp is linear in its tangent')
  })
