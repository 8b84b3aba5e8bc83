/** Arguments of functions with custom rules: which are arrays, and which are passed on as they are. */
import { isArray, type NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'
import { moveAxis } from '../primitives/movement.ts'
import type { Dim } from '../trace/primitive.ts'
import { argumentPositions } from '../transforms/check.ts'
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
  given: readonly number[],
  args: readonly unknown[]
): SplitArguments => {
  const statics = argumentPositions(operation, 'nondiffArgnums', given, args.length)
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

/** The two parts of what a rule returned. Errors: ValueError when it is no pair. */
export const ruleResult = (
  operation: string,
  rule: string,
  expected: string,
  result: unknown
): readonly [unknown, unknown] => {
  if (Array.isArray(result) && result.length === 2) return [result[0], result[1]]
  throw new ValueError(operation, {
    problem: `${rule} does not return a pair`,
    got: Array.isArray(result)
      ? `a list of ${result.length}`
      : isArray(result)
        ? 'an array'
        : `a ${typeof result}`,
    expected,
    hint: 'return a list of the two, in this order'
  })
}
