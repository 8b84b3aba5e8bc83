/**
 * Loops and branches of kernels, for the operations that make them: programs without them do
 * without this code.
 */
import type { LoopOptions, LoweredType, LoweredValue, Lowering } from '../kernel/fuse.ts'
import { branch, loop } from '../kernel/lower-control.ts'

/**
 * Runs the body repeatedly; returns the final carry, then the stacked results. The body may use
 * any value from outside; what is costly should be stored before.
 */
export const lowerLoop = (context: Lowering, options: LoopOptions): readonly LoweredValue[] =>
  context.emitting((c) => loop(c, options))

/** Runs the branch that `index` (int32 scalar, clamped) names; all return `types`. */
export const lowerBranch = (
  context: Lowering,
  index: LoweredValue,
  types: readonly LoweredType[],
  branches: readonly (() => readonly LoweredValue[])[]
): readonly LoweredValue[] => context.emitting((c) => branch(c, index, types, branches))
