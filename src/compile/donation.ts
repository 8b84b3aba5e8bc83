/**
 * Arguments that the caller of the next program gives away. `jit` says so on its way in, past the
 * evaluation of one equation, which knows of no donation.
 */
import type { NdArray } from '../core/array.ts'

const none: ReadonlySet<NdArray> = new Set()

let announced = none

/** Runs a call of one program, whose arguments among `arrays` nobody reads afterwards. */
export const donating = <T>(arrays: readonly NdArray[], call: () => T): T => {
  announced = new Set(arrays)
  try {
    return call()
  } finally {
    announced = none
  }
}

/** What was given away; asked for once, by the program that it was given to. */
export const takeDonated = (): ReadonlySet<NdArray> => {
  const arrays = announced
  announced = none
  return arrays
}
