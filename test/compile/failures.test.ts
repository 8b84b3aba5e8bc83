/** Calls that throw leave nothing behind: no memory, no trace in force, no broken function. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { cpuBackend } from '../../src/compile/backends.ts'
import { livePrograms } from '../../src/compile/program.ts'
import { jit } from '../../src/control/jit.ts'
import { pureCallback } from '../../src/control/callbacks.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { DeviceError, ShapeError } from '../../src/core/errors.ts'
import * as lax from '../../src/lax/index.ts'
import { currentTrace, evalTrace } from '../../src/trace/tracer.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heap = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

const filled = (n: number, value = 1): NdArray =>
  fromHost(makeAval([n], 'float32'), new Float32Array(n).fill(value))

const x = filled(1000)
const other = filled(999)

describe('a call that throws', () => {
  test.each([
    ['while tracing', () => jit((v: NdArray) => lax.add(lax.mul(v, 2), other))(x)],
    ['inside grad', () => grad((v: NdArray) => lax.reduceSum(lax.mul(v, other), [0]))(x)],
    ['inside vmap', () => vmap((v: NdArray) => lax.add(v, other))(lax.reshape(x, [2, 500]))],
    [
      'inside a scan body',
      () => lax.scan((c: NdArray, _v: NdArray) => [lax.add(c, other), []] as const, x, x)
    ]
  ])('%s leaves evaluation in force, and a flat heap', (_name, call) => {
    const attempt = (): void => {
      expect(call).toThrow(ShapeError)
      expect(currentTrace()).toBe(evalTrace)
    }
    for (let i = 0; i < 200; i++) attempt()
    const start = heap()
    for (let i = 0; i < 1000; i++) attempt()
    // A kept array of 1,000 floats per call would be 4 MB, a kept trace more.
    expect(heap() - start).toBeLessThan(2e6)
  })

  test('while running gives the memory of the call back', () => {
    let fails = true
    const f = jit((v: NdArray) =>
      lax.mul(
        pureCallback(
          (w: NdArray) => {
            if (fails) throw new RangeError('the callback failed')
            return w
          },
          { shape: [1000], dtype: 'float32' },
          lax.add(v, 1)
        ),
        2
      )
    )
    const attempt = (): void => {
      expect(() => f(x)).toThrow('the callback failed')
    }
    for (let i = 0; i < 20; i++) attempt()
    const { residency } = cpuBackend()
    const [start, programs] = [residency.statistics(), livePrograms()]
    for (let i = 0; i < 200; i++) attempt()
    expect(residency.statistics()).toEqual(start)
    expect(livePrograms()).toBe(programs)
    fails = false
    expect(hostOf(f(x))[999]).toBe(4)
  })

  test('donates nothing', () => {
    const f = jit((v: NdArray) => lax.add(v, other), { donateArgnums: 0 })
    expect(() => f(x)).toThrow(ShapeError)
    expect(hostOf(x)[0]).toBe(1)
  })
})

describe('a donated array', () => {
  test('throws when it is read or used, and only it', () => {
    const f = jit((v: NdArray, w: NdArray) => lax.add(v, w), { donateArgnums: 0 })
    const [given, kept] = [filled(10), filled(10)]
    expect(hostOf(f(given, kept))[0]).toBe(2)
    expect(() => hostOf(given)).toThrow(DeviceError)
    expect(() => lax.neg(given)).toThrow(DeviceError)
    expect(() => jit(lax.neg)(given)).toThrow(DeviceError)
    expect(hostOf(kept)[0]).toBe(1)
  })

  test('is not taken where the call is only traced', () => {
    const f = jit((v: NdArray) => lax.mul(v, v), { donateArgnums: 0 })
    const given = filled(10, 3)
    jit((v: NdArray) => f(v))(given)
    grad((v: NdArray) => lax.reduceSum(f(v), [0]))(given)
    expect(hostOf(given)[0]).toBe(3)
  })

  test('may be given in two places', () => {
    const f = jit((v: NdArray, w: NdArray) => lax.add(v, w), { donateArgnums: [0, 1] })
    const given = filled(10)
    const result = f(given, given)
    expect(hostOf(result)[0]).toBe(2)
    expect(() => hostOf(given)).toThrow(DeviceError)
  })
})
