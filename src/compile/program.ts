/**
 * Runs a jaxpr as one compiled program: lowered to kernels once, compiled once per backend, and
 * kept while it is among the most recently used, since engines bear only so many modules.
 */
import { fromHost, fromResident, hostOf, residentOf, type NdArray } from '../core/array.ts'
import { settings } from '../core/config.ts'
import type { Executable } from '../backend/backend.ts'
import { createProgramBuilder } from '../kernel/build.ts'
import type { Program } from '../kernel/ir.ts'
import { type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { backend } from './backends.ts'
import { count } from './counters.ts'
import { forbidRefusals, refusalsOf, type Refusal } from './refusals.ts'
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
  /** Kernels that the backend refused; host routines stand in. */
  readonly refusals: readonly Refusal[]
}

/** What a jaxpr was compiled to; emptied when other programs were used more recently. */
interface Entry {
  backend: object
  value: Compiled | null
  /** Turn of the latest use. */
  used: number
}

const entries = new WeakMap<Jaxpr, Entry>()
const live = new Set<Entry>()
let turn = 0

/** Programs that are compiled now. */
export const livePrograms = (): number => live.size

/** Forgets the least recently used quarter, so that the sorting is paid for by many calls. */
const makeRoom = (): void => {
  if (live.size < Math.max(1, settings().maxModules)) return
  const oldest = [...live].sort((a, b) => a.used - b.used).slice(0, Math.ceil(live.size / 4))
  for (const entry of oldest) {
    entry.value = null
    live.delete(entry)
  }
}

/** Prepares the program, so that the first run needs no compilation. */
export const compileProgram = (jaxpr: Jaxpr): Compiled => {
  const machine = backend()
  const known = entries.get(jaxpr)
  if (known !== undefined && known.value !== null && known.backend === machine) {
    known.used = turn++
    return known.value
  }
  const program = lowerProgram(jaxpr)
  makeRoom()
  const refusals = refusalsOf(machine, program)
  const value = { program, executable: machine.compile(program), refusals }
  const entry: Entry = known ?? { backend: machine, value, used: 0 }
  entry.backend = machine
  entry.value = value
  entry.used = turn++
  entries.set(jaxpr, entry)
  live.add(entry)
  return value
}

/** Results that are inputs or literals, when the program does nothing else. */
const trivial = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] =>
  jaxpr.outputs.map((a) => (a._tag === 'literal' ? a.value : args[jaxpr.inputs.indexOf(a)]))

/** Results of the program on concrete arguments. */
export const runProgram = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] => {
  if (jaxpr.equations.length === 0) return trivial(jaxpr, args)
  const { executable, refusals } = compileProgram(jaxpr)
  const { backend: machine, compiled, host } = executable.report
  forbidRefusals(machine, refusals)
  count({ compiled, host: host - refusals.length, reference: refusals.length })
  return executable.call(args.map((x) => residentOf(x) ?? hostOf(x, 'jit'))).map((v, i) => {
    const { aval } = jaxpr.outputs[i]
    return '_tag' in v ? fromResident(aval, v) : fromHost(aval, v)
  })
}
