/** What stays in memory: nothing that grows with the number of calls, shapes or failures. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { Executable, Values } from '../../src/backend/backend.ts'
import { compileModule } from '../../src/backend/cpu/engine/engine.ts'
import { createCpuBackend, type CpuBackend } from '../../src/backend/cpu/program.ts'
import { livePrograms } from '../../src/compile/program.ts'
import { cpuBackend } from '../../src/compile/backends.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, hostOf, makeAval, residentOf, type NdArray } from '../../src/core/array.ts'
import { config } from '../../src/core/config.ts'
import type { HostData } from '../../src/core/dtype.ts'
import { DeviceError } from '../../src/core/errors.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import { binary } from '../../src/kernel/make.ts'
import { map } from '../../src/kernel/views.ts'
import * as lax from '../../src/lax/index.ts'
import { message } from '../core/message.ts'

const filled = (n: number, value: number): NdArray =>
  fromHost(makeAval([n], 'float32'), new Float32Array(n).fill(value))

/** The message, without what the process holds besides. */
const shortage = (f: () => unknown): string =>
  message(f).replace(/beside \S+ \S+ in/, 'beside … in')

const before = config()
afterEach(() => {
  config(before)
})

describe('memory', () => {
  test('is flat over 100,000 small steps of a synchronous loop', () => {
    const step = jit((x: NdArray) => lax.add(x, 1))
    let x = filled(4, 0)
    for (let i = 0; i < 20_000; i++) x = step(x)
    const start = process.memoryUsage()
    for (let i = 0; i < 80_000; i++) x = step(x)
    const end = process.memoryUsage()
    expect([...hostOf(x)]).toEqual([100_000, 100_000, 100_000, 100_000])
    // Garbage of a few scavenges may be there; 80,000 results of 4 floats would be 16 MB and more.
    expect(end.heapUsed - start.heapUsed).toBeLessThan(64e6)
    expect(end.arrayBuffers - start.arrayBuffers).toBeLessThan(16e6)
  })

  test('is bounded over large results that nobody keeps, and every one of them is right', () => {
    const step = jit((x: NdArray) => lax.add(x, 1))
    const n = 2 ** 18
    let x = filled(n, 0)
    const kept: NdArray[] = []
    for (let i = 1; i <= 2000; i++) {
      x = step(x)
      if (i % 500 === 0) kept.push(x)
    }
    const { live, pooled, evictions, reclaimed } = cpuBackend().residency.statistics()
    expect(live + pooled).toBeLessThanOrEqual(2 ** 28)
    // Node's collector says which are garbage; how often it is asked depends on its speed.
    expect(reclaimed).toBeGreaterThan(150)
    expect(reclaimed + evictions).toBeGreaterThan(1400)
    expect(kept.map((y) => hostOf(y)[n - 1])).toEqual([500, 1000, 1500, 2000])
    // The oldest one may have left the arena; a program takes it as it takes any other.
    expect(hostOf(step(kept[0]))[0]).toBe(501)
  })

  test('of a donated argument is used again', () => {
    const step = jit((x: NdArray) => lax.add(x, 1), { donateArgnums: 0 })
    let x = step(filled(2 ** 20, 0))
    x = step(x)
    const { residency } = cpuBackend()
    const start = residency.statistics()
    for (let i = 0; i < 200; i++) x = step(x)
    const end = residency.statistics()
    expect(end.evictions).toBe(start.evictions)
    expect(end.live + end.pooled).toBe(start.live + start.pooled)
    expect(hostOf(x)[0]).toBe(202)
  })

  test('of a donated argument holds the result, where every point is read before it is stored', () => {
    const step = jit((x: NdArray, y: NdArray) => lax.add(x, y), { donateArgnums: 0 })
    const y = filled(2 ** 16, 1)
    let x = step(filled(2 ** 16, 0), y)
    const { residency } = cpuBackend()
    const { live, pooled, cells } = residency.statistics()
    for (let i = 0; i < 10; i++) x = step(x, y)
    expect(residency.statistics()).toMatchObject({ live, pooled, cells })
    expect([hostOf(x)[0], hostOf(x)[2 ** 16 - 1], hostOf(y)[3]]).toEqual([11, 11, 1])
  })

  test('of a donated argument is left alone where the same array is another argument', () => {
    const step = jit((x: NdArray, y: NdArray) => [lax.add(x, 1), lax.mul(x, y)] as const, {
      donateArgnums: 0
    })
    const twice = jit((v: NdArray) => lax.mul(v, 2))
    const x = twice(filled(4096, 3))
    const [sum, product] = step(x, x)
    expect([hostOf(sum)[0], hostOf(product)[4095]]).toEqual([7, 36])
    const [z] = step(twice(filled(4096, 1)), twice(filled(4096, 5)))
    expect(hostOf(z)[9]).toBe(3)
  })

  test('is shared by an argument that is also a result', () => {
    const twice = jit((x: NdArray) => [x, lax.add(x, 1)] as const)
    const x = jit((y: NdArray) => lax.mul(y, 2))(filled(4096, 3))
    const [same, more] = twice(x)
    expect(residentOf(same)).toBe(residentOf(x))
    jit((y: NdArray) => lax.add(y, 1), { donateArgnums: 0 })(x)
    expect(hostOf(same)[0]).toBe(6)
    expect(hostOf(more)[0]).toBe(7)
  })

  test('of code is bounded over 5,000 shapes', () => {
    config({ maxModules: 200 })
    const step = jit((x: NdArray) => lax.mul(lax.add(x, 1), 2))
    for (let n = 1; n <= 5000; n++) {
      if (hostOf(step(filled(n, 1)))[0] !== 4) throw new Error(`wrong for ${n} elements`)
    }
    expect(livePrograms()).toBeLessThanOrEqual(200)
    expect(cpuBackend().modules.size()).toBeLessThanOrEqual(200)
    expect(hostOf(step(filled(1, 2)))[0]).toBe(6)
  }, 60_000)
})

