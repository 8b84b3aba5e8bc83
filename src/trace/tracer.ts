/**
 * Who interprets an operation. One trace is current; it either computes, or keeps a tracer's extra
 * information and hands the rest to its parent. There are no levels and no global stack: a
 * transformation sets the current trace for as long as its function runs, and restores it.
 */
import {
  makeTracer,
  ownerOf,
  payloadOf,
  type Aval,
  type NdArray,
  type Payload
} from '../core/array.ts'
import { settings } from '../core/config.ts'
import { TracerError, ValueError, currentSite } from '../core/errors.ts'
import type { Primitive } from './primitive.ts'
import type { TraceOwner } from '../core/array.ts'

export interface Trace extends TraceOwner {
  readonly process: (
    primitive: Primitive,
    args: readonly NdArray[],
    params: unknown
  ) => readonly NdArray[]
}

export type Evaluator = Trace['process']

let evaluator: Evaluator = (primitive) => {
  throw new ValueError(primitive.name, {
    problem: 'no evaluator is installed',
    got: 'an operation before src/install.ts ran',
    expected: 'an import of cotangent or one of its sub-paths',
    hint: 'bundlers must keep the side effects that package.json lists'
  })
}

/** The one hook through which the compiler, which trace must not import, evaluates operations. */
export const setEvaluator = (f: Evaluator): void => {
  evaluator = f
}

const birthplaces = new WeakMap<NdArray, string>()

const leaked = (operation: string, owner: TraceOwner, x: NdArray): TracerError => {
  const place = birthplaces.get(x)
  return new TracerError(operation, {
    problem: 'a tracer is used after the transformation that made it ended',
    got: `a tracer of ${owner.name}${place === undefined ? '' : `, made at ${place}`}`,
    expected: 'concrete arrays, or tracers of a transformation that is still running',
    hint: `return values from the transformed function instead of assigning them outside${
      place === undefined ? '; config({ checkTracerLeaks: true }) names the line' : ''
    }`
  })
}

/** The bottom: arrays are concrete and operations run. */
export const evalTrace: Trace = {
  name: 'evaluation',
  process: (primitive, args, params) => {
    for (let i = 0; i < args.length; i++) {
      const x = args[i] // i is in range
      const owner = ownerOf(x)
      if (owner !== null) throw leaked(primitive.name, owner, x)
    }
    return evaluator(primitive, args, params)
  }
}

let current: Trace = evalTrace

export const currentTrace = (): Trace => current

/** Runs `f` with `trace` in charge, and the previous one again however `f` ends. */
export const withTrace = <T>(trace: Trace, f: () => T): T => {
  const previous = current
  current = trace
  try {
    return f()
  } finally {
    current = previous
  }
}

/** Applies a primitive under the current trace. */
export const bind = <P>(
  primitive: Primitive<P>,
  args: readonly NdArray[],
  params: P
): readonly NdArray[] => current.process(primitive, args, params)

/** As `bind`, for the many primitives with one result. */
export const bind1 = <P>(primitive: Primitive<P>, args: readonly NdArray[], params: P): NdArray =>
  current.process(primitive, args, params)[0] // one result by the primitive's own claim

/** The payload of `x` when `trace` made it, else null. The caller knows what its own payloads are. */
export const payload = <T extends Payload>(trace: Trace, x: NdArray): T | null =>
  ownerOf(x) === trace ? (payloadOf(x) as T) : null

export const tracer = (trace: Trace, aval: Aval, content: Payload): NdArray => {
  const x = makeTracer(aval, trace, content)
  if (settings().checkTracerLeaks) birthplaces.set(x, currentSite() ?? 'an unknown place')
  return x
}

/** Extents of the axes that vmap has named, innermost last. */
const axes: { readonly name: string; readonly size: number }[] = []

export const withAxis = <T>(name: string | null, size: number, f: () => T): T => {
  if (name === null) return f()
  axes.push({ name, size })
  try {
    return f()
  } finally {
    axes.pop()
  }
}

/** Extent of a named axis. Errors: ValueError when no vmap in force has that name. */
export const axisSize = (operation: string, name: string): number => {
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i] // i is in range
    if (axis.name === name) return axis.size
  }
  throw new ValueError(operation, {
    problem: 'no mapped axis has this name',
    got: `'${name}'`,
    expected:
      axes.length === 0
        ? 'a call inside vmap(f, { axisName })'
        : `one of ${axes.map((a) => a.name).join(', ')}`,
    hint: `wrap the function as vmap(f, { axisName: '${name}' })`
  })
}

/** Part of the key of everything cached about a trace. */
export const axisEnvironmentKey = (): string =>
  axes.length === 0 ? '' : axes.map((a) => `${a.name}:${a.size}`).join()
