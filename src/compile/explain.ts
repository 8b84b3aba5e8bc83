/** What a program became: its kernels with their cost, its memory, and what runs it. */
import type { EngineProfile } from '../backend/cpu/engine.ts'
import { programCost, costOf } from '../kernel/cost.ts'
import { showProgram } from '../kernel/show.ts'
import type { Kernel, Program } from '../kernel/ir.ts'
import { withBodies } from '../kernel/uses.ts'
import { show } from '../trace/show.ts'
import type { Jaxpr } from '../trace/jaxpr.ts'
import type {
  BufferReport,
  KernelPlacement,
  SplitReport,
  ThreadsReport
} from '../backend/backend.ts'
import { backendOf, cpuBackend } from './backends.ts'
import { bufferLines, quantity, threadsLine } from './explain-memory.ts'
import { compileProgram } from './program.ts'

export interface KernelReport {
  /** nest, contraction, convolution, scatter, sort, library, loop or branch. */
  readonly kind: string
  /** Name of a host routine; empty for generated code. */
  readonly name: string
  readonly bytes: number
  readonly flops: number
  /** wasm and host on the CPU, cpu beside a device, or the name of the device. */
  readonly backend: string
  /** Why the kernel is not where its program is; null where it is. */
  readonly reason: string | null
  /** Pieces that threads share on the CPU; 1 where the kernel stays whole. */
  readonly tiles: number
  /** Why it stays whole; null where it does not, and on other devices. */
  readonly whole: string | null
}

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
  readonly compileMilliseconds: number
  /** Engine and instruction set that the code was made for. */
  readonly profile: string
  /** Reasons why the function was traced again, latest last. */
  readonly retraces: readonly string[]
  /** Where the buffers lie on the CPU, and which kernels need them. */
  readonly buffers: readonly BufferReport[]
  /** Threads of the CPU backend now. */
  readonly threads: ThreadsReport
  readonly toString: () => string
}

const describeProfile = (p: EngineProfile): string =>
  [p.compiler, ...(p.fusedMultiplyAdd ? ['fused multiply-add'] : []), ...p.flags].join(', ')

const isHost = (k: Kernel): boolean => k._tag === 'library' || k._tag === 'sort'

const wholeBecause: Readonly<Record<SplitReport['reason'], string | null>> = {
  split: null,
  small: 'too little work to share',
  serial: 'cannot be cut',
  'host function': 'calls functions of the host'
}

const reportKernel =
  (
    program: Program,
    splits: ReadonlyMap<Kernel, SplitReport> | undefined,
    placements: readonly KernelPlacement[] | undefined
  ) =>
  (k: Kernel, i: number): KernelReport => {
    const { bytes, flops } = costOf(k, program)
    const place = placements?.[i]
    return {
      kind: k._tag,
      name: k._tag === 'library' ? k.name : k._tag === 'sort' ? 'sort' : '',
      bytes,
      flops,
      tiles: splits?.get(k)?.tiles ?? 1,
      whole: wholeBecause[splits?.get(k)?.reason ?? 'split'],
      backend: place?.backend ?? (isHost(k) ? 'host' : 'wasm'),
      reason:
        place === undefined || place.reason === null
          ? null
          : `${place.reason}; ${quantity(place.bytesOut, 'B')} to the CPU, ${quantity(place.bytesBack, 'B')} back`
    }
  }

const placeOf = (k: KernelReport): string => {
  const shared = k.tiles > 1 ? `, ${k.tiles} tiles` : k.whole === null ? '' : `, whole: ${k.whole}`
  const name = k.name === '' ? '' : ` (${k.name})`
  return ` ${k.backend}${name}${k.reason === null ? '' : `: ${k.reason}`}${shared}`
}

const table = (rows: readonly KernelReport[]): string =>
  rows
    .map((k, i) =>
      [
        String(i).padStart(4),
        k.kind.padEnd(12),
        quantity(k.flops, 'FLOP').padStart(12),
        quantity(k.bytes, 'B').padStart(10),
        placeOf(k)
      ].join(' ')
    )
    .join('\n')

/** Compiles the program and says what came of it. */
export const explainProgram = (
  jaxpr: Jaxpr,
  constCount: number,
  retraces: readonly string[],
  device: string
): ProgramReport => {
  const compiled = compileProgram(jaxpr, backendOf(device))
  const { report } = compiled.executable
  const program = report.program ?? compiled.program
  const kernels = program.kernels
    .flatMap(withBodies)
    .map(reportKernel(program, report.splits, report.placements))
  const buffers = report.buffers ?? []
  const threads = report.threads?.() ?? { wanted: 1, ready: 0, kernels: 0, tiles: 0, problem: '' }
  const total = programCost(program)
  const text = show(jaxpr, constCount)
  const profile = report.adapter === undefined ? describeProfile(cpuBackend().profile) : 'WGSL'
  return {
    jaxpr: text,
    device: report.backend,
    adapter: report.adapter ?? 'WebAssembly',
    kernels,
    ...total,
    peakBytes: report.peakBytes,
    codeBytes: report.codeBytes,
    compileMilliseconds: report.compileMilliseconds,
    profile,
    retraces,
    buffers,
    threads,
    toString: () =>
      [
        text,
        '',
        ...(report.adapter === undefined ? [] : [`on ${report.backend}: ${report.adapter}`]),
        `${kernels.length} kernels, ${quantity(total.flops, 'FLOP')}, ${quantity(total.bytes, 'B')} moved`,
        table(kernels),
        '',
        showProgram(program),
        '',
        ...bufferLines(buffers),
        ...(report.threads === undefined ? [] : [threadsLine(threads)]),
        `memory: ${quantity(report.peakBytes, 'B')} at most; code: ${quantity(report.codeBytes, 'B')}, compiled in ${report.compileMilliseconds.toFixed(1)} ms for ${profile}`,
        ...retraces.map((r) => `traced again: ${r}`)
      ].join('\n')
  }
}
