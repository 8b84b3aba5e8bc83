/** What `explain` says of memory and threads. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { explain } from '../../src/control/jit.ts'
import { config } from '../../src/core/config.ts'
import * as np from '../../src/numpy/index.ts'
import type { NdArray } from '../../src/core/array.ts'

const before = config()
afterEach(() => {
  config(before)
})

const step = (x: NdArray, w: NdArray): NdArray => np.sum(np.tanh(np.matmul(np.add(x, 1), w)))

describe('explain', () => {
  test('shows every buffer with its place and its life', () => {
    const { buffers, peakBytes } = explain(step)(np.ones([64, 32]), np.ones([32, 16]))
    // Large arrays stay where they are between calls; small ones are copied to the call's block.
    expect(buffers.slice(0, 2).map((b) => [b.role, b.bytes, b.offset === null])).toEqual([
      ['input', 8192, true],
      ['input', 2048, false]
    ])
    expect(buffers.every((b) => b.first < b.last)).toBe(true)
    expect(String(explain(step)(np.ones([64, 32]), np.ones([32, 16])))).toMatch(
      /b0 +8.19 kB {2}kernels 0–1 +stays between calls/
    )
    expect(peakBytes).toBeGreaterThanOrEqual(Math.max(...buffers.map((b) => b.bytes)))
  })

  test('shows which kernels threads share, and why others stay whole', () => {
    config({ threads: 2 })
    const large = explain((x: NdArray) => np.tanh(x))(np.ones([1_000_000]))
    expect(large.kernels.map((k) => [k.tiles > 1, k.whole])).toEqual([[true, null]])
    const small = explain((x: NdArray) => np.tanh(x))(np.ones([1000]))
    expect(small.kernels.map((k) => [k.tiles, k.whole])).toEqual([[1, 'too little work to share']])
    const running = explain((x: NdArray) => np.cumsum(x))(np.ones([1_000_000]))
    expect(running.kernels.map((k) => k.whole)).toEqual(['cannot be cut'])
    expect(String(large)).toMatch(/wasm, \d+ tiles/)
    expect(String(small)).toMatch(/wasm, whole: too little work to share/)
    expect(String(small)).toMatch(/threads: 2/)
  })

  test('says on one thread that it is one', () => {
    config({ threads: 1 })
    const report = explain((x: NdArray) => np.add(x, 1))(np.ones([10]))
    expect(report.threads.wanted).toBe(1)
    expect(String(report).split('\n')).toContain('threads: 1')
  })
})
