/**
 * Buffers of a WebGPU device, kept for the next array of about their size.
 *
 * What a buffer is for decides which of the kept ones it may be, and the one made first is taken
 * first: calls of a program then meet the same buffers again, and with them their bind groups.
 */
import { DeviceError } from '../../core/errors.ts'
import { sizeClass } from '../cpu/memory/size-class.ts'
import type { GpuBuffer, GpuDevice } from './gpu-types.ts'
import type { Memory, MemoryUse } from './machine.ts'

export interface DeviceMemory extends Memory {
  readonly buffer: GpuBuffer
  /** Where it begins in the buffer, in bytes. */
  readonly offset: number
  /** The memory that it is a part of. */
  readonly block: DeviceMemory | null
  /** Tells buffers apart in the keys of bind groups; lower ones were made earlier. */
  readonly id: number
  readonly use: MemoryUse
  /** The submission whose commands use it last. */
  lastSubmission: number
}

export interface DevicePool {
  /** A buffer of at least so many bytes; one that submission `avoid` uses is left alone. */
  readonly take: (bytes: number, use: MemoryUse, avoid?: number) => DeviceMemory
  /** A number for memory that is a part of another. */
  readonly nextId: () => number
  /** Keeps the buffer, or says that there are enough and it has to be destroyed. */
  readonly give: (memory: DeviceMemory) => 'kept' | 'surplus'
  readonly statistics: () => {
    readonly live: number
    readonly pooled: number
    readonly allocations: number
  }
}

const usage = { storage: 0x80, copySource: 4, copyTarget: 8 }
/** Bytes kept whatever was in use; and more than was in use at once, as sizes differ. */
const leastPool = 2 ** 28
const spare = 1.5
/** Below this a class is one size, so that scalars and short vectors do not change places. */
const exact = 64

/** Numbers of no submission: of a buffer that none has used, and of the one to avoid. */
const unused = -1
const nowhere = -2

const tooLarge = (bytes: number, limit: number): DeviceError =>
  new DeviceError('webgpu memory', {
    problem: 'an array is larger than a buffer of this device can be',
    got: `${bytes} bytes`,
    expected: `at most ${limit} bytes`,
    hint: 'split the array along its leading axis, or run this part on the CPU'
  })

/** More than the setting allows; the same words for every machine. */
export const tooMuch = (device: string, bytes: number, live: number, limit: number): DeviceError =>
  new DeviceError(`${device} memory`, {
    problem: 'more device memory is in use than maxInFlightBytes allows',
    got: `${live} bytes in use, ${bytes} more wanted`,
    expected: `at most ${limit} bytes`,
    hint: 'donate what a step replaces (jit with donateArgnums), and await a value every few steps so that unused arrays are collected; or raise config({ maxInFlightBytes })'
  })

/** Said of arrays on a device that is gone. */
export const lost = (device: string): DeviceError =>
  new DeviceError(`${device} memory`, {
    problem: 'the device was lost, and the array with it',
    got: 'an array of a device that is gone',
    expected: 'an array made since',
    hint: 'start again from host values: the next call gets a new device'
  })

/** Puts it back where its number belongs; the list is short, and mostly it goes near the end. */
const insert = (list: DeviceMemory[], memory: DeviceMemory): void => {
  let at = list.length
  // The earliest is last, where taking it costs nothing.
  while (at > 0 && list[at - 1].id < memory.id) at--
  list.splice(at, 0, memory)
}

export const createDevicePool = (device: GpuDevice, maxBytes: () => number): DevicePool => {
  const { maxStorageBufferBindingSize: limit } = device.limits
  const lists: Record<MemoryUse, Map<number, DeviceMemory[]>> = {
    result: new Map(),
    temporary: new Map(),
    upload: new Map()
  }
  let [live, most, pooled, allocations, nextId] = [0, 0, 0, 0, 0]

  return {
    take: (wanted, use, avoid = nowhere) => {
      if (wanted > limit) throw tooLarge(wanted, limit)
      const bytes = wanted <= exact ? wanted : Math.min(sizeClass(wanted), limit)
      if (live + bytes > maxBytes()) throw tooMuch('webgpu', bytes, live, maxBytes())
      live += bytes
      most = Math.max(most, live)
      const list = lists[use].get(bytes)
      const at = list?.findLastIndex((m) => m.lastSubmission !== avoid) ?? -1
      if (list !== undefined && at >= 0) {
        pooled -= bytes
        return list.splice(at, 1)[0]
      }
      allocations++
      const buffer = device.createBuffer({
        size: bytes,
        usage: usage.storage | usage.copySource | usage.copyTarget
      })
      return { bytes, buffer, offset: 0, block: null, id: nextId++, use, lastSubmission: unused }
    },

    give: (memory) => {
      const { bytes, use } = memory
      live -= bytes
      if (live + pooled + bytes > Math.max(leastPool, spare * most)) return 'surplus'
      pooled += bytes
      const list = lists[use].get(bytes)
      if (list === undefined) lists[use].set(bytes, [memory])
      else insert(list, memory)
      return 'kept'
    },

    nextId: () => nextId++,

    statistics: () => ({ live, pooled, allocations })
  }
}
