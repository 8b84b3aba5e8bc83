/** Operations that return their operand: what they change is what transformations see. */
import { anything, unary } from './elementwise.ts'

/** A copy; linear. */
export const copy = unary('copy', {
  accepts: anything,
  scalar: (x) => x,
  jvp: (dx) => copy(dx),
  transpose: (ct) => copy(ct),
  lower: { expr: (x) => x, parts: (x) => x }
})

/** x, with derivative zero. */
export const stopGradient = unary('stopGradient', {
  accepts: anything,
  scalar: (x) => x,
  lower: { expr: (x) => x, parts: (x) => x }
})
