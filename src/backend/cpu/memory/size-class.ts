/** Sizes that slots come in, so that a freed one fits the next array of about the same size. */
import { aligned } from './arena.ts'

/** Below this sizes are exact to 64 bytes. */
const exact = 16384

/** At least `bytes`, at most an eighth more. */
export const sizeClass = (bytes: number): number => {
  if (bytes <= exact) return Math.max(64, aligned(bytes))
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 3)
  return Math.ceil(bytes / step) * step
}
