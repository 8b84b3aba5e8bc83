/**
 * The modes in which gpu.js kernels run: webgl2, headlessgl, and cpu, which tests use. Memory is what
 * a kernel returned (a texture, or an array in cpu mode) and is never written again; everything is
 * synchronous.
 */
import { settings } from '../../core/config.ts'
import { DeviceError } from '../../core/errors.ts'
import { allocate as allocateHost, type HostData, slotsOf } from '../../core/dtype.ts'
import { createRecent } from '../../core/recent.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { GpuJsInstance, GpuJsKernel } from './load.ts'
import type { Layout, Machine, Memory, Prepared } from './machine.ts'
import { tooMuch } from './memory.ts'
import type { Pass } from './passes/pass.ts'
import { type SourceKernel } from './source/kernel.ts'
import { renderSources } from './source/render.ts'
import { isHostOnly, maxElements, supportsSource } from './supports-source.ts'
import { usesOfPass } from './passes/legalize.ts'

/** A texture of gpu.js. */
interface Texture {
  readonly toArray: () => Float32Array
  readonly delete: () => void
}

type Content = Float32Array | Texture

interface KernelMemory extends Memory {
  readonly content: Content
}

/** A kernel of a pass, built. */
interface Built extends SourceKernel {
  readonly kernel: GpuJsKernel
}

export interface KernelMachineOptions {
  readonly name: string
  readonly adapter: string
  /** Makes an instance of gpu.js, and another one when its context was lost. */
  readonly open: () => GpuJsInstance
  readonly isLost: (gpu: GpuJsInstance) => boolean
  /** False in cpu mode, where arrays are arrays. */
  readonly hasTextures: boolean
  readonly maxBytes: () => number
  /** Arrays that one kernel may read. */
  readonly maxInputs: number
}

const isTexture = (c: Content): c is Texture => !(c instanceof Float32Array)

const lengthOf = (layout: Layout): number => Math.max(1, layout.size * slotsOf(layout.dtype))

const inexact = (name: string, got: string): DeviceError =>
  new DeviceError(`${name} memory`, {
    problem: 'an integer is too large for a float',
    got,
    expected: `integers from -${maxElements} to ${maxElements}`,
    hint: 'gpu.js kernels compute in float32; webgpu has 32-bit integers'
  })

const fellBack = (name: string, why: string): DeviceError =>
  new DeviceError(name, {
    problem: 'gpu.js ran a kernel in another mode than was asked for',
    got: why,
    expected: `kernels in ${name} mode`,
    hint: 'await devices() says which modes work here'
  })

