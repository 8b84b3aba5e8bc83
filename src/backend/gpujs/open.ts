/** Opens a GPU in one of gpu.js's modes. */
import { DeviceError } from '../../core/errors.ts'
import type { GpuMode, SelectOptions } from '../select.ts'
import { createGpuBackend, type GpuBackend } from './backend.ts'
import { createKernelMachine } from './kernels.ts'
import { acquireWebGpu, describeAdapter, type GpuJsInstance, loadGpuJs } from './load.ts'
import type { Machine } from './machine.ts'
import { createWebGpuMachine } from './webgpu.ts'

/** The parts of a WebGL context that name the hardware. */
interface GlContext {
  readonly getExtension: (name: string) => { readonly UNMASKED_RENDERER_WEBGL: number } | null
  readonly getParameter: (name: number) => unknown
  readonly RENDERER: number
  readonly isContextLost: () => boolean
}

/** The context of the modes that have one. */
const contextOf = (gpu: GpuJsInstance): GlContext | null => gpu.context as GlContext | null // a WebGL context

const isLost = (gpu: GpuJsInstance): boolean => {
  const gl = contextOf(gpu)
  return typeof gl?.isContextLost === 'function' && gl.isContextLost()
}

const describeContext = (gpu: GpuJsInstance): string => {
  const gl = contextOf(gpu)
  if (gl === null || typeof gl.getParameter !== 'function') return 'JavaScript'
  const info = gl.getExtension('WEBGL_debug_renderer_info')
  return String(gl.getParameter(info === null ? gl.RENDERER : info.UNMASKED_RENDERER_WEBGL))
}

/** Runs a kernel, since what gpu.js says of its own support is not reliable. */
const checkWorks = (mode: GpuMode, gpu: GpuJsInstance): void => {
  const kernel = gpu.createKernel('function(a) { return a[this.thread.x] + 1.0; }', {
    output: [2],
    precision: 'single'
  })
  const result = kernel(Float32Array.of(1, 2)) as Float32Array // what a kernel of one dimension returns
  const why = kernel.kernel?.fallbackReason
  if (result[1] !== 3 || gpu.mode !== mode || (why !== null && why !== undefined && why !== ''))
    throw new DeviceError(mode, {
      problem: 'gpu.js cannot run kernels in this mode here',
      got: why ?? `${gpu.mode} mode, ${String(result[1])} instead of 3`,
      expected: `kernels in ${mode} mode`,
      hint: 'webgl2 is for browsers; headlessgl needs the package gl and a display'
    })
}

const openMachine = async (mode: GpuMode, maxBytes: () => number): Promise<Machine> => {
  if (mode === 'webgpu') {
    const { adapter } = await acquireWebGpu()
    return createWebGpuMachine({
      adapter: describeAdapter(adapter),
      acquire: acquireWebGpu,
      maxBytes
    })
  }
  const { GPU } = await loadGpuJs()
  const open = (): GpuJsInstance => {
    const gpu = new GPU({ mode })
    checkWorks(mode, gpu)
    return gpu
  }
  const first = open()
  let next: GpuJsInstance | null = first
  return createKernelMachine({
    name: mode,
    adapter: describeContext(first),
    open: () => {
      const gpu = next ?? open()
      next = null
      return gpu
    },
    isLost,
    hasTextures: true,
    hasIntegers: mode === 'webgl2',
    maxBytes,
    maxInputs: 12
  })
}

export const openGpu = async (
  mode: GpuMode,
  { cpu, maxBytes }: SelectOptions
): Promise<GpuBackend> => createGpuBackend({ machine: await openMachine(mode, maxBytes), cpu })
