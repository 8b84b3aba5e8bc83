/**
 * Laws of derivatives, at smooth finite points in float64 or complex128. Corners have no limit of
 * differences; what they do is said by examples.
 */
import fc from 'fast-check'
import { avalOf, type NdArray } from '../src/core/array.ts'
import { isInexact } from '../src/core/dtype.ts'
import { instantiate } from '../src/primitives/elementwise.ts'
import { zero, type Tangent } from '../src/trace/primitive.ts'
import { jvpFlat } from '../src/transforms/jvp.ts'
import { vjpFlat } from '../src/transforms/vjp.ts'
import { LawError, requireEqual, within } from './comparison.ts'
import { combine, direction, inner, innerScale, moved, tangentsLike } from './directions.ts'
import type { ArrayFunction, Subject } from './subject.ts'

type Law = fc.IProperty<[readonly NdArray[], number]>

const dense = (ts: readonly Tangent[]): readonly NdArray[] => ts.map(instantiate)
const floating = (xs: readonly NdArray[]): readonly NdArray[] =>
  xs.filter((x) => isInexact(x.dtype))

/** Steps of h x 2^-10 keep rounding near 1e-13 and the error of the formula near h⁴. */
const step = 2 ** -10

/** (8(f₁ − f₋₁) − (f₂ − f₋₂)) / 12h with f_k = f(x + k h dx). */
const differences = (
  f: ArrayFunction,
  xs: readonly NdArray[],
  dxs: readonly Tangent[]
): readonly NdArray[] => {
  const at = (k: number): readonly NdArray[] =>
    floating(f(...xs.map((x, i) => moved(x, dxs[i], k * step))))
  const [a, b, c, d] = [at(1), at(-1), at(2), at(-2)]
  return a.map((x, i) =>
    combine([x, b[i], c[i], d[i]], (p, q, r, s) => (8 * (p - q) - (r - s)) / (12 * step))
  )
}

/**
 * jvp f (x, dx) = lim (f(x + h dx) − f(x − h dx)) / 2h.
 * Equality: within 1e-6 of the largest magnitude.
 */
export const jvpIsDifference = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const dxs = tangentsLike(xs, seed, live)
    const [outs, tangents] = jvpFlat(f, xs, dxs)
    const slopes = dense(tangents).filter((_, i) => isInexact(outs[i].dtype))
    requireEqual(within(1e-6), slopes, differences(f, xs, dxs), 'jvp = difference')
  })

/**
 * f(x) is the same with tangents as without.
 * Equality: within 1e-12 of the largest magnitude: a rule may share work with the derivative.
 */
export const jvpKeepsValues = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const [outs] = jvpFlat(f, xs, tangentsLike(xs, seed, live))
    requireEqual(within(1e-12), outs, f(...xs), 'jvp keeps values')
  })

/**
 * ⟨ct, jvp f (x, dx)⟩ = ⟨vjp f (x, ct), dx⟩.
 * Equality: within 1e-9 of the sum of magnitudes.
 */
export const vjpIsAdjointOfJvp = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const dxs = tangentsLike(xs, seed, live)
    const [, dys] = jvpFlat(f, xs, dxs)
    const { outs, pullback } = vjpFlat(f, xs, 'f', live)
    const cts = tangentsLike(outs, seed + 7)
    const back = pullback(cts)
    back.forEach((ct, i) => {
      const [got, wanted] = [instantiate(ct), xs[i]]
      if (got.dtype !== wanted.dtype || String(got.shape) !== String(wanted.shape))
        throw new LawError(`the cotangent of argument ${i} has another type than the argument`)
    })
    const [left, right] = [inner(cts, dys), inner(back, dxs)]
    const allowed = 1e-9 * (1 + innerScale(cts, dys) + innerScale(back, dxs))
    if (!(Math.abs(left - right) <= allowed))
      throw new LawError(`⟨ct, jvp⟩ = ${left}, but ⟨vjp, dx⟩ = ${right}`)
  })

/**
 * ⟨vjp f (x, ct), dx⟩ = lim ⟨ct, f(x + h dx) − f(x − h dx)⟩ / 2h: for functions whose reverse mode
 * is written by hand, such as those of customVjp, which have no forward mode.
 * Equality: within 1e-6 of the sum of magnitudes.
 */
