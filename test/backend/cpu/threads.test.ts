/** Kernels on several threads: the same bits as on one, and no call that waits for ever. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { control as at } from '../../../src/backend/cpu/threads/thread-control.ts'
import { createArena } from '../../../src/backend/cpu/memory/arena.ts'
import { createWorkers, type WorkersOptions } from '../../../src/backend/cpu/threads/workers.ts'
import { cpuBackend } from '../../../src/compile/backends.ts'
import { jit } from '../../../src/control/jit.ts'
import { pureCallback } from '../../../src/control/callbacks.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import type { DType, HostData } from '../../../src/core/dtype.ts'
import { DeviceError } from '../../../src/core/errors.ts'
import { createProgramBuilder } from '../../../src/kernel/build.ts'
import { binary } from '../../../src/kernel/make.ts'
import { map } from '../../../src/kernel/views.ts'
import * as lax from '../../../src/lax/index.ts'
import * as np from '../../../src/numpy/index.ts'
import { grad } from '../../../src/transforms/vjp.ts'
import { message } from '../../core/message.ts'

const before = config()

beforeAll(() => {
  config({ threads: 2, threadThreshold: 0 })
  expect(cpuBackend().workers.start(10_000)).toBe(true)
})

afterAll(() => {
  cpuBackend().workers.terminate()
  config(before)
})

/** Values without pattern, the same in every run. */
const noise = (shape: readonly number[], seed = 1, dtype: DType = 'float32'): NdArray => {
  const n = shape.reduce((a, b) => a * b, 1)
  const data = dtype === 'float64' ? new Float64Array(n) : new Float32Array(n)
  let state = seed
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    data[i] = state / 2 ** 30
  }
  return fromHost(makeAval(shape, dtype), data)
}

type Call = (...args: readonly NdArray[]) => NdArray | readonly NdArray[]

const softmax = (x: NdArray): NdArray => {
  const e = np.exp(np.subtract(x, np.max(x, { axis: -1, keepdims: true })))
  return np.divide(e, np.sum(e, { axis: -1, keepdims: true }))
}

/** Thirty operations, each of which waits for the one before. */
const chain = (x: NdArray): NdArray => {
  let y = x
  for (let i = 1; i <= 15; i++) y = np.add(np.multiply(y, 0.9), i / 8)
  return y
}

const conv = (x: NdArray, w: NdArray): NdArray =>
  lax.convGeneralDilated(x, w, {
    windowStrides: [1, 1],
    padding: 'same',
    dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
  })

const programs: readonly (readonly [string, Call, readonly NdArray[]])[] = [
  ['a map', (x) => np.tanh(np.add(np.multiply(x, 2), 1)), [noise([1037])]],
  ['functions in the place of their operand', (x) => np.sort(np.tanh(np.sort(x))), [noise([1100])]],
  ['long chains in the place of their operand', (x) => np.sort(chain(np.sort(x))), [noise([1100])]],
  ['a map over rows and columns', (x, y) => np.add(x, y), [noise([37, 61]), noise([61])]],
  ['a map of float64', (x) => np.exp(x), [noise([999], 1, 'float64')]],
  ['a transpose', (x) => np.add(np.transpose(x), 1), [noise([67, 131])]],
  ['a padded window', (x) => np.pad(x, 3), [noise([33, 35])]],
  ['a sum over rows', (x) => np.sum(x, { axis: 1 }), [noise([129, 77])]],
  ['a sum over columns', (x) => np.sum(x, { axis: 0 }), [noise([77, 129])]],
  ['a sum of all', (x) => np.sum(x), [noise([70_001])]],
  ['a mean of few long rows', (x) => np.mean(x, { axis: 1 }), [noise([2, 50_021])]],
  ['an argmax', (x) => np.argmax(x), [noise([70_001])]],
  ['a cumulative sum', (x) => np.cumsum(x, { axis: 1 }), [noise([31, 45])]],
  ['a softmax', softmax, [noise([65, 130])]],
  ['a softmax in the place of its operand', (x) => softmax(np.add(x, 1)), [noise([33, 257])]],
  ['a product', (x, y) => np.matmul(x, y), [noise([130, 70]), noise([70, 90], 2)]],
  ['a product with long rows', (x, y) => np.matmul(x, y), [noise([3, 300]), noise([300, 517], 2)]],
  ['a batch of products', (x, y) => np.matmul(x, y), [noise([6, 33, 17]), noise([6, 17, 29], 2)]],
  [
    'a product with an epilogue',
    (x, y, b) => np.maximum(np.add(np.matmul(x, y), b), 0),
    [noise([97, 64]), noise([64, 80], 2), noise([80], 3)]
  ],
  [
    'a product of integers',
    (x, y) => np.matmul(x.astype('int32'), y.astype('int32')),
    [noise([19, 23]), noise([23, 31], 2)]
  ],
  ['a convolution', conv, [noise([5, 12, 12, 3]), noise([3, 3, 3, 8], 2)]],
  ['a convolution of one image', conv, [noise([1, 33, 33, 3]), noise([3, 3, 3, 8], 2)]],
  ['a convolution of many features', conv, [noise([1, 4, 4, 9]), noise([3, 3, 9, 200], 2)]],
  [
    'a convolution in groups with an epilogue',
    (x, w, b) =>
      np.maximum(
        lax
          .convGeneralDilated(x, w, {
            windowStrides: [2, 1],
            padding: 'valid',
            dimensionNumbers: ['NCHW', 'OIHW', 'NCHW'],
            featureGroupCount: 2
          })
          .add(b),
        0
      ),
    [noise([3, 8, 31, 31]), noise([10, 4, 3, 3], 2), noise([10, 1, 1], 3)]
  ],
  [
    'the gradients of a convolution',
    (x, w) => grad((p: readonly NdArray[]) => np.sum(np.sin(conv(p[0], p[1]))), {})([x, w]),
    [noise([9, 18, 18, 8]), noise([3, 3, 8, 10], 2)]
  ],
  [
    'the gradients of a network',
    (x, w, v) =>
      grad(
        (p: readonly NdArray[]) =>
          np.sum(np.square(softmax(np.matmul(np.tanh(conv(x, p[0])).reshape([5, -1]), p[1])))),
        {}
      )([w, v]),
    [noise([5, 12, 12, 3]), noise([3, 3, 3, 8], 2), noise([12 * 12 * 8, 10], 3)]
  ],
  [
    'a scan',
    (x, w) =>
      lax.scan(
        (c: NdArray, r: NdArray) => {
          const next = np.tanh(np.matmul(np.add(c, r), w))
          return [next, next] as const
        },
        np.zeros([40, 32]),
        x
      )[1],
    [noise([7, 40, 32]), noise([32, 32], 2)]
  ],
  [
    'a gather',
    (x) => np.take(x, np.array([4, 1, 3, 3, 0], { dtype: 'int32' }), { axis: 0 }),
    [noise([5, 300])]
  ]
]

