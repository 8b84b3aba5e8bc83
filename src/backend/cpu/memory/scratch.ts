/**
 * A block of memory that calls use one after the other, so that a small one allocates nothing and
 * finds its buffers where they were the time before.
 */
import type { Arena } from './arena.ts'

export interface Scratch {
  /** The address of at least `bytes`; 0 when they do not fit, or a call is using the block. */
  readonly take: (bytes: number) => number
  /** Gives the block back; false for memory that came from elsewhere. */
  readonly give: (address: number) => boolean
}

/** Enough for what small programs need beside the arrays they are given. */
const scratchBytes = 2 ** 18

export const createScratch = (arena: Arena): Scratch => {
  const address = arena.allocate(scratchBytes)
  let isTaken = false
  return {
    take: (bytes) => {
      if (isTaken || bytes > scratchBytes) return 0
      isTaken = true
      return address
    },
    give: (given) => {
      if (given !== address) return false
      isTaken = false
      return true
    }
  }
}
