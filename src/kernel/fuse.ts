/**
 * What lowering rules speak: lazy values and a context that turns them into kernels.
 *
 * A {@link LoweredValue} is an expression over its own axes, not yet stored anywhere. Elementwise
 * rules, transposes, broadcasts, slices, padding and gathers only build expressions (views.ts has
 * these as pure functions), so chains of them fuse by themselves. Work that needs loops of its own
 * goes through the {@link Lowering} context, which takes lazy inputs as prologues, stores results
 * in buffers and returns plain loads. Who holds the jaxpr calls {@link worthStoring} for values
 * with several uses; rules never need to.
 *
 * A typical file of rules:
 *
 *   const lowerExp: Lower<NoParams> = ([x]) => [map([x], (e) => unary('exp', e))]
 *   const lowerSlice: Lower<SliceParams> = ([x], p) => [slice(x, p.start, p.limit, p.strides)]
 *   const lowerSum: Lower<SumParams> = ([x], { axes }, _, c) => [c.reduce(x, axes, 'add')]
 *
 * Complex values have two parts, [re, im]; rules treat the parts as real expressions. Integers
 * and bools have one.
 */
import type { DType, HostData } from '../core/dtype.ts'
import { coefficient } from './affine.ts'
import type { Observer } from './decision.ts'
import type { Emitter } from './emit.ts'
import type { Expr, Load } from './expr.ts'
import type { Monoid, Program, ScatterKind } from './ir.ts'
import { someNode } from './walk.ts'

/** An array that is still an expression: parts[p] at point (i0, i1, …) of `shape`. */
export interface LoweredValue {
  readonly shape: readonly number[]
  readonly dtype: DType
  /** One real expression; [re, im] when `dtype` is complex. */
  readonly parts: readonly Expr[]
}

/** Shape and dtype of a value that does not exist yet. */
export interface LoweredType {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** dotGeneral's dimension numbers. Result axes: batch, then free lhs, then free rhs. */
export interface ContractDimensions {
  readonly lhsContract: readonly number[]
  readonly rhsContract: readonly number[]
  readonly lhsBatch: readonly number[]
  readonly rhsBatch: readonly number[]
}

/** XLA's convolution parameters; each spec lists axes as JAX's ConvDimensionNumbers does. */
export interface ConvolveParams {
  readonly lhsSpec: readonly number[] // [batch, feature, ...spatial]
  readonly rhsSpec: readonly number[] // [outFeature, inFeature, ...spatial]
  readonly outSpec: readonly number[] // [batch, feature, ...spatial]
  readonly strides: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
  readonly featureGroupCount: number
  readonly batchGroupCount: number
}

/** XLA's window over every axis of the operand. */
export interface WindowParams {
  readonly windowDimensions: readonly number[]
  readonly windowStrides: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly baseDilation: readonly number[]
  readonly windowDilation: readonly number[]
}

/** Scattered updates, with the dimension numbers already turned into expressions. */
export interface ScatterOptions {
  readonly kind: ScatterKind
  /** Per operand axis an int32 expression over the axes of `updates`. */
  readonly coordinates: readonly Expr[]
  /** bool over the axes of `updates`; updates where it is false are dropped. null: all valid. */
  readonly valid: Expr | null
}

/** A repeated body; scan, fori and while are special cases. */
export interface LoopOptions {
  /** Number of trips, or null when `condition` decides. */
  readonly trips: number | null
  readonly condition: ((carry: readonly LoweredValue[]) => LoweredValue) | null
  /** Initial values; every trip returns values of the same shapes and dtypes. */
  readonly carry: readonly LoweredValue[]
  /** Arrays of which trip t sees element t (or trips − 1 − t) of the leading axis. */
  readonly xs: readonly LoweredValue[]
  /** Types of what each trip adds to the stacked results, without the leading axis. */
  readonly stacked: readonly LoweredType[]
  readonly reverse: boolean
  readonly body: (
    carry: readonly LoweredValue[],
    xs: readonly LoweredValue[],
    /** Trips done so far: an int32 scalar, 0, 1, 2 … also when reversed. */
    trip: LoweredValue
  ) => { readonly carry: readonly LoweredValue[]; readonly stacked: readonly LoweredValue[] }
}

/**
 * Turns lazy values into kernels. `reshape`, `at` and `pad` stay views where they can; all other
 * methods return loads of fresh buffers, whose use is cheap and never repeats work.
 */
export interface Lowering {
  /** Told of every decision whether a value is stored or computed again. */
  readonly observe?: Observer

  /** An array known now. It stays with the program; sizes of up to one element become literals. */
  readonly constant: (type: LoweredType, data: HostData) => LoweredValue

  /** The value in a contiguous buffer of its own; unchanged when it already is one. */
  readonly store: (value: LoweredValue) => LoweredValue

  /** Row-major reshape: a view where the layout allows, else through `store`. */
  readonly reshape: (value: LoweredValue, shape: readonly number[]) => LoweredValue

  /**
   * operand[coordinates…]: one int32 expression over `shape` per operand axis, each within
   * bounds. Gathers, dynamic slices and table look-ups are this.
   */
  readonly at: (
    operand: LoweredValue,
    shape: readonly number[],
    coordinates: readonly Expr[]
  ) => LoweredValue

