/** Tracing: runs a function on tracers and writes down what it did. */
import {
  isArray,
  isTracer,
  ownerOf,
  payloadOf,
  residentOf,
  type Aval,
  type NdArray
} from '../core/array.ts'
import { TracerError } from '../core/errors.ts'
import { avalOf } from './aval.ts'
import {
  literal,
  variable,
  type Atom,
  type ClosedJaxpr,
  type Equation,
  type Jaxpr,
  type Var
} from './jaxpr.ts'
import { tracer, withTrace, type Trace } from './tracer.ts'

/** Collects equations; both full tracing and partial evaluation write into one. */
export interface Builder {
  readonly equations: Equation[]
  readonly constants: Map<NdArray, Var>
  /** Write concrete arrays of any size as literals: for programs that rules make for themselves. */
  readonly inline: boolean
}

export const makeBuilder = (inline = false): Builder => ({
  equations: [],
  constants: new Map(),
  inline
})

/** The atom for a value that the program does not compute: a literal scalar, or a hidden input. */
export const constantAtom = (builder: Builder, x: NdArray): Atom => {
  if (!isTracer(x) && (builder.inline || (x.ndim === 0 && residentOf(x) === null)))
    return literal(x)
  const known = builder.constants.get(x)
  if (known !== undefined) return known
  const v = variable(avalOf(x))
  builder.constants.set(x, v)
  return v
}

/** Closes the program over the constants met while building. */
export const finish = (
  builder: Builder,
  inputs: readonly Var[],
  outputs: readonly Atom[]
): ClosedJaxpr => ({
  jaxpr: {
    inputs: [...builder.constants.values(), ...inputs],
    equations: builder.equations,
    outputs
  },
  consts: [...builder.constants.keys()]
})

/** Every operation stages, on constants too. */
const stagingTrace = (name: string, builder: Builder): Trace => {
  const atom = (x: NdArray): Atom =>
    ownerOf(x) === trace ? (payloadOf(x) as Var) : constantAtom(builder, x)
  const trace: Trace = {
    name,
    process: (primitive, args, params) => {
      const avals = primitive.abstractEval(args.map(avalOf), params)
      const outputs = avals.map(variable)
      builder.equations.push({ primitive, inputs: args.map(atom), outputs, params })
      return outputs.map((v) => tracer(trace, v.aval, v))
    }
  }
  return trace
}

const requireArrays = (name: string, outs: unknown): readonly NdArray[] => {
  if (Array.isArray(outs) && outs.every(isArray)) return outs
  throw new TracerError(name, {
    problem: 'a traced function returned something that is no array',
    got: String(outs),
    expected: 'arrays',
    hint: 'return arrays, numbers or trees of them'
  })
}

/**
 * The program of `f` for arguments of these types. `f` is flat: arrays in, arrays out; trees are
 * the business of the public functions.
 */
export const traceToJaxpr = (
  f: (...args: readonly NdArray[]) => readonly NdArray[],
  avals: readonly Aval[],
  name: string,
  inline = false
): ClosedJaxpr => {
  const builder = makeBuilder(inline)
  const trace = stagingTrace(name, builder)
  const inputs = avals.map(variable)
  const outs = withTrace(trace, () =>
    requireArrays(name, f(...inputs.map((v) => tracer(trace, v.aval, v))))
  )
  const outputs = outs.map((x) =>
    ownerOf(x) === trace ? (payloadOf(x) as Var) : constantAtom(builder, x)
  )
  return finish(builder, inputs, outputs)
}

/**
 * As `traceToJaxpr` for the functions that rules trace: what is traced must come in as arguments,
 * and concrete constants become literals.
 */
export const traceClosed = (
  f: (...args: readonly NdArray[]) => readonly NdArray[],
  avals: readonly Aval[],
  name: string
): Jaxpr => {
  const { jaxpr, consts } = traceToJaxpr(f, avals, name, true)
  if (consts.length > 0)
    throw new TracerError(name, {
      problem: 'a rule closed over a value that it must take as an argument',
      got: `${consts.length} constants of types ${consts.map((c) => c.dtype).join(', ')}`,
      expected: 'no constants',
      hint: 'this is a defect of the library: report it with the program that showed it'
    })
  return jaxpr
}
