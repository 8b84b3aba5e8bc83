/** Loops over plain values that reference rules share. Mutation stays inside. */
import type { Aval } from '../core/array.ts'
import { allocate, type DType, type HostData } from '../core/dtype.ts'
import { roundToBfloat16, roundToFloat16 } from '../core/scalar/rounding.ts'
import { sizeOf, stridesOf, type Shape } from '../core/shape.ts'

/** Rounds wide storage to the values the type has. float32 and integers round when stored. */
export const settle = (dtype: DType, data: HostData): HostData => {
  const round = dtype === 'float16' ? roundToFloat16 : dtype === 'bfloat16' ? roundToBfloat16 : null
  if (round !== null) for (let i = 0; i < data.length; i++) data[i] = round(data[i])
  return data
}

/** A number as the type holds it. */
export const roundingOf = (dtype: DType): ((x: number) => number) =>
  dtype === 'float32'
    ? Math.fround
    : dtype === 'float16'
      ? roundToFloat16
      : dtype === 'bfloat16'
        ? roundToBfloat16
        : (x) => x

// Engines compile loops over arrays of one kind several times as fast as those over any.
const singles1 = (out: Float32Array, x: Float32Array, f: (x: number) => number): void => {
  for (let i = 0; i < out.length; i++) out[i] = f(x[i])
}

const singles2 = (
  out: Float32Array,
  x: Float32Array,
  y: Float32Array,
  f: (x: number, y: number) => number
): void => {
  for (let i = 0; i < out.length; i++) out[i] = f(x[i], y[i])
}

/** out[i] = f(x[i]). */
export const map1 = (out: Aval, x: HostData, f: (x: number) => number): HostData => {
  const data = allocate(out.dtype, sizeOf(out.shape))
  if (data instanceof Float32Array && x instanceof Float32Array) singles1(data, x, f)
  else for (let i = 0; i < data.length; i++) data[i] = f(x[i])
  return settle(out.dtype, data)
}

/** out[i] = f(x[i], y[i]). */
export const map2 = (
  out: Aval,
  x: HostData,
  y: HostData,
  f: (x: number, y: number) => number
): HostData => {
  const data = allocate(out.dtype, sizeOf(out.shape))
  if (data instanceof Float32Array && x instanceof Float32Array && y instanceof Float32Array)
    singles2(data, x, y, f)
  else for (let i = 0; i < data.length; i++) data[i] = f(x[i], y[i])
  return settle(out.dtype, data)
}

/** Where a complex scalar function leaves its result. */
export type Pair = [re: number, im: number]

/** As `map1` over interleaved complex numbers. */
export const mapComplex1 = (
  out: Aval,
  x: HostData,
  f: (re: number, im: number, to: Pair) => void
): HostData => {
  const data = allocate(out.dtype, sizeOf(out.shape))
  const pair: Pair = [0, 0]
  for (let i = 0; i < data.length; i += 2) {
    f(x[i], x[i + 1], pair)
    data[i] = pair[0]
    data[i + 1] = pair[1]
  }
  return data
}

/** As `map2` over interleaved complex numbers. */
export const mapComplex2 = (
  out: Aval,
  x: HostData,
  y: HostData,
  f: (xr: number, xi: number, yr: number, yi: number, to: Pair) => void
): HostData => {
  const data = allocate(out.dtype, sizeOf(out.shape))
  const pair: Pair = [0, 0]
  for (let i = 0; i < data.length; i += 2) {
    f(x[i], x[i + 1], y[i], y[i + 1], pair)
    data[i] = pair[0]
    data[i + 1] = pair[1]
  }
  return data
}

const copyRow = (
  out: HostData,
  to: number,
  length: number,
  x: HostData,
  from: number,
  stride: number,
  slots: number
): void => {
  if (slots === 1) {
    const end = to + length
    // To fill is a call, which pays for longer rows.
    if (stride === 0 && length > 16) out.fill(x[from], to, end)
    else for (let i = to, at = from; i < end; i++, at += stride) out[i] = x[at]
    return
  }
  for (let i = 0; i < length; i++)
    for (let s = 0; s < slots; s++) out[(to + i) * slots + s] = x[(from + i * stride) * slots + s]
}

/**
 * Copies elements along strides: out[i…] = x[offset + Σ i_a strides_a], row-major over `shape`.
 * Strides and offset count elements of `slots` numbers each.
 */
export const copyStrided = (
  out: HostData,
  shape: Shape,
  x: HostData,
  strides: readonly number[],
  offset: number,
  slots: number
): void => {
  const total = sizeOf(shape)
  if (total === 0) return
  // Rows of the last axis; an array without axes is one row of one.
  const outer = Math.max(0, shape.length - 1)
  const length = shape[outer] ?? 1
  const stride = strides[outer] ?? 0
  const index = new Array<number>(outer).fill(0)
  let from = offset
  for (let to = 0; to < total; to += length) {
    copyRow(out, to, length, x, from, stride, slots)
    for (let a = outer - 1; a >= 0; a--) {
      const step = strides[a]
      index[a] = index[a] + 1
      from += step
      if (index[a] < shape[a]) break
      from -= step * shape[a]
      index[a] = 0
    }
  }
}

/** Calls `visit` with every multi-index of `shape` in row-major order; the array is reused. */
export const eachIndex = (shape: Shape, visit: (index: readonly number[]) => void): void => {
  const index = new Array<number>(shape.length).fill(0)
  const total = sizeOf(shape)
  for (let i = 0; i < total; i++) {
    visit(index)
    for (let a = shape.length - 1; a >= 0; a--) {
      index[a] = index[a] + 1
      if (index[a] < shape[a]) break
      index[a] = 0
    }
  }
}

/** Row-major position of a multi-index. */
export const flatIndex = (strides: readonly number[], index: readonly number[]): number => {
  let at = 0
  for (let a = 0; a < index.length; a++) at += strides[a] * index[a]
  return at
}

/**
 * Splits reduced axes from kept ones: for each kept position `to`, visit(to, from) once for each
 * element that folds into it, in row-major order of the operand.
 */
export const eachReduced = (
  shape: Shape,
  axes: readonly number[],
  visit: (to: number, from: number) => void
): void => {
  const kept = shape.map((n, a) => (axes.includes(a) ? 1 : n))
  const strides = stridesOf(kept).map((s, a) => (axes.includes(a) ? 0 : s))
  let from = 0
  eachIndex(shape, (index) => visit(flatIndex(strides, index), from++))
}
