/** What `explain` says of memory and threads. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { explain } from '../../src/control/explain.ts'
import { jit } from '../../src/control/jit.ts'
import { config } from '../../src/core/config.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import type { NdArray } from '../../src/core/array.ts'
import { messageOf } from '../primitives/arrays.ts'

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

  test('shows what is stored, and what several kernels compute again', () => {
    config({ threads: 1 })
    const f = (x: NdArray, w: NdArray): readonly NdArray[] => {
      const cheap = x.mul(2).add(1)
      const costly = np.exp(cheap)
      return [np.sum(cheap, { axis: 0 }), costly.sub(cheap), np.matmul(costly, w)]
    }
    const report = explain(f)(np.ones([64, 2048]), np.ones([2048, 8]))
    expect(report.decisions).toMatchInlineSnapshot(`
      [
        {
          "bytes": 524288,
          "choice": "recomputed",
          "flops": 524288,
          "kernels": [
            0,
            1,
            3,
          ],
          "reason": "cheap to compute again",
          "uses": 3,
          "value": "f:f32[64,2048] = add",
        },
        {
          "bytes": 524288,
          "choice": "stored",
          "flops": 393216,
          "kernels": [],
          "reason": "a product reads it",
          "uses": 2,
          "value": "g:f32[64,2048] = exp",
        },
      ]
    `)
    const lines = String(report).split('\n')
    const from = lines.findIndex((line) => line.includes(' kernels, '))
    expect(lines.slice(from, lines.indexOf('', from)).join('\n')).toMatchInlineSnapshot(`
      "4 kernels, 3.28 MFLOP, 3.75 MB moved
         0 nest            393 kFLOP    1.05 MB  wasm, 4 tiles, recomputes f
         1 nest            393 kFLOP     532 kB  wasm, whole: too little work to share, recomputes f
         2 contraction     2.1 MFLOP     592 kB  wasm, 4 tiles
         3 nest            393 kFLOP    1.57 MB  wasm, 4 tiles, recomputes f
        f:f32[64,2048] = add  recomputed by kernels 0, 1, 3: 524 kB saved, 524 kFLOP more: cheap to compute again
        g:f32[64,2048] = exp  stored 524 kB written, 393 kFLOP saved: a product reads it"
    `)
    expect(report.kernels.map((k) => k.recomputes.length > 0)).toEqual(
      report.kernels.map((k) => k.kind === 'nest')
    )
  })

  test('computes what one kernel uses several times once, and says nothing of it', () => {
    const { decisions } = explain((x: NdArray) => {
      const y = x.mul(2)
      return y.mul(y).add(y)
    })(np.ones([100]))
    expect(decisions).toEqual([])
  })

  test('names what each kernel was made for, and how long each step took', () => {
    const report = explain((x: NdArray) => np.linalg.qr(x.add(1))[0])(np.ones([4, 4]))
    expect(report.kernels.map((k) => [k.backend, k.profile === report.profile])).toEqual([
      ['wasm', true],
      ['host', false]
    ])
    expect(report.kernels.map((k) => k.profile)).toContain('JavaScript')
    const times = [report.traceMilliseconds, report.lowerMilliseconds, report.compileMilliseconds]
    expect(times.every((t) => t > 0)).toBe(true)
    expect(String(report)).toMatch(/traced in [\d.]+ ms, lowered in [\d.]+, compiled in [\d.]+/)
  })

  test('says on one thread that it is one', () => {
    config({ threads: 1 })
    const report = explain((x: NdArray) => np.add(x, 1))(np.ones([10]))
    expect(report.threads.wanted).toBe(1)
    expect(String(report).split('\n')).toContain('threads: 1')
  })

  test('measures kernels where it is asked to, those of loops as often as they run', () => {
    config({ threads: 1 })
    const f = (x: NdArray, w: NdArray): NdArray => {
      const [last] = lax.scan(
        (c: NdArray, y: NdArray) => [np.tanh(np.matmul(c, w)).add(y), []],
        x,
        np.ones([20, 64])
      )
      return np.sum(np.exp(last), { axis: 0 })
    }
    const args = [np.ones([64]), np.eye(64)] as const
    const { kernels, callMilliseconds, toString } = explain(f, { runs: 3 })(...args)
    const [loop, ...rest] = kernels.filter((k) => k.kind === 'loop' || k.times !== 1)
    expect(loop.kind).toBe('loop')
    expect(rest.length).toBeGreaterThan(0)
    expect(rest.map((k) => k.times)).toEqual(rest.map(() => 20))
    const body = rest.reduce((sum, k) => sum + (k.milliseconds ?? 0), 0)
    expect(loop.milliseconds).toBeCloseTo(body, 9)
    const all = kernels
      .filter((k) => k.times === 1)
      .reduce((sum, k) => sum + (k.milliseconds ?? 0), 0)
    expect(all).toBeGreaterThan(0)
    // A call is its kernels and what surrounds them; medians of the parts need not add up to it.
    expect(callMilliseconds).toBeGreaterThan(all / 2)
    expect(toString()).toMatch(/ ms \(20 times\) /)
    expect(toString()).toMatch(/a call takes \d+\.\d{3} ms, by the median of 3/)
    expect(explain(f)(...args).kernels.every((k) => k.milliseconds === null)).toBe(true)
  })

  test('measures with threads and host routines, and gives no argument away', () => {
    config({ threads: 2 })
    const x = np.ones([1_000_000])
    const f = jit((v: NdArray) => np.sort(np.tanh(v)).add(1), { donateArgnums: 0 })
    const { kernels } = explain(f, { runs: 2 })(x)
    expect(kernels.map((k) => [k.kind, k.times])).toEqual([
      ['nest', 1],
      ['sort', 1],
      ['nest', 1]
    ])
    expect(x.at(0).get().item()).toBe(1)
  })

  test('says when the number of runs is none', () => {
    expect(messageOf(() => explain((x: NdArray) => x, { runs: 1.5 })(np.ones([2]))))
      .toMatchInlineSnapshot(`
      "explain: the number of runs is no whole number
        got:      { runs: 1.5 }
        expected: 0, 1, 2 …
        hint:     leave it out to measure nothing"
    `)
  })
})
