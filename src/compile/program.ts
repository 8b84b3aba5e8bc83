/**
 * Runs a jaxpr as one compiled program: lowered to kernels once, compiled once per backend, and
 * kept while it is among the most recently used, since engines bear only so many modules.
 */
import {
  committedDeviceOf,
  deviceOf,
  fromHost,
  fromResident,
  hostOf,
  residentOf,
  type NdArray
} from '../core/array.ts'
import { settings } from '../core/config.ts'
import { DeviceError } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import type { Backend, Executable } from '../backend/backend.ts'
import { openedName as openedDevice } from '../backend/select.ts'
import { createProgramBuilder } from '../kernel/build.ts'
import type { Observer } from '../kernel/decision.ts'
import type { Program } from '../kernel/ir.ts'
import { type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { backend, backendOf } from './backends.ts'
import { cold } from './cold.ts'
import { count, type Counters } from './counters.ts'
import { takeDonated } from './donation.ts'
import { jaxprKey } from './keys.ts'
import { forbidRefusals, refusalsOf, type Refusal } from './refusals.ts'
import { simplify } from './simplify.ts'

/** The kernels of a program, before any machine is named. */
export const lowerProgram = (jaxpr: Jaxpr, observe?: Observer): Program => {
  const builder = createProgramBuilder(observe)
  const small = simplify(jaxpr)
  const inputs = small.inputs.map((v) => builder.input(v.aval))
  return builder.finish(lowerJaxpr(small, inputs, builder.context))
}

export interface Compiled {
  readonly program: Program
  readonly executable: Executable
  /** Milliseconds from the jaxpr to kernels. */
  readonly lowerMilliseconds: number
  /** Kernels that the backend refused; host routines stand in. */
  readonly refusals: readonly Refusal[]
  /** What every call of it runs. */
  readonly ran: Omit<Counters, 'loops'>
}

/** What a jaxpr was compiled to for one backend; emptied when others were used more recently. */
interface Entry {
  /** Content of the program, where it is short. */
  readonly key: string | null
  readonly backend: object
  value: Compiled | null
  /** Turn of the latest use. */
  used: number
}

const entries = new WeakMap<Jaxpr, readonly Entry[]>()
/** A function traced anew, as the body of an eager loop is, finds what an equal one became. */
const byContent = new Map<string, readonly Entry[]>()
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
    if (entry.key !== null) forget(entry.key)
  }
}

const forget = (key: string): void => {
  const others = (byContent.get(key) ?? []).filter((e) => e.value !== null)
  if (others.length === 0) byContent.delete(key)
  else byContent.set(key, others)
}

const compileAnew = (jaxpr: Jaxpr, machine: Backend): Compiled => {
  const started = performance.now()
  const program = lowerProgram(jaxpr)
  const lowerMilliseconds = performance.now() - started
  const executable = machine.compile(program)
  const refusals = refusalsOf(machine, program, executable)
  const { compiled, host, placements } = executable.report
  // What the CPU stands in for is compiled there; a reference rule is something else.
  const reference = placements === undefined ? refusals.length : 0
  const ran = { compiled, host: host - reference, reference }
  return { program, executable, lowerMilliseconds, refusals, ran }
}

/** Prepares the program, so that the first run needs no compilation. */
export const compileProgram = (jaxpr: Jaxpr, machine: Backend = backend()): Compiled => {
  const others = entries.get(jaxpr) ?? []
  const known = others.find((e) => e.backend === machine)
  if (known !== undefined && known.value !== null) {
    known.used = turn++
    return known.value
  }
  // Entries of backends that are gone are forgotten with their programs.
  const kept = others.filter((e) => e !== known && e.value !== null)
  const key = known === undefined ? jaxprKey(jaxpr) : known.key
  const twins = key === null ? [] : (byContent.get(key) ?? [])
  const twin = twins.find((e) => e.backend === machine)
  if (twin !== undefined && twin.value !== null) {
    twin.used = turn++
    entries.set(jaxpr, [...kept, twin])
    return twin.value
  }
  makeRoom()
  const value = cold(() => compileAnew(jaxpr, machine))
  const entry: Entry = { key, backend: machine, value, used: turn++ }
  entries.set(jaxpr, [...kept, entry])
  if (key !== null)
    byContent.set(key, [...twins.filter((e) => e !== twin && e.value !== null), entry])
  live.add(entry)
  return value
}

/** Results that are inputs or literals, when the program does nothing else. */
const trivial = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] =>
  jaxpr.outputs.map((a) => (a._tag === 'literal' ? a.value : args[jaxpr.inputs.indexOf(a)]))

const mixed = (a: string, b: string): DeviceError =>
  new DeviceError('jit', {
    problem: 'the arguments are on different devices',
    got: `arrays on ${a} and on ${b}`,
    expected: 'arrays on one device, or on the host',
    hint: `move one with devicePut(x, '${a}')`
  })

const areOnCpu = (args: readonly NdArray[]): boolean => {
  for (let i = 0; i < args.length; i++) if (deviceOf(args[i]) !== 'cpu') return false
  return true
}

/**
 * Where a program runs: where it was asked to, else where its arguments are, else where the
 * settings say. Arrays on the host go anywhere; arrays put on a device stay there.
 */
const deviceFor = (args: readonly NdArray[], asked: string | undefined): string => {
  // Nothing to look up where there is only one device in play, the CPU.
  if ((asked ?? settings().device) === 'cpu' && areOnCpu(args)) return 'cpu'
  let device = asked === undefined ? null : (openedDevice(asked) ?? asked)
  for (const x of args) {
    const at = committedDeviceOf(x)
    if (at === null) continue
    if (device === null) device = at
    else if (device !== at) throw mixed(device, at)
  }
  return device ?? settings().device
}

/** Results of the program on concrete arguments. */
export const runProgram = (
  jaxpr: Jaxpr,
  args: readonly NdArray[],
  device?: string
): readonly NdArray[] => {
  const machine = backendOf(deviceFor(args, device))
  if (jaxpr.equations.length === 0) return trivial(jaxpr, args)
  const { executable, refusals, ran } = compileProgram(jaxpr, machine)
  if (refusals.length > 0) forbidRefusals(executable.report.backend, refusals)
  count(ran)
  const donated = takeDonated()
  const values = mapList(args, (x) => residentOf(x) ?? hostOf(x, 'jit'))
  const given = donated.size === 0 ? undefined : mapList(args, (x) => donated.has(x))
  return mapList(executable.call(values, given), (v, i) => {
    const { aval } = jaxpr.outputs[i]
    return '_tag' in v ? fromResident(aval, v) : fromHost(aval, v)
  })
}