const bitsOf = (result: NdArray | readonly NdArray[]): readonly Uint8Array[] =>
  ('dtype' in result ? [result] : result).map((x) => {
    const data = hostOf(x)
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
  })

/** Bits of the result with so many threads, and the kernels that were shared. */
const withThreads = (threads: number, f: Call, args: readonly NdArray[]) => {
  config({ threads })
  const { workers } = cpuBackend()
  const start = workers.statistics().kernels
  const bits = bitsOf(jit((...xs: readonly NdArray[]) => f(...xs))(...args))
  return { bits, split: workers.statistics().kernels - start }
}

describe('two threads', () => {
  test.each(programs)('compute the bits that one does: %s', (_name, f, args) => {
    const one = withThreads(1, f, args)
    const two = withThreads(2, f, args)
    expect(one.split).toBe(0)
    expect(two.bits).toEqual(one.bits)
  })

  test('share kernels, and workers compute tiles of them', () => {
    config({ threads: 2 })
    const start = cpuBackend().workers.statistics()
    const step = jit((x: NdArray) => np.tanh(np.add(x, 1)))
    const x = noise([300_000])
    for (let i = 0; i < 20; i++) step(x)
    const end = cpuBackend().workers.statistics()
    expect(end.kernels - start.kernels).toBe(20)
    expect(end.tiles).toBeGreaterThan(start.tiles)
  })

  test('go on when the memory grows', () => {
    config({ threads: 2 })
    const step = jit((x: NdArray) => np.add(x, 1))
    const start = cpuBackend().arena.statistics().bytes
    for (const n of [10, 20, 40].map((m) => m * 2 ** 20)) {
      const y = hostOf(step(np.ones([n])))
      expect([y[0], y[n >> 1], y[n - 1]]).toEqual([2, 2, 2])
    }
    expect(cpuBackend().arena.statistics().bytes).toBeGreaterThan(start)
  })

  test('serve programs that callbacks of other programs run', () => {
    config({ threads: 2 })
    const inner = jit((x: NdArray) => np.multiply(x, 3))
    const outer = jit((x: NdArray) => {
      const y = pureCallback(
        (v: NdArray) => inner(v),
        { shape: [5000], dtype: 'float32' },
        np.add(x, 1)
      )
      return np.add(y, 1)
    })
    const x = noise([5000])
    const expected = hostOf(x).map((v) => Math.fround(Math.fround(Math.fround(v + 1) * 3) + 1))
    expect(hostOf(outer(x))).toEqual(expected)
  })
})

/** A backend of its own with two threads, a program for it, and 5 + 5 in every element. */
const doubling = (workers: WorkersOptions, n = 100_000) => {
  const cpu = createCpuBackend({ leastSplit: 0, workers })
  cpu.workers.setThreads(2)
  const b = createProgramBuilder()
  const x = b.input({ shape: [n], dtype: 'float32' })
  const program = cpu.compile(b.finish([map([x], (e) => binary('add', e, e))]))
  const run = (): HostData => program.run([new Float32Array(n).fill(5)])[0]
  return { cpu, run }
}

