/**
 * The webgpu mode: WGSL over gpu.js's own device. Buffers are pooled by size class, a whole call is
 * one submission, and pipelines and bind groups are kept.
 */
import { DeviceError } from '../../core/errors.ts'
import { allocate as allocateHost, type DType, type HostData, slotsOf } from '../../core/dtype.ts'
import type { Buffer } from '../../kernel/ir.ts'
import { sizeClass } from '../cpu/size-class.ts'
import type {
  GpuAdapter,
  GpuBindGroup,
  GpuBuffer,
  GpuDevice,
  GpuEncoder,
  GpuPass,
  GpuPipeline
} from './gpu-types.ts'
import type { Layout, Machine, Memory, Prepared } from './machine.ts'
import type { Pass } from './passes/pass.ts'
import { supportsWgsl } from './supports.ts'
import { storageOf } from './wgsl/language.ts'
import { renderShader } from './wgsl/render.ts'
import type { Shader } from './wgsl/shader.ts'

/** What gpu.js keeps: one device for the process. */
export interface WebGpuContext {
  readonly adapter: GpuAdapter
  readonly device: GpuDevice
  readonly isLost: boolean
}

export interface WebGpuOptions {
  readonly adapter: string
  /** Takes gpu.js's device, a new one when the last was lost. */
  readonly acquire: () => Promise<WebGpuContext>
  /** Bytes in use above which nothing more is allocated. */
  readonly maxBytes: () => number
}

interface DeviceMemory extends Memory {
  readonly buffer: GpuBuffer
  /** Tells buffers apart in the keys of bind groups. */
  readonly id: number
}

interface Pipeline {
  readonly layout: object
  readonly pipeline: GpuPipeline
  readonly groups: Map<string, GpuBindGroup>
}

const usage = { storage: 0x80, copySource: 4, copyTarget: 8, mapRead: 1 }
/** Launches after which an encoder is sent on its way, so that the GPU starts early. */
const longSubmission = 1024
/** Bind groups kept per pipeline. */
const maxBindGroups = 64
/** Bytes of free buffers kept whatever is in use. */
const leastPool = 2 ** 28

const wordsOf = (layout: Layout): number => Math.max(1, layout.size * slotsOf(layout.dtype))

const isWide = (d: DType): boolean => d === 'float64' || d === 'complex128'

/** Elements as 32-bit words. */
const toWords = (dtype: DType, data: HostData): Float32Array | Int32Array | Uint32Array => {
  if (isWide(dtype)) throw new RangeError(`${dtype} values have no words of 32 bits`)
  const kind = storageOf(dtype)
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array)
    return data
  return kind === 'i32' ? Int32Array.from(data) : Uint32Array.from(data)
}

const fromWords = (layout: Layout, bytes: ArrayBuffer): HostData => {
  const data = allocateHost(layout.dtype, layout.size)
  const kind = storageOf(layout.dtype)
  const words =
    kind === 'f32'
      ? new Float32Array(bytes)
      : kind === 'i32'
        ? new Int32Array(bytes)
        : new Uint32Array(bytes)
  data.set(words.subarray(0, data.length))
  return data
}

const tooLarge = (bytes: number, limit: number): DeviceError =>
  new DeviceError('webgpu memory', {
    problem: 'an array is larger than a buffer of this device can be',
    got: `${bytes} bytes`,
    expected: `at most ${limit} bytes`,
    hint: 'split the array along its leading axis, or run this part on the CPU'
  })

const tooMuch = (bytes: number, live: number, limit: number): DeviceError =>
  new DeviceError('webgpu memory', {
    problem: 'more device memory is in use than maxInFlightBytes allows',
    got: `${live} bytes in use, ${bytes} more wanted`,
    expected: `at most ${limit} bytes`,
    hint: 'donate what a step replaces (jit with donateArgnums), and await a value every few steps so that unused arrays are collected; or raise config({ maxInFlightBytes })'
  })

