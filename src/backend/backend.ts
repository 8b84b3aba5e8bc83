/** What a backend is: something that takes programs of kernels and runs them. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Resident } from '../core/array.ts'
import type { HostData } from '../core/dtype.ts'
import type { Kernel, Program } from '../kernel/ir.ts'

/** What a call takes and gives: plain host memory, or values where a machine keeps them. */
export type Values = HostData | Resident

/** A compiled program. */
export interface Executable {
  /** Outputs in the order of the program's `outputs`, kept where the machine likes them best. */
  readonly call: (inputs: readonly Values[]) => readonly Values[]
  /** Fresh arrays of the outputs, in the order of the program's `outputs`. */
  readonly run: (inputs: readonly HostData[]) => readonly HostData[]
  /** What `explain` shows. */
  readonly report: ExecutableReport
}

export interface ExecutableReport {
  readonly backend: string
  /** Bytes of memory while the program runs, inputs and outputs included. */
  readonly peakBytes: number
  /** Bytes of code. */
  readonly codeBytes: number
  /** Kernels that generated code runs, and those that routines of the host run. */
  readonly compiled: number
  readonly host: number
  /** Milliseconds that compilation took. */
  readonly compileMilliseconds: number
}

export interface Backend {
  readonly name: string
  /** Left: why the kernel has to run elsewhere. */
  readonly supports: (kernel: Kernel) => Either<string, void>
  readonly compile: (program: Program) => Executable
}
