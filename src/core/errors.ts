/**
 * Errors that teach: what is wrong, what was got, what was expected, what to do next, and where in
 * the user's own code. Programmer mistakes throw these; the outside world returns `Either`.
 */

/** The four lines of a message. */
export interface Explanation {
  readonly problem: string
  readonly got: string
  readonly expected: string
  readonly hint: string
}

// src/ when run from sources, dist/src/ when built; a bundle has one file and no such folder.
const libraryRoot = new URL('..', import.meta.url).href

const isForeign = (frame: string): boolean =>
  frame.includes(libraryRoot) ||
  (libraryRoot.startsWith('file://') && frame.includes(decodeURI(libraryRoot.slice(7)))) ||
  /\(?node:|node_modules/.test(frame) ||
  !/:\d+:\d+\)?$/.test(frame)

// What follows `at`, `(` or Firefox's `@`: a path or an address, which may hold spaces, and a place.
const location = /(?:\(|at (?:async )?|@)((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\).*?:\d+:\d+)\)?$/

/** `file:line:column` of the first stack frame outside this library, or null. */
export const callSite = (stack: string | undefined): string | null => {
  for (const line of (stack ?? '').split('\n').slice(1)) {
    const frame = line.trim()
    if (!frame.startsWith('at ') && !frame.includes('@')) continue
    if (isForeign(frame)) continue
    const place = location.exec(frame)?.[1]
    if (place !== undefined) return place.startsWith('file://') ? decodeURI(place.slice(7)) : place
  }
  return null
}

const lines = (operation: string, e: Explanation, site: string | null): string =>
  [
    `${operation}: ${e.problem}`,
    `  got:      ${e.got}`,
    `  expected: ${e.expected}`,
    `  hint:     ${e.hint}`,
    ...(site === null ? [] : [`  at:       ${site}`])
  ].join('\n')

// Transformations nest deeper than the ten frames that engines keep by default.
const fullStack = (): string | undefined => {
  if (typeof Error.captureStackTrace !== 'function') return new Error().stack
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 200
  const probe: { stack?: string } = {}
  Error.captureStackTrace(probe)
  Error.stackTraceLimit = limit
  return probe.stack
}

/** Where the user's code is now, as `file:line:column`. Reads the stack, which is slow. */
export const currentSite = (): string | null => callSite(fullStack())

/** The base of every error thrown by this library. */
export class CotangentError extends Error {
  declare readonly _tag: string
  declare readonly operation: string
  declare readonly problem: string
  declare readonly got: string
  declare readonly expected: string
  declare readonly hint: string
  /** Where the user's code called, as `file:line:column`; null when no frame is theirs. */
  declare readonly site: string | null

  constructor(tag: string, operation: string, explanation: Explanation, site?: string | null) {
    const place = site === undefined ? callSite(fullStack()) : site
    // The engine writes the message into `stack` now or never.
    super(lines(operation, explanation, place))
    if (this.stack?.startsWith('Error:')) this.stack = tag + this.stack.slice('Error'.length)
    Object.assign(this, explanation, { name: tag, _tag: tag, operation, site: place })
  }
}

/** Shapes that do not fit the operation. */
export class ShapeError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('ShapeError', operation, explanation)
  }
}

/** Element types that the operation does not take. */
export class DTypeError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('DTypeError', operation, explanation)
  }
}

/** An axis that the array does not have. */
export class AxisError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('AxisError', operation, explanation)
  }
}

/** An index outside the array, or an index expression that cannot be read. */
export class IndexError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('IndexError', operation, explanation)
  }
}

/** A tracer used as a value, or outside the transformation that made it. */
export class TracerError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('TracerError', operation, explanation)
  }
}

/** Trees whose structures differ, or a value that is no tree. */
export class StructureError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('StructureError', operation, explanation)
  }
}

/** An option or argument outside its domain. */
export class ValueError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('ValueError', operation, explanation)
  }
}

