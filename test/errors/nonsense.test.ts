/**
 * Every public function given what it cannot mean: what comes back is a value or an error of ours
 * with its four lines, never one in the engine's own words.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { isArray } from '../../src/core/array.ts'
import { CotangentError } from '../../src/core/errors.ts'
import * as finetune from '../../src/finetune/index.ts'
import * as lax from '../../src/lax/index.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'

const x = np.ones([2, 3])
const ints = np.array([0, 1]).astype('int32')

const values: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  'a text': 'abc',
  3: 3,
  '-7': -7,
  0.5: 0.5,
  '{}': {},
  '{ axis: text }': { axis: 'q' },
  '{ zork }': { zork: 1 },
  '[1, 2]': [1, 2],
  '[text]': ['a'],
  'a matrix': x,
  'a vector of integers': ints,
  'an empty array': np.zeros([0, 3]),
  'a key': random.key(0),
  'a function': (y: unknown) => y,
  true: true
}

const calls: readonly (readonly string[])[] = [
  [],
  ...Object.keys(values).map((a) => [a]),
  ['a text', 'undefined'],
  ...['null', 'a text', '3', '[1, 2]', '{ axis: text }', 'a function'].map((b) => ['a matrix', b])
]

/** Whether an extent of an array is no count: later programs would compute nonsense beside it. */
const isMisshapen = (y: unknown): boolean =>
  isArray(y) && !y.shape.every((n) => Number.isInteger(n) && n >= 0)

/** What a call throws that is none of ours, or null. */
const foreign = (f: (...args: readonly unknown[]) => unknown, call: readonly string[]) => {
  try {
    const y = f(...call.map((name) => values[name]))
    return isMisshapen(y) ? `(${call.join(', ')}): a shape that is no list of counts` : null
  } catch (error) {
    return error instanceof CotangentError ? null : `(${call.join(', ')}): ${String(error)}`
  }
}

// The call sites of thousands of errors need no source maps.
const formatting = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace') ?? {}
beforeAll(() => {
  Reflect.deleteProperty(Error, 'prepareStackTrace')
})
afterAll(() => {
  Object.defineProperty(Error, 'prepareStackTrace', formatting)
})

describe.each(
  Object.entries({
    np,
    'np.linalg': np.linalg,
    'np.fft': np.fft,
    'np.special': np.special,
    lax,
    nn,
    'nn.initializers': nn.initializers,
    random,
    finetune
  })
)('%s', (_space, functions) => {
  test('throws errors of ours alone', { timeout: 120_000 }, () => {
    // Functions are looked up by name, so their types are not known here.
    const all = Object.entries(functions as Readonly<Record<string, unknown>>).flatMap(
      ([name, f]) =>
        typeof f === 'function'
          ? [[name, f as (...args: readonly unknown[]) => unknown] as const]
          : []
    )
    const found = all.flatMap(([name, f]) =>
      calls.flatMap((call) => {
        const problem = foreign(f, call)
        return problem === null ? [] : [`${name}${problem}`]
      })
    )
    expect(found).toEqual([])
    expect(all.length).toBeGreaterThan(10)
  })
})
