/**
 * Kernel IR: what a machine is asked to do, no machine named.
 *
 * - A {@link Program} is a table of buffers and a list of kernels that run in order. Buffers are
 *   flat; loop bodies and branches share the table of their program.
 * - A {@link Nest} is loops: parallel axes shared by a sequence of stages. A stage is a map
 *   (stores values), a reduction (leaves scalars per parallel point for later stages) or a scan
 *   (a running value along one axis). Stages append their own extents to the parallel axes, so
 *   expressions of a stage index the space [...axes, ...extents]. Elementwise maps, reductions,
 *   softmax, layer norm, pooling windows, gathers, concatenations and dynamic slices are nests.
 * - A {@link Contraction} or {@link Convolution} is a matrix product with any strides on all
 *   sides and an epilogue on its way into memory.
 * - {@link Scatter} combines values into computed places, one after the other. {@link Sort} and
 *   {@link Library} are routines of the host. {@link Loop} and {@link Branch} hold kernels.
 *
 * Views are affine indices (affine.ts) in loads and stores, so transposes, slices, flips and
 * broadcasts never cost a kernel. Everything here is plain data: it prints (show.ts), has a cost
 * (cost.ts), and equal content means equal behaviour (a Library also carries its host function;
 * its name and parameters must determine it).
 */
import type { DType, HostData } from '../core/dtype.ts'
import type { Affine } from './affine.ts'
import type { Expr, ScalarType } from './expr.ts'

/** Why a buffer exists. Inputs and outputs are numbered in the order of the buffer table. */
export type BufferRole = 'input' | 'output' | 'constant' | 'temporary'

/**
 * A flat array of `size` elements. Complex buffers hold interleaved parts and are loaded and
 * stored as real scalars at twice the index.
 */
export interface Buffer {
  readonly id: number
  readonly dtype: DType
  readonly size: number
  readonly role: BufferRole
  /** The values of a constant; null for every other role. */
  readonly data: HostData | null
}

/** A place in a buffer: buffer[index + base]; `base` (int32) is the part that depends on data. */
export interface Place {
  readonly buffer: number
  readonly index: Affine
  readonly base: Expr | null
}

/** buffer[index + base] = value. */
export interface Store extends Place {
  readonly value: Expr
}

/**
 * Associative combination with a neutral element. `argmax` and `argmin` carry a position beside
 * the value: NaN wins, ties go to the lowest position. `logaddexp` is log(exp a + exp b).
 */
export type Monoid =
  'add' | 'mul' | 'max' | 'min' | 'and' | 'or' | 'xor' | 'argmax' | 'argmin' | 'logaddexp'

/** Stores values at every point of [...axes, ...extents]. */
export interface MapStage {
  readonly _tag: 'map'
  readonly extents: readonly number[]
  readonly stores: readonly Store[]
}

/**
 * One reduction. The result has the dtype of `value`; float sums are accumulated so that their
 * error does not grow with the length. `position` (int32) is for argmax and argmin only.
 */
export interface Reduction {
  readonly monoid: Monoid
  readonly value: Expr
  readonly position: Expr | null
}

/** Reductions that share their loops over `extents`. Empty extents give the neutral element. */
export interface ReduceStage {
  readonly _tag: 'reduce'
  readonly extents: readonly number[]
  readonly reductions: readonly Reduction[]
}

/** A running combination along one axis; stores see it as the `accumulator` node. */
export interface ScanStage {
  readonly _tag: 'scan'
  readonly extents: readonly [number]
  readonly monoid: Exclude<Monoid, 'argmax' | 'argmin'>
  readonly value: Expr
  readonly reverse: boolean
  readonly stores: readonly Store[]
}

export type Stage = MapStage | ReduceStage | ScanStage

/**
 * Loops. Points of `axes` are independent of each other; a stage may load what an earlier stage
 * of the same nest stored at the same parallel point, and nothing else that the nest stores.
 */
export interface Nest {
  readonly _tag: 'nest'
  readonly axes: readonly number[]
  readonly stages: readonly Stage[]
}

/**
 * out[b…, m, n] = epilogue(Σ_k lhs[b…, m, k] · rhs[b…, k, n]).
 *
 * Index spaces: lhs and rhs [...batch, m, n, k] (lhs does not move with n, rhs not with m);
 * out and epilogue [...batch, m, n]. Operands, sum and `accumulator` have `dtype` (float16 and
 * bfloat16 are summed in float32 and rounded once); a null epilogue stores the sum itself.
 */