export const createWebGpuMachine = async (options: WebGpuOptions): Promise<Machine> => {
  let context = await options.acquire()
  let generation = 0
  let pool = new Map<number, DeviceMemory[]>()
  let pipelines = new Map<string, Pipeline>()
  let encoder: GpuEncoder | null = null
  let pass: GpuPass | null = null
  let [live, pooled, submissions, launches, allocations, encoded, nextId] = [0, 0, 0, 0, 0, 0, 0]

  const isLost = (): boolean => context.isLost

  const submit = (): void => {
    if (encoder === null) return
    pass?.end()
    context.device.queue.submit([encoder.finish()])
    submissions++
    encoder = null
    pass = null
    encoded = 0
  }

  const currentEncoder = (): GpuEncoder => (encoder ??= context.device.createCommandEncoder())
  const currentPass = (): GpuPass => (pass ??= currentEncoder().beginComputePass())
  const endPass = (): void => {
    pass?.end()
    pass = null
  }

  const limit = (): number => context.device.limits.maxStorageBufferBindingSize

  const allocate = (layout: Layout): DeviceMemory => {
    const exact = wordsOf(layout) * 4
    if (exact > limit()) throw tooLarge(exact, limit())
    const bytes = Math.min(sizeClass(exact), limit())
    const free = pool.get(bytes)?.pop()
    if (live + bytes > options.maxBytes()) throw tooMuch(bytes, live, options.maxBytes())
    live += bytes
    if (free !== undefined) {
      pooled -= bytes
      return free
    }
    allocations++
    const buffer = context.device.createBuffer({
      size: bytes,
      usage: usage.storage | usage.copySource | usage.copyTarget
    })
    return { bytes, buffer, id: nextId++ }
  }

  const free = (given: Memory): void => {
    const memory = given as DeviceMemory // every memory is made here
    live -= memory.bytes
    if (pooled + memory.bytes > Math.max(leastPool, live)) {
      // Work that was encoded but not sent may still use it.
      submit()
      memory.buffer.destroy()
      return
    }
    pooled += memory.bytes
    const list = pool.get(memory.bytes)
    if (list === undefined) pool.set(memory.bytes, [memory])
    else list.push(memory)
  }

  const write = (layout: Layout, data: HostData): DeviceMemory => {
    const memory = allocate(layout)
    // The queue would overtake what was encoded for the buffer's last owner.
    submit()
    const words = toWords(layout.dtype, data)
    if (words.byteLength > 0)
      context.device.queue.writeBuffer(
        memory.buffer,
        0,
        words.buffer,
        words.byteOffset,
        words.byteLength
      )
    return memory
  }

  const read = async (given: Memory, layout: Layout): Promise<HostData> => {
    const { buffer } = given as DeviceMemory // every memory is made here
    const bytes = wordsOf(layout) * 4
    const staging = context.device.createBuffer({
      size: bytes,
      usage: usage.mapRead | usage.copyTarget
    })
    endPass()
    currentEncoder().copyBufferToBuffer(buffer, 0, staging, 0, bytes)
    submit()
    await staging.mapAsync(1)
    const data = fromWords(layout, staging.getMappedRange())
    staging.unmap()
    staging.destroy()
    return data
  }

  const build = (shader: Shader, written: readonly boolean[]): Pipeline => {
    const { device } = context
    const known = pipelines.get(shader.code)
    if (known !== undefined) return known
    const layout = device.createBindGroupLayout({
      entries: written.map((w, binding) => ({
        binding,
        visibility: 4,
        buffer: { type: w ? 'storage' : 'read-only-storage' }
      }))
    })
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code: shader.code }), entryPoint: 'main' }
    })
    const made: Pipeline = { layout, pipeline, groups: new Map() }
    pipelines.set(shader.code, made)
    return made
  }

  const prepare = (p: Pass, buffers: readonly Buffer[]): Prepared => {
    const shader = renderShader(p, buffers)
    const { bindings, groups: size } = shader
    const { layout, pipeline, groups } = build(
      shader,
      bindings.map((_, i) => shader.code.includes(`@binding(${i}) var<storage, read_write>`))
    )
    const bind = (memories: readonly DeviceMemory[]): GpuBindGroup => {
      const key = memories.map((m) => m.id).join()
      const known = groups.get(key)
      if (known !== undefined) return known
      if (groups.size >= maxBindGroups) groups.clear()
      const made = context.device.createBindGroup({
        layout,
        entries: memories.map((m, binding) => ({ binding, resource: { buffer: m.buffer } }))
      })
      groups.set(key, made)
      return made
    }
    return {
      bindings,
      codeBytes: shader.code.length,
      run: (table) => {
        const group = bind(bindings.map((b) => table[b] as DeviceMemory)) // the executable allocates them first
        const target = currentPass()
        target.setPipeline(pipeline)
        target.setBindGroup(0, group)
        target.dispatchWorkgroups(...size)
        launches++
        if (++encoded >= longSubmission) submit()
      }
    }
  }

  const watch = (): (() => Promise<string | null>) => {
    const { device } = context
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    return async () => {
      const errors = [device.popErrorScope(), device.popErrorScope()]
      for (const error of await Promise.all(errors)) if (error !== null) return error.message
      return null
    }
  }

  const restore = async (): Promise<void> => {
    if (!isLost()) return
    context = await options.acquire()
    generation++
    pool = new Map()
    pipelines = new Map()
    encoder = null
    pass = null
    ;[live, pooled, encoded] = [0, 0, 0]
  }

  return {
    name: 'webgpu',
    adapter: options.adapter,
    abilities: {
      maxBuffers: context.device.limits.maxStorageBuffersPerShaderStage,
      atomics: true,
      tiles: true,
      supports: supportsWgsl,
      isHostOnly: isWide
    },
    writesInPlace: true,
    isAsynchronous: true,
    generation: () => generation,
    isLost,
    restore,
    prepare,
    allocate,
    free,
    write,
    read,
    readNow: null,
    submit,
    watch,
    statistics: () => ({ live, pooled, submissions, launches, allocations })
  }
}
