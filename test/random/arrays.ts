/** Arrays for the tests of samplers. */
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, type DType } from '../../src/core/dtype.ts'
import { CotangentError } from '../../src/core/errors.ts'
import { convertElementType } from '../../src/primitives/convert.ts'

/** An array of these values; a vector unless a shape is given. */
export const make = (
  dtype: DType,
  values: readonly (number | boolean)[],
  shape: readonly number[] = [values.length]
): NdArray => {
  const data = allocate(dtype, values.length)
  data.set(values.map(Number))
  return fromHost(makeAval(shape, dtype), data)
}

export const f32 = (...values: readonly number[]): NdArray => make('float32', values)
export const f64 = (...values: readonly number[]): NdArray => make('float64', values)
export const i32 = (...values: readonly number[]): NdArray => make('int32', values)
export const u32 = (...values: readonly number[]): NdArray => make('uint32', values)

export const values = (x: NdArray): readonly number[] => Array.from(hostOf(x))

export const cast = convertElementType

/** The message that `f` throws, without the line that says where the caller is. */
export const messageOf = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof CotangentError) return e.message.replace(/\n {2}at: .*$/, '')
    throw e
  }
  return 'nothing was thrown'
}
