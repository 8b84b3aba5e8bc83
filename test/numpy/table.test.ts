/**
 * The same calls as in NumPy 2.4.6 give the same shapes, kinds and values: function-table.json is written by
 * make-table.py.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import { fromHost, hostOf, isArray, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, kindOf, type DType } from '../../src/core/dtype.ts'
import * as np from '../../src/numpy/index.ts'

interface Encoded {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly (number | string)[]
}
type Result = Encoded | readonly Result[]
type Row = readonly [string, readonly unknown[], Readonly<Record<string, unknown>>, Result]

const rows = JSON.parse(
  readFileSync(new URL('./function-table.json', import.meta.url), 'utf8')
) as readonly Row[]

const words: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity,
  '-0': -0
}
const number = (v: number | string): number => (typeof v === 'string' ? words[v] : v)

const isEncoded = (x: unknown): x is Encoded =>
  typeof x === 'object' && x !== null && 'values' in x && 'shape' in x

const decode = (x: unknown): unknown => {
  if (isEncoded(x)) {
    const dtype = x.dtype as DType // written by the script from NumPy's own names
    const data = allocate(
      dtype,
      x.shape.reduce((n, d) => n * d, 1)
    )
    data.set(x.values.map(number))
    return fromHost(makeAval(x.shape, dtype), data)
  }
  return Array.isArray(x) ? x.map(decode) : x
}

const kindName = (x: NdArray): string => {
  const kind = kindOf(x.dtype)
  return kind === 'signed' || kind === 'unsigned' ? 'integer' : kind
}

// Results of numbers alone are float32 here and float64 there.
const tolerance = (x: NdArray): number => (x.dtype === 'float32' ? 1e-6 : 1e-12)

const compare = (actual: unknown, expected: Result): void => {
  if (!isEncoded(expected)) {
    expect(actual).toHaveLength(expected.length)
    expected.forEach((e, i) => compare((actual as readonly unknown[])[i], e))
    return
  }
  if (!isArray(actual)) throw new Error(`no array: ${String(actual)}`)
  expect(actual.shape).toEqual(expected.shape)
  expect(kindName(actual)).toBe(expected.dtype)
  const near = tolerance(actual)
  const values = [...hostOf(actual)]
  expected.values.forEach((e, i) => {
    const [a, b] = [values[i], number(e)]
    const same = Object.is(a, b) || Math.abs(a - b) <= near * Math.max(1, Math.abs(b))
    // −0 and 0 are close, and not the same.
    if (!same || (a === 0 && b === 0 && !Object.is(a, b) && near < 1e-9))
      expect(values).toEqual(expected.values.map(number))
  })
}

// The table names functions by text.
const functions = np as unknown as Readonly<
  Record<string, (...args: readonly unknown[]) => unknown>
>

test.each(rows.map((row) => [`${row[0]} ${JSON.stringify(row[2])}`, row] as const))(
  '%s',
  (_name, row) => {
    const [name, args, options, expected] = row
    const given = Object.fromEntries(Object.entries(options).map(([k, v]) => [k, decode(v)]))
    const actual =
      Object.keys(given).length === 0
        ? functions[name](...args.map(decode))
        : functions[name](...args.map(decode), given)
    compare(actual, expected)
  }
)

/** Shapes of these depend on values, or their arguments are positions that must be known. */
const concreteOnly = ['nonzero', 'argwhere', 'flatnonzero', 'trimZeros']

describe('in a compiled program', () => {
  const traceable = rows.filter(
    ([name, args]) => !concreteOnly.includes(name) && args.some((a) => isEncoded(a))
  )
  test.each(traceable.map((row) => [`${row[0]} ${JSON.stringify(row[2])}`, row] as const))(
    '%s',
    (_name, [name, args, options, expected]) => {
      const given = Object.fromEntries(Object.entries(options).map(([k, v]) => [k, decode(v)]))
      const values = args.map(decode)
      const program = jit((...arrays: readonly NdArray[]) => {
        let next = 0
        const all = values.map((v) => (isArray(v) ? arrays[next++] : v))
        // A tree of arrays, whatever the function gives.
        return functions[name](
          ...all,
          ...(Object.keys(given).length === 0 ? [] : [given])
        ) as NdArray
      })
      compare(program(...values.filter(isArray)), expected)
    }
  )
})
