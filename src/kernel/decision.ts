/** What the cost model decides about values, for those who ask: `explain` does. */
import type { LoweredValue } from './fuse.ts'

/** A value that is stored, or computed again wherever it is used. */
export interface Decision {
  /** The variable of the program that has the value. */
  readonly variable: object
  /** The operation that makes it. */
  readonly operation: string
  readonly value: LoweredValue
  readonly uses: number
  readonly choice: 'stored' | 'recomputed'
  readonly reason: string
}

export type Observer = (decision: Decision) => void
