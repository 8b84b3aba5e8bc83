import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { difference } from './compare.ts'
import { decode, load, type ArrayRecord } from './golden.ts'
import { kinds } from './kinds.ts'
import { inMode, modes } from './modes.ts'
import { checkProgram, type ProgramRecord } from './programs.ts'
import { converters } from './primitives/index.ts'
import { failuresOf } from './report.ts'

const file = (name: string): unknown =>
  load(fileURLToPath(new URL(`./data/${name}.json.gz`, import.meta.url)))

// Threads have a serial test of their own.
const serial = modes.filter((m) => m.name !== 'threads')

describe('what JAX 0.11.2, optax 0.2.8, PyTorch 2.11 and scikit-learn 1.9.1 computed', () => {
  describe.each(serial)('$name', (mode) => {
    test.each([
      ['programs', 'programs', 1134],
      ['programs', 'programs64', 1134],
      ['programs', 'corners', 441],
      ['random', 'random', 96],
      ['optax', 'optax', 40],
      ['metrics', 'metrics', 14],
      ['layers', 'layers', 188]
    ] as const)('agrees: %s of %s, %i checks', (kind, name, count) => {
      const { value: outcomes, ran } = inMode(mode, () => kinds[kind].check(file(name)))
      expect(failuresOf(outcomes)).toEqual([])
      expect(outcomes).toHaveLength(count)
      // Where small arrays are not excused, no operation may run as a plain loop.
      if (mode.name === 'compiled') expect(ran.loops).toBe(0)
    })
  })
})

describe('recorded programs under two transformations at once', () => {
  // The larger files run in CI: `npm run -s conformance -- compositions FILE…`.
  test('equal the loop, or the single transformation, that they must', () => {
    const outcomes = kinds['compositions'].check(file('corners'))
    expect(failuresOf(outcomes)).toEqual([])
    expect(outcomes).toHaveLength(341)
  })
})

describe('the runner', () => {
  const array = (data: ArrayRecord['data'], dtype = 'float32'): ArrayRecord => ({
    shape: [data.length],
    dtype,
    data
  })
  const loose = { tol: 1e-3, elementwise: false }
  const program = (out: ArrayRecord, prim = 'sin'): ProgramRecord => ({
    group: 'unary',
    name: 'example',
    tol: 1e-4,
    jaxpr: {
      consts: [],
      in: [{ var: 'a', shape: [2], dtype: 'float32' }],
      eqns: [{ prim, in: ['a'], out: [{ var: 'b', shape: [2], dtype: 'float32' }], params: {} }],
      out: ['b']
    },
    in: [array([0, 0])],
    out: [out]
  })

  test('sees a wrong value, shape, type and place of a NaN', () => {
    const x = decode(array([1, 100]))
    expect(difference(x, decode(array([1.05, 100])), loose)).toBe(null)
    expect(difference(x, decode(array([1.2, 100])), loose)).toContain('at 0')
    expect(difference(x, decode(array([1, 100, 1])), loose)).toContain('[3]')
    expect(difference(x, decode(array([1, 100], 'float64')), loose)).toContain('float64')
    expect(difference(x, decode(array(['NaN', 100])), loose)).toContain('expected NaN')
    expect(difference(decode(array(['NaN', 1])), x, loose)).toContain('got NaN')
  })

  test('compares corner cases element by element', () => {
    const [x, y] = [decode(array([1, 100])), decode(array([1.05, 100]))]
    expect(difference(x, y, { tol: 1e-3, elementwise: true })).toContain('at 0')
  })

  test('counts a wrong result as a failure of f and of jit f', () => {
    expect(failuresOf(checkProgram(program(array([0, 0]))))).toEqual([])
    expect(failuresOf(checkProgram(program(array([0, 1]))))).toEqual([
      'unary/example, f: result 0 at 1: got 0, expected 1',
      'unary/example, jit f: result 0 at 1: got 0, expected 1'
    ])
  })

  test('fails every check of a program with an unknown primitive', () => {
    expect(failuresOf(checkProgram(program(array([0, 0]), 'frobnicate')))).toEqual([
      'unary/example, f: no converter for frobnicate',
      'unary/example, jit f: no converter for frobnicate'
    ])
  })

  test('has a converter for every primitive of the recorded programs', () => {
    const names = file('primitives') as Readonly<Record<string, unknown>>
    expect(Object.keys(names).filter((name) => converters[name] === undefined)).toEqual([])
  })
})
