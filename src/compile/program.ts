/**
 * Runs a jaxpr as one compiled program: lowered to kernels once, compiled once per backend, and
 * kept for as long as the jaxpr lives.
 */
import { fromHost, fromResident, hostOf, residentOf, type NdArray } from '../core/array.ts'
import type { Executable } from '../backend/backend.ts'
import { createProgramBuilder } from '../kernel/build.ts'
import type { Program } from '../kernel/ir.ts'
import { outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { backend } from './backends.ts'
import { count } from './counters.ts'
import { simplify } from './simplify.ts'

/** The kernels of a program, before any machine is named. */
export const lowerProgram = (jaxpr: Jaxpr): Program => {
  const builder = createProgramBuilder()
  const small = simplify(jaxpr)
  const inputs = small.inputs.map((v) => builder.input(v.aval))
  return builder.finish(lowerJaxpr(small, inputs, builder.context))
}

export interface Compiled {
  readonly program: Program
  readonly executable: Executable
}

const compiled = new WeakMap<Jaxpr, { readonly backend: object; readonly value: Compiled }>()

/** Prepares the program, so that the first run needs no compilation. */
export const compileProgram = (jaxpr: Jaxpr): Compiled => {
  const machine = backend()
  const known = compiled.get(jaxpr)
  if (known !== undefined && known.backend === machine) return known.value
  const program = lowerProgram(jaxpr)
  const value = { program, executable: machine.compile(program) }
  compiled.set(jaxpr, { backend: machine, value })
  return value
}

/** Results that are inputs or literals, when the program does nothing else. */
const trivial = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] =>
  jaxpr.outputs.map((a) => (a._tag === 'literal' ? a.value : args[jaxpr.inputs.indexOf(a)]))

/** Results of the program on concrete arguments. */
export const runProgram = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] => {
  if (jaxpr.equations.length === 0) return trivial(jaxpr, args)
  const { executable } = compileProgram(jaxpr)
  count(executable.report)
  const avals = outputAvals(jaxpr)
  return executable
    .call(args.map((x) => residentOf(x) ?? hostOf(x, 'jit')))
    .map((v, i) => ('_tag' in v ? fromResident(avals[i], v) : fromHost(avals[i], v)))
}
