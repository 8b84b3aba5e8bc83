/** Tangents and cotangents for laws, and the arithmetic on plain values that they need. */
import { avalOf, fromHost, hostOf, type Aval, type NdArray } from '../src/core/array.ts'
import { allocate, isComplex, isInexact, type HostData } from '../src/core/dtype.ts'
import { sizeOf } from '../src/core/shape.ts'
import { settle } from '../src/primitives/host.ts'
import { zero, type Tangent } from '../src/trace/primitive.ts'

/** An array of this type with the value f(i) in slot i; complex numbers have two slots. */
export const fill = (aval: Aval, f: (slot: number) => number): NdArray => {
  const data = allocate(aval.dtype, sizeOf(aval.shape))
  for (let i = 0; i < data.length; i++) data[i] = f(i)
  return fromHost(aval, settle(aval.dtype, data))
}

/** Values in (−1, 1), the same for the same seed. A linear congruence (Knuth's MMIX, 32 bits). */
export const direction = (aval: Aval, seed: number): NdArray => {
  let state = (Math.imul(seed + 1, 2654435761) + 12345) >>> 0
  return fill(aval, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** A direction for each array; zero for integers, booleans and what `live` leaves out. */
export const tangentsLike = (
  xs: readonly NdArray[],
  seed: number,
  live: readonly boolean[] = xs.map(() => true)
): readonly Tangent[] =>
  xs.map((x, i) =>
    isInexact(x.dtype) && live[i] ? direction(avalOf(x), seed + 31 * i) : zero(avalOf(x))
  )

/** x + step · dx. */
export const moved = (x: NdArray, dx: Tangent, step: number): NdArray => {
  if ('_tag' in dx) return x
  const [data, d] = [hostOf(x), hostOf(dx)]
  return fill(avalOf(x), (i) => data[i] + step * d[i])
}

const innerData = (a: HostData, b: HostData, complex: boolean): number => {
  let total = 0
  for (let i = 0; i < a.length; i++) total += (complex && i % 2 === 1 ? -1 : 1) * a[i] * b[i]
  return total
}

/**
 * ⟨x, y⟩ = Re Σ x_i y_i, without conjugation, over lists; a symbolic zero contributes nothing.
 * Shape: equal lists.
 */
export const inner = (xs: readonly Tangent[], ys: readonly Tangent[]): number =>
  xs.reduce((total, x, i) => {
    const y = ys[i]
    if ('_tag' in x || '_tag' in y) return total
    return total + innerData(hostOf(x), hostOf(y), isComplex(x.dtype))
  }, 0)

/** Σ |x_i y_i|: what the rounding of `inner` is measured by. */
export const innerScale = (xs: readonly Tangent[], ys: readonly Tangent[]): number =>
  xs.reduce((total, x, i) => {
    const y = ys[i]
    if ('_tag' in x || '_tag' in y) return total
    const [a, b] = [hostOf(x), hostOf(y)]
    return Array.from(a, (v, k) => Math.abs(v * b[k])).reduce((sum, v) => sum + v, total)
  }, 0)

/** Slot-wise combination of arrays of one type. */
export const combine = (
  xs: readonly NdArray[],
  f: (...values: readonly number[]) => number
): NdArray => {
  const data = xs.map((x) => hostOf(x))
  return fill(avalOf(xs[0]), (i) => f(...data.map((d) => d[i])))
}
