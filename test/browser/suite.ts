/** The checks of a browser suite by name; one that throws or rejects has failed. */
export type Suite = Readonly<Record<string, () => void | Promise<void>>>

/** What a check came to. Strings, because it crosses from the page to the test runner. */
export interface Outcome {
  readonly suite: string
  readonly name: string
  readonly error: string | null
}

/** Throws unless the numbers agree, each within `tolerance` of the expected one. */
export const expectClose = (
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-6
): void => {
  const agree =
    actual.length === expected.length &&
    actual.every((x, i) => Math.abs(x - (expected[i] ?? NaN)) <= tolerance)
  if (!agree) throw new RangeError(`got ${actual.join(' ')}, expected ${expected.join(' ')}`)
}
