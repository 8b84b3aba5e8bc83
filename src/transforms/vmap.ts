/**
 * Batching: a function of one example becomes a function of many, operation by operation.
 *
 * Every traced value knows which of its axes, if any, counts the examples; each primitive's batch
 * rule says what the operation is on all of them at once.
 */
import { avalOf, makeAval, type NdArray } from '../core/array.ts'
import {
  ShapeError,
  TransformError,
  ValueError,
  checkOptions,
  checkFunction
} from '../core/errors.ts'
import { show as showPath, type Path } from '../core/path.ts'
import { insert, normalizeAxis, without } from '../core/shape.ts'
import { flattenWithPath, unflatten } from '../core/tree.ts'
import { broadcastPrefix } from '../core/tree-prefix.ts'
import { batchFirst, moveAxis } from '../primitives/movement.ts'
import { flatFunction, leafArray, nameOf } from '../trace/flat.ts'
import { evaluate, inputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { traceClosed } from '../trace/make-jaxpr.ts'
import type { BatchRule, Dim, MappedAxis, Primitive } from '../trace/primitive.ts'
import { flags, memoByJaxpr } from '../trace/memo.ts'
import {
  bind,
  currentTrace,
  payload,
  tracer,
  withAxis,
  withTrace,
  type Trace
} from '../trace/tracer.ts'

interface Batched {
  readonly value: NdArray
  readonly dim: number
}

const ruleOf = (primitive: Primitive): BatchRule<unknown> => {
  if (primitive.batch !== undefined) return primitive.batch
  const { like } = primitive
  if (like !== undefined)
    return (axis, args, dims, params) => batchFlat((...xs) => like(xs, params), axis, args, dims)
  throw new TransformError('vmap', {
    problem: `${primitive.name} has no batching rule`,
    got: primitive.name,
    expected: 'a primitive with a batch rule',
    hint: 'lax.map runs a function once per example'
  })
}

const batchTrace = (parent: Trace, axis: MappedAxis, name: string): Trace => {
  const wrap = (value: NdArray, dim: Dim): NdArray =>
    dim === null
      ? value
      : tracer(trace, makeAval(without(value.shape, [dim]), value.dtype, avalOf(value).weak), {
          value,
          dim
        } satisfies Batched)
  const trace: Trace = {
    name: axis.name === null ? name : `${name} over '${axis.name}'`,
    process: (primitive, args, params) => {
      const batched = args.map((x) => payload<Batched>(trace, x))
      const involved =
        batched.some((b) => b !== null) ||
        (axis.name !== null && (primitive.collective?.(params).includes(axis.name) ?? false))
      if (!involved) return parent.process(primitive, args, params)
      const [outs, dims] = withTrace(parent, () =>
        ruleOf(primitive)(
          axis,
          args.map((x, i) => batched[i]?.value ?? x),
          batched.map((b) => b?.dim ?? null),
          params
        )
      )
      return outs.map((y, i) => wrap(y, dims[i]))
    }
  }
  return trace
}

/** Results and where their mapped axes are. Functions and arguments are flat. */
export const batchFlat = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  axis: MappedAxis,
  args: readonly NdArray[],
  dims: readonly Dim[],
  name = 'vmap'
): readonly [outs: readonly NdArray[], dims: readonly Dim[]] => {
  const trace = batchTrace(currentTrace(), axis, name)
  const values = args.map((x, i) => {
    const dim = dims[i]
    return dim === null
      ? x
      : tracer(trace, makeAval(without(x.shape, [dim]), x.dtype, avalOf(x).weak), {
          value: x,
          dim
        } satisfies Batched)
  })
  const outs = withAxis(axis.name, axis.size, () => withTrace(trace, () => f(...values)))
  const batched = outs.map((y) => payload<Batched>(trace, y))
  return [outs.map((y, i) => batched[i]?.value ?? y), batched.map((b) => b?.dim ?? null)]
}

/** The result with its mapped axis at `to`, repeated along it where it has none. */
export const placeDim = (x: NdArray, dim: Dim, to: number, size: number): NdArray =>
  dim === null ? moveAxis(batchFirst(x, null, size), 0, to) : moveAxis(x, dim, to)

export interface BatchedJaxpr {
  readonly jaxpr: Jaxpr
  /** Which results are mapped; their axis is the first. */
  readonly outputs: readonly boolean[]
}

const remember = memoByJaxpr<BatchedJaxpr>()

/**
 * The program over a batch: inputs marked by `mapped` get a first axis of the batch's size, and so
 * do the results that depend on them, or that `instantiated` marks (true: all).
 */
export const batchJaxpr = (
  jaxpr: Jaxpr,
  axis: MappedAxis,
  mapped: readonly boolean[],
  instantiated: boolean | readonly boolean[]
): BatchedJaxpr => {
  const wanted = (i: number): boolean =>
    typeof instantiated === 'boolean' ? instantiated : instantiated[i]
  const key = [
    axis.size,
    axis.name ?? '',
    flags(mapped),
    flags(jaxpr.outputs.map((_, i) => wanted(i)))
  ].join('/')
  return remember(jaxpr, key, () => {
    let outputs: readonly boolean[] = []
    const batched = traceClosed(
      (...args) => {
        const [outs, dims] = batchFlat(
          (...xs) => evaluate(bind, jaxpr, xs),
          axis,
          args,
          mapped.map((m) => (m ? 0 : null))
        )
        outputs = dims.map((d, i) => d !== null || wanted(i))
        return outs.map((y, i) => (outputs[i] ? placeDim(y, dims[i], 0, axis.size) : y))
      },
      inputAvals(jaxpr).map((a, i) =>
        mapped[i] ? makeAval(insert(a.shape, 0, axis.size), a.dtype, a.weak) : a
      ),
      'vmap'
    )
    return { jaxpr: batched, outputs }
  })
}

