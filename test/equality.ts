/**
 * When two arrays are equal in tests: same dtype, same shape, and every element the same value,
 * where −0 is not 0 and NaN is NaN. Vitest by itself sees two objects with private fields and
 * finds them equal whatever they hold, so this file is a setup file of every test.
 */
import { expect } from 'vitest'
import { hostOf, isArray, isTracer, type NdArray } from '../src/core/array.ts'
import type { HostData } from '../src/core/dtype.ts'
import { show as showShape } from '../src/core/shape.ts'
import { inspect } from '../src/core/show.ts'

const title = (x: NdArray): string => `${x.dtype} ${showShape(x.shape)}`

/** The first slot at which `agree` fails, or −1. Complex numbers have two slots each. */
const firstDifference = (
  a: HostData,
  b: HostData,
  agree: (x: number, y: number) => boolean
): number => {
  if (a.length !== b.length) return Math.min(a.length, b.length)
  for (let i = 0; i < a.length; i++) if (!agree(a[i], b[i])) return i
  return -1
}

const literal = (x: number | undefined): string => (Object.is(x, -0) ? '-0' : String(x))

const compare = (
  actual: NdArray,
  expected: NdArray,
  agree: (x: number, y: number) => boolean
): string => {
  if (title(actual) !== title(expected)) return `${title(actual)} instead of ${title(expected)}`
  const [a, b] = [hostOf(actual), hostOf(expected)]
  const at = firstDifference(a, b, agree)
  if (at < 0) return 'equal'
  return (
    `slot ${at}: ${literal(a[at])} instead of ${literal(b[at])}\n` +
    `actual:   ${inspect(actual)}\nexpected: ${inspect(expected)}`
  )
}

const areEqual = (a: unknown, b: unknown): boolean | undefined => {
  if (!isArray(a) && !isArray(b)) return undefined
  if (!isArray(a) || !isArray(b)) return false
  if (isTracer(a) || isTracer(b)) return a === b
  return compare(a, b, Object.is) === 'equal'
}

expect.addEqualityTesters([areEqual])

expect.addSnapshotSerializer({
  test: isArray,
  serialize: (x: NdArray) => inspect(x)
})

/** Fails unless dtype, shape and every element are the same. */
export const expectArray = (actual: NdArray, expected: NdArray): void => {
  expect(compare(actual, expected, Object.is)).toBe('equal')
}

/** Allowed are differences up to `atol + rtol |expected|`. */
export interface Tolerance {
  readonly rtol?: number
  readonly atol?: number
}

/**
 * Fails unless dtype and shape are the same and every element is within the tolerance. NaN agrees
 * with NaN only, an infinity with itself only.
 */
export const expectClose = (
  actual: NdArray,
  expected: NdArray,
  { rtol = 1e-6, atol = 0 }: Tolerance = {}
): void => {
  const agree = (x: number, y: number): boolean =>
    x === y ||
    (x !== x && y !== y) ||
    (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y))
  expect(compare(actual, expected, agree)).toBe('equal')
}
