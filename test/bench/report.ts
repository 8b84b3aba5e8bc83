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

const marked = (result: RowResult, peer: string, text: string): string =>
  result.disagree.includes(peer) ? `${text} (disagrees)` : text

/** The cells of a row: its name, our time and its spread, and a factor for each peer. */
const cellsOf = (
  row: Row,
  result: RowResult,
  [first, ...peers]: readonly string[]
): readonly string[] => {
  const ours = result.cells[first]
  const own = ours.ok ? `${time(ours.median)}${rate(row, ours.median)}` : ours.reason
  const spread = ours.ok ? `±${Math.round(ours.spread * 100)} %` : ''
  const theirs = peers.map((peer) => {
    const cell = result.cells[peer]
    const factor = ratio(ours, cell)
    if (factor !== null) return marked(result, peer, factor.toPrecision(3))
    return cell.ok ? time(cell.median) : cell.reason === 'not offered' ? '–' : cell.reason
  })
  return [row.name, own, spread, ...theirs]
}

/** The table for a terminal, or in Markdown, as docs/benchmarks.md shows it. */
export const table = (
  rows: readonly Row[],
  results: readonly RowResult[],
  names: readonly string[],
  markdown = false
): string => {
  const [first, ...peers] = names
  const head = ['workload', first, 'spread', ...peers.map((p) => `× ${p}`)]
  const body = results.map((result) => {
    const row = rows.find(({ name }) => name === result.name) as Row // results are of rows
    return cellsOf(row, result, names)
  })
  if (markdown) {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
    return [
      line(head),
      line(head.map((_, i) => (i === 0 ? '---' : '---:'))),
      ...body.map(line)
    ].join('\n')
  }
  const shown = new Table({ head, style: { head: [], border: [] } })
  body.forEach((cells) => shown.push([...cells]))
  return shown.toString()
}
