/** When a jitted function is traced, what its program closes over, and what explain tells of it. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, scalar, type NdArray } from '../../src/core/array.ts'
import { counters, resetCounters } from '../../src/compile/counters.ts'
import { livePrograms } from '../../src/compile/program.ts'
import { explain } from '../../src/control/explain.ts'
import { jit } from '../../src/control/jit.ts'
import { config } from '../../src/core/config.ts'
import * as lax from '../../src/lax/index.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, number, values } from '../control/arrays.ts'

/** A jitted function that counts how often it is traced. */
const counted = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options: Parameters<typeof jit>[1] = {}
) => {
  const count = { traces: 0 }
  const g = jit((...args: A): O => {
    count.traces++
    return f(...args)
  }, options)
  return [g, count] as const
}

const before = config()
afterEach(() => {
  config(before)
})

describe('a jitted function is traced', () => {
  test('once per shapes and types, whatever the values', () => {
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    f(array([1, 2]))
    expect(values(f(array([3, 4])))).toEqual([6, 8])
    expect(count.traces).toBe(1)
    f(array([1, 2, 3]))
    f(lax.convertElementType(array([1, 2]), 'float32'))
    expect(count.traces).toBe(3)
    expect(f.cacheSize()).toBe(3)
  })

  test('once for all numbers, which differ from arrays by their weak type', () => {
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    for (const x of [1, 2.5, -0, Number.NaN]) f(x)
    expect(count.traces).toBe(1)
    f(scalar(1, 'float32'))
    expect(count.traces).toBe(2)
  })

  test('once per structure, whatever the order of keys', () => {
    const [f, count] = counted((p: Readonly<Record<string, NdArray>>) =>
      Object.values(p).reduce((a, b) => lax.add(a, b))
    )
    f({ a: number(1), b: number(2) })
    f({ b: number(2), a: number(1) })
    expect(count.traces).toBe(1)
    f({ a: number(1), c: number(2) })
    f({ a: number(1) })
    expect(count.traces).toBe(3)
  })

  test('once per static value: equal numbers and strings, the same object', () => {
    const [f, count] = counted(
      (x: NdArray, n: unknown) => lax.mul(x, typeof n === 'number' ? n : 1),
      { staticArgnums: 1 }
    )
    const given = { any: 'thing' }
    expect(values(f(number(2), 3))).toEqual([6])
    f(number(5), 3)
    f(number(5), '3')
    f(number(5), given)
    f(number(5), given)
    expect(count.traces).toBe(3)
    f(number(5), { any: 'thing' })
    f(number(5), 4)
    f(number(5), -0)
    f(number(5), 0)
    expect(count.traces).toBe(7)
  })

  test('with static arguments named from the end', () => {
    const [f, count] = counted((x: NdArray, n: number) => lax.mul(x, n), { staticArgnums: -1 })
    expect([values(f(number(2), 3)), values(f(number(3), 3))]).toEqual([[6], [9]])
    expect(count.traces).toBe(1)
  })

  test('once per named axes around it', () => {
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    const over = (name: string) => vmap((x: NdArray) => f(x), { axisName: name })
    over('a')(array([1, 2]))
    over('a')(array([3, 4]))
    over('b')(array([1, 2]))
    over('a')(array([1, 2, 3]))
    expect(count.traces).toBe(3)
  })

  test('again under other settings, and not again when they are put back', () => {
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    f(number(1))
    const previous = config({ debugNans: true })
    f(number(1))
    expect(count.traces).toBe(2)
    config(previous)
    f(number(1))
    expect(count.traces).toBe(2)
  })

  test('per function, not per name', () => {
    const make = (k: number) => jit((x: NdArray) => lax.mul(x, k))
    expect([values(make(2)(number(1))), values(make(3)(number(1)))]).toEqual([[2], [3]])
  })

  test('again after its oldest traces were dropped', () => {
    config({ maxTraces: 3 })
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    for (const n of [1, 2, 3]) f(array(new Array<number>(n).fill(1)))
    f(array([1]))
    f(array([1, 1, 1, 1]))
    expect([f.cacheSize(), count.traces]).toEqual([3, 4])
    // [1] was used last but one, so it is still there; [1, 1] is gone.
    f(array([1]))
    expect(count.traces).toBe(4)
    f(array([1, 1]))
    expect(count.traces).toBe(5)
    f.clearCache()
    expect(f.cacheSize()).toBe(0)
  })

  test('again after it threw', () => {
    let broken = true
    const f = jit((x: NdArray) => {
      if (broken) throw new RangeError('not today')
      return lax.mul(x, 2)
    })
    expect(message(() => f(number(1)))).toBe('RangeError not today')
    broken = false
    expect(values(f(number(1)))).toEqual([2])
    expect(values(lax.add(number(1), 1))).toEqual([2])
  })
})

