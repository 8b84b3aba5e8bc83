import { inspect } from 'node:util'

const isNested = (value: object): value is { toNested(): unknown } =>
  'toNested' in value && typeof value.toNested === 'function'

/** A value as JavaScript would write it, arrays as nested lists: { w: [1, 2], b: 0.5 }. */
const literal = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return `[Function: ${value.name}]`
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : String(value)
  if (isNested(value)) return literal(value.toNested())
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (ArrayBuffer.isView(value)) return literal(Array.from(value as Float64Array))
  const fields = Object.entries(value).map(([key, of]) => `${key}: ${literal(of)}`)
  return `{ ${fields.join(', ')} }`
}

/** Whether a value has a text of its own: what plain objects say, '[object Object]', is none. */
const printsItself = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  value.toString !== Object.prototype.toString

/** The ways in which a page may write a value: as it prints itself, as Node shows it, as a literal. */
export const formsOf = (value: unknown): readonly string[] => {
  const shown = inspect(value, { depth: Infinity, breakLength: 100, maxArrayLength: null })
  const own = printsItself(value) ? String(value) : literal(value)
  return [...new Set([typeof value === 'string' ? value : own, shown, literal(value)])]
}

const token = /[a-z_$][\w$]*|-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\S/gi

/** Words, numbers and signs; white space only separates, and ' is ". */
const tokensOf = (text: string): readonly string[] =>
  (text.match(token) ?? []).map((of) => (of === '"' ? "'" : of))

const isNumber = (text: string): boolean => /^-?\.?\d/.test(text)

/** Half a unit of the last digit printed after the point; a number without one is exact. */
const tolerance = (text: string): number => {
  const [, fraction = '', exponent = '0'] = /\.(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? []
  return fraction === '' ? 0 : 0.5 * 10 ** (Number(exponent) - fraction.length) * (1 + 1e-6)
}

const agree = (actual: string, expected: string): boolean =>
  isNumber(actual) && isNumber(expected)
    ? Math.abs(Number(actual) - Number(expected)) <= tolerance(expected)
    : actual === expected

const startsWith = (actual: readonly string[], expected: readonly string[]): boolean =>
  expected.every((of, i) => agree(actual[i] ?? '', of))

/** Whether one of the forms of a value says what the page says, floats at the digits it prints. */
export const matches = (value: unknown, expected: string): boolean => {
  const wanted = tokensOf(expected)
  return formsOf(value)
    .map(tokensOf)
    .some((form) => form.length === wanted.length && startsWith(form, wanted))
}

/** Whether an error begins as the page says: `ShapeError`, or its name and message to any length. */
export const throwsAs = (error: unknown, expected: string): boolean =>
  error instanceof Error &&
  startsWith(tokensOf(`${error.name}: ${error.message}`), tokensOf(expected))
