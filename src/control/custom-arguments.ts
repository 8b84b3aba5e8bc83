/** Arguments of functions with custom rules: which are arrays, and which are passed on as they are. */
import type { NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'
import { moveAxis } from '../primitives/movement.ts'
import type { Dim } from '../trace/primitive.ts'
import type { AnyFunction } from './closed.ts'

export interface SplitArguments {
  /** The arguments named by nondiffArgnums. */
  readonly fixed: readonly unknown[]
  /** The others, which are trees of arrays. */
  readonly given: readonly unknown[]
  /** The function of the others alone. */
  readonly call: AnyFunction
}

export const splitStatic = (
  operation: string,
  f: AnyFunction,
  statics: readonly number[],
  args: readonly unknown[]
): SplitArguments => {
  for (const p of statics)
    if (!Number.isInteger(p) || p < 0 || p >= args.length)
      throw new ValueError(operation, {
        problem: 'nondiffArgnums names an argument that was not given',
        got: `${p} of ${args.length} arguments`,
        expected: `integers from 0 to ${args.length - 1}`,
        hint: 'positions count from 0'
      })
  if (statics.length === 0) return { fixed: [], given: args, call: f }
  return {
    fixed: statics.map((p) => args[p]),
    given: args.filter((_, i) => !statics.includes(i)),
    call: (...given: never[]) => {
      let next = 0
      return f(...(args.map((a, i) => (statics.includes(i) ? a : given[next++])) as never[]))
    }
  }
}

/** Arguments of a batch rule with every mapped axis first. */
export const batchedFirst = (args: readonly NdArray[], dims: readonly Dim[]): readonly NdArray[] =>
  args.map((x, i) => {
    const d = dims[i]
    return d === null ? x : moveAxis(x, d, 0)
  })
