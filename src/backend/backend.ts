/** What a backend is: something that takes programs of kernels and runs them. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Resident } from '../core/array.ts'
import type { HostData } from '../core/dtype.ts'
import type { Buffer, Kernel, Program } from '../kernel/ir.ts'

/** What a call takes and gives: plain host memory, or values where a machine keeps them. */
export type Values = HostData | Resident

/** A compiled program. */
export interface Executable {
  /**
   * Outputs in the order of the program's `outputs`, kept where the machine likes them best.
   * Nobody reads an input that is donated after the call, so an output may take its place.
   */
  readonly call: (inputs: readonly Values[], donated?: readonly boolean[]) => readonly Values[]
  /** Fresh arrays of the outputs, in the order of the program's `outputs`. */
  readonly run: (inputs: readonly HostData[]) => readonly HostData[]
  /** What `explain` shows. */
  readonly report: ExecutableReport
}

/** Where a kernel runs. */
export interface KernelPlacement {
  readonly backend: string
  /** Tag of the kernel, or the name of a library routine. */
  readonly kind: string
  /** Why it is not where the program is; null where it is. */
  readonly reason: string | null
  /** Bytes that it makes cross to the CPU, and back. */
  readonly bytesOut: number
  readonly bytesBack: number
}

/** Where a buffer lies while the program runs, and how long it is needed. */
export interface BufferReport {
  readonly id: number
  readonly role: Buffer['role']
  readonly dtype: Buffer['dtype']
  readonly bytes: number
  /** Bytes from the start of the call's block; null for arrays that stay between calls. */
  readonly offset: number | null
  /** First and last kernel that touches it, counted from 1; 0 and one past the end are the call's. */
  readonly first: number
  readonly last: number
  /** The buffer whose place it takes over, an argument's where that is donated; null for most. */
  readonly inPlaceOf: number | null
}

/** Where a backend puts the buffers of a program. */
export interface BufferPlaces {
  /** From the start of a call's block, by buffer. */
  readonly offsets: readonly number[]
  /** The kernels from which to which a buffer is in use, counted from 1; null for those that are not. */
  readonly lifetimes: readonly (Pick<BufferReport, 'first' | 'last'> | null)[]
  readonly inPlace: readonly { readonly operand: number; readonly result: number }[]
  /** Buffers that are not in the block, as they stay between calls. */
  readonly elsewhere: ReadonlySet<number>
}

/** How a kernel is shared among threads: its tiles, or why it has one. */
export interface SplitReport {
  readonly tiles: number
  readonly reason: 'split' | 'small' | 'serial' | 'host function'
}

/** Threads now: asked for (the calling one included), at work beside it, and why there are fewer. */
export interface ThreadsReport {
  readonly wanted: number
  readonly ready: number
  /** Kernels that were shared since the start, and tiles of them that others than the caller computed. */
  readonly kernels: number
  readonly tiles: number
  readonly problem: string
}

export interface ExecutableReport {
  readonly backend: string
  /** The program as it runs, where the backend has changed it. */
  readonly program?: Program
  readonly places?: BufferPlaces
  readonly splits?: ReadonlyMap<Kernel, SplitReport>
  readonly threads?: () => ThreadsReport
  /** Bytes of memory while the program runs, inputs and outputs included. */
  readonly peakBytes: number
  /** Bytes of code. */
  readonly codeBytes: number
  /** Kernels that generated code runs, and those that routines of the host run. */
  readonly compiled: number
  readonly host: number
  /** Milliseconds that compilation took. */
  readonly compileMilliseconds: number
  /**
   * Present where kernels of one program may run in different places: a kernel each, a loop or
   * branch before the kernels of its body.
   */
  readonly placements?: readonly KernelPlacement[]
  /** What the device calls itself. */
  readonly adapter?: string
}

export interface Backend {
  readonly name: string
  /** Left: why the kernel has to run elsewhere. */
  readonly supports: (kernel: Kernel, buffers: readonly Buffer[]) => Either<string, void>
  readonly compile: (program: Program) => Executable
}
