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
import { elementOf, type ElementType, type SourceKernel } from './source/kernel.ts'
import { renderSources } from './source/render.ts'
import { isWord } from './source/word-language.ts'
import { isHostOnly, supportsSource } from './supports-source.ts'
import { usesOfPass } from './passes/step.ts'

/** A texture of gpu.js. */
interface Texture {
  readonly toArray: () => Float32Array
  /** The texels as they are read: four floats each. */
  readonly renderValues: () => Float32Array
  readonly delete: () => void
}

/** In cpu mode an array of floats, or of words: pairs of limbs. */
type Content = Float32Array | readonly (readonly number[])[] | Texture

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
  /** Whether the shading language has integers, so that bits need no loops. */
  readonly hasIntegers: boolean
  readonly maxBytes: () => number
  /** Arrays that one kernel may read. */
  readonly maxInputs: number
}

const isTexture = (c: Content): c is Texture => 'delete' in c

/** What gpu.js calls arrays of them in cpu mode. */
const arrayOf = { Number: 'Array', 'Array(2)': 'Array1D(2)', 'Array(4)': 'Array1D(4)' } as const

const bytesOf = { Number: 4, 'Array(2)': 8, 'Array(4)': 16 } as const

const lengthOf = (layout: Layout): number => Math.max(1, layout.size * slotsOf(layout.dtype))

/** Limbs of 16 bits, low before high. */
const limbsOf = (data: HostData, length: number): Float32Array => {
  const limbs = new Float32Array(2 * length)
  for (let i = 0; i < data.length; i++) {
    limbs[2 * i] = data[i] & 0xffff
    limbs[2 * i + 1] = data[i] >>> 16
  }
  return limbs
}

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

  const hold = (content: Content, length: number, element: ElementType): KernelMemory => {
    const bytes = length * bytesOf[element]
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

  const kernelOf = (k: Omit<SourceKernel, 'parameters' | 'output'>): GpuJsKernel => {
    const key = `${k.size} ${k.elements.join()} ${k.lengths.join()}\n${k.source}`
    const known = kernels.get(key)
    if (known !== undefined) return known
    const made = gpu.createKernel(k.source, {
      output: [k.size],
      precision: 'single',
      // Small textures would be computed in half precision on GPUs that have it (phones).
      tactic: 'precision',
      pipeline: true,
      immutable: true,
      loopMaxIterations: 2 ** 31 - 1,
      optimizeFloatMemory: false,
      // Textures say what they hold; arrays in cpu mode do not.
      ...(o.hasTextures ? {} : { argumentTypes: [...k.elements.map((e) => arrayOf[e]), 'Number'] }),
      functions: k.functions.filter((f) => !f.isNative),
      nativeFunctions: k.functions.filter((f) => f.isNative)
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
  const joinSource =
    'function(b0, inf) {\n  const i = this.thread.x * 2;\n  return [b0[i], b0[i + 1]];\n}'

  const write = (layout: Layout, data: HostData): KernelMemory => {
    const length = lengthOf(layout)
    const words = isWord(layout.dtype)
    const floats = words ? limbsOf(data, length) : new Float32Array(length)
    if (!words) floats.set(data)
    const source = words ? joinSource : copySource
    const content =
      o.hasTextures || words
        ? launch(
            kernelOf({
              source,
              functions: [],
              size: length,
              elements: ['Number'],
              lengths: [floats.length]
            }),
            [floats]
          )
        : floats
    return hold(content, length, words ? 'Array(2)' : 'Number')
  }

  const readWords = (content: Content, data: HostData): HostData => {
    if (isTexture(content)) {
      const texels = content.renderValues()
      for (let i = 0; i < data.length; i++) data[i] = texels[4 * i] + texels[4 * i + 1] * 65536
    } else
      for (let i = 0; i < data.length; i++) {
        const [low, high] = content[i] as readonly number[] // a pair of limbs
        data[i] = low + high * 65536
      }
    return data
  }

  const readNow = (given: Memory, layout: Layout): HostData => {
    const { content } = given as KernelMemory // every memory is made here
    const data = allocateHost(layout.dtype, layout.size)
    if (isWord(layout.dtype)) return readWords(content, data)
    const floats = isTexture(content) ? content.toArray() : (content as Float32Array) // no words
    data.set(floats.subarray(0, data.length))
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
      const sources = renderSources(
        pass,
        { buffers, hasIntegers: o.hasIntegers },
        (b) => table[b] !== null
      )
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
          const result = hold(launch(k.kernel, args), k.size, elementOf(buffers[k.output]))
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
      packs: false,
      supports: supportsSource,
      isHostOnly
    },
    writesInPlace: false,
    isAsynchronous: false,
    generation: () => generation,
    isLost: () => o.isLost(gpu),
    restore,
    prepare,
    allocate: (layout) => write(layout, allocateHost(layout.dtype, 0)),
    packs: null,
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
