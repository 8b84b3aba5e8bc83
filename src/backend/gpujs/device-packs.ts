/**
 * Arrays side by side in one buffer of a WebGPU device. Each is memory of its own to everybody else:
 * it is bound, read and freed alone. The buffer goes back to the pool with the last of them, and
 * keeps the memories of its parts, so that bind groups over them are met again.
 */
import type { Memory, MemoryUse, Packs, Span } from './machine.ts'
import type { DeviceMemory, DevicePool } from './memory.ts'

export interface DevicePacks extends Packs {
  /** The memory to give back now that the part is free, or null while others are in use. */
  readonly freed: (part: DeviceMemory, block: DeviceMemory) => DeviceMemory | null
}

/** What is known of a buffer that was parted. */
interface Parted {
  readonly parts: Map<string, DeviceMemory>
  used: number
}

export interface DevicePacksOptions {
  readonly pool: DevicePool
  /** Copies words of a memory, in order with the passes. */
  readonly copy: (from: DeviceMemory, to: DeviceMemory, span: Span) => void
}

export const createDevicePacks = ({ pool, copy }: DevicePacksOptions): DevicePacks => {
  const known = new WeakMap<DeviceMemory, Parted>()

  const partOf = (block: DeviceMemory, parts: Parted['parts'], span: Span): DeviceMemory => {
    const key = `${span.offset}:${span.words}`
    const found = parts.get(key)
    if (found !== undefined) return found
    const { buffer, use, lastSubmission } = block
    const part: DeviceMemory = {
      bytes: span.words * 4,
      buffer,
      offset: span.offset * 4,
      block,
      id: pool.nextId(),
      use,
      lastSubmission
    }
    parts.set(key, part)
    return part
  }

  const lies = (memory: Memory, { offset, words }: Span, block: DeviceMemory): boolean => {
    const part = memory as DeviceMemory // every memory is made here or by the pool
    return part.block === block && part.offset === offset * 4 && part.bytes === words * 4
  }

  return {
    allocate: (spans, words, use: MemoryUse) => {
      const block = pool.take(words * 4, use)
      const parted = known.get(block) ?? { parts: new Map<string, DeviceMemory>(), used: 0 }
      known.set(block, parted)
      parted.used = spans.length
      return spans.map((span) => partOf(block, parted.parts, span))
    },

    whole: (parts, spans) => {
      const { block } = parts[0] as DeviceMemory // as above
      return block !== null && parts.every((p, i) => lies(p, spans[i], block)) ? block : null
    },

    gather: (parts, spans, words) => {
      const whole = pool.take(words * 4, 'temporary')
      parts.forEach((p, i) => copy(p as DeviceMemory, whole, spans[i])) // as above
      return whole
    },

    freed: (part, block) => {
      block.lastSubmission = Math.max(block.lastSubmission, part.lastSubmission)
      const parted = known.get(block)
      return parted !== undefined && --parted.used > 0 ? null : block
    }
  }
}
