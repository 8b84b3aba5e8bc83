/** The backend in force, made on first use and again when settings that concern it change. */
import type { Backend } from '../backend/backend.ts'
import { detectProfile } from '../backend/cpu/engine.ts'
import { createCpuBackend, type CpuBackend } from '../backend/cpu/program.ts'
import { settings } from '../core/config.ts'

let cpu: { readonly key: string; readonly backend: CpuBackend } | null = null

export const cpuBackend = (): CpuBackend => {
  const { deterministic, engineFlags, maxModules } = settings()
  const key = `${deterministic}/${engineFlags}/${maxModules}`
  if (cpu === null || cpu.key !== key)
    cpu = {
      key,
      backend: createCpuBackend({
        profile: detectProfile({ deterministic, engineFlags }),
        maximumModules: maxModules
      })
    }
  return cpu.backend
}

export const backend = (): Backend => cpuBackend()
