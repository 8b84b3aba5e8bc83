/**
 * The types of the fluent methods. They are declared here, beside the array they belong to, and
 * implemented by the numpy layer, which the core must not know.
 */
import type { ArrayLike, NdArray } from './array.ts'
import type { DType, HostData } from './dtype.ts'

type Part = `${number}` | ''

/** `start:stop:step` with any part left out, or `...` for all axes not named. */
export type SliceString = '...' | ':' | `${Part}:${Part}` | `${Part}:${Part}:${Part}`

/** One entry of an index: a position, a slice, a new axis (`null`), integers or a mask. */
export type Index = number | null | SliceString | NdArray | readonly number[] | readonly boolean[]

export type Axis = number | readonly number[] | null

export interface ReduceOptions {
  readonly axis?: Axis
  readonly keepdims?: boolean
}

export interface SumOptions extends ReduceOptions {
  readonly dtype?: DType
}

export interface VarOptions extends ReduceOptions {
  readonly ddof?: number
}

export interface ArgOptions {
  readonly axis?: number | null
  readonly keepdims?: boolean
}

export interface AxisOption {
  readonly axis?: number | null
}

/** What happens to an index outside the array. */
export type IndexMode = 'clip' | 'fill' | 'drop' | 'wrap' | 'promiseInBounds'

export interface IndexOptions {
  readonly mode?: IndexMode
  readonly fillValue?: number | boolean
  readonly indicesAreSorted?: boolean
  readonly uniqueIndices?: boolean
}

/** Functional updates at an index: each returns a new array. */
export interface At {
  set(values: ArrayLike, options?: IndexOptions): NdArray
  add(values: ArrayLike, options?: IndexOptions): NdArray
  subtract(values: ArrayLike, options?: IndexOptions): NdArray
  multiply(values: ArrayLike, options?: IndexOptions): NdArray
  mul(values: ArrayLike, options?: IndexOptions): NdArray
  divide(values: ArrayLike, options?: IndexOptions): NdArray
  power(values: ArrayLike, options?: IndexOptions): NdArray
  min(values: ArrayLike, options?: IndexOptions): NdArray
  max(values: ArrayLike, options?: IndexOptions): NdArray
  apply(f: (x: NdArray) => NdArray, options?: IndexOptions): NdArray
  get(options?: IndexOptions): NdArray
}

/** Nested lists of numbers (or booleans, or [re, im] pairs), as deep as the array has axes. */
export type Nested = number | boolean | readonly Nested[]

export interface Fluent {
  /** Transposed: all axes reversed. */
  readonly T: NdArray
  /** `cpu`, or the name of the device the values are on. */
  readonly device: string

  add(y: ArrayLike): NdArray
  sub(y: ArrayLike): NdArray
  mul(y: ArrayLike): NdArray
  div(y: ArrayLike): NdArray
  floorDivide(y: ArrayLike): NdArray
  mod(y: ArrayLike): NdArray
  pow(y: ArrayLike): NdArray
  matmul(y: ArrayLike): NdArray
  dot(y: ArrayLike): NdArray
  neg(): NdArray
  abs(): NdArray

  equal(y: ArrayLike): NdArray
  notEqual(y: ArrayLike): NdArray
  less(y: ArrayLike): NdArray
  lessEqual(y: ArrayLike): NdArray
  greater(y: ArrayLike): NdArray
  greaterEqual(y: ArrayLike): NdArray
  bitwiseAnd(y: ArrayLike): NdArray
  bitwiseOr(y: ArrayLike): NdArray
  bitwiseXor(y: ArrayLike): NdArray
  invert(): NdArray
  leftShift(y: ArrayLike): NdArray
  rightShift(y: ArrayLike): NdArray

  sum(options?: SumOptions): NdArray
  prod(options?: SumOptions): NdArray
  mean(options?: SumOptions): NdArray
  var(options?: VarOptions): NdArray
  std(options?: VarOptions): NdArray
  max(options?: ReduceOptions): NdArray
  min(options?: ReduceOptions): NdArray
  all(options?: ReduceOptions): NdArray
  any(options?: ReduceOptions): NdArray
  argmax(options?: ArgOptions): NdArray
  argmin(options?: ArgOptions): NdArray
  cumsum(options?: AxisOption): NdArray
  cumprod(options?: AxisOption): NdArray
  sort(options?: AxisOption): NdArray
  argsort(options?: AxisOption): NdArray

  reshape(...shape: readonly number[] | readonly [readonly number[]]): NdArray
  transpose(...axes: readonly number[] | readonly [readonly number[]]): NdArray
  swapaxes(a: number, b: number): NdArray
  squeeze(axis?: number | readonly number[] | AxisOption): NdArray
  ravel(): NdArray
  flatten(): NdArray
  repeat(repeats: number, options?: AxisOption): NdArray
  take(
    indices: ArrayLike | readonly number[],
    options?: AxisOption & { readonly mode?: IndexMode }
  ): NdArray
  clip(
    min?: ArrayLike | null | { readonly min?: ArrayLike | null; readonly max?: ArrayLike | null },
    max?: ArrayLike | null
  ): NdArray
  round(decimals?: number): NdArray
  diagonal(options?: {
    readonly offset?: number
    readonly axis1?: number
    readonly axis2?: number
  }): NdArray
  trace(options?: {
    readonly offset?: number
    readonly axis1?: number
    readonly axis2?: number
  }): NdArray
  conj(): NdArray
  readonly real: NdArray
  readonly imag: NdArray
  astype(dtype: DType): NdArray
  view(dtype: DType): NdArray

  /** NumPy's indexing: positions, slice strings, `null`, `'...'`, integer arrays and masks. */
  slice(...index: readonly Index[]): NdArray
  /** Functional updates: `x.at(0, '1:3').set(y)` is a copy of `x` with those elements replaced. */
  at(...index: readonly Index[]): At

  /** A copy of the values, row-major, wherever they are now. */
  data(): Promise<HostData>
  /** A copy of the values, row-major; a DeviceError where only `data()` can bring them. */
  toTypedArray(): HostData
  /** Nested lists of numbers; booleans for bool, [re, im] pairs for complex. */
  toNested(): Nested
  /** The only element of an array of size 1. */
  item(): number
  toString(): string
  toJSON(): Nested
  /** The sub-arrays along the first axis. */
  [Symbol.iterator](): IterableIterator<NdArray>
}
