/**
 * Partial evaluation: computes what is known now and writes down the rest as a program.
 *
 * Source: Jones, Gomard & Sestoft 1993; with jvp below it, it makes linear programs (DESIGN §2).
 */
import { avalOf, ownerOf, type Aval, type NdArray } from '../core/array.ts'
import { filterList, mapList } from '../core/list.ts'
import { flags, memoByJaxpr } from '../trace/memo.ts'
import { bind, currentTrace, payload, tracer, withTrace, type Trace } from '../trace/tracer.ts'
import {
  evaluate,
  inputAvals,
  variable,
  type Atom,
  type ClosedJaxpr,
  type Jaxpr,
  type Var
} from '../trace/jaxpr.ts'
import {
  constantAtom,
  finish,
  makeBuilder,
  traceToJaxpr,
  type Builder
} from '../trace/make-jaxpr.ts'
import type { Primitive } from '../trace/primitive.ts'

const avalOfAtom = (a: Atom): Aval => a.aval

const partialTrace = (parent: Trace, builder: Builder): Trace => {
  const atomOf = (x: NdArray): Atom => payload<Var>(trace, x) ?? constantAtom(builder, x)

  const stage = (
    primitive: Primitive,
    args: readonly NdArray[],
    params: unknown
  ): readonly NdArray[] => {
    const inputs = mapList(args, atomOf)
    const outputs = mapList(primitive.abstractEval(mapList(inputs, avalOfAtom), params), variable)
    builder.equations.push({ primitive, inputs, outputs, params })
    return mapList(outputs, (v) => tracer(trace, v.aval, v))
  }

  const trace: Trace = {
    name: 'linearize',
    process: (primitive, args, params) => {
      if (!args.some((x) => ownerOf(x) === trace)) return parent.process(primitive, args, params)
      const rule = primitive.partialEval
      if (rule === undefined) return stage(primitive, args, params)
      return withTrace(parent, () =>
        rule(
          {
            known: args.map((x) => (ownerOf(x) === trace ? null : x)),
            avals: args.map(avalOf),
            // A number refers to an argument of the equation, an array is a known value.
            stage: (p, inputs, newParams) =>
              stage(
                p,
                inputs.map((a) => (typeof a === 'number' ? args[a] : a)),
                newParams
              )
          },
          params
        )
      )
    }
  }
  return trace
}

export interface PartialResult {
  /** The value, or null where the result is computed by the program. */
  readonly known: readonly (NdArray | null)[]
  /** Computes the unknown results, in order, from residuals (its constants) and unknown inputs. */
  readonly rest: ClosedJaxpr
}

/**
 * Runs `f` on values where `args` has them and on unknowns of the given avals elsewhere.
 * Where `instantiate` is true, results are part of the program even when their value is known.
 */
export const partialEvalFlat = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  args: readonly (NdArray | Aval)[],
  isKnown: readonly boolean[],
  instantiate: boolean | readonly boolean[] = false
): PartialResult => {
  const builder = makeBuilder()
  const trace = partialTrace(currentTrace(), builder)
  const inputs: Var[] = []
  const values = mapList(args, (a, i) => {
    if (isKnown[i]) return a as NdArray // isKnown says which of the two it is
    const v = variable(a as Aval)
    inputs.push(v)
    return tracer(trace, v.aval, v)
  })
  const outs = withTrace(trace, () => f(...values))
  const forced = (i: number): boolean =>
    typeof instantiate === 'boolean' ? instantiate : instantiate[i]
  const atoms = mapList(
    outs,
    (y, i): Atom | null => payload<Var>(trace, y) ?? (forced(i) ? constantAtom(builder, y) : null)
  )
  return {
    known: mapList(outs, (y, i) => (atoms[i] === null ? y : null)),
    rest: finish(builder, inputs, filterList(atoms, (a) => a !== null) as readonly Atom[])
  }
}

/** A program split in two. */
export interface SplitJaxpr {
  /** Known inputs -> known results, then residuals. */
  readonly known: Jaxpr
  /** Residuals, then unknown inputs -> unknown results. */
  readonly unknown: Jaxpr
  readonly unknownOutputs: readonly boolean[]
  readonly residuals: readonly Aval[]
}

const remember = memoByJaxpr<SplitJaxpr>()

/**
 * Splits a program by which inputs are unknown. Results marked by `instantiate` are unknown even
 * when they could be known: loops ask for that to make their carry uniform.
 */
export const partialEvalJaxpr = (
  jaxpr: Jaxpr,
  unknown: readonly boolean[],
  instantiate: boolean | readonly boolean[] = false
): SplitJaxpr => {
  const forced = typeof instantiate === 'boolean' ? [instantiate] : instantiate
  const key = `${flags(unknown)}/${flags(forced)}`
  return remember(jaxpr, key, () => {
    const avals = inputAvals(jaxpr)
    let rest: Jaxpr | null = null
    let unknownOutputs: readonly boolean[] = []
    const knownPart = traceToJaxpr(
      (...knownArgs) => {
        let next = 0
        const result = partialEvalFlat(
          (...xs) => evaluate(bind, jaxpr, xs),
          avals.map((a, i) => (unknown[i] ? a : knownArgs[next++])),
          unknown.map((u) => !u),
          instantiate
        )
        rest = result.rest.jaxpr
        unknownOutputs = result.known.map((x) => x === null)
        return [...result.known.filter((x): x is NdArray => x !== null), ...result.rest.consts]
      },
      avals.filter((_, i) => !unknown[i]),
      'partial evaluation',
      true
    )
    const unknownPart = rest as unknown as Jaxpr // assigned while tracing, which has run
    const residualCount = unknownPart.inputs.length - unknown.filter(Boolean).length
    return {
      known: knownPart.jaxpr,
      unknown: unknownPart,
      unknownOutputs,
      residuals: unknownPart.inputs.slice(0, residualCount).map((v) => v.aval)
    }
  })
}
