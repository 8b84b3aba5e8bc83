/** Lines of `explain` on kernels: what each costs, what runs it, how many share it. */
import type { ExecutableReport, SplitReport } from '../backend/backend.ts'
import type { Timing } from '../backend/cpu/measure.ts'
import { costOf } from '../kernel/cost.ts'
import type { Kernel, Program } from '../kernel/ir.ts'
import type { DecisionReport } from './explain-decisions.ts'
import { quantity } from './explain-memory.ts'

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
  /** What its code was made for: the engine, the language of shaders, or JavaScript. */
  readonly profile: string
  /** Values that it computes although other kernels do too. */
  readonly recomputes: readonly string[]
  /** Pieces that threads share on the CPU; 1 where the kernel stays whole. */
  readonly tiles: number
  /** Why it stays whole; null where it does not, and on other devices. */
  readonly whole: string | null
  /** How long it took in a call, and how often it ran; null where nothing was measured. */
  readonly milliseconds: number | null
  readonly times: number | null
}

const isHost = (k: Kernel): boolean => k._tag === 'library' || k._tag === 'sort'

const wholeBecause: Readonly<Record<SplitReport['reason'], string | null>> = {
  split: null,
  small: 'too little work to share',
  serial: 'cannot be cut',
  'host function': 'calls functions of the host'
}

/** The report on a kernel, by its position among all. */
export const reportKernel =
  (
    program: Program,
    { splits, placements }: Pick<ExecutableReport, 'splits' | 'placements'>,
    profile: string,
    decisions: readonly DecisionReport[],
    measured: readonly Timing[] | null
  ) =>
  (k: Kernel, i: number): KernelReport => {
    const { bytes, flops } = costOf(k, program)
    const place = placements?.[i]
    const backend = place?.backend ?? (isHost(k) ? 'host' : 'wasm')
    return {
      kind: k._tag,
      name: k._tag === 'library' ? k.name : k._tag === 'sort' ? 'sort' : '',
      bytes,
      flops,
      tiles: splits?.get(k)?.tiles ?? 1,
      whole: wholeBecause[splits?.get(k)?.reason ?? 'split'],
      backend,
      profile: isHost(k) ? 'JavaScript' : profile,
      recomputes: decisions.flatMap((d) =>
        d.choice === 'recomputed' && d.kernels.includes(i) ? [d.value] : []
      ),
      milliseconds: measured?.[i].milliseconds ?? null,
      times: measured?.[i].times ?? null,
      reason:
        place === undefined || place.reason === null
          ? null
          : `${place.reason}; ${quantity(place.bytesOut, 'B')} to the CPU, ${quantity(place.bytesBack, 'B')} back`
    }
  }

/** Names of values are short: `c` of `c:f32[8] = exp`. */
const shortName = (value: string): string => value.split(/[:[]/)[0]

const placeOf = (k: KernelReport): string => {
  const again =
    k.recomputes.length === 0 ? '' : `, recomputes ${k.recomputes.map(shortName).join(' ')}`
  const shared = k.tiles > 1 ? `, ${k.tiles} tiles` : k.whole === null ? '' : `, whole: ${k.whole}`
  const name = k.name === '' ? '' : ` (${k.name})`
  return ` ${k.backend}${name}${k.reason === null ? '' : `: ${k.reason}`}${shared}${again}`
}

/** 1.23 ms × 50  45.6 GFLOP/s: of operations, or of bytes where they are more than four for each. */
const speedOf = ({ milliseconds, times, flops, bytes }: KernelReport): string => {
  if (milliseconds === null || times === null) return ''
  const [work, unit] = flops > bytes / 4 ? [flops, 'FLOP/s'] : [bytes, 'B/s']
  const speed = milliseconds > 0 ? quantity((1000 * times * work) / milliseconds, unit) : ''
  const often = times > 1 ? ` (${times} times)` : ''
  return `${milliseconds.toFixed(3).padStart(9)} ms${often} ${speed.padStart(13)} `
}

/** A line per kernel. */
export const kernelTable = (rows: readonly KernelReport[]): string =>
  rows
    .map((k, i) =>
      [
        String(i).padStart(4),
        k.kind.padEnd(12),
        quantity(k.flops, 'FLOP').padStart(12),
        quantity(k.bytes, 'B').padStart(10),
        `${speedOf(k)}${placeOf(k)}`
      ].join(' ')
    )
    .join('\n')