/** A worker that takes part as ours do, but for what it does with a tile. */
const faulty = (withTile: string): string => `
const { workerData: { memory, thread } } = require('node:worker_threads')
const words = new Int32Array(memory.buffer, 0, 1024)
const claims = new BigInt64Array(memory.buffer, 0, 512)
Atomics.or(words, ${at.ready >> 2}, 1 << thread)
Atomics.notify(words, ${at.ready >> 2})
for (;;) {
  if (Atomics.load(words, ${at.request >> 2}) !== 0) {
    Atomics.or(words, ${at.compiled >> 2}, 1 << thread)
    Atomics.notify(words, ${at.compiled >> 2})
  }
  const claim = Atomics.load(claims, ${at.claim >> 3})
  if (Number(claim & 0xffffffffn) === 0) continue
  if (Atomics.compareExchange(claims, ${at.claim >> 3}, claim, claim - 1n) !== claim) continue
  ${withTile}
}`

describe('a worker that', () => {
  test('takes a tile and does not finish it ends the call with an error, and one thread goes on', () => {
    const { cpu, run } = doubling({
      source: faulty('for (;;) Atomics.wait(words, 1023, 0)'),
      patience: 200
    })
    expect(cpu.workers.start(10_000)).toBe(true)
    const attempt = (): void => {
      for (let i = 0; i < 1000; i++) run()
    }
    expect(attempt).toThrow(DeviceError)
    expect(run()[99_999]).toBe(10)
    expect(cpu.workers.statistics()).toMatchObject({
      ready: 0,
      problem: 'a worker stopped answering'
    })
  })

  test('fails in a tile ends the call with an error, and one thread goes on', () => {
    const fail = `Atomics.store(words, ${at.failed >> 2}, 1); Atomics.add(words, ${at.done >> 2}, 1); Atomics.notify(words, ${at.done >> 2})`
    const { cpu, run } = doubling({ source: faulty(fail) })
    expect(cpu.workers.start(10_000)).toBe(true)
    const text = message(() => {
      for (let i = 0; i < 1000; i++) run()
    })
    expect(text).toMatchInlineSnapshot(`
      "DeviceError cpu threads: a worker failed in a kernel
        got:      an exception in generated code
        expected: every worker to finish the tiles that it takes
        hint:     the library goes on with one thread; config({ threads: 1 }) does so from the start"
    `)
    expect(run()[0]).toBe(10)
  })

  test('ends in the middle of a tile ends the call with an error, and one thread goes on', () => {
    const { cpu, run } = doubling({ source: faulty('process.exit(3)'), patience: 300 })
    expect(cpu.workers.start(10_000)).toBe(true)
    expect(() => {
      for (let i = 0; i < 1000; i++) run()
    }).toThrow(DeviceError)
    expect(run()[99_999]).toBe(10)
    expect(cpu.workers.statistics().ready).toBe(0)
  })

  test('ends between calls is not waited for, and explain can say so', async () => {
    // It ends before it could take a tile.
    const [begin] = faulty('').split('for (;;)')
    const { cpu, run } = doubling({ source: begin })
    expect(cpu.workers.start(10_000)).toBe(true)
    for (let i = 0; i < 100; i++) expect(run()[99_999]).toBe(10)
    while (cpu.workers.statistics().problem === '') await new Promise(setImmediate)
    expect(cpu.workers.statistics()).toMatchObject({
      ready: 0,
      problem: 'a worker ended: exit code 0'
    })
    expect(run()[0]).toBe(10)
  })

  test('never starts is not waited for', () => {
    const { cpu, run } = doubling({
      source: 'for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
    })
    expect(run()[7]).toBe(10)
    expect(cpu.workers.statistics()).toMatchObject({ wanted: 2, ready: 0, tiles: 0 })
    cpu.workers.terminate()
  })
})

test('a memory that cannot be shared has one thread, and says why', () => {
  const cpu = createCpuBackend({ leastSplit: 0, shared: false })
  cpu.workers.setThreads(4)
  const b = createProgramBuilder()
  const x = b.input({ shape: [1000], dtype: 'float32' })
  const program = cpu.compile(b.finish([map([x], (e) => binary('add', e, e))]))
  expect(program.run([new Float32Array(1000).fill(1)])[0][999]).toBe(2)
  expect(cpu.workers.statistics()).toEqual({
    wanted: 4,
    ready: 0,
    kernels: 0,
    tiles: 0,
    problem: 'memory cannot be shared here: a page has to be cross-origin isolated (COOP and COEP)'
  })
})

test('a thread that finds every tile finished does not wait for another', () => {
  // The last tile may end between the look that sends the main thread to wait and the waiting.
  const arena = createArena({ shared: true, maximumBytes: 2 ** 24 })
  const workers = createWorkers(arena, { patience: 150 })
  const words = new Int32Array(arena.memory.buffer, 0, 1024)
  words[at.tiles >> 2] = 7
  words[at.done >> 2] = 7
  // Waiting three times for 100 ms would be reported as a worker that stopped answering.
  expect([1, 2, 3].map(workers.stall)).toEqual([0, 0, 0])
})