/** Where each argument's examples are: an axis, null, or a tree of those down to any depth. */
export type Axes<T> =
  | number
  | null
  | (T extends NdArray | number | boolean ? never : { readonly [K in keyof T]: Axes<T[K]> })

export interface VmapOptions<A, O> {
  /** Mapped axis of each argument; null for arguments that all examples share. 0 by default. */
  readonly inAxes?: number | null | { readonly [K in keyof A]: Axes<A[K]> }
  /** Where the mapped axis goes in the results. 0 by default. */
  readonly outAxes?: Axes<O>
  /** Number of examples, needed when no argument is mapped. */
  readonly axisSize?: number
  /** A name by which psum, pmean and axisIndex refer to the axis. */
  readonly axisName?: string
}

type AnyFunction = (...args: never[]) => unknown
const isAxis = (x: unknown): x is Dim => x === null || typeof x === 'number'

const mappedSize = (
  given: number | undefined,
  leaves: readonly (readonly [Path, NdArray])[],
  dims: readonly Dim[]
): number => {
  const sizes = leaves.flatMap(([path, x], i) => {
    const d = dims[i]
    return d === null ? [] : [{ path, extent: x.shape[d] }]
  })
  const size = given ?? sizes[0]?.extent
  if (size === undefined)
    throw new ValueError('vmap', {
      problem: 'no argument is mapped',
      got: 'inAxes of null everywhere',
      expected: 'an axis for at least one argument, or axisSize',
      hint: 'pass { axisSize: n } to repeat a function of shared arguments'
    })
  if (sizes.some((s) => s.extent !== size))
    throw new ShapeError('vmap', {
      problem: 'the mapped axes have different extents',
      got: sizes.map((s) => `${showPath(s.path)}: ${s.extent}`).join(', '),
      expected: `${size} on every mapped axis`,
      hint: 'inAxes: null shares an argument between all examples'
    })
  return size
}

/**
 * Maps a function of one example over an axis of its arguments.
 *
 * Shape: arguments have the mapped axis where `inAxes` says, results where `outAxes` says.
 * Errors: ShapeError when mapped extents differ, StructureError when a prefix does not fit.
 *
 * @example
 * vmap((x) => x.mul(x).sum())(np.array([[1, 2], [3, 4]])) // => [5. 25.]
 */
export function vmap<A extends readonly NdArray[], O>(
  f: (...args: A) => O,
  options?: VmapOptions<NoInfer<A>, NoInfer<O>>
): (...args: A) => O
export function vmap<A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options?: VmapOptions<NoInfer<A>, NoInfer<O>>
): (...args: A) => O
export function vmap(
  f: AnyFunction,
  options: VmapOptions<readonly unknown[], unknown> = {}
): AnyFunction {
  checkFunction('vmap', f)
  checkOptions('vmap', options, ['inAxes', 'outAxes', 'axisSize', 'axisName'])
  const name = nameOf('vmap', f)
  const { inAxes = 0, outAxes = 0, axisSize, axisName = null } = options
  const mapped = (...args: readonly unknown[]): unknown => {
    const [entries, structure] = flattenWithPath(args, 'vmap')
    const leaves = entries.map(([path, leaf]) => [path, leafArray(leaf)] as const)
    const dims = broadcastPrefix('vmap inAxes', inAxes, structure, isAxis).map((d, i) => {
      const [path, x] = leaves[i]
      return d === null ? null : normalizeAxis(`vmap of argument ${showPath(path)}`, d, x.ndim)
    })
    const axis = { size: mappedSize(axisSize, leaves, dims), name: axisName }
    const flat = flatFunction(f, structure, 'vmap')
    const [outs, outDims] = batchFlat(
      flat.call,
      axis,
      leaves.map(([, x]) => x),
      dims,
      name
    )
    const out = flat.structure()
    const places = broadcastPrefix('vmap outAxes', outAxes, out, isAxis)
    return unflatten(
      out,
      outs.map((y, i) => placeResult(y, outDims[i], places[i], axis.size))
    )
  }
  return Object.defineProperty(mapped, 'name', { value: name })
}

const placeResult = (y: NdArray, dim: Dim, place: Dim, size: number): NdArray => {
  if (place === null) {
    if (dim === null) return y
    throw new ValueError('vmap', {
      problem: 'a result differs between examples but outAxes says it is shared',
      got: `a mapped result with outAxes null`,
      expected: 'an axis for every mapped result',
      hint: 'reduce it inside with lax.pmean, or give it an axis in outAxes'
    })
  }
  const rank = dim === null ? y.ndim + 1 : y.ndim
  return placeDim(y, dim, normalizeAxis('vmap outAxes', place, rank), size)
}
