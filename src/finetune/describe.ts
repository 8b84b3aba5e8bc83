/** What a selection selects, as a table to read before training. */
import { isArray } from '../core/array.ts'
import { slashed } from '../core/path.ts'
import { show, sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import { flagsOf } from './flags.ts'
import type { Selection } from './select.ts'

export interface DescribedLeaf {
  readonly path: string
  readonly shape: readonly number[]
  readonly count: number
  readonly trainable: boolean
}

export interface Description {
  readonly leaves: readonly DescribedLeaf[]
  readonly trainable: number
  readonly total: number
  readonly toString: () => string
}

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((r) => r[c].length)))
  return rows
    .map((r) => r.map((cell, c) => (c < 1 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))))
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n')
}

/**
 * Path, shape, count and whether it trains, for every leaf; printing it gives a table.
 *
 * Errors: ValueError when a selection matches nothing; StructureError where a mask does not fit.
 *
 * @example
 * describe({ head: np.zeros([2]), body: np.zeros([3, 2]) }, 'head').trainable // => 2
 *
 * @category selections
 * @since 0.1.0
 */
export const describe = (params: unknown, selection: Selection = true): Description => {
  const [entries] = tree.flattenWithPath(params, 'describe')
  const flags = flagsOf('describe', params, selection)
  const leaves = entries.map(([path, leaf], i): DescribedLeaf => {
    const shape = isArray(leaf) ? leaf.shape : []
    return { path: slashed(path), shape, count: sizeOf(shape), trainable: flags[i] }
  })
  const count = (of: readonly DescribedLeaf[]): number => of.reduce((n, l) => n + l.count, 0)
  const total = count(leaves)
  const trainable = count(leaves.filter((l) => l.trainable))
  const rows = leaves.map((l) => [
    l.path,
    show(l.shape),
    String(l.count),
    l.trainable ? 'trains' : 'frozen'
  ])
  const text = table([
    ['path', 'shape', 'count', ''],
    ...rows,
    ['total', '', String(total), `${trainable} train`]
  ])
  return { leaves, trainable, total, toString: () => text }
}