export const createKernelMachine = (o: KernelMachineOptions): Machine => {
  const { name } = o
  let gpu = o.open()
  let generation = 0
  const kernels = createRecent<string, GpuJsKernel>(() => settings().maxModules)
  const counts = { live: 0, launches: 0, allocations: 0 }

  const hold = (content: Content, length: number): KernelMemory => {
    const bytes = length * 4
    if (counts.live + bytes > o.maxBytes()) {
      if (isTexture(content)) content.delete()
      throw tooMuch(name, bytes, counts.live, o.maxBytes())
    }
    counts.live += bytes
    counts.allocations++
    return { bytes, content }
  }

  const free = (given: Memory): void => {
    const { content, bytes } = given as KernelMemory // every memory is made here
    counts.live -= bytes
    if (isTexture(content)) content.delete()
  }

  const kernelOf = (k: Pick<SourceKernel, 'source' | 'functions' | 'size'>): GpuJsKernel => {
    const key = `${k.size}\n${k.source}`
    const known = kernels.get(key)
    if (known !== undefined) return known
    const made = gpu.createKernel(k.source, {
      output: [k.size],
      precision: 'single',
      pipeline: true,
      immutable: true,
      loopMaxIterations: 2 ** 31 - 1,
      optimizeFloatMemory: false,
      functions: k.functions
    })
    kernels.set(key, made)
    return made
  }

  const launch = (kernel: GpuJsKernel, args: readonly Content[]): Content => {
    const result = kernel(...args, Infinity) as Content
    const why = kernel.kernel?.fallbackReason
    if (why !== null && why !== undefined && why !== '') throw fellBack(name, why)
    counts.launches++
    return result
  }

  const copySource = 'function(b0, inf) {\n  return b0[this.thread.x];\n}'

  const write = (layout: Layout, data: HostData): KernelMemory => {
    const length = lengthOf(layout)
    const large = layout.dtype === 'int32' ? data.find((v) => Math.abs(v) > maxElements) : undefined
    // The largest integer stands for "nowhere" and is told apart from all others as a float.
    if (large !== undefined && large !== 0x7fffffff) throw inexact(name, `${large}`)
    const floats = new Float32Array(length)
    floats.set(data)
    if (!o.hasTextures) return hold(floats, length)
    return hold(
      launch(kernelOf({ source: copySource, functions: [], size: length }), [floats]),
      length
    )
  }

  const readNow = (given: Memory, layout: Layout): HostData => {
    const { content } = given as KernelMemory // every memory is made here
    const floats = isTexture(content) ? content.toArray() : content
    const data = allocateHost(layout.dtype, layout.size)
    if (layout.dtype !== 'int32') data.set(floats.subarray(0, data.length))
    else
      for (let i = 0; i < data.length; i++) {
        if (Number.isNaN(floats[i])) throw inexact(name, `a sum or product at position ${i}`)
        // The largest integer is no float: it comes back as 2^31.
        data[i] = Math.min(floats[i], 0x7fffffff)
      }
    return data
  }

  const restore = (): null => {
    if (!o.isLost(gpu)) return null
    gpu = o.open()
    generation++
    kernels.clear()
    counts.live = 0
    return null
  }

  const prepare = (pass: Pass, buffers: readonly Buffer[]): Prepared => {
    const { reads, writes } = usesOfPass(pass)
    // Whether outputs held something before decides what the kernels read.
    const variants = new Map<string, readonly Built[]>()
    const variant = (table: readonly (Memory | null)[]): readonly Built[] => {
      const key = writes.map((b) => Number(table[b] !== null)).join('')
      const known = variants.get(key)
      if (known !== undefined) return known
      const sources = renderSources(pass, buffers, (b) => table[b] !== null)
      const built = sources.map((k): Built => ({ ...k, kernel: kernelOf(k) }))
      variants.set(key, built)
      return built
    }
    return {
      bindings: [...new Set([...reads, ...writes])],
      codeBytes: 0,
      run: (table) => {
        // What the pass reads is what it was before the pass, whatever its kernels replace.
        const before = [...table]
        const made = new Map<number, KernelMemory>()
        for (const k of variant(table)) {
          const args = k.parameters.map((b) => {
            const memory = (b === k.output ? made.get(b) : undefined) ?? before[b]
            return (memory as KernelMemory).content // rendered for buffers that exist
          })
          const result = hold(launch(k.kernel, args), k.size)
          const earlier = made.get(k.output)
          if (earlier !== undefined) free(earlier)
          made.set(k.output, result)
        }
        for (const [b, memory] of made) {
          const old = before[b]
          if (old !== null) free(old)
          table[b] = memory
        }
      }
    }
  }

  return {
    name,
    adapter: o.adapter,
    abilities: {
      maxBuffers: o.maxInputs,
      atomics: false,
      tiles: false,
      supports: supportsSource,
      isHostOnly
    },
    writesInPlace: false,
    isAsynchronous: false,
    generation: () => generation,
    isLost: () => o.isLost(gpu),
    restore,
    prepare,
    allocate: (layout) => hold(new Float32Array(lengthOf(layout)), lengthOf(layout)),
    free,
    write,
    read: (memory, layout) => Promise.resolve(readNow(memory, layout)),
    readNow,
    endCall: () => undefined,
    watch: () => () => Promise.resolve(null),
    statistics: () => ({
      live: counts.live,
      pooled: 0,
      submissions: counts.launches,
      launches: counts.launches,
      allocations: counts.allocations
    })
  }
}
