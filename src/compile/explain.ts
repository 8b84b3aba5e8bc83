/** What a program became: its kernels with their cost, its memory, and what runs it. */
import type { EngineProfile } from '../backend/cpu/engine/engine.ts'
import { measure, type Measurement } from '../backend/cpu/measure.ts'
import { hostOf, residentOf, type NdArray } from '../core/array.ts'
import { DeviceError, ValueError, checkOptions } from '../core/errors.ts'
import type { Program } from '../kernel/ir.ts'
import { programCost } from '../kernel/cost.ts'
import { showProgram } from '../kernel/show.ts'
import { withBodies } from '../kernel/uses.ts'
import { show } from '../trace/show.ts'
import type { Jaxpr } from '../trace/jaxpr.ts'
import type { BufferReport, ThreadsReport } from '../backend/backend.ts'
import { backendOf, cpuBackend } from './backends.ts'
import { bufferLines, reportBuffers, quantity, threadsLine } from './explain-memory.ts'
import { decisionLines, reportDecisions, type DecisionReport } from './explain-decisions.ts'
import { kernelTable, reportKernel, type KernelReport } from './explain-kernels.ts'
import type { Decision } from '../kernel/decision.ts'
import { generalised, type General } from './generalise.ts'
import { compileProgram, lowerProgram } from './program.ts'

export interface ProgramReport {
  readonly jaxpr: string
  /** `cpu`, or the mode of gpu.js, and what runs it. */
  readonly device: string
  readonly adapter: string
  readonly kernels: readonly KernelReport[]
  readonly bytes: number
  readonly flops: number
  /** Bytes of the arena while the program runs. */
  readonly peakBytes: number
  readonly codeBytes: number
  /** How long it took to trace the function, to lower its jaxpr to kernels, and those to code. */
  readonly traceMilliseconds: number
  readonly lowerMilliseconds: number
  readonly compileMilliseconds: number
  /** How long a call took, by the median of the runs asked for; null without. */
  readonly callMilliseconds: number | null
  /** Engine and instruction set that the code was made for. */
  readonly profile: string
  /** Reasons why the function was traced again, latest last. */
  readonly retraces: readonly string[]
  /** What the cost model stores, and what it has computed again. */
  readonly decisions: readonly DecisionReport[]
  /** Where the buffers lie on the CPU, and which kernels need them. */
  readonly buffers: readonly BufferReport[]
  /** Threads of the CPU backend now. */
  readonly threads: ThreadsReport
  readonly toString: () => string
}

const describeProfile = (p: EngineProfile): string =>
  [p.compiler, ...(p.fusedMultiplyAdd ? ['fused multiply-add'] : []), ...p.flags].join(', ')

export interface ExplainOptions {
  /** How often to run the program on the arguments, to measure its kernels; 0 by default. */
  readonly runs?: number
}

const runsOf = (options: ExplainOptions): number => {
  checkOptions('explain', options, ['runs'])
  const { runs = 0 } = options
  if (Number.isInteger(runs) && runs >= 0) return runs
  throw new ValueError('explain', {
    problem: 'the number of runs is no whole number',
    got: `{ runs: ${String(runs)} }`,
    expected: '0, 1, 2 …',
    hint: 'leave it out to measure nothing'
  })
}

const numbersOf = ({ numbers }: General): string =>
  numbers.map((x) => String(hostOf(x)[0])).join(', ')

/** What is known of a program before it is compiled. */
export interface Explained {
  readonly jaxpr: Jaxpr
  /** Inputs that are values the function closed over. */
  readonly constCount: number
  readonly traceMilliseconds: number
  readonly retraces: readonly string[]
  readonly device: string
  /** The arguments, constants first. */
  readonly inputs: readonly NdArray[]
  readonly options: ExplainOptions
}

/** Errors: DeviceError where the program is on a device that does not tell when kernels end. */
const measured = (program: Program, { device, inputs, options }: Explained): Measurement | null => {
  const runs = runsOf(options)
  if (runs === 0) return null
  if (backendOf(device) !== cpuBackend())
    throw new DeviceError('explain', {
      problem: 'kernels are measured on the CPU only',
      got: `{ runs: ${runs} } for a program on ${device}`,
      expected: "device: 'cpu'",
      hint: 'time the awaited results of several calls, or leave out runs'
    })
  const values = inputs.map((x) => residentOf(x) ?? hostOf(x, 'explain'))
  return measure(cpuBackend(), program, values, runs)
}

const callLine = ({ call, runs }: Measurement): string =>
  `a call takes ${call.toFixed(3)} ms, by the median of ${runs}`

/** Compiles the program and says what came of it. */
export const explainProgram = (explained: Explained): ProgramReport => {
  const { jaxpr, constCount, traceMilliseconds, retraces, device } = explained
  const general = generalised(jaxpr)
  const compiled = compileProgram(general.jaxpr, backendOf(device))
  const { report } = compiled.executable
  const program = report.program ?? compiled.program
  const list = program.kernels.flatMap(withBodies)
  // Decisions are made while lowering, which is done again for whoever asks.
  const made: Decision[] = []
  lowerProgram(general.jaxpr, (d) => made.push(d))
  const decisions = reportDecisions(general.jaxpr, made, list)
  const profile =
    report.adapter === undefined
      ? describeProfile(cpuBackend().profile)
      : report.backend === 'webgpu'
        ? 'WGSL'
        : 'GLSL'
  const inputs = [...explained.inputs, ...general.numbers]
  const times = measured(program, { ...explained, inputs })
  const kernels = list.map(
    reportKernel(program, report, profile, decisions, times?.kernels ?? null)
  )
  const buffers = report.places === undefined ? [] : reportBuffers(program, report.places)
  const threads = report.threads?.() ?? { wanted: 1, ready: 0, kernels: 0, tiles: 0, problem: '' }
  const total = programCost(program)
  const text = show(jaxpr, constCount)
  return {
    jaxpr: text,
    device: report.backend,
    adapter: report.adapter ?? 'WebAssembly',
    kernels,
    ...total,
    peakBytes: report.peakBytes,
    codeBytes: report.codeBytes,
    traceMilliseconds,
    lowerMilliseconds: compiled.lowerMilliseconds,
    compileMilliseconds: report.compileMilliseconds,
    callMilliseconds: times?.call ?? null,
    profile,
    retraces,
    decisions,
    buffers,
    threads,
    toString: () =>
      [
        text,
        '',
        ...(report.adapter === undefined ? [] : [`on ${report.backend}: ${report.adapter}`]),
        `${kernels.length} kernels, ${quantity(total.flops, 'FLOP')}, ${quantity(total.bytes, 'B')} moved`,
        kernelTable(kernels),
        ...(times === null ? [] : [callLine(times)]),
        ...decisionLines(decisions),
        '',
        showProgram(program),
        '',
        ...bufferLines(buffers),
        ...(report.threads === undefined ? [] : [threadsLine(threads)]),
        `memory: ${quantity(report.peakBytes, 'B')} at most; code: ${quantity(report.codeBytes, 'B')}, for ${profile}`,
        `traced in ${traceMilliseconds.toFixed(1)} ms, lowered in ${compiled.lowerMilliseconds.toFixed(1)}, compiled in ${report.compileMilliseconds.toFixed(1)}`,
        ...(general.numbers.length === 0
          ? []
          : [`numbers as arguments, for programs that differ in them: ${numbersOf(general)}`]),
        ...retraces.map((r) => `traced again: ${r}`)
      ].join('\n')
  }
}
