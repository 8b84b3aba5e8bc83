import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isArray, type NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as scipy from '../../src/scipy/index.ts'

interface Recorded {
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

interface Case {
  readonly kind: string
  readonly of: string
  readonly f: string
  readonly x?: readonly number[]
  readonly shape?: readonly number[]
  readonly args?: readonly Recorded[]
  readonly options: object
  readonly out: readonly (number | string | Recorded)[]
}

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

const golden = JSON.parse(
  gunzipSync(readFileSync(new URL('golden.json.gz', import.meta.url))).toString()
) as { readonly scipy: string; readonly cases: readonly Case[] }
const { cases } = golden
const spelt: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN }
const numbers = (data: readonly unknown[]): readonly number[] =>
  data.map((v) => (typeof v === 'string' ? spelt[v] : (v as number)))
const array = (r: Recorded): NdArray =>
  np.reshape(np.array([...numbers(r.data)], { dtype: 'float64' }), r.shape)
// Functions are looked up by name, so their types are not known here.
const room = (path: string): Functions =>
  path
    .split('.')
    .reduce((at: unknown, name) => (at as Record<string, unknown>)[name], scipy) as Functions

/** The largest error relative to the size of the result, or 0 where both are the same. */
const error = (actual: readonly number[], wanted: readonly number[]): number => {
  if (actual.length !== wanted.length) return Infinity
  return Math.max(
    ...wanted.map((w, i) =>
      Object.is(w, actual[i]) || w === actual[i]
        ? 0
        : Math.abs(w - actual[i]) / (1e-300 + Math.abs(w))
    )
  )
}

const listOf = (x: NdArray): readonly number[] => Array.from(np.ravel(x).toTypedArray())

describe(`SciPy ${golden.scipy}`, () => {
  const distributions = cases.filter(({ kind }) => kind === 'distribution')
  const title = ({ of, shape = [] }: Case): string => `${of}(${shape.join(', ')})`
  const named = [...new Set(distributions.map(title))]

  test.each(named)('has the same values of %s', (name) => {
    const all = distributions.filter((c) => title(c) === name)
    const wrong = all.flatMap(({ of, f, x = [], shape = [], options, out }) => {
      const at = np.array([...x], { dtype: 'float64' })
      const shapes = shape.map((v) => np.array(v, { dtype: 'float64' }))
      const y = room(`stats.${of}`)[f](at, ...shapes, options) as NdArray
      const [actual, wanted] = [listOf(y), numbers(out)]
      const worst = actual.map((v, i) => error([v], [wanted[i]]))
      return worst.flatMap((e, i) =>
        e <= 1e-9
          ? []
          : [`${f} ${JSON.stringify(options)} at ${x[i]}: ${actual[i]} for ${wanted[i]}`]
      )
    })
    expect(wrong).toEqual([])
  })

  test.each(
    cases
      .filter(({ kind }) => kind === 'call')
      .map((c) => [{ of: c.of, f: c.f, ...c.options }, c] as const)
  )('has the same values: %j', (_title, { of, f, args = [], options, out }) => {
    const given = [...args.map(array), ...(Object.keys(options).length === 0 ? [] : [options])]
    const y = room(of)[f](...given)
    const results = (isArray(y) ? [y] : y) as readonly NdArray[]
    const wanted = out as readonly Recorded[]
    expect(results.map((r) => r.shape)).toEqual(wanted.map((r) => r.shape))
    results.forEach((r, i) => {
      const right = array(wanted[i])
      const scale = Math.max(1e-300, np.max(np.abs(right)).item())
      const gap = np.max(np.abs(np.sub(r.astype('float64'), right))).item()
      expect(gap / scale).toBeLessThan(1e-11)
    })
  })
})
