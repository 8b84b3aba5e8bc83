import { formsOf, matches, throwsAs } from './printed.ts'

/** Evaluates the expression of a claim. The box keeps a promise from being awaited by accident. */
export type Thunk = () => Box | Promise<Box>

interface Box {
  readonly value: unknown
}

const executed = new Map<string, number>()

/** How many claims of a snippet have been looked at. */
export const executedIn = (place: string): number => executed.get(place) ?? 0

/** A lie of a page, without a stack: the place that matters is in the message. */
const lie = (place: string, expected: string, got: string): Error => {
  const error = new Error(`${place}\n  says: ${expected}\n  is:   ${got}`)
  return Object.assign(error, { stack: error.message })
}

/** The function that instrumented code calls for each of its claims. */
export const checker =
  (file: string, firstLine: number) =>
  async (line: number, thunk: Thunk, expected: string): Promise<void> => {
    const snippet = `${file}:${firstLine}`
    const place = `${file}:${firstLine + line - 1}`
    executed.set(snippet, executedIn(snippet) + 1)
    const prefix = /^throws\s+/.exec(expected)?.[0]
    if (prefix === undefined) {
      const { value } = await thunk()
      if (!matches(value, expected)) throw lie(place, expected, formsOf(value)[0] ?? '')
      return
    }
    const error = await Promise.resolve()
      .then(thunk)
      .then(
        () => 'nothing was thrown',
        (thrown: unknown) => thrown
      )
    if (!throwsAs(error, expected.slice(prefix.length))) throw lie(place, expected, String(error))
  }
