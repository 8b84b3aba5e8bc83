/** Types shared by the hosts of the CPU backend: `host-node.ts` and `host-default.ts`. */

/** A thread that was started from source text. */
export interface HostWorker {
  readonly onMessage: (listener: (message: unknown) => void) => void
  readonly onError: (listener: (error: Error) => void) => void
  readonly terminate: () => void
}
