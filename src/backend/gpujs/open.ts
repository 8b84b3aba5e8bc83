/** Opens a GPU in one of gpu.js's modes. */
import { DeviceError } from '../../core/errors.ts'
import type { GpuMode, SelectOptions } from '../select.ts'
import { createGpuBackend, type GpuBackend } from './backend.ts'
import { acquireWebGpu, describeAdapter } from './load.ts'
import type { Machine } from './machine.ts'
import { createWebGpuMachine } from './webgpu.ts'

const openMachine = async (mode: GpuMode, maxBytes: () => number): Promise<Machine> => {
  if (mode === 'webgpu') {
    const { adapter } = await acquireWebGpu()
    return createWebGpuMachine({
      adapter: describeAdapter(adapter),
      acquire: acquireWebGpu,
      maxBytes
    })
  }
  throw new DeviceError(mode, {
    problem: 'not available',
    got: mode,
    expected: 'webgpu',
    hint: ''
  })
}

export const openGpu = async (
  mode: GpuMode,
  { cpu, maxBytes }: SelectOptions
): Promise<GpuBackend> => createGpuBackend({ machine: await openMachine(mode, maxBytes), cpu })
