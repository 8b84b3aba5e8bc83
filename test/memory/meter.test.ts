import { describe, expect, test } from 'vitest'
import { config } from '../../src/core/config.ts'
import { growing, growth, sample, type Sample } from './meter.ts'
import { programs } from './programs.ts'
import { run } from './run.ts'

const still: Sample = {
  heap: 1e7,
  buffers: 0,
  rss: 1e8,
  memory: 2 ** 24,
  arrays: 0,
  used: 0,
  modules: 3,
  programs: 3
}
const series = (heapAt: (i: number) => number): readonly Sample[] =>
  Array.from({ length: 40 }, (_, i) => ({ ...still, heap: heapAt(i) }))

describe('growth', () => {
  test('is what the line through the second half rises by', () => {
    expect(
      growth(
        series((i) => 100 * i),
        'heap'
      )
    ).toBeCloseTo(1900)
    // Filling up at first is no growth, and neither is going up and down.
    expect(
      growth(
        series((i) => 100 * Math.min(i, 20)),
        'heap'
      )
    ).toBe(0)
    expect(
      Math.abs(
        growth(
          series((i) => 1000 * (i % 2)),
          'heap'
        )
      )
    ).toBeLessThan(200)
  })

  test('names what grows by more than noise', () => {
    expect(growing(series(() => 1e7))).toEqual([])
    expect(growing(series((i) => 1e7 + 1e5 * i))).toEqual(['heap'])
  })
})

describe('sample', () => {
  test('sees what is held, and that it is gone', () => {
    const before = sample().buffers
    let held: Float64Array | null = new Float64Array(2 ** 20)
    expect(sample().buffers - before).toBeGreaterThan(8e6)
    expect(held[0]).toBe(0)
    held = null
    expect(sample().buffers - before).toBeLessThan(1e6)
  })
})

describe('a long program', () => {
  const before = config()

  test.each(Object.keys(programs))('begins well, and is sampled: %s', async (name) => {
    try {
      expect((await run(programs[name], 20, 2)).length).toBe(2)
    } finally {
      config(before)
    }
  })
})
