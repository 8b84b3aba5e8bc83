/** What a program became: its kernels with their cost, its memory, and what runs it. */
import type { EngineProfile } from '../backend/cpu/engine.ts'
import { programCost } from '../kernel/cost.ts'
import { showProgram } from '../kernel/show.ts'
import { withBodies } from '../kernel/uses.ts'
import { show } from '../trace/show.ts'
import type { Jaxpr } from '../trace/jaxpr.ts'
import type { BufferReport, ThreadsReport } from '../backend/backend.ts'
import { backendOf, cpuBackend } from './backends.ts'
import { bufferLines, quantity, threadsLine } from './explain-memory.ts'
import { decisionLines, reportDecisions, type DecisionReport } from './explain-decisions.ts'
import { kernelTable, reportKernel, type KernelReport } from './explain-kernels.ts'
import type { Decision } from '../kernel/decision.ts'
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

/** What is known of a program before it is compiled. */
export interface Explained {
  readonly jaxpr: Jaxpr
  /** Inputs that are values the function closed over. */
  readonly constCount: number
  readonly traceMilliseconds: number
  readonly retraces: readonly string[]
  readonly device: string
}

/** Compiles the program and says what came of it. */
export const explainProgram = ({
  jaxpr,
  constCount,
  traceMilliseconds,
  retraces,
  device
}: Explained): ProgramReport => {
  const compiled = compileProgram(jaxpr, backendOf(device))
  const { report } = compiled.executable
  const program = report.program ?? compiled.program
  const list = program.kernels.flatMap(withBodies)
  // Decisions are made while lowering, which is done again for whoever asks.
  const made: Decision[] = []
  lowerProgram(jaxpr, (d) => made.push(d))
  const decisions = reportDecisions(jaxpr, made, list)
  const profile =
    report.adapter === undefined
      ? describeProfile(cpuBackend().profile)
      : report.backend === 'webgpu'
        ? 'WGSL'
        : 'GLSL'
  const kernels = list.map(reportKernel(program, report, profile, decisions))
  const buffers = report.buffers ?? []
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
        ...decisionLines(decisions),
        '',
        showProgram(program),
        '',
        ...bufferLines(buffers),
        ...(report.threads === undefined ? [] : [threadsLine(threads)]),
        `memory: ${quantity(report.peakBytes, 'B')} at most; code: ${quantity(report.codeBytes, 'B')}, for ${profile}`,
        `traced in ${traceMilliseconds.toFixed(1)} ms, lowered in ${compiled.lowerMilliseconds.toFixed(1)}, compiled in ${report.compileMilliseconds.toFixed(1)}`,
        ...retraces.map((r) => `traced again: ${r}`)
      ].join('\n')
  }
}