export interface Contraction {
  readonly _tag: 'contraction'
  readonly dtype: ScalarType
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly lhs: Place
  readonly rhs: Place
  readonly out: Place
  readonly epilogue: Expr | null
  /** Where a backend may find an operand in the form in which its code reads it, from earlier calls. */
  readonly kept?: Place
}

/** One spatial dimension. Output o and window w read input o·stride + w·windowDilation − padLow. */
export interface SpatialDimension {
  readonly input: number // extent of the input before dilation
  readonly window: number // extent of the window before dilation
  readonly output: number
  readonly stride: number
  readonly padLow: number // may be negative
  readonly inputDilation: number // positions that are no multiple of it read zero
  readonly windowDilation: number
}

/**
 * Convolution (cross-correlation) with XLA's dilations and grouping, in any layout.
 *
 * Index spaces: lhs [group, batch, inFeature, ...input], rhs [group, outFeature, inFeature,
 * ...window], out and epilogue [group, batch, outFeature, ...output]. Both feature counts are per
 * group; feature groups and batch groups differ only in strides, a flipped window has negative
 * strides. Dtypes as in {@link Contraction}.
 */
export interface Convolution {
  readonly _tag: 'convolution'
  readonly dtype: ScalarType
  readonly groups: number
  readonly batch: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly spatial: readonly SpatialDimension[]
  readonly lhs: Place
  readonly rhs: Place
  readonly out: Place
  readonly epilogue: Expr | null
}

/** How a scattered value meets the one that is there. */
export type ScatterKind = 'set' | 'add' | 'mul' | 'min' | 'max'

/**
 * For every point of `axes`, in row-major order: where `valid` holds,
 * buffer[place] = kind(buffer[place], value). Places may coincide.
 */
export interface Scatter {
  readonly _tag: 'scatter'
  readonly axes: readonly number[]
  readonly kind: ScatterKind
  readonly place: Place
  readonly valid: Expr | null
  readonly value: Expr
}

/**
 * Stable ascending sort of `outer` rows of `length` contiguous elements, by the first `numKeys`
 * operands lexicographically; the others follow. NaN sorts last, −0 equals 0. Only the last `kept`
 * elements of a row are asked for: what stands before them in the outputs is not.
 */
export interface Sort {
  readonly _tag: 'sort'
  readonly outer: number
  readonly length: number
  readonly numKeys: number
  readonly kept: number
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** Why a backend refuses a {@link Library} without a reason. */
export const noKernel = 'the primitive has no lowering, and no reason for that'

/** A routine of the host over whole buffers, such as a factorisation, an FFT or a callback. */
export interface Library {
  readonly _tag: 'library'
  readonly name: string
  /** Printed form of the parameters; with `name` it determines `run`. */
  readonly params: string
  /** Why no kernel does this. Null: only for want of one, which `fallback: 'error'` forbids. */
  readonly reason: string | null
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Reads the inputs and fills the outputs, in buffer order; views are valid during the call. */
  readonly run: (inputs: readonly HostData[], outputs: readonly HostData[]) => void
}

/** After each trip `next` becomes `current` (and the old current is scratch). Equal buffers. */
export interface Carry {
  readonly current: number
  readonly next: number
}

/**
 * Repeats `body`: `trips` times, or while `predicate` (one bool) holds after `condition` ran.
 * `counter` (one int32) is set to 0 before and grows by one after each trip; null when unused.
 */
export interface Loop {
  readonly _tag: 'loop'
  readonly trips: number | null
  readonly condition: readonly Kernel[]
  readonly predicate: number | null
  readonly counter: number | null
  readonly carries: readonly Carry[]
  readonly body: readonly Kernel[]
}

/** Runs one of `branches`: the one that buffer `index` (one int32) names, clamped to the range. */
export interface Branch {
  readonly _tag: 'branch'
  readonly index: number
  readonly branches: readonly (readonly Kernel[])[]
}

export type Kernel = Nest | Contraction | Convolution | Scatter | Sort | Library | Loop | Branch

/**
 * Kernels over buffers, in order. `buffers[i].id` is `i`. Outputs are filled completely by the
 * kernels; `outputs` names a buffer per result, which may be an input, a constant or a repeat.
 */
export interface Program {
  readonly buffers: readonly Buffer[]
  readonly kernels: readonly Kernel[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}
