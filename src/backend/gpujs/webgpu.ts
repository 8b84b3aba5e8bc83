/**
 * The webgpu mode: WGSL over gpu.js's own device. Buffers are pooled by size class, a whole call is
 * one submission, and pipelines and bind groups are kept.
 */
import { DeviceError } from '../../core/errors.ts'
import { allocate as allocateHost, type DType, type HostData, slotsOf } from '../../core/dtype.ts'
import type { Buffer } from '../../kernel/ir.ts'
import { createDevicePacks } from './device-packs.ts'
import type { GpuAdapter, GpuDevice, GpuEncoder, GpuPass, GpuPipeline } from './gpu-types.ts'
import type { Layout, Machine, Memory, MemoryUse, Prepared, Span } from './machine.ts'
import { createDevicePool, type DeviceMemory, lost } from './memory.ts'
import type { Pass } from './passes/pass.ts'
import { createPipelines } from './pipelines.ts'
import { supportsWgsl } from './supports.ts'
import { storageOf } from './wgsl/language.ts'
import { renderShader } from './wgsl/render.ts'

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

const usage = { mapRead: 1, copyTarget: 8 }
/** Launches after which an encoder is sent on its way, so that the GPU starts early. */
const longSubmission = 1024
/** Launches that are worth a submission of their own; shorter calls share one. */
const worthSubmitting = 16

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

const unreadable = (error: unknown): DeviceError =>
  new DeviceError('webgpu memory', {
    problem: 'the values could not be brought to the host',
    got: error instanceof Error ? error.message.split('\n')[0] : String(error),
    expected: 'a buffer that the device lets the host read',
    hint: 'await devices() says whether the device still works'
  })

export const createWebGpuMachine = async (options: WebGpuOptions): Promise<Machine> => {
  let context = await options.acquire()
  let generation = 0
  let pool = createDevicePool(context.device, options.maxBytes)
  let pipelines = createPipelines(context.device)
  let encoder: GpuEncoder | null = null
  let pass: GpuPass | null = null
  /** The pipeline of the last launch of the pass under way. */
  let current: GpuPipeline | null = null
  let isFlushPlanned = false
  let [submissions, launches, encoded] = [0, 0, 0]

  const isLost = (): boolean => context.isLost

  const endPass = (): void => {
    pass?.end()
    pass = null
    current = null
  }

  const submit = (): void => {
    if (encoder === null) return
    endPass()
    context.device.queue.submit([encoder.finish()])
    submissions++
    encoder = null
    encoded = 0
  }

  /** Short calls wait for the next one, but no longer than until the program awaits something. */
  const endCall = (): void => {
    if (encoded >= worthSubmitting) submit()
    else if (encoded > 0 && !isFlushPlanned) {
      isFlushPlanned = true
      queueMicrotask(() => {
        isFlushPlanned = false
        submit()
      })
    }
  }

  const currentEncoder = (): GpuEncoder => (encoder ??= context.device.createCommandEncoder())
  const currentPass = (): GpuPass => (pass ??= currentEncoder().beginComputePass())

  const allocate = (layout: Layout, use: MemoryUse): DeviceMemory =>
    pool.take(wordsOf(layout) * 4, use)

  /** In order with the passes, since it is encoded as they are. */
  const copy = (from: DeviceMemory, to: DeviceMemory, { offset, words }: Span): void => {
    endPass()
    from.lastSubmission = submissions
    to.lastSubmission = submissions
    currentEncoder().copyBufferToBuffer(from.buffer, from.offset, to.buffer, offset * 4, words * 4)
  }

  let packs = createDevicePacks({ pool, copy })

  const free = (given: Memory): void => {
    const part = given as DeviceMemory // every memory is made here
    const memory = part.block === null ? part : packs.freed(part, part.block)
    if (memory === null || pool.give(memory) === 'kept') return
    // Work that was encoded but not sent may still use it.
    submit()
    memory.buffer.destroy()
  }

  const write = (layout: Layout, data: HostData): DeviceMemory => {
    // The queue would overtake what was encoded for the buffer's last owner.
    const memory = pool.take(wordsOf(layout) * 4, 'upload', submissions)
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
    const { buffer, offset } = given as DeviceMemory // every memory is made here
    const bytes = wordsOf(layout) * 4
    const staging = context.device.createBuffer({
      size: bytes,
      usage: usage.mapRead | usage.copyTarget
    })
    endPass()
    currentEncoder().copyBufferToBuffer(buffer, offset, staging, 0, bytes)
    submit()
    try {
      await staging.mapAsync(1)
    } catch (error) {
      staging.destroy()
      throw isLost() ? lost('webgpu') : unreadable(error)
    }
    const data = fromWords(layout, staging.getMappedRange())
    staging.unmap()
    staging.destroy()
    return data
  }

  const prepare = (p: Pass, buffers: readonly Buffer[]): Prepared => {
    const shader = renderShader(p, buffers)
    const { bindings, groups } = shader
    const { pipeline, bind } = pipelines.of(shader)
    const memories: DeviceMemory[] = []
    return {
      bindings,
      codeBytes: shader.code.length,
      run: (table) => {
        for (let i = 0; i < bindings.length; i++) {
          const memory = table[bindings[i]] as DeviceMemory // the executable allocates them first
          memory.lastSubmission = submissions
          memories[i] = memory
        }
        const group = bind(memories)
        const target = currentPass()
        if (pipeline !== current) target.setPipeline(pipeline)
        current = pipeline
        target.setBindGroup(0, group)
        target.dispatchWorkgroups(groups[0], groups[1], groups[2])
        launches++
        if (++encoded >= longSubmission) submit()
      }
    }
  }

  const watch = (): (() => Promise<string | null>) => {
    const { device } = context
    // What earlier calls encoded is not this one's fault.
    submit()
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    return async () => {
      submit()
      const errors = [device.popErrorScope(), device.popErrorScope()]
      for (const error of await Promise.all(errors)) if (error !== null) return error.message
      return null
    }
  }

  const restore = async (): Promise<void> => {
    if (!isLost()) return
    context = await options.acquire()
    generation++
    pool = createDevicePool(context.device, options.maxBytes)
    packs = createDevicePacks({ pool, copy })
    pipelines = createPipelines(context.device)
    encoder = null
    pass = null
    current = null
    encoded = 0
  }

  return {
    name: 'webgpu',
    adapter: options.adapter,
    abilities: {
      maxBuffers: context.device.limits.maxStorageBuffersPerShaderStage,
      atomics: true,
      tiles: true,
      packs: true,
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
    get packs() {
      return packs
    },
    free,
    write,
    read,
    readNow: null,
    endCall,
    watch,
    statistics: () => ({ ...pool.statistics(), submissions, launches })
  }
}