describe('what it closes over', () => {
  const table = fromHost(makeAval([1024], 'float32'), new Float32Array(1024).fill(3))

  test('arrays are hidden arguments, not part of the program', () => {
    const f = jit((x: NdArray) => lax.mul(x, table))
    expect(f.lower(table).toString()).toMatchInlineSnapshot(`
      "{ lambda a:f32[1024] ; b:f32[1024] . let
          c:f32[1024] = mul b a
        in (c,) }"
    `)
    expect(hostOf(f(table))[5]).toBe(9)
  })

  test('tracers of a running transformation are never remembered', () => {
    const inner = (w: NdArray): NdArray => {
      const [f, count] = counted((x: NdArray) => lax.mul(x, w))
      const y = lax.add(f(number(1)), f(number(2)))
      expect(f.cacheSize()).toBe(0)
      expect(count.traces).toBe(2)
      return y
    }
    expect(values(grad(inner)(number(5)))).toEqual([3])
    expect(values(vmap(inner)(array([1, 2])))).toEqual([3, 6])
    expect(values(jit(inner)(number(5)))).toEqual([15])
  })

  test('a function that closes over the arguments of others can be called by each of them', () => {
    let w = number(1)
    const shared = jit((x: NdArray) => lax.mul(x, w))
    const slope = (at: number): readonly number[] =>
      values(grad((v: NdArray) => ((w = v), shared(number(at))))(number(1)))
    expect([slope(2), slope(3)]).toEqual([[2], [3]])
  })

  test('a random draw at trace time is made once: functions must be pure', () => {
    let calls = 0
    const f = jit((x: NdArray) => lax.add(x, ++calls))
    expect([values(f(number(0))), values(f(number(0)))]).toEqual([[1], [1]])
  })
})

describe('jit inside jit', () => {
  test('is one compiled program', () => {
    const inner = jit((x: NdArray) => lax.sin(x))
    const outer = jit((x: NdArray) => lax.mul(inner(x), inner(lax.add(x, 1))))
    const x = array([1, 2, 3])
    const start = livePrograms()
    outer(x)
    expect(livePrograms() - start).toBe(1)
    resetCounters()
    outer(x)
    const { compiled, host, loops } = counters()
    expect([compiled, host, loops]).toEqual([explain(outer)(x).kernels.length, 0, 0])
    expect(values(outer(number(0)))[0]).toBe(0)
  })

  test('traces the inner function once for all outer ones', () => {
    const [inner, count] = counted((x: NdArray) => lax.sin(x))
    jit((x: NdArray) => inner(x))(number(1))
    jit((x: NdArray) => lax.add(inner(x), inner(x)))(number(1))
    grad((x: NdArray) => inner(x))(number(1))
    expect(count.traces).toBe(1)
  })

  test('keeps transformations of the program, made once', () => {
    const [inner, count] = counted((x: NdArray) => lax.mul(x, x))
    const slope = jit(grad((x: NdArray) => inner(x)))
    expect(values(slope(number(3)))).toEqual([6])
    expect(values(jvp(jit(vmap(inner)), [array([1, 2])], [array([1, 1])])[1])).toEqual([2, 4])
    expect(count.traces).toBe(1)
  })
})

