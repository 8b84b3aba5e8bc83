/** What a process holds, and how that grows. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cpuBackend } from '../../src/compile/backends.ts'
import { livePrograms } from '../../src/compile/program.ts'

/** Bytes, but for the last two. */
export interface Sample {
  readonly heap: number
  /** Of the JavaScript heap's typed arrays. */
  readonly buffers: number
  readonly rss: number
  /** Of the WebAssembly memory; of the arrays in it; and what else is handed out of it. */
  readonly memory: number
  readonly arrays: number
  readonly used: number
  readonly modules: number
  readonly programs: number
}

export type Quantity = keyof Sample

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void // the flag has just defined it
setFlagsFromString('--no-expose-gc')

/** What is held once the garbage is gone. */
export const sample = (): Sample => {
  collect()
  collect() // buffers that the first one found are swept, and no longer counted
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  const { arena, modules, residency } = cpuBackend()
  const { bytes, used } = arena.statistics()
  const { live, pooled } = residency.statistics()
  return {
    heap: heapUsed,
    buffers: arrayBuffers,
    rss,
    memory: bytes,
    arrays: live + pooled,
    used: used - live - pooled,
    modules: modules.size(),
    programs: livePrograms()
  }
}

/** How much a quantity grows over the second half of the samples, by the line of least squares. */
export const growth = (samples: readonly Sample[], of: Quantity): number => {
  const late = samples.slice(samples.length >> 1).map((s) => s[of])
  const middle = (late.length - 1) / 2
  const mean = late.reduce((sum, y) => sum + y, 0) / late.length
  const [products, squares] = late.reduce<readonly [number, number]>(
    ([p, q], y, x) => [p + (x - middle) * (y - mean), q + (x - middle) ** 2],
    [0, 0]
  )
  return squares === 0 ? 0 : (products / squares) * (late.length - 1)
}

/**
 * Growth that is noise: of scavenges, of pages that the allocator has not given back, of programs
 * forgotten a quarter of them at a time.
 */
export const noise: Sample = {
  heap: 2 ** 20,
  buffers: 2 ** 22,
  rss: 2 ** 24,
  memory: 0,
  arrays: 2 ** 24, // the budget's results of all sizes: the oldest leave in theirs
  used: 2 ** 16,
  modules: 0,
  programs: 500
}

/** Quantities that grow by more than noise. */
export const growing = (samples: readonly Sample[]): readonly Quantity[] =>
  (Object.keys(noise) as Quantity[]).filter((of) => growth(samples, of) > noise[of]) // keys of Sample
