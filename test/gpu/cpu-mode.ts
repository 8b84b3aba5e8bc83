/** gpu.js in its cpu mode: the rendering to kernel sources without a GPU. */
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import { createGpuBackend, type GpuBackend } from '../../src/backend/gpujs/backend.ts'
import { createKernelMachine } from '../../src/backend/gpujs/kernels.ts'
import { loadGpuJs } from '../../src/backend/gpujs/load.ts'

/** A backend over gpu.js kernels that JavaScript runs. */
export const openCpuMode = async (): Promise<GpuBackend> => {
  const { GPU } = await loadGpuJs()
  const machine = createKernelMachine({
    name: 'gpu.js cpu',
    adapter: 'JavaScript',
    open: () => new GPU({ mode: 'cpu' }),
    isLost: () => false,
    hasTextures: false,
    hasIntegers: false,
    maxBytes: () => 2 ** 30,
    maxInputs: 12
  })
  return createGpuBackend({ machine, cpu: createCpuBackend() })
}
