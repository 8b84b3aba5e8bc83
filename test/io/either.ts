import * as E from 'fp-ts/lib/Either.js'
import type { LoadError } from '../../src/core/load-error.ts'

/** The value, or a failed test that shows the error. */
export const right = <A>(result: E.Either<LoadError, A>): A => {
  if (E.isLeft(result)) throw result.left
  return result.right
}

/** What the error says, its reason first. */
export const problem = (result: E.Either<LoadError, unknown>): string =>
  E.isLeft(result) ? `${result.left.reason} ${result.left.message}` : 'no error'
