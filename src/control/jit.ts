/**
 * jit: traces a function once per structure and type of its arguments, and runs the program.
 *
 * Under a transformation the program is transformed as a whole, and stays one.
 */
import '../install-kept-weights.ts'
import { avalOf, donate, isTracer, type Aval, type NdArray } from '../core/array.ts'
import { settingsVersion, settings } from '../core/config.ts'
import { ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import { createRecent } from '../core/recent.ts'
import { flatten, leavesLike, unflatten } from '../core/tree.ts'
import type { Structure } from '../core/structure.ts'
import { explainProgram, type ExplainOptions, type ProgramReport } from '../compile/explain.ts'
import { backendOf } from '../compile/backends.ts'
import { cold } from '../compile/cold.ts'
import { donating } from '../compile/donation.ts'
import { generalised, runGeneralised } from '../compile/generalise.ts'
import { compileProgram } from '../compile/program.ts'
import { moveAxis } from '../primitives/movement.ts'
import { argumentPositions } from '../transforms/check.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { partialEvalJaxpr } from '../transforms/partial-eval.ts'
import { transposeJaxpr } from '../transforms/transpose.ts'
import { equals as equalAvals, key as avalKey } from '../trace/aval.ts'
import { dceJaxpr } from '../trace/dce.ts'
import { flatFunction, leafArray, nameOf } from '../trace/flat.ts'
import { evaluate, isEffectful, outputAvals, type ClosedJaxpr, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { traceToJaxpr } from '../trace/make-jaxpr.ts'
import { show } from '../trace/show.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { axisEnvironmentKey, bind, currentTrace, evalTrace } from '../trace/tracer.ts'
import { noteRetrace, staticKey } from './jit-key.ts'
import { forwardResiduals } from './residuals.ts'

export interface JitParams {
  readonly jaxpr: Jaxpr
  readonly name: string
  /** Where the program runs; where its arguments are, or the settings say, when left out. */
  readonly device?: string
}

export const jitP: Primitive<JitParams> = definePrimitive<JitParams>({
  name: 'jit',
  abstractEval: (_avals, { jaxpr }) => outputAvals(jaxpr),
  // One by one, the operation that makes a NaN is the one that is named.
  evaluate: (args, { jaxpr, device }) =>
    settings().debugNans ? evaluate(bind, jaxpr, args) : runGeneralised(jaxpr, args, device),
  lower: (inputs, { jaxpr }, _outs, context) => lowerJaxpr(jaxpr, inputs, context),

  jvp: (primals, tangents, { jaxpr, ...rest }) => {
    const live = tangents.map((t) => !isZero(t))
    const dual = jvpJaxpr(jaxpr, live, false)
    const given = tangents.filter((t): t is NdArray => !isZero(t))
    const outs = bind(jitP, [...primals, ...given], { jaxpr: dual.jaxpr, ...rest })
    const count = jaxpr.outputs.length
    let next = count
    return [
      outs.slice(0, count),
      jaxpr.outputs.map((o, i): Tangent => (dual.outputs[i] ? outs[next++] : zero(o.aval)))
    ]
  },

  batch: (axis, args, dims, { jaxpr, ...rest }) => {
    const mapped = dims.map((d) => d !== null)
    const batched = batchJaxpr(jaxpr, axis, mapped, false)
    const first = args.map((x, i) => {
      const d = dims[i]
      return d === null ? x : moveAxis(x, d, 0)
    })
    return [
      bind(jitP, first, { jaxpr: batched.jaxpr, ...rest }),
      batched.outputs.map((b) => (b ? 0 : null))
    ]
  },

  transpose: (cts, args, { jaxpr, ...rest }) => {
    const linear = args.map(isUnknown)
    const live = cts.map((ct) => !isZero(ct))
    const t = transposeJaxpr(jaxpr, linear, live)
    const known = args.filter((a): a is NdArray => !isUnknown(a))
    const given = cts.filter((ct): ct is NdArray => !isZero(ct))
    const outs = bind(jitP, [...known, ...given], { jaxpr: t.jaxpr, ...rest })
    let out = 0
    let input = 0
    return args.map((a) =>
      isUnknown(a) ? (t.outputs[input++] ? outs[out++] : zero(a.aval)) : null
    )
  },

  partialEval: ({ known, stage }, { jaxpr, ...same }) => {
    const unknown = known.map((x) => x === null)
    const split = partialEvalJaxpr(jaxpr, unknown)
    const inputs = known.filter((x): x is NdArray => x !== null)
    const { jaxpr: knownJaxpr, collect } = forwardResiduals(split)
    const results = bind(jitP, inputs, { jaxpr: knownJaxpr, ...same })
    const { outs, residuals } = collect(results, inputs)
    const rest = stage(jitP, [...residuals, ...unknown.flatMap((u, i) => (u ? [i] : []))], {
      jaxpr: split.unknown,
      ...same
    } satisfies JitParams)
    let nextKnown = 0
    let nextUnknown = 0
    return split.unknownOutputs.map((u) => (u ? rest[nextUnknown++] : outs[nextKnown++]))
  },

  dce: (usedOutputs, { jaxpr, ...rest }) => {
    const { jaxpr: smaller, usedInputs } = dceJaxpr(jaxpr, usedOutputs)
    return smaller.equations.length === 0 && !usedOutputs.includes(true)
      ? null
      : { usedInputs, params: { jaxpr: smaller, ...rest } }
  },

  effects: ({ jaxpr }) => isEffectful(jaxpr),
  programs: ({ jaxpr }) => [jaxpr]
})

type AnyFunction = (...args: never[]) => unknown

export interface JitOptions {
  /** Arguments that are part of the program: compared by value (strings, numbers) or identity. */
  readonly staticArgnums?: number | readonly number[]
  /** Arguments whose memory the results may take over; using them afterwards throws. */
  readonly donateArgnums?: number | readonly number[]
  /** Name in jaxprs and messages; the function's own by default. */
  readonly name?: string
  /** Where it runs: `cpu`, `gpu`, or a name from `await devices()`. Arguments decide by default. */
  readonly device?: string
}

/** Which arguments of a call are part of the program, and which give their memory away. */
interface Roles {
  readonly statics: readonly number[]
  readonly donated: readonly number[]
}

interface Traced extends ClosedJaxpr {
  readonly structure: Structure
  /** How long tracing took. */
  readonly milliseconds: number
  readonly params: JitParams
}

/** A traced program together with the arrays of the call that it is for. */
interface Call {
  readonly traced: Traced
  readonly arrays: readonly NdArray[]
  /** Which of the arrays the caller gives away. */
  readonly donated: readonly number[]
}

/** What the latest call was like: the next one is mostly the same, and is then told by comparing. */
interface Latest {
  readonly traced: Traced
  readonly args: Structure
  readonly avals: readonly Aval[]
  readonly donated: readonly number[]
  readonly statics: readonly unknown[]
  readonly axes: string
  readonly version: number
}

export type { ExplainOptions, ProgramReport }

/** A traced program that has not run: what `jit(f).lower(…args)` returns. */
export interface Lowered<A extends readonly unknown[], O> {
  readonly jaxpr: Jaxpr
  readonly inputs: readonly Aval[]
  readonly outputs: readonly Aval[]
  /** Compiles now, so that the first call is as fast as the next. */
  readonly compile: () => (...args: A) => O
  /** Kernels, their cost and memory: what `explain` prints. */
  readonly report: (options?: ExplainOptions) => ProgramReport
  readonly toString: () => string
}

export interface Jitted<A extends readonly unknown[], O> {
  (...args: A): O
  readonly lower: (...args: A) => Lowered<A, O>
  /** Programs kept for this function. */
  readonly cacheSize: () => number
  readonly clearCache: () => void
}

/** Positions of the leaves of donated arguments, in the tuple of those that are not static. */
const donatedLeaves = (args: Structure, { statics, donated }: Roles): readonly number[] => {
  const positions: number[] = []
  let [p, leaf] = [0, 0] // an argument, and the first of its leaves
  for (const { leafCount } of args.children) {
    while (statics.includes(p)) p++
    if (donated.includes(p)) for (let i = 0; i < leafCount; i++) positions.push(leaf + i)
    leaf += leafCount
    p++
  }
  return positions
}

/** A number where an array is expected; trees keep their own types. */
type Arg<T> = T | (NdArray extends T ? number : never)
type Args<A extends readonly unknown[]> = { readonly [K in keyof A]: Arg<A[K]> }

/**
 * Compiles `f`. The first call with arguments of new shapes and types traces it; later calls run
 * the program. `f` must be pure: what it prints or changes happens while tracing only.
 *
 * Errors: those of `f`, at the line of `f` that made them; TracerError when `f` asks for values.
 *
 * @example
 * const f = jit((x) => x.mul(2).add(1))
 * f(np.array([1, 2])) // => [3. 5.]
 */
export function jit<A extends readonly NdArray[], O>(
  f: (...args: A) => O,
  options?: JitOptions
): Jitted<Args<A>, O>
export function jit<A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options?: JitOptions
): Jitted<Args<A>, O>
export function jit(f: AnyFunction, options: JitOptions = {}): Jitted<readonly unknown[], unknown> {
  checkFunction('jit', f)
  checkOptions('jit', options, ['staticArgnums', 'donateArgnums', 'name', 'device'])
  const name = options.name ?? (f.name === '' ? 'anonymous' : f.name)
  const title = nameOf('jit', f)
  const traces = createRecent<string, Traced>(() => settings().maxTraces)
  const retraces: string[] = []
  let latest: Latest | null = null

  const rolesByCount = new Map<number, Roles>()

  const rolesOf = (count: number): Roles => {
    const known = rolesByCount.get(count)
    if (known !== undefined) return known
    const { staticArgnums = [], donateArgnums = [] } = options
    const statics = argumentPositions('jit', 'staticArgnums', staticArgnums, count)
    const donated = argumentPositions('jit', 'donateArgnums', donateArgnums, count)
    const both = donated.find((p) => statics.includes(p))
    if (both !== undefined)
      throw new ValueError('jit', {
        problem: 'an argument is both static and donated',
        got: `argument ${both} in staticArgnums and donateArgnums`,
        expected: 'donated arguments that are arrays',
        hint: 'static arguments are part of the program and have no memory to give'
      })
    const roles = { statics, donated }
    rolesByCount.set(count, roles)
    return roles
  }

  /** The call as one of the program that ran last; null when something differs. */
  const again = (
    dynamic: readonly unknown[],
    args: readonly unknown[],
    { statics }: Roles
  ): Call | null => {
    if (latest === null || latest.version !== settingsVersion()) return null
    if (latest.axes !== axisEnvironmentKey()) return null
    const { avals, statics: values } = latest
    if (statics.some((p, i) => !Object.is(args[p], values[i]))) return null
    const leaves = leavesLike(latest.args, dynamic)
    if (leaves === null) return null
    const arrays: NdArray[] = []
    for (let i = 0; i < leaves.length; i++) {
      const x = leafArray(leaves[i])
      if (!equalAvals(avalOf(x), avals[i])) return null
      arrays.push(x)
    }
    return { traced: latest.traced, arrays, donated: latest.donated }
  }

  const traceCall = (args: readonly unknown[], roles: Roles): Call => {
    const { statics } = roles
    const dynamic = statics.length === 0 ? args : args.filter((_, i) => !statics.includes(i))
    const same = again(dynamic, args, roles)
    if (same !== null) return same
    const [leaves, structure] = flatten(dynamic, title)
    const arrays = leaves.map(leafArray)
    const avals = arrays.map(avalOf)
    const donated = donatedLeaves(structure, roles)
    const axes = axisEnvironmentKey()
    const version = settingsVersion()
    const remember = (traced: Traced): void => {
      latest = {
        traced,
        args: structure,
        avals,
        donated,
        statics: statics.map((p) => args[p]),
        axes,
        version
      }
    }
    const parts = [
      structure.key,
      avals.map(avalKey).join(),
      statics.map((p) => staticKey(args[p])).join(),
      axes,
      String(version)
    ]
    const key = parts.join('|')
    const known = traces.get(key)
    if (known !== undefined) {
      remember(known)
      return { traced: known, arrays, donated }
    }
    noteRetrace(retraces, traces.latest(), parts)
    const call = (...given: never[]): unknown => {
      if (statics.length === 0) return f(...given)
      let next = 0
      return f(...(args.map((a, i) => (statics.includes(i) ? a : given[next++])) as never[]))
    }
    Object.defineProperty(call, 'name', { value: f.name })
    const flat = flatFunction(call, structure, title)
    const started = performance.now()
    const closed = cold(() => traceToJaxpr(flat.call, avals, title))
    const milliseconds = performance.now() - started
    const { device } = options
    const params = { jaxpr: closed.jaxpr, name, ...(device !== undefined && { device }) }
    const traced = { ...closed, structure: flat.structure(), milliseconds, params }
    // Closed-over tracers belong to a transformation that will end: such a trace is used once.
    if (!closed.consts.some(isTracer)) {
      traces.set(key, traced)
      remember(traced)
    }
    return { traced, arrays, donated }
  }

  const run = (...args: readonly unknown[]): unknown => {
    const roles = rolesOf(args.length)
    const { traced, arrays, donated } = traceCall(args, roles)
    const { consts, params, structure } = traced
    const inputs = consts.length === 0 ? arrays : [...consts, ...arrays]
    if (donated.length === 0 || currentTrace() !== evalTrace)
      return unflatten(structure, bind(jitP, inputs, params))
    const given = mapList(donated, (at) => arrays[at])
    const outs = donating(given, () => bind(jitP, inputs, params))
    given.forEach((x) => donate(x, title))
    return unflatten(structure, outs)
  }

  const lower = (...args: readonly unknown[]): Lowered<readonly unknown[], unknown> => {
    const { traced, arrays } = traceCall(args, rolesOf(args.length))
    return {
      jaxpr: traced.jaxpr,
      inputs: arrays.map(avalOf),
      outputs: outputAvals(traced.jaxpr),
      compile: () => {
        compileProgram(
          generalised(traced.jaxpr).jaxpr,
          backendOf(options.device ?? settings().device)
        )
        return run
      },
      report: (explained = {}) =>
        explainProgram({
          inputs: [...traced.consts, ...arrays],
          options: explained,
          jaxpr: traced.jaxpr,
          constCount: traced.consts.length,
          traceMilliseconds: traced.milliseconds,
          retraces,
          device: options.device ?? settings().device
        }),
      toString: () => show(traced.jaxpr, traced.consts.length)
    }
  }

  Object.defineProperty(run, 'name', { value: title })
  return Object.assign(run, {
    lower,
    cacheSize: traces.size,
    clearCache: () => {
      latest = null
      traces.clear()
    }
  })
}
