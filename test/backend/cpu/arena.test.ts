/** The memory that programs share: blocks that do not overlap, and none that is lost. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createArena } from '../../../src/backend/cpu/memory/arena.ts'
import { createFreeBlocks } from '../../../src/backend/cpu/memory/free-blocks.ts'

/** Takes and gives back as told; the blocks that are out in the end. */
const play = (steps: readonly (readonly [bytes: number, back: number])[]) => {
  const arena = createArena({ shared: false, maximumBytes: 2 ** 26 })
  const out: { start: number; size: number }[] = []
  for (const [bytes, back] of steps) {
    out.push({ start: arena.allocate(bytes), size: bytes })
    for (let i = 0; i < back && out.length > 0; i++) {
      const [block] = out.splice((bytes * 7919 + i) % out.length, 1)
      arena.free(block.start)
    }
  }
  return { arena, out }
}

const steps = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 200_000 })),
    fc.nat(2)
  ),
  { maxLength: 60 }
)

describe('blocks of an arena', () => {
  test('begin at multiples of 64, lie in the memory and do not overlap', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { arena, out } = play(all)
        const sorted = [...out].sort((a, b) => a.start - b.start)
        sorted.forEach(({ start, size }, i) => {
          expect(start % 64).toBe(0)
          const end = sorted[i + 1]?.start ?? arena.memory.buffer.byteLength
          expect(start + size).toBeLessThanOrEqual(end)
        })
      }),
      { seed: 7, numRuns: 200 }
    )
  })

  test('are one again when all of them have been given back', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { arena, out } = play(all)
        out.forEach(({ start }) => arena.free(start))
        const { bytes, used, largestFree, freeBlocks } = arena.statistics()
        expect([used, freeBlocks, largestFree]).toEqual([0, 1, bytes - 65536])
      }),
      { seed: 8, numRuns: 200 }
    )
  })

  test('are found wherever one is large enough, so that the memory does not grow for them', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 200_000 }), (all, bytes) => {
        const { arena } = play(all)
        const before = arena.statistics()
        arena.allocate(bytes)
        const grew = arena.statistics().bytes > before.bytes
        expect(grew).toBe(before.largestFree < Math.ceil(bytes / 64) * 64)
      }),
      { seed: 9, numRuns: 200 }
    )
  })
})

describe('free blocks', () => {
  test('of 50,000 places that do not touch are found without a search', () => {
    const free = createFreeBlocks()
    const n = 50_000
    for (let i = 0; i < n; i++) free.release(4096 * i, 64 * (1 + (i % 60)))
    expect(free.count()).toBe(n)
    // Linear searches would take 25 billion steps; what is asked for here comes at once.
    let taken = 0
    for (let i = 0; i < n; i++) if (free.take(64 * (1 + (i % 60))) !== null) taken++
    expect(taken).toBeGreaterThan(0.9 * n)
  }, 5000)

  test('of four gigabytes have bins', () => {
    const free = createFreeBlocks()
    free.release(65536, 2 ** 32 - 65536)
    expect(free.take(2 ** 31)).toBe(65536)
    expect(free.take(2 ** 31)).toBe(null)
    expect(free.largest()).toBe(2 ** 31 - 65536)
    expect([2 ** 32, 2 ** 42].map(free.take)).toEqual([null, null])
  })
})
