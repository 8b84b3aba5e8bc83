/** The backends in force, made on first use and again when settings that concern them change. */
import type { Backend } from '../backend/backend.ts'
import { detectProfile } from '../backend/cpu/engine/engine.ts'
import { createMachine, type Machine } from '../backend/cpu/machine.ts'
import { createCpuBackend, type CpuBackend } from '../backend/cpu/program.ts'
import type { Either } from 'fp-ts/lib/Either.js'
import {
  gpuBackend,
  listDevices,
  openDevice,
  openedName,
  type DeviceInfo,
  type SelectOptions
} from '../backend/select.ts'
import type { Resident } from '../core/array.ts'
import { settings, settingsVersion, type DeviceOpener } from '../core/config.ts'
import type { DType, HostData } from '../core/dtype.ts'
import type { DeviceError } from '../core/errors.ts'

// Arrays and threads outlive a change of settings; only code depends on them.
let machine: Machine | null = null
let cpu: { readonly key: string; readonly backend: CpuBackend } | null = null
let asked: { readonly version: number; readonly backend: CpuBackend } | null = null

export const cpuBackend = (): CpuBackend => {
  // Every call of a program asks.
  const version = settingsVersion()
  if (asked?.version === version) return asked.backend
  const { deterministic, engineFlags, maxModules, threads, threadThreshold } = settings()
  const key = `${deterministic}/${engineFlags}/${maxModules}/${threadThreshold}`
  if (cpu === null || cpu.key !== key) {
    machine ??= createMachine({
      limit: () => settings().maxMemoryBytes,
      residentBytes: () => settings().maxResidentBytes,
      mayCollect: () => settings().engineFlags
    })
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
  cpu.backend.workers.setThreads(threads)
  asked = { version, backend: cpu.backend }
  return cpu.backend
}

const options = (): SelectOptions => ({
  // Asked for at each use, because settings may change the CPU backend.
  cpu: {
    name: 'cpu',
    supports: (kernel, buffers) => cpuBackend().supports(kernel, buffers),
    compile: (program) => cpuBackend().compile(program)
  },
  maxBytes: () => settings().maxInFlightBytes
})

/** Opens devices for `config`. */
export const deviceOpener: DeviceOpener = {
  opened: openedName,
  open: (name) => openDevice(name, options())
}

/** Every device there is, and why the others are not. */
export const allDevices = (): Promise<readonly Either<DeviceError, DeviceInfo>[]> =>
  listDevices(options())

/** The name of the open device that `name` stands for. Errors: DeviceError when none is open. */
export const deviceName = (name: string): string => openedName(name) ?? gpuBackend(name).name

/** The values on a device other than the CPU. */
export const putOnDevice = (
  device: string,
  layout: { readonly dtype: DType; readonly size: number },
  data: HostData
): Resident => gpuBackend(device).put(layout, data)

/** The backend of a device that is open. Errors: DeviceError when it is not. */
export const backendOf = (device: string): Backend =>
  device === 'cpu' || (device === 'auto' && openedName(device) === null)
    ? cpuBackend()
    : gpuBackend(device)

export const backend = (): Backend => backendOf(settings().device)
