/**
 * The ways in which programs run: results must be right in each of them. With threads every kernel
 * that can be cut is cut, however small, so that two threads compute it.
 */
import { cpuBackend } from '../../src/compile/backends.ts'
import { counters, resetCounters } from '../../src/compile/counters.ts'
import { config, type Config } from '../../src/core/config.ts'

export interface Mode {
  readonly name: string
  readonly settings: Partial<Config>
}

export const modes: readonly Mode[] = [
  { name: 'default', settings: {} },
  {
    name: 'compiled',
    settings: { eagerThreshold: 0, fallback: 'error', threads: 1 }
  },
  {
    name: 'threads',
    settings: { eagerThreshold: 0, fallback: 'error', threads: 2, threadThreshold: 0 }
  }
]

/** What ran where, and what threads shared: kernels, and tiles of them that workers computed. */
export type Ran = ReturnType<typeof counters> & {
  readonly split: number
  readonly 'tiles by workers': number
}

/** Runs `f` under the settings of the mode; tells besides its result what ran where. */
export const inMode = <T>(mode: Mode, f: () => T): { readonly value: T; readonly ran: Ran } => {
  const before = config(mode.settings)
  const { workers } = cpuBackend()
  if ((mode.settings.threads ?? 1) > 1 && !workers.start(10_000))
    throw new Error(`the workers do not run: ${workers.statistics().problem}`)
  resetCounters()
  const start = workers.statistics()
  try {
    const value = f()
    const { kernels, tiles } = workers.statistics()
    const split = kernels - start.kernels
    return { value, ran: { ...counters(), split, 'tiles by workers': tiles - start.tiles } }
  } finally {
    config(before)
  }
}
