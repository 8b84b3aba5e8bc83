/** The table of ratios, and a line of JSON per row. */
import Table from 'cli-table3'
import type { Cell, RowResult } from './measure.ts'
import type { Row } from './rows.ts'

const time = (milliseconds: number): string =>
  milliseconds >= 1
    ? `${milliseconds.toPrecision(3)} ms`
    : milliseconds >= 1e-3
      ? `${(milliseconds * 1e3).toPrecision(3)} µs`
      : `${(milliseconds * 1e6).toPrecision(3)} ns`

const rate = (row: Row, milliseconds: number): string => {
  if (row.flops !== undefined && row.bytes === undefined)
    return ` (${(row.flops / milliseconds / 1e6).toPrecision(3)} GF/s)`
  if (row.bytes !== undefined) return ` (${(row.bytes / milliseconds / 1e6).toPrecision(3)} GB/s)`
  return ''
}

/** How many times as fast as the party we are. */
export const ratio = (ours: Cell, theirs: Cell): number | null =>
  ours.ok && theirs.ok ? theirs.median / ours.median : null

export const table = (
  rows: readonly Row[],
  results: readonly RowResult[],
  names: readonly string[]
): string => {
  const [first, ...peers] = names
  const shown = new Table({
    head: ['workload', `${first} (spread)`, ...peers.map((p) => `× ${p}`)],
    style: { head: [], border: [] }
  })
  results.forEach((result) => {
    const row = rows.find(({ name }) => name === result.name) as Row // results are of rows
    const ours = result.cells[first]
    const own = ours.ok
      ? `${time(ours.median)}${rate(row, ours.median)} ±${Math.round(ours.spread * 100)} %`
      : ours.reason
    const theirs = peers.map((peer) => {
      const cell = result.cells[peer]
      const factor = ratio(ours, cell)
      const mark = result.disagree.includes(peer) ? ' (disagrees)' : ''
      if (factor !== null) return `${factor.toPrecision(3)}${mark}`
      return cell.ok ? time(cell.median) : cell.reason === 'not offered' ? '–' : cell.reason
    })
    shown.push([result.name, own, ...theirs])
  })
  return shown.toString()
}