/** A device, its memory, or an array that is not where it was expected. */
export class DeviceError extends CotangentError {
  constructor(operation: string, explanation: Explanation, tag = 'DeviceError') {
    super(tag, operation, explanation)
  }
}

/** What memory was asked for, in bytes. */
export interface MemoryRequest {
  readonly asked: number
  /** What could have been had. */
  readonly available: number
  /** The largest arrays of the program that asked, largest first. */
  readonly largest: readonly { readonly name: string; readonly bytes: number }[]
}

/** A program needs more memory than there is, or than the settings allow. */
export class MemoryError extends DeviceError {
  declare readonly asked: number
  declare readonly available: number
  declare readonly largest: MemoryRequest['largest']

  constructor(operation: string, explanation: Explanation, request: MemoryRequest) {
    super(operation, explanation, 'MemoryError')
    Object.assign(this, request)
  }
}

/** A transformation that has no rule for what it met. */
export class TransformError extends CotangentError {
  constructor(operation: string, explanation: Explanation) {
    super('TransformError', operation, explanation)
  }
}

/** A value in the words of a message. */
export const showArgument = (x: unknown): string => {
  if (x === null || x === undefined) return String(x)
  if (Array.isArray(x)) return 'a list'
  if (typeof x === 'string' || typeof x === 'number' || typeof x === 'boolean')
    return `the ${typeof x} ${x}`
  if (typeof x !== 'object') return `a ${typeof x}`
  if ('ndim' in x) return 'an array'
  return `an instance of ${x.constructor?.name ?? 'an unknown class'}`
}

/** The list, or a ValueError for what stands in its place. */
export const listOf = <T>(
  operation: string,
  value: readonly T[],
  name = 'an argument'
): readonly T[] => {
  if (Array.isArray(value)) return value
  throw new ValueError(operation, {
    problem: `${name} is no list`,
    got: showArgument(value),
    expected: 'a list',
    hint: 'one alone is a list too: [0]'
  })
}

/** Throws unless `value` can be walked through with `for … of`. */
export const checkIterable = (operation: string, value: unknown): void => {
  if (
    typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] ===
    'function'
  )
    return
  throw new ValueError(operation, {
    problem: 'an argument is no sequence',
    got: showArgument(value),
    expected: 'a list, or anything that for … of walks through',
    hint: 'one batch alone is a list too: [batch]'
  })
}

/** Throws unless `f` is a function. */
export const checkFunction = (operation: string, f: unknown): void => {
  if (typeof f === 'function') return
  throw new ValueError(operation, {
    problem: 'an argument is no function',
    got: showArgument(f),
    expected: 'a function',
    hint: 'pass the function and not its result: f instead of f(x)'
  })
}

/** Throws a ValueError unless `value` is an object or a function, which have fields to read. */
export const checkRecord = (
  operation: string,
  value: unknown,
  expected: string,
  hint = 'the types of arguments are in the documentation of the function'
): void => {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return
  throw new ValueError(operation, {
    problem: 'an argument is not what the function works on',
    got: showArgument(value),
    expected,
    hint
  })
}

/**
 * Throws a ValueError when `options` is no object or has a key outside `known`. A number in its
 * place would have no keys, and pass as if nothing had been said.
 */
export const checkOptions = (
  operation: string,
  options: object,
  known: readonly string[]
): void => {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    'ndim' in options
  )
    throw new ValueError(operation, {
      problem: 'the options are no object',
      got: showArgument(options),
      expected: known.length === 0 ? 'no options' : `an object with ${known.join(', ')}`,
      hint: `arguments that have defaults go by name: { ${known[0] ?? ''}: … }`
    })
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new ValueError(operation, {
        problem: 'an option has an unknown name',
        got: `'${key}'`,
        expected: known.length === 0 ? 'no options' : `one of ${known.join(', ')}`,
        hint: 'option names are JAX keyword names in camelCase'
      })
}
