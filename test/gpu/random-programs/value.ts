/** What random programs are made of: numbers drawn from a seed, values, and proposals of steps. */
import type { DType, NdArray } from 'cotangent'

/** Draws whole numbers below n. */
export type Draw = (n: number) => number

/** mulberry32: 32 bits of state, enough for drawing tests. */
export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

export type Operation = (...args: readonly NdArray[]) => NdArray
export interface Value {
  readonly array: NdArray
  readonly bound: number
  /** The largest finite magnitude. */
  readonly most: number
}
export interface Proposal {
  readonly name: string
  readonly args: readonly number[]
  readonly apply: Operation
  /** What rounding may have done to the result, or null where nobody can tell. */
  readonly bound: (result: number) => number | null
}

export type Maker = (d: Draw, pool: readonly Value[]) => Proposal | null

export const epsilon = (dtype: DType): number =>
  dtype === 'bfloat16' ? 2 ** -7 : dtype === 'float16' ? 2 ** -10 : 2 ** -19

export const isFloating = (x: NdArray): boolean =>
  ['float32', 'float16', 'bfloat16'].includes(x.dtype)
export const isWhole = (x: NdArray): boolean => !isFloating(x) && x.dtype !== 'bool'

/** A value that fits, by its place; null where none does. */
export const one = (
  d: Draw,
  pool: readonly Value[],
  fits: (v: Value) => boolean = () => true
): number | null => {
  const found = pool.flatMap((v, i) => (fits(v) ? [i] : []))
  return found.length === 0 ? null : found[d(found.length)]
}

export const exact = (v: Value): boolean => v.bound === 0
export const numeric = (v: Value): boolean => v.array.dtype !== 'bool'
export const wider = (v: Value): boolean => v.array.ndim > 0

export const extentOf = (x: NdArray): number => x.shape[x.ndim - 1] ?? 1

export const axisOf = (d: Draw, x: NdArray): number => d(x.ndim)

export const pick = <T>(d: Draw, xs: readonly T[]): T => xs[d(xs.length)]
