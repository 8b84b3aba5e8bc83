import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { v8Major, whileCold } from '../../../src/backend/cpu/engine/host-node.ts'

setFlagsFromString('--allow-natives-syntax')

const make = <T>(source: string): T => new Script(source).runInThisContext() as T

/** Bit 6 of the status says that V8's optimising compiler has made the function's code. */
const statusOf = make<(f: unknown) => number>('(f) => %GetOptimizationStatus(f)')
const isOptimised = (f: unknown): boolean => (statusOf(f) & 64) !== 0

let seen = 0

/** A function that V8 has not seen before, and that it wants to optimise when it has run a while. */
const hot = (): ((n: number) => number) =>
  make(`(n) => { let s = ${seen++}; for (let i = 0; i < 100; i++) s += i % (n + 1); return s }`)

const repeat = (f: (n: number) => number, times: number): void => {
  for (let i = 0; i < times; i++) f(i)
}

describe('whileCold', () => {
  /** Some ten times as often as V8 usually wants to see a function before it optimises it. */
  const often = 300

  test('makes V8 wait before it optimises what runs in it, and nothing else', () => {
    const [within, after] = [hot(), hot()]
    whileCold(() => repeat(within, often))
    expect(isOptimised(within)).toBe(false)
    while (!isOptimised(after)) repeat(after, 1000)
    expect(isOptimised(after)).toBe(true)
  })

  test('may be asked for by what runs in it', () => {
    const f = hot()
    whileCold(() => {
      whileCold(() => 0)
      repeat(f, often)
    })
    expect(isOptimised(f)).toBe(false)
  })

  test.runIf(v8Major() < 12)('optimises what runs for long', () => {
    const f = hot()
    whileCold(() => {
      while (!isOptimised(f)) repeat(f, often)
    })
    expect(isOptimised(f)).toBe(true)
  })

  test('gives what was computed, and ends when that throws', () => {
    expect(whileCold(() => 3)).toBe(3)
    const problem = new RangeError('no room')
    expect(() =>
      whileCold(() => {
        throw problem
      })
    ).toThrow(problem)
    const f = hot()
    while (!isOptimised(f)) repeat(f, 1000)
    expect(isOptimised(f)).toBe(true)
  })
})
