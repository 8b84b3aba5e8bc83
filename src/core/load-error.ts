/**
 * The error of the outside world. Reading and writing files can fail in a correct program, so these
 * are returned inside `Either`, never thrown, and say as much as a thrown error does.
 */
import { CotangentError, type Explanation } from './errors.ts'

/** Why bytes or a file could not be used. */
export type LoadReason =
  /** The bytes end too early. */
  | 'truncated'
  /** The bytes contradict the format, or themselves. */
  | 'malformed'
  /** A value has no place in the types of this library: a 64-bit integer beyond 32 bits. */
  | 'outOfRange'
  /** The bytes are right, and nothing here can represent them. */
  | 'unsupported'
  /** The operating system refused. */
  | 'file'

/** What is wrong with a file or its bytes, in four lines; `reason` is for programs. */
export class LoadError extends CotangentError {
  declare readonly _tag: 'LoadError'
  readonly reason: LoadReason

  constructor(operation: string, reason: LoadReason, explanation: Explanation) {
    // The call site would be a line of a caller that did nothing wrong.
    super('LoadError', operation, explanation, null)
    this.reason = reason
  }
}

/** The same error, told of a file. */
export const inFile = (path: string, e: LoadError): LoadError =>
  new LoadError(`${e.operation} of '${path}'`, e.reason, e)

/** Why a host refused a file, in its own words; of an error of this library the first line. */
export const hostReason = (error: unknown): string => {
  if (error instanceof CotangentError) return error.problem
  return error instanceof Error ? error.message : String(error)
}
