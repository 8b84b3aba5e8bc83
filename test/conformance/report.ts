/** Checks and what came of them. A check that throws has failed, with the first line it threw. */

export interface Outcome {
  readonly name: string
  /** What went wrong, in one line; null when the check passed. */
  readonly failure: string | null
}

const firstLine = (error: unknown): string => {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n')
  return `threw ${error instanceof Error ? error.name : ''}: ${lines.slice(0, 2).join(';')}`
}

/** Runs a check: `body` tells what is wrong, or null. */
export const check = (name: string, body: () => string | null): Outcome => {
  try {
    return { name, failure: body() }
  } catch (error) {
    return { name, failure: firstLine(error) }
  }
}

export const failuresOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.flatMap((o) => (o.failure === null ? [] : [`${o.name}: ${o.failure}`]))
