/**
 * When a result agrees with a recorded one: shapes, types, integers, booleans and the places of
 * non-finite values exactly, other floats within a tolerance.
 */
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { isInexact } from '../../src/core/dtype.ts'
import { show } from '../../src/core/shape.ts'

export interface Tolerance {
  readonly tol: number
  /** Element by element, instead of relative to the largest magnitude of the array. */
  readonly elementwise: boolean
}

const exact: Tolerance = { tol: 0, elementwise: true }

const kindOf = (x: NdArray): string => `${x.dtype} ${show(x.shape)}`

const largest = (data: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < data.length; i++)
    if (Number.isFinite(data[i])) most = Math.max(most, Math.abs(data[i]))
  return most
}

/** Where and how `actual` differs from `expected`, or null. */
export const difference = (
  actual: NdArray,
  expected: NdArray,
  { tol, elementwise }: Tolerance = exact
): string | null => {
  if (kindOf(actual) !== kindOf(expected))
    return `got ${kindOf(actual)}, expected ${kindOf(expected)}`
  const [a, b] = [hostOf(actual), hostOf(expected)]
  const inexact = isInexact(expected.dtype)
  const scale = inexact && !elementwise ? largest(b) : 0
  for (let i = 0; i < b.length; i++) {
    const bound = elementwise ? tol * Math.abs(b[i]) + 1e-30 : tol * scale + tol
    const agree =
      inexact && Number.isFinite(b[i])
        ? Math.abs(a[i] - b[i]) <= bound
        : a[i] === b[i] || (a[i] !== a[i] && b[i] !== b[i])
    if (!agree) return `at ${i}: got ${a[i]}, expected ${b[i]}`
  }
  return null
}

/** The first difference between lists of results, or null. Nulls are results nobody recorded. */
export const firstDifference = (
  actual: readonly NdArray[],
  expected: readonly (NdArray | null)[],
  tolerance: Tolerance
): string | null => {
  if (actual.length !== expected.length)
    return `got ${actual.length} results, expected ${expected.length}`
  for (const [i, e] of expected.entries()) {
    const d = e === null ? null : difference(actual[i], e, tolerance)
    if (d !== null) return `result ${i} ${d}`
  }
  return null
}
