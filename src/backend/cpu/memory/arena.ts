/**
 * One growing WebAssembly memory, handed out in blocks of 64-byte alignment.
 *
 * Freed blocks join their free neighbours and are used again; the memory grows when nothing fits,
 * up to a bound.
 */
import { MemoryError } from '../../../core/errors.ts'
import { showBytes } from '../../../core/show-bytes.ts'
import { createFreeBlocks } from './free-blocks.ts'
import { wasm, type WasmMemory } from '../wasm/runtime.ts'

export interface ArenaOptions {
  readonly shared: boolean
  /** At most 4 GiB, the reach of a 32-bit address. */
  readonly maximumBytes: number
  /** A lower bound on growth, which may change. */
  readonly limit?: () => number
}

export interface ArenaStatistics {
  readonly bytes: number // of the memory
  readonly used: number // handed out
  readonly largestFree: number
  /** Blocks that are free: many small ones are memory that nothing fits in. */
  readonly freeBlocks: number
}

export interface Arena {
  readonly memory: WasmMemory
  /** The memory's buffer, until it grows; asking the memory itself takes longer. */
  readonly buffer: () => ArrayBufferLike
  readonly options: ArenaOptions
  /** Address of a block of at least `bytes`. Errors: MemoryError when the bound is reached. */
  readonly allocate: (bytes: number) => number
  readonly free: (address: number) => void
  readonly statistics: () => ArenaStatistics
}

const page = 65536
const alignment = 64

/** Bytes to the next multiple of 64. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

const pagesOf = ({ maximumBytes }: ArenaOptions): number =>
  Math.min(65536, Math.floor(maximumBytes / page))

/**
 * A memory as asked for. A shared one reserves all its addresses at once, so where those are few it
 * gets a quarter; and where nothing can be shared the memory is not.
 */
const createMemory = (
  asked: ArenaOptions
): { readonly memory: WasmMemory; readonly options: ArenaOptions } => {
  const { maximumBytes } = asked
  const attempts: readonly ArenaOptions[] = [
    ...(asked.shared && typeof SharedArrayBuffer !== 'undefined'
      ? [asked, { shared: true, maximumBytes: Math.min(maximumBytes, 2 ** 30) }]
      : []),
    { shared: false, maximumBytes }
  ]
  for (const options of attempts) {
    const { shared } = options
    try {
      const memory = new wasm.Memory({ initial: 2, maximum: pagesOf(options), shared })
      return { memory, options }
    } catch (error) {
      if (!shared) throw error
    }
  }
  throw new RangeError('no memory') // the last attempt returned or threw
}

export const createArena = (asked: ArenaOptions): Arena => {
  const { memory, options } = createMemory(asked)
  const maximumPages = pagesOf(options)
  // The first page stays unused: addresses of guarded loads may point a little before a buffer.
  const free = createFreeBlocks()
  free.release(page, page)
  const used = new Map<number, number>()
  let inUse = 0
  let { buffer } = memory

  const outOfMemory = (bytes: number, most: number, reason: string): MemoryError =>
    new MemoryError(
      'cpu memory',
      {
        problem: 'the memory cannot hold what the program needs',
        got: `a request of ${showBytes(bytes)} beside ${showBytes(inUse)} in use`,
        expected: `at most ${showBytes(most)} in all${reason}`,
        hint: 'use smaller batches, donate arguments that are not needed again, or wrap the body in checkpoint'
      },
      { asked: bytes, available: Math.max(0, most - inUse), largest: [] }
    )

  const grow = (bytes: number): void => {
    const size = memory.buffer.byteLength
    const needed = Math.ceil((bytes - free.endingAt(size)) / page)
    const current = size / page
    const limit = asked.limit?.() ?? Infinity
    const mostPages = Math.max(current, Math.min(maximumPages, Math.floor(limit / page)))
    // Growing in larger steps keeps the number of detached buffers small.
    const wanted = Math.min(Math.max(needed, Math.ceil(current / 4)), mostPages - current)
    if (wanted < needed)
      throw outOfMemory(
        bytes,
        mostPages * page,
        limit < maximumPages * page ? ', as configured' : ''
      )
    try {
      memory.grow(wanted)
    } catch {
      throw outOfMemory(bytes, size, ', since the system gives no more')
    }
    buffer = memory.buffer
    free.release(size, wanted * page)
  }

  const take = (size: number): number | null => {
    const start = free.take(size)
    if (start === null) return null
    used.set(start, size)
    inUse += size
    return start
  }

  return {
    memory,
    buffer: () => buffer,
    options,
    allocate: (bytes) => {
      const size = Math.max(alignment, aligned(bytes))
      const address = take(size)
      if (address !== null) return address
      grow(size)
      return take(size) as number // the memory has just grown by what was missing
    },
    free: (address) => {
      const size = used.get(address)
      if (size === undefined) return
      used.delete(address)
      inUse -= size
      free.release(address, size)
    },
    statistics: () => ({
      bytes: memory.buffer.byteLength,
      used: inUse,
      largestFree: free.largest(),
      freeBlocks: free.count()
    })
  }
}
