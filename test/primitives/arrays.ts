/** Arrays for the tests of primitives, and derivatives by differences to compare rules with. */
import { avalOf, fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, slotsOf, type DType } from '../../src/core/dtype.ts'
import { CotangentError } from '../../src/core/errors.ts'
import { evaluateByReference } from '../../src/compile/reference.ts'
import { settle } from '../../src/primitives/host.ts'
import { setEvaluator } from '../../src/trace/tracer.ts'

// Primitives are tested by their reference rules, whatever evaluates elsewhere.
setEvaluator(evaluateByReference)

/** A vector of these values (complex: interleaved), or an array of `shape`. */
export const make = (
  dtype: DType,
  values: readonly (number | boolean)[],
  shape: readonly number[] = [values.length / slotsOf(dtype)]
): NdArray => {
  const data = allocate(dtype, values.length / slotsOf(dtype))
  data.set(values.map(Number))
  return fromHost(makeAval(shape, dtype), settle(dtype, data))
}

export const f32 = (...values: readonly number[]): NdArray => make('float32', values)
export const f64 = (...values: readonly number[]): NdArray => make('float64', values)
export const i32 = (...values: readonly number[]): NdArray => make('int32', values)
export const bool = (...values: readonly boolean[]): NdArray => make('bool', values)
/** Complex numbers as re, im, re, im, … */
export const c128 = (...values: readonly number[]): NdArray => make('complex128', values)

/** The same values under a weak type. */
export const weak = (x: NdArray): NdArray => fromHost(makeAval(x.shape, x.dtype, true), hostOf(x))

export const isWeak = (x: NdArray): boolean => avalOf(x).weak

export const values = (x: NdArray): readonly number[] => Array.from(hostOf(x))

/**
 * Σ_i ∂f/∂x_i dx_i by differences of order h⁴: (8(f₁ − f₋₁) − (f₂ − f₋₂)) / 12h with
 * f_k = f(x + k h dx). Float64 or complex128.
 */
export const differences = (
  f: (...xs: readonly NdArray[]) => NdArray,
  xs: readonly NdArray[],
  dxs: readonly NdArray[],
  h = 2 ** -10
): NdArray => {
  const at = (k: number): readonly number[] =>
    values(
      f(
        ...xs.map((x, n) => {
          const dx = values(dxs[n])
          return make(
            x.dtype,
            values(x).map((v, i) => v + k * h * dx[i]),
            x.shape
          )
        })
      )
    )
  const [a, b, c, d] = [at(1), at(-1), at(2), at(-2)]
  const like = f(...xs)
  return make(
    like.dtype,
    a.map((_, i) => (8 * (a[i] - b[i]) - (c[i] - d[i])) / (12 * h)),
    like.shape
  )
}

/** The message that `f` throws, without the line that says where the caller is. */
export const messageOf = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof CotangentError) return e.message.replace(/\n {2}at: .*$/, '')
    throw e
  }
  throw new Error('nothing was thrown')
}
