/** Types shared by the hosts of the CPU backend: `host-node.ts` and `host-default.ts`. */
import type { EngineProfile } from './engine.ts'
import type { WasmModule } from '../wasm/runtime.ts'

/** A thread that was started from source text. */
export interface HostWorker {
  /** Tells once that the thread has ended by itself, and why. */
  readonly onEnd: (listener: (why: string) => void) => void
  readonly terminate: () => void
}

/** The engine's garbage collector, as far as a host lets the library use it. */
export interface Collector {
  readonly collect: () => void
  /** Ends the hold on the targets of weak references that were made or read in the running job. */
  readonly release: () => void
}

/** Compiles a module with the flags of a profile. */
export type CompileProfile = (bytes: Uint8Array<ArrayBuffer>, profile: EngineProfile) => WasmModule