export const vjpIsDifference = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const dxs = tangentsLike(xs, seed, live)
    const { outs, pullback } = vjpFlat(f, xs, 'f', live)
    const cts = tangentsLike(outs, seed + 7)
    const slopes = differences(f, xs, dxs)
    const of = cts.filter((_, i) => isInexact(outs[i].dtype))
    const back = pullback(cts)
    const [left, right] = [inner(back, dxs), inner(of, slopes)]
    const allowed = 1e-6 * (1 + innerScale(back, dxs) + innerScale(of, slopes))
    if (!(Math.abs(left - right) <= allowed))
      throw new LawError(`⟨vjp, dx⟩ = ${left}, but ⟨ct, difference⟩ = ${right}`)
  })

/** The function of points and directions that jvp makes of f. */
const tangentFunction =
  (f: ArrayFunction, count: number, live: readonly boolean[]): ArrayFunction =>
  (...both) => {
    const [xs, ds] = [both.slice(0, count), both.slice(count)]
    let next = 0
    const dxs = xs.map((x, i) => (live[i] ? ds[next++] : zero(avalOf(x))))
    const [outs, dys] = jvpFlat(f, xs, dxs)
    return dense(dys.filter((_, i) => isInexact(outs[i].dtype)))
  }

/** The tangent of f as a subject of its own: its laws are those of order two. */
export const tangentOf = ({ f, args, live }: Subject): Subject => {
  const isLive = (xs: readonly NdArray[]): readonly boolean[] =>
    xs.map((x, i) => isInexact(x.dtype) && (live?.[i] ?? true))
  return {
    args: fc
      .tuple(args, fc.nat(99))
      .map(([xs, seed]) => [
        ...xs,
        ...xs
          .filter((_, i) => isLive(xs)[i])
          .map((x, i) => direction(avalOf(x), seed + 57 + 31 * i))
      ]),
    f: (...both) => {
      // Points come first, then a direction for each live one: only their number is unknown.
      const count = countPoints(both.length, live, both)
      const xs = both.slice(0, count)
      return tangentFunction(f, count, isLive(xs))(...both)
    },
    ...(live === undefined ? {} : { live: [...live, ...live.filter((l) => l)] })
  }
}

/** The n for which n points and a direction for each live one make `total` arrays. */
const countPoints = (
  total: number,
  live: readonly boolean[] | undefined,
  both: readonly NdArray[]
): number => {
  for (let n = 0; n <= total; n++) {
    const directions = both
      .slice(0, n)
      .filter((x, i) => isInexact(x.dtype) && (live?.[i] ?? true)).length
    if (n + directions === total) return n
  }
  throw new LawError('a tangent function was given another number of arrays than it takes')
}

/**
 * D²f(x)[u, v] = D²f(x)[v, u] (Schwarz): mixed second derivatives do not depend on the order.
 * Equality: within 1e-9 of the largest magnitude.
 */
export const mixedDerivativesCommute = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const [us, vs] = [tangentsLike(xs, seed, live), tangentsLike(xs, seed + 13, live)]
    const along =
      (ds: readonly Tangent[]): ArrayFunction =>
      (...ys) => {
        const [outs, dys] = jvpFlat(f, ys, ds)
        return dense(dys.filter((_, i) => isInexact(outs[i].dtype)))
      }
    const uv = jvpFlat(along(us), xs, vs)[1]
    const vu = jvpFlat(along(vs), xs, us)[1]
    requireEqual(within(1e-9), dense(uv), dense(vu), 'D²f[u, v] = D²f[v, u]')
  })

/**
 * jvp(vjp f) = vjp(jvp f) applied to one cotangent: forward over reverse is reverse over forward.
 * Equality: within 1e-9 of the largest magnitude.
 */
export const forwardOverReverse = ({ f, args, live }: Subject): Law =>
  fc.property(args, fc.nat(99), (xs, seed) => {
    const dxs = tangentsLike(xs, seed, live)
    const gradient: ArrayFunction = (...ys) => {
      const { outs, pullback } = vjpFlat(f, ys, 'f', live)
      return dense(pullback(tangentsLike(outs, seed + 7)))
    }
    const slope: ArrayFunction = (...ys) => dense(jvpFlat(f, ys, dxs)[1])
    const [, forward] = jvpFlat(gradient, xs, dxs)
    const { outs, pullback } = vjpFlat(slope, xs, 'slope', live)
    const reverse = pullback(tangentsLike(outs, seed + 7))
    requireEqual(within(1e-9), dense(forward), dense(reverse), 'jvp of vjp = vjp of jvp')
  })