describe('debugNans', () => {
  const root = jit((x: NdArray) => lax.sqrt(x))

  test('names the operation that made a NaN', () => {
    config({ debugNans: true })
    expect(message(() => lax.log(number(-1)))).toMatchInlineSnapshot(`
      "ValueError log: a NaN was made
        got:      NaN in a result of type float64[]
        expected: finite values or infinities
        hint:     this is what config({ debugNans: true }) looks for"
    `)
    expect(message(() => root(number(-1)))).toMatchInlineSnapshot(`
      "ValueError sqrt: a NaN was made
        got:      NaN in a result of type float64[]
        expected: finite values or infinities
        hint:     this is what config({ debugNans: true }) looks for"
    `)
    expect(message(() => grad((x: NdArray) => lax.sqrt(lax.mul(x, 0)))(number(1))))
      .toMatchInlineSnapshot(`
      "ValueError mul: a NaN was made
        got:      NaN in a result of type float64[]
        expected: finite values or infinities
        hint:     this is what config({ debugNans: true }) looks for"
    `)
    expect(values(root(number(4)))).toEqual([2])
  })

  test('is off by default', () => {
    expect(values(root(number(-1)))).toEqual([Number.NaN])
  })
})

describe('explain', () => {
  const model = (x: NdArray, w: NdArray): NdArray => lax.reduceSum(lax.tanh(lax.dot(x, w)), [0, 1])
  const wave = (shape: readonly number[]): NdArray =>
    fromHost(
      makeAval(shape, 'float32'),
      new Float32Array(shape.reduce((n, d) => n * d, 1)).map((_, i) => Math.sin(i))
    )

  test('shows the program, its kernels and what they cost', () => {
    const report = explain(jit(model))(wave([8, 4]), wave([4, 16]))
    expect(report.jaxpr).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[8,4] b:f32[4,16] . let
          c:f32[8,16] = dotGeneral[dimensionNumbers={lhsContracting=[1] rhsContracting=[0] lhsBatch=[] rhsBatch=[]} preferredElementType=null] a b
          d:f32[8,16] = tanh c
          e:f32[] = sum[axes=[0,1]] d
        in (e,) }"
    `)
    expect(report.kernels.map((k) => [k.kind, k.backend])).toMatchInlineSnapshot(`
      [
        [
          "contraction",
          "wasm",
        ],
        [
          "nest",
          "wasm",
        ],
      ]
    `)
    // 2 · 8 · 4 · 16 of the product, the sum and tanh of 128 elements.
    expect(report.flops).toBeGreaterThanOrEqual(2 * 8 * 4 * 16 + 128)
    expect(report.peakBytes).toBeGreaterThan(4 * 128)
    expect(report.codeBytes).toBeGreaterThan(0)
    expect(report.retraces).toEqual([])
    expect(String(report)).toContain(`${report.kernels.length} kernels`)
  })

  test('says why a function was traced again', () => {
    const f = jit((x: NdArray, n: number) => lax.mul(x, n), { staticArgnums: 1 })
    f(array([1, 2]), 2)
    f(array([1, 2, 3]), 2)
    f(array([1, 2, 3]), 3)
    vmap((x: NdArray) => f(x, 3), { axisName: 'i' })(array([1, 2, 3], [1, 3]))
    const { retraces } = explain(f)(array([1, 2, 3]), 3)
    expect(retraces).toMatchInlineSnapshot(`
      [
        "shapes or types: float64[2] became float64[3]",
        "static arguments: number:2 became number:3",
        "named axes: none became i:1",
      ]
    `)
  })
})

describe('lower', () => {
  test('gives the program without running it, and compiles it when asked', () => {
    const [f, count] = counted((x: NdArray) => lax.mul(x, 2))
    const lowered = f.lower(array([1, 2]))
    expect(lowered.inputs.map((a) => a.shape)).toEqual([[2]])
    expect(lowered.outputs.map((a) => a.dtype)).toEqual(['float64'])
    expect(values(lowered.compile()(array([3, 4])))).toEqual([6, 8])
    expect(count.traces).toBe(1)
  })
})
