/** When a law calls two arrays equal, and what it says when they are not. */
import { listOf } from '../src/core/errors.ts'
import { hostOf, requireArrays, type NdArray } from '../src/core/array.ts'
import type { HostData } from '../src/core/dtype.ts'

/** A law that does not hold: what was compared, and where it differs. */
export class LawError extends Error {
  override readonly name = 'LawError'
}

/** Null when the arrays are equal, else what differs. */
export type Equality = (actual: NdArray, expected: NdArray) => string | null

const typed = (x: NdArray): string => `${x.dtype}[${x.shape.join(', ')}]`
const literal = (x: number | undefined): string => (Object.is(x, -0) ? '-0' : String(x))

/** The first slot at which `agree` fails, or −1. */
const firstDifference = (
  a: HostData,
  b: HostData,
  agree: (x: number, y: number) => boolean
): number => {
  for (let i = 0; i < a.length; i++) if (!agree(a[i], b[i])) return i
  return -1
}

const elementwise =
  (agreement: (expected: NdArray) => (x: number, y: number) => boolean): Equality =>
  (actual, expected) => {
    requireArrays('laws', actual, expected)
    if (typed(actual) !== typed(expected)) return `${typed(actual)} instead of ${typed(expected)}`
    const [a, b] = [hostOf(actual), hostOf(expected)]
    const agree = agreement(expected)
    const at = firstDifference(a, b, agree)
    return at < 0 ? null : `${literal(a[at])} instead of ${literal(b[at])} at slot ${at}`
  }

/** The same type, shape and values; −0 differs from 0, NaN equals NaN. */
export const exact: Equality = elementwise(() => Object.is)

/** The largest finite magnitude, at least 1. */
const scaleOf = (x: NdArray): number => {
  const finite = Array.from(hostOf(x), Math.abs).filter((v) => v < Infinity)
  return finite.reduce((most, v) => Math.max(most, v), 1)
}

/**
 * Differences up to `tolerance` times the largest finite magnitude (at least 1) are allowed. NaN
 * equals NaN only, an infinity itself only, and −0 equals 0.
 */
export const within = (tolerance: number): Equality =>
  elementwise((expected) => {
    const allowed = tolerance * scaleOf(expected)
    return (x, y) => x === y || (x !== x && y !== y) || Math.abs(x - y) <= allowed
  })

/** 1e-6 of the largest magnitude in 32 bits and less, 1e-13 in 64: what reordered sums may differ. */
export const rounding: Equality = (actual, expected) => {
  requireArrays('laws', actual, expected)
  return /64$|128$/.test(expected.dtype) && expected.dtype !== 'complex64'
    ? within(1e-13)(actual, expected)
    : within(expected.dtype.endsWith('16') ? 1e-2 : 1e-6)(actual, expected)
}

/** Throws a LawError unless the lists are equal, array by array. */
export const requireEqual = (
  equality: Equality,
  actual: readonly NdArray[],
  expected: readonly NdArray[],
  what: string
): void => {
  for (const list of [actual, expected]) listOf('requireEqual', list)
  if (actual.length !== expected.length)
    throw new LawError(`${what}: ${actual.length} results instead of ${expected.length}`)
  actual.forEach((x, i) => {
    const difference = equality(x, expected[i])
    if (difference !== null) throw new LawError(`${what}: result ${i} has ${difference}`)
  })
}
