/** The answer of a selection for every leaf. */
import { flagsOf as flagsOfMask } from '../optim/mask.ts'
import { matching, type Pattern, type Selection } from './select.ts'

const isPattern = (x: unknown): x is Pattern =>
  typeof x === 'string' ||
  typeof x === 'function' ||
  (Array.isArray(x) && x.length > 0 && x.every((e) => typeof e === 'string'))

/**
 * In canonical order.
 *
 * Errors: ValueError when a pattern matches nothing; StructureError where a mask does not fit.
 */
export const flagsOf = (
  operation: string,
  params: unknown,
  selection: Selection
): readonly boolean[] =>
  isPattern(selection)
    ? matching(operation, params, selection)
    : flagsOfMask(operation, selection, params)