const doublingOn = (cpu: CpuBackend, n: number): Executable => {
  const b = createProgramBuilder()
  const x = b.input({ shape: [n], dtype: 'float32' })
  return cpu.compile(b.finish([map([x], (e) => binary('add', e, e))]))
}

const hostValues = (v: Values): HostData => ('_tag' in v ? v.host() : v)

describe('a machine whose engine may not be asked to collect', () => {
  const cpu = createCpuBackend({ residentBytes: () => 2 ** 24, mayCollect: () => false })
  const n = 2 ** 18
  const step = doublingOn(cpu, n)

  test('copies the oldest results out, and a synchronous loop leaves nothing of them behind', () => {
    let [x] = step.call([new Float32Array(n).fill(1)])
    const start = process.memoryUsage().arrayBuffers
    let most = 0
    for (let i = 0; i < 600; i++) {
      ;[x] = step.call([x])
      most = Math.max(most, process.memoryUsage().arrayBuffers - start)
    }
    const { evictions, reclaimed } = cpu.residency.statistics()
    expect(evictions).toBeGreaterThan(550)
    expect(reclaimed).toBe(0)
    // The engine collects plain buffers when some tens of megabytes are dead; all were 600.
    expect(most).toBeLessThan(200e6)
  })
})

describe('a machine whose results are all held', () => {
  const cpu = createCpuBackend({ residentBytes: () => 2 ** 22 })
  const n = 2 ** 16
  const step = doublingOn(cpu, n)

  test('copies them out and loses none', () => {
    const kept = Array.from({ length: 200 }, (_, i) => step.call([new Float32Array(n).fill(i)]))
    kept.forEach(([y], i) => {
      expect([hostValues(y)[0], hostValues(y)[n - 1]]).toEqual([2 * i, 2 * i])
    })
    expect(cpu.residency.statistics().live).toBeLessThanOrEqual(2 ** 22)
    // One that left takes part again.
    const [again] = step.call([kept[3][0]])
    expect(hostValues(again)[7]).toBe(12)
  })
})

describe('a machine without enough memory', () => {
  const cpu = createCpuBackend({ maximumBytes: 2 ** 24, residentBytes: () => 2 ** 23 })
  const doubling = (n: number): Executable => doublingOn(cpu, n)

  test('says what was asked for, what there is and what is largest, and works on', () => {
    const small = doubling(2 ** 18)
    const large = doubling(2 ** 22)
    expect(small.run([new Float32Array(2 ** 18).fill(1)])[0][5]).toBe(2)
    const ask = (): unknown => large.call([new Float32Array(2 ** 22)])
    expect(ask).toThrow(DeviceError)
    expect(shortage(ask)).toMatchInlineSnapshot(`
      "MemoryError cpu memory: the memory cannot hold what the program needs
        got:      a request of 16 MiB beside … in use; the largest arrays are 16 MiB float32[4194304], argument 0; 16 MiB float32[4194304], result 0 of kernel 0 (add)
        expected: at most 16 MiB in all
        hint:     use smaller batches, donate arguments that are not needed again, or wrap the body in checkpoint"
    `)
    for (let i = 0; i < 40; i++) {
      expect(small.run([new Float32Array(2 ** 18).fill(i)])[0][0]).toBe(2 * i)
    }
  })

  test('moves old results to the host heap', () => {
    const step = doubling(2 ** 18)
    const results = Array.from({ length: 30 }, (_, i) =>
      step.call([new Float32Array(2 ** 18).fill(i)])
    )
    results.forEach(([y], i) => {
      expect(('_tag' in y ? y.host() : y)[7]).toBe(2 * i)
    })
  })
})

describe('a kernel that the engine does not compile', () => {
  let broken = true
  const cpu = createCpuBackend({
    // Half a module is none: what the engine says of it is what is tested here.
    compiler: (bytes, ...rest) =>
      compileModule(broken ? bytes.slice(0, bytes.length >> 1) : bytes, ...rest)
  })

  test('is an error with the words of the engine, and is tried again', () => {
    expect(message(() => doublingOn(cpu, 5000))).toMatch(
      /^DeviceError cpu compile: the engine does not take the code of a program\n {2}got: {6}CompileError: .*\n {2}expected: a module that it compiles and instantiates\n {2}hint: {5}jit smaller parts, or try config\(\{ engineFlags: false \}\); what was compiled before still runs$/
    )
    expect(cpu.modules.size()).toBe(0)
    broken = false
    expect(doublingOn(cpu, 5000).run([new Float32Array(5000).fill(4)])[0][4999]).toBe(8)
  })
})
