import { expect, test } from 'vitest'
import { createArena } from '../../../src/backend/cpu/memory/arena.ts'
import { createScratch } from '../../../src/backend/cpu/memory/scratch.ts'

test('scratch memory is one block, for one call at a time, if it is large enough', () => {
  const arena = createArena({ shared: false, maximumBytes: 2 ** 24 })
  const scratch = createScratch(arena)
  const block = scratch.take(1000)
  expect(block).toBeGreaterThan(0)
  expect(scratch.take(10)).toBe(0) // a call inside of the call
  const other = arena.allocate(10)
  expect(scratch.give(other)).toBe(false)
  expect(scratch.take(10)).toBe(0)
  expect(scratch.give(block)).toBe(true)
  expect(scratch.take(10)).toBe(block)
  scratch.give(block)
  expect(scratch.take(2 ** 20)).toBe(0)
  expect(scratch.take(10)).toBe(block)
})
