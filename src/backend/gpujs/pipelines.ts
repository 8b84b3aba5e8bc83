/** Pipelines of a WebGPU device by their shader, and the bind groups that were made for them. */
import { settings } from '../../core/config.ts'
import { createRecent } from '../../core/recent.ts'
import type { GpuBindGroup, GpuDevice, GpuPipeline } from './gpu-types.ts'
import type { DeviceMemory } from './memory.ts'
import type { Shader } from './wgsl/shader.ts'

export interface Pipeline {
  readonly pipeline: GpuPipeline
  /** The group of these buffers, in the order of the shader's bindings. */
  readonly bind: (memories: readonly DeviceMemory[]) => GpuBindGroup
}

export interface Pipelines {
  readonly of: (shader: Shader) => Pipeline
}

/** Bind groups kept per pipeline. */
const maxBindGroups = 256

/** Groups met lately, compared number by number before anything is spelled out. */
interface Met {
  readonly ids: readonly number[]
  readonly group: GpuBindGroup
}
const metKept = 4

export const createPipelines = (device: GpuDevice): Pipelines => {
  const known = createRecent<string, Pipeline>(() => settings().maxModules)

  const build = ({ code, written }: Shader): Pipeline => {
    const layout = device.createBindGroupLayout({
      entries: written.map((w, binding) => ({
        binding,
        visibility: 4,
        buffer: { type: w ? 'storage' : 'read-only-storage' }
      }))
    })
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code }), entryPoint: 'main' }
    })
    const groups = createRecent<string, GpuBindGroup>(() => maxBindGroups)
    const met: Met[] = []
    let turn = 0

    const make = (memories: readonly DeviceMemory[]): GpuBindGroup =>
      device.createBindGroup({
        layout,
        entries: memories.map(({ buffer, offset, bytes }, binding) => ({
          binding,
          resource: { buffer, offset, size: bytes }
        }))
      })

    return {
      pipeline,
      bind: (memories) => {
        for (const { ids, group } of met) {
          let i = 0
          while (i < ids.length && ids[i] === memories[i].id) i++
          if (i === ids.length) return group
        }
        const ids = memories.map((m) => m.id)
        const key = ids.join()
        const group = groups.get(key) ?? make(memories)
        groups.set(key, group)
        met[turn++ % metKept] = { ids, group }
        return group
      }
    }
  }

  return {
    of: (shader) => {
      const found = known.get(shader.code)
      if (found !== undefined) return found
      const made = build(shader)
      known.set(shader.code, made)
      return made
    }
  }
}
