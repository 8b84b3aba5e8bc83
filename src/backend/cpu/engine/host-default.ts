/** What the CPU backend asks of its host, outside Node: no engine flags, web workers. */

import type { EngineProfile } from './engine.ts'
import type { Garbage } from './garbage.ts'
import type { HostWorker } from './host.ts'

/** Major version of V8, or 0 where the engine is another or unknown. */
export const v8Major = (): number => {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: string } }
  // Chromium's version is ten times V8's: 136 is V8 13.6.
  const chromium = /Chrom(?:e|ium)\/(\d+)/.exec(navigator?.userAgent ?? '')
  return chromium === null ? 0 : Math.floor(Number(chromium[1]) / 10)
}

/** Whether {@link withEngineFlags} has an effect. */
export const hasEngineFlags = (): boolean => false

/** The profile as it is: no flag can be set that would join vectors. */
export const revectorised = (plain: EngineProfile): EngineProfile => plain

/** Runs `compile`; there are no flags to set. */
export const withEngineFlags = <T>(_flags: readonly string[], compile: () => T): T => compile()

/** Runs `compute`; engines optimise what traces and compiles programs when they like. */
export const whileCold = <T>(compute: () => T): T => compute()

interface WebWorker {
  onerror: ((event: { readonly message?: string }) => void) | null
  readonly postMessage: (message: unknown) => void
  readonly terminate: () => void
}

interface WorkerScope {
  readonly Worker?: new (url: string) => WebWorker
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object
  readonly URL: {
    readonly createObjectURL: (blob: object) => string
    readonly revokeObjectURL: (url: string) => void
  }
  readonly crossOriginIsolated?: boolean
  readonly navigator?: { readonly hardwareConcurrency?: number }
}

const scope = globalThis as unknown as WorkerScope

/** Whether this thread may block in `Atomics.wait`: never, as far as a page can know. */
export const mayBlock = (): boolean => false

/** Threads the machine can run at once. */
export const parallelism = (): number => scope.navigator?.hardwareConcurrency ?? 1

/**
 * Starts a worker from the source text of a classic script, which finds its data in the first
 * message. None where the page has no workers or cannot share memory.
 */
export const spawnWorker = (source: string, data: unknown): HostWorker | undefined => {
  if (scope.Worker === undefined || scope.Blob === undefined) return undefined
  if (scope.crossOriginIsolated !== true) return undefined
  const url = scope.URL.createObjectURL(new scope.Blob([source], { type: 'text/javascript' }))
  const worker = new scope.Worker(url)
  worker.postMessage(data)
  return {
    onEnd: (listener) => {
      worker.onerror = ({ message }) => listener(message ?? 'the worker failed')
    },
    terminate: () => {
      worker.terminate()
      scope.URL.revokeObjectURL(url)
    }
  }
}

/** No page may ask for a collection, so nothing tells that a result is garbage. */
export const watchGarbage = (): Garbage => ({
  watch: () => null,
  copying: (_bytes, copy) => copy(),
  reclaim: () => 0
})
