/** The backend in force, made on first use and again when settings that concern it change. */
import type { Backend } from '../backend/backend.ts'
import { detectProfile } from '../backend/cpu/engine.ts'
import { createMachine, type Machine } from '../backend/cpu/machine.ts'
import { createCpuBackend, type CpuBackend } from '../backend/cpu/program.ts'
import { settings } from '../core/config.ts'

// Arrays and threads outlive a change of settings; only code depends on them.
let machine: Machine | null = null
let cpu: { readonly key: string; readonly backend: CpuBackend } | null = null

export const cpuBackend = (): CpuBackend => {
  const { deterministic, engineFlags, maxModules, threads, threadThreshold } = settings()
  const key = `${deterministic}/${engineFlags}/${maxModules}/${threads}/${threadThreshold}`
  if (cpu === null || cpu.key !== key) {
    machine ??= createMachine()
    machine.workers.setThreads(threads)
    cpu = {
      key,
      backend: createCpuBackend({
        machine,
        profile: detectProfile({ deterministic, engineFlags }),
        engineFlags,
        maximumModules: maxModules,
        leastSplit: threadThreshold * 1000
      })
    }
  }
  return cpu.backend
}

export const backend = (): Backend => cpuBackend()