  /** Combines along `axes`, which vanish. Complex values take `add` only. */
  readonly reduce: (
    value: LoweredValue,
    axes: readonly number[],
    monoid: Exclude<Monoid, 'argmax' | 'argmin'>
  ) => LoweredValue

  /** Position of the extreme along one axis: NaN wins, ties go to the lowest position. */
  readonly argReduce: (
    value: LoweredValue,
    axis: number,
    kind: 'argmax' | 'argmin',
    indexDtype: DType
  ) => LoweredValue

  /** dotGeneral in `dtype`, to which both sides are cast. */
  readonly contract: (
    lhs: LoweredValue,
    rhs: LoweredValue,
    dimensions: ContractDimensions,
    dtype: DType
  ) => LoweredValue

  /** What a lowering emits that comes with its primitive, such as `convolve` and `reduceWindow`. */
  readonly emitting: <T>(lower: (emitter: Emitter) => T) => T

  /** Running combination along one axis, of the same shape. Complex values take `add` only. */
  readonly cumulative: (
    value: LoweredValue,
    axis: number,
    monoid: 'add' | 'mul' | 'max' | 'min' | 'logaddexp',
    reverse: boolean
  ) => LoweredValue

  /** XLA's pad on every axis; low and high may be negative, `fill` is a scalar. */
  readonly pad: (
    value: LoweredValue,
    fill: LoweredValue,
    config: readonly (readonly [low: number, high: number, interior: number])[]
  ) => LoweredValue

  readonly concatenate: (values: readonly LoweredValue[], axis: number) => LoweredValue

  /** A copy of `operand` with `updates` combined into it, in row-major order of the updates. */
  readonly scatter: (
    operand: LoweredValue,
    updates: LoweredValue,
    options: ScatterOptions
  ) => LoweredValue

  /** A copy of `operand` with the block at `starts` (int32 scalars, within bounds) replaced. */
  readonly updateSlice: (
    operand: LoweredValue,
    update: LoweredValue,
    starts: readonly LoweredValue[]
  ) => LoweredValue

  /**
   * Stable ascending sort along `axis` by the first `numKeys` operands; NaN last. Where `kept` is
   * given, only so many elements at the end are right.
   */
  readonly sort: (
    values: readonly LoweredValue[],
    axis: number,
    numKeys: number,
    kept?: number
  ) => readonly LoweredValue[]

  /**
   * A host routine. `inputs` arrive as contiguous typed arrays (complex interleaved, float16
   * wide), `run` fills the outputs; `name` and `params` must determine what it does. `reason`
   * says why it is no kernel; null when only for want of one.
   */
  readonly library: (
    name: string,
    params: string,
    reason: string | null,
    inputs: readonly LoweredValue[],
    outputs: readonly LoweredType[],
    run: (inputs: readonly HostData[], outputs: readonly HostData[]) => void
  ) => readonly LoweredValue[]
}

/**
 * A primitive's lowering rule: lazy inputs, parameters, the avals of the results, the context.
 * Results have the shapes and dtypes of `outputs`.
 */
export type Lower<P> = (
  inputs: readonly LoweredValue[],
  params: P,
  outputs: readonly LoweredType[],
  context: Lowering
) => readonly LoweredValue[]

/** A lowering that ends in a program. Values of one builder must not meet another's. */
export interface ProgramBuilder {
  readonly context: Lowering
  /** The next input of the program. */
  readonly input: (type: LoweredType) => LoweredValue
  /** Stores the results and closes the program. Call once. */
  readonly finish: (outputs: readonly LoweredValue[]) => Program
}

const cheapOps = 8

// prettier-ignore
const free: ReadonlySet<string> = new Set([
  'neg', 'abs', 'sign', 'floor', 'ceil', 'trunc', 'roundEven', 'not', 'isFinite', 'add', 'sub',
  'mul', 'max', 'min', 'and', 'or', 'xor', 'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'
])

/** Reading this many whole arrays at each use costs more than writing one and reading that. */
const cheapLoads = 2

/**
 * Whether a value with several uses should be stored rather than recomputed at each: when it
 * holds a division or a function of more than one instruction, gathers, is a long chain, or reads
 * several arrays of its own size, as the running sum of residual blocks does.
 */
export const worthStoring = (value: LoweredValue): boolean => {
  let ops = 0
  const whole = new Set<number>()
  return someNode(value.parts, (e) => {
    switch (e._tag) {
      case 'const':
      case 'iota':
        return false
      case 'call':
      case 'guard':
        return true
      case 'load':
        if (e.base !== null) return true
        if (isWhole(e, value.shape)) whole.add(e.buffer)
        return whole.size > cheapLoads
      case 'unary':
      case 'binary':
        return !free.has(e.op) || ++ops > cheapOps
      default:
        return ++ops > cheapOps
    }
  })
}

/** Whether the load moves along every axis of the shape. */
export const isWhole = (e: Load, shape: readonly number[]): boolean =>
  shape.every((n, a) => n === 1 || coefficient(e.index, a) !== 0)
