/**
 * What a GPU offers to programs: memory, passes, and reading back. One per gpu.js mode; programs
 * (executable.ts) do not know which.
 */
import type { DType, HostData } from '../../core/dtype.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { Abilities } from './passes/legalize.ts'
import type { Pass } from './passes/pass.ts'

/** Type and number of elements of an array; its shape does not matter here. */
export interface Layout {
  readonly dtype: DType
  readonly size: number
}

/** Memory of the device; only its machine can look inside. */
export interface Memory {
  /** Bytes that it takes up. */
  readonly bytes: number
}

/** Results live on after a call, temporaries end with it, uploads come from the host. */
export type MemoryUse = 'result' | 'temporary' | 'upload'

/** A pass ready to run. `bindings` are the buffers it touches. */
export interface Prepared {
  readonly bindings: readonly number[]
  /** Characters of its code. */
  readonly codeBytes: number
  /**
   * Runs on the memories of the table, by buffer. A machine whose memory cannot be written in
   * place puts new memory into the table and frees what was there.
   */
  readonly run: (table: (Memory | null)[]) => void
}

/** Where an array lies in a memory, in words. */
export interface Span {
  readonly offset: number
  readonly words: number
}

/** Memory in which arrays lie side by side, and which passes use as a whole too. */
export interface Packs {
  /** New memory, and that of the arrays in it; it goes back when all of them are free. */
  readonly allocate: (spans: readonly Span[], words: number, use: MemoryUse) => readonly Memory[]
  /** The memory in which these arrays lie, each in its span, or null. */
  readonly whole: (parts: readonly Memory[], spans: readonly Span[]) => Memory | null
  /** Copies arrays to their spans in new memory. */
  readonly gather: (parts: readonly Memory[], spans: readonly Span[], words: number) => Memory
}

export interface MachineStatistics {
  /** Bytes in use, and bytes kept for the next array. */
  readonly live: number
  readonly pooled: number
  /** Submissions, launches and allocations so far. */
  readonly submissions: number
  readonly launches: number
  readonly allocations: number
}

export interface Machine {
  /** The device name of arrays: webgpu, webgl2, headlessgl, or cpu mode of gpu.js. */
  readonly name: string
  readonly adapter: string
  readonly abilities: Abilities
  /** Whether memory has to be allocated before a pass writes it. */
  readonly writesInPlace: boolean
  /** Whether reading back needs to wait. */
  readonly isAsynchronous: boolean
  /** Counts devices: what was prepared for an earlier one is gone. */
  readonly generation: () => number
  readonly isLost: () => boolean
  /** Gets a device again after the last was lost; null where that takes no wait. */
  readonly restore: () => Promise<void> | null
  readonly prepare: (pass: Pass, buffers: readonly Buffer[]) => Prepared
  readonly allocate: (layout: Layout, use: MemoryUse) => Memory
  /** Only where abilities say that arrays may lie side by side. */
  readonly packs: Packs | null
  readonly free: (memory: Memory) => void
  readonly write: (layout: Layout, data: HostData) => Memory
  readonly read: (memory: Memory, layout: Layout) => Promise<HostData>
  /** Only where reading does not wait. */
  readonly readNow: ((memory: Memory, layout: Layout) => HostData) | null
  /** Says that a call is complete: what was encoded is sent now, or together with the next. */
  readonly endCall: () => void
  /** Collects asynchronous failures of what happens until the function it returns is called. */
  readonly watch: () => () => Promise<string | null>
  readonly statistics: () => MachineStatistics
}
