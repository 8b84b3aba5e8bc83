/** One row of the table: every party prepares it, then they take turns. */
import type { Party } from './parties.ts'
import { waitForQuiet } from './quiet.ts'
import type { Row } from './rows.ts'

/** Milliseconds per operation over the turns of a party. */
export interface Measured {
  readonly median: number
  readonly least: number
  /** (upper − lower quartile) / median. */
  readonly spread: number
  readonly samples: number
  readonly check: readonly number[]
}

export type Cell =
  ({ readonly ok: true } & Measured) | { readonly ok: false; readonly reason: string }

export interface RowResult {
  readonly name: string
  /** Processors that were busy with something else just before. */
  readonly noise: number
  readonly cells: Readonly<Record<string, Cell>>
  /** Parties whose first numbers are not those of the first party that has any. */
  readonly disagree: readonly string[]
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]

const summary = (samples: readonly number[], check: readonly number[]): Cell => {
  const sorted = samples.toSorted((a, b) => a - b)
  const median = quantile(sorted, 0.5)
  return {
    ok: true,
    median,
    least: sorted[0],
    spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median,
    samples: samples.length,
    check
  }
}

/** Equal to 1e-3 of the largest: the parties sum in different orders. */
const agree = (a: readonly number[], b: readonly number[]): boolean => {
  const n = Math.min(a.length, b.length)
  const scale = Math.max(...a.slice(0, n).map(Math.abs), ...b.slice(0, n).map(Math.abs), 1e-3)
  return a.slice(0, n).every((x, i) => Math.abs(x - b[i]) <= 1e-3 * scale)
}

const disagreeing = (cells: Readonly<Record<string, Cell>>): readonly string[] => {
  const measured = Object.entries(cells).flatMap(([name, cell]) =>
    cell.ok ? [{ name, check: cell.check }] : []
  )
  return measured.filter(({ check }) => !agree(measured[0].check, check)).map(({ name }) => name)
}

export interface MeasureOptions {
  readonly rounds: number
  /** Milliseconds of one turn. */
  readonly turn: number
  /** Milliseconds to wait for a quiet machine. */
  readonly patience: number
}

export const measure = async (
  row: Row,
  parties: readonly Party[],
  { rounds, turn, patience }: MeasureOptions
): Promise<RowResult> => {
  const noise = await waitForQuiet(patience)
  const cells: Record<string, Cell> = {}
  const ready: { party: Party; samples: number[]; check: readonly number[] }[] = []
  for (const party of parties) {
    const prepared = await party.ask({ op: 'prepare', name: row.name })
    if (!prepared.ok) cells[party.name] = prepared
    else if (!('check' in prepared)) cells[party.name] = { ok: false, reason: 'no answer' }
    else if (row.first === true) cells[party.name] = summary([prepared.first], prepared.check)
    else ready.push({ party, samples: [], check: prepared.check })
  }
  // The first turn warms up: engines compile hot code again.
  for (let round = 0; round <= rounds; round++)
    for (const { party, samples } of ready) {
      const turned = await party.ask({ op: 'measure', milliseconds: turn })
      if (turned.ok && 'samples' in turned && round > 0) samples.push(...turned.samples)
      if (!turned.ok) cells[party.name] = turned
    }
  for (const { party, samples, check } of ready)
    if (samples.length > 0) cells[party.name] = summary(samples, check)
  return { name: row.name, noise, cells, disagree: disagreeing(cells) }
}
