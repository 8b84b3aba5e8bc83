/** Arrays of nested lists for the tests of np, and derivatives to compare gradients with. */
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, slotsOf, type DType } from '../../src/core/dtype.ts'

type Nested = number | boolean | readonly Nested[]

const shapeOf = (x: Nested): readonly number[] =>
  typeof x === 'object' ? [x.length, ...(x.length === 0 ? [] : shapeOf(x[0]))] : []

const leaves = (x: Nested): readonly number[] =>
  typeof x === 'object' ? x.flatMap(leaves) : [Number(x)]

/** An array of nested lists; complex numbers are innermost pairs. */
export const make = (x: Nested, dtype: DType = 'float64'): NdArray => {
  const shape = shapeOf(x)
  const outer = slotsOf(dtype) === 2 ? shape.slice(0, -1) : shape
  const data = allocate(
    dtype,
    outer.reduce((n, extent) => n * extent, 1)
  )
  data.set(leaves(x))
  return fromHost(makeAval(outer, dtype), data)
}

export const i32 = (x: Nested): NdArray => make(x, 'int32')
export const f32 = (x: Nested): NdArray => make(x, 'float32')
export const bools = (x: Nested): NdArray => make(x, 'bool')

export const valuesOf = (x: NdArray): readonly number[] => Array.from(hostOf(x))

/** ∂f/∂x by central differences of order h⁴; f gives one number. */
export const numericalGradient = (f: (x: NdArray) => NdArray, x: NdArray, h = 1e-3): NdArray => {
  const at = (i: number, step: number): number => {
    const data = Float64Array.from(hostOf(x))
    data[i] += step
    return hostOf(f(fromHost(makeAval(x.shape, 'float64'), data)))[0]
  }
  const slopes = valuesOf(x).map(
    (_, i) => (8 * (at(i, h) - at(i, -h)) - (at(i, 2 * h) - at(i, -2 * h))) / (12 * h)
  )
  return fromHost(makeAval(x.shape, 'float64'), Float64Array.from(slopes))
}
