/** What the laws of transformations are about: a function of arrays and arguments for it. */
import type fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'

/** A function from arrays to arrays: every transformation works on its flat form. */
export type ArrayFunction = (...xs: readonly NdArray[]) => readonly NdArray[]

export interface Subject {
  readonly f: ArrayFunction
  readonly args: fc.Arbitrary<readonly NdArray[]>
  /** Arguments with a derivative; all floating and complex ones when left out. */
  readonly live?: readonly boolean[]
}
