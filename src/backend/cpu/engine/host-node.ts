/** What the CPU backend asks of Node: engine flags round a compile, worker threads. */

import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { createContext, Script } from 'node:vm'
import { Worker, isMainThread } from 'node:worker_threads'
import type { EngineProfile } from './engine.ts'
import { widened } from './engine-revectorise.ts'
import { createGarbage, type Garbage } from './garbage.ts'
import type { Collector, CompileProfile, HostWorker } from './host.ts'

/** Major version of V8, or 0 where the engine is another or unknown. */
export const v8Major = (): number => Number.parseInt(process.versions.v8 ?? '0', 10)

/** Whether {@link withEngineFlags} has an effect: flags are process-wide, so only the main thread sets them. */
export const hasEngineFlags = (): boolean => isMainThread && v8Major() > 0

/** The profile with joined vectors, where V8 has a flag for them: Node 24 on x64, as measured. */
export const revectorised = (plain: EngineProfile, compile: CompileProfile): EngineProfile =>
  hasEngineFlags() && v8Major() === 13 && process.arch === 'x64' ? widened(plain, compile) : plain

/** The flag that undoes `flag`: `--x` and `--no-x`. */
const opposite = (flag: string): string =>
  flag.startsWith('--no-') ? `--${flag.slice(5)}` : `--no-${flag.slice(2)}`

/** Runs `compute` between two sets of V8's flags. */
const between = <T>(before: readonly string[], after: readonly string[], compute: () => T): T => {
  for (const flag of before) setFlagsFromString(flag)
  try {
    return compute()
  } finally {
    for (const flag of after) setFlagsFromString(flag)
  }
}

/** Runs `compile` with V8's boolean `flags` set, and sets their opposites afterwards. */
export const withEngineFlags = <T>(flags: readonly string[], compile: () => T): T =>
  !hasEngineFlags() || flags.length === 0 ? compile() : between(flags, flags.map(opposite), compile)

/**
 * V8's flags under which it optimises little of its JavaScript, and the usual ones. Version 11 (Node
 * 20) waits for forty times as many bytes of bytecode to run, so that what runs for long is still
 * optimised. Later ones have another compiler for that, on by default from version 13, and no such
 * measure.
 */
const [sparing, usual] =
  v8Major() < 12
    ? (['--interrupt-budget=2703360', '--interrupt-budget=67584'] as const)
    : (['--no-opt', '--opt'] as const)

/** Milliseconds of work after which it pays to have optimised what does it. */
const coldTime = 4000

let spent = 0
let isCold = false

/**
 * Runs `compute`, the first times with little optimising of its JavaScript. What turns a function
 * into a program, kernels and code is a thousand functions that run some hundred times each: often
 * enough for V8 to optimise them, on another thread, and too seldom to gain what that costs.
 */
export const whileCold = <T>(compute: () => T): T => {
  if (isCold || spent >= coldTime || !hasEngineFlags()) return compute()
  const started = performance.now()
  isCold = true
  try {
    return between([sparing], [usual], compute)
  } finally {
    isCold = false
    spent += performance.now() - started
  }
}

/** Whether this thread may block in `Atomics.wait`. */
export const mayBlock = (): boolean => true

/** Threads the machine can run at once. */
export const parallelism = (): number => availableParallelism()

/** Starts a thread from the source text of a CommonJS script; it does not keep the process alive. */
export const spawnWorker = (source: string, data: unknown): HostWorker | undefined => {
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] })
  worker.unref()
  return {
    onEnd: (listener) => {
      worker.on('error', (error) => listener(error.message))
      worker.on('exit', (code) => listener(`exit code ${code}`))
    },
    terminate: () => {
      void worker.terminate()
    }
  }
}

/**
 * The collector, in the only context that sees it. The context has microtasks of its own, and the
 * engine lets go of the targets of weak references whenever a queue of them has been worked off.
 * None where the host is only like Node, and knows no such context.
 */
const openCollector = (): Collector | undefined => {
  if (!hasEngineFlags()) return undefined
  try {
    const context = withEngineFlags(['--expose-gc'], () =>
      createContext({}, { microtaskMode: 'afterEvaluate' })
    )
    const collect: unknown = new Script('globalThis.gc').runInContext(context)
    const nothing = new Script('0')
    return typeof collect === 'function'
      ? {
          collect: () => collect(),
          release: () => {
            nothing.runInContext(context)
          }
        }
      : undefined
  } catch {
    return undefined
  }
}

/** What tells which results are garbage, by the collector. */
export const watchGarbage = (allowed: () => boolean): Garbage =>
  createGarbage(allowed, openCollector)
