/**
 * A primitive is one value that holds every rule about one operation: its shape, its value, its
 * kernel, its derivative, its adjoint and its batch. Transformations look rules up here and know
 * no operation by name; no rule knows a transformation.
 */
import type { Aval, NdArray } from '../core/array.ts'
import type { DType, HostData } from '../core/dtype.ts'
import type { Shape } from '../core/shape.ts'
import type { Lower, LoweredValue, Lowering } from '../kernel/fuse.ts'
import type { Jaxpr } from './jaxpr.ts'
import type { SimplifyRule } from './simplification.ts'

export type { LoweredValue, Lowering }

/** An argument of a reference rule: plain values in row-major order. */
export interface HostArray {
  readonly shape: Shape
  readonly dtype: DType
  readonly data: HostData
}

/** A tangent or cotangent known to be zero, which nobody needs to compute. */
export interface Zero {
  readonly _tag: 'zero'
  readonly aval: Aval
}

export type Tangent = NdArray | Zero

/** Stands, in a transpose rule, for the argument whose cotangent is asked. */
export interface Unknown {
  readonly _tag: 'unknown'
  readonly aval: Aval
  readonly shape: Shape
  readonly dtype: DType
}

export const zero = (aval: Aval): Zero => ({ _tag: 'zero', aval })
export const isZero = (t: Tangent | NdArray | Unknown | null): t is Zero =>
  t !== null && '_tag' in t && t._tag === 'zero'
export const unknown = (aval: Aval): Unknown => ({
  _tag: 'unknown',
  aval,
  shape: aval.shape,
  dtype: aval.dtype
})
export const isUnknown = (x: NdArray | Unknown): x is Unknown => '_tag' in x && x._tag === 'unknown'

/** The mapped axis that a batching rule is asked about. */
export interface MappedAxis {
  readonly size: number
  /** The name given to vmap, or null. Collectives refer to it. */
  readonly name: string | null
}

/** Position of the mapped axis in an argument or result; null when it has none. */
export type Dim = number | null

export type JvpRule<P> = (
  primals: readonly NdArray[],
  tangents: readonly Tangent[],
  params: P
) => readonly [outs: readonly NdArray[], tangents: readonly Tangent[]]

export type BatchRule<P> = (
  axis: MappedAxis,
  args: readonly NdArray[],
  dims: readonly Dim[],
  params: P
) => readonly [outs: readonly NdArray[], dims: readonly Dim[]]

/** An equation of known and unknown arguments, split: see transforms/partial-eval. */
export interface PartialEvalContext {
  /** Known arguments have values; the others are null. */
  readonly known: readonly (NdArray | null)[]
  readonly avals: readonly Aval[]
  /** Adds an equation over unknown arguments (null) and residual values; returns its results. */
  readonly stage: (
    primitive: Primitive,
    args: readonly (NdArray | number)[],
    params: unknown
  ) => readonly NdArray[]
}

/** Results: values for the known ones, tracers made by `stage` for the others. */
export type PartialEvalRule<P> = (context: PartialEvalContext, params: P) => readonly NdArray[]

/**
 * Drops unused results, or the equation (null). A rule may keep more results than are used, as a
 * loop must whose carry is needed inside: `usedOutputs` says which, the given ones by default.
 */
export type DceRule<P> = (
  usedOutputs: readonly boolean[],
  params: P
) => {
  readonly usedInputs: readonly boolean[]
  readonly usedOutputs?: readonly boolean[]
  readonly params: P
} | null

// Primitives are kept in tables and equations together, whatever their parameters are: the
// parameter type is existential there, hence `any` as the default.
// oxlint-disable-next-line typescript/no-explicit-any
export interface Primitive<P = any> {
  readonly name: string

  /** Shapes and types of the results. The only place that checks arguments. */
  readonly abstractEval: (avals: readonly Aval[], params: P) => readonly Aval[]

  /** Slow, plain and obviously right: the oracle of every backend. */
  readonly reference?: (
    args: readonly HostArray[],
    params: P,
    outs: readonly Aval[]
  ) => readonly HostData[]

  /**
   * What its plain loops cost, in elements of a map; the largest array when left out. Decides
   * whether an eager call runs them.
   */
  readonly work?: (avals: readonly Aval[], params: P, outs: readonly Aval[]) => number

  /** Evaluates on concrete arrays where the value is not a loop over elements (jit, cond …). */
  readonly evaluate?: (args: readonly NdArray[], params: P) => readonly NdArray[]

  /** Whether a single eager call is worth a compilation: loops, whose bodies run many times. */
  readonly worthCompiling?: (params: P) => boolean

  /** The same in kernel IR. A primitive without it runs its reference rule on the host. */
  readonly lower?: Lower<P>

  /** Why there is no `lower`. Without a reason, `config({ fallback: 'error' })` forbids its use. */
  readonly host?: string

  readonly jvp?: JvpRule<P>

  /** Cotangents of the arguments that are unknown (null elsewhere). Exists when linear in them. */
  readonly transpose?: (
    cotangents: readonly Tangent[],
    args: readonly (NdArray | Unknown)[],
    params: P
  ) => readonly (Tangent | null)[]

  /** Linear in each argument while the others are known, but not in several at once: products. */
  readonly multilinear?: boolean

  readonly batch?: BatchRule<P>

  /** What the equation means where the axis of this name is mapped, whatever its arguments are. */
  readonly collective?: (params: P) => readonly string[]

  readonly partialEval?: PartialEvalRule<P>
  readonly dce?: DceRule<P>

  /** Never removed, merged or reordered. */
  readonly effects?: (params: P) => boolean

  /** An equivalent function of other primitives, traced where a rule is missing. */
  readonly like?: (args: readonly NdArray[], params: P) => readonly NdArray[]

  /** The same value said more simply. */
  readonly simplify?: SimplifyRule<P>

  /** The reference rule rounds as every backend does, so that constants may be folded by it. */
  readonly exact?: boolean

  /** Programs among the parameters, for printing, counting and checking. */
  readonly programs?: (params: P) => readonly Jaxpr[]
}

const defined = new Map<string, Primitive>()

/** Every field in one order: engines look rules up faster where all primitives have one layout. */
const noRules = {
  name: undefined,
  abstractEval: undefined,
  reference: undefined,
  evaluate: undefined,
  worthCompiling: undefined,
  lower: undefined,
  host: undefined,
  jvp: undefined,
  transpose: undefined,
  multilinear: undefined,
  batch: undefined,
  collective: undefined,
  partialEval: undefined,
  dce: undefined,
  effects: undefined,
  like: undefined,
  simplify: undefined,
  exact: undefined,
  programs: undefined
} as object // a missing rule is undefined, as a field that is left out

/** Names a primitive and enters it in the list that the laws count. */
export const definePrimitive = <P>(given: Primitive<P>): Primitive<P> => {
  const primitive = { ...noRules, ...given }
  defined.set(primitive.name, primitive)
  return primitive
}

/** Every primitive defined so far, by name. */
export const primitives = (): ReadonlyMap<string, Primitive> => defined
