/** The ways in which programs run: results must be right in each of them. */
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
    settings: { eagerThreshold: 0, fallback: 'error', threads: 2 }
  }
]

/** Runs `f` under the settings of the mode; tells besides its result what ran where. */
export const inMode = <T>(
  mode: Mode,
  f: () => T
): { readonly value: T; readonly ran: ReturnType<typeof counters> } => {
  const before = config(mode.settings)
  resetCounters()
  try {
    return { value: f(), ran: counters() }
  } finally {
    config(before)
  }
}
