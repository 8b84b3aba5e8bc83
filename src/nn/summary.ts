/** A network as a table: what each layer gives, and how much it has to learn. */
import { requireLayer } from './layer.ts'
import { isArray, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import { slashed } from '../core/path.ts'
import { show, sizeOf, type Shape } from '../core/shape.ts'
import { broadcastPrefix } from '../core/tree-prefix.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { evalShape, shapeDType } from '../transforms/inspect.ts'
import { isShape, overShapes } from './compose.ts'
import type { AnyLayer, Interceptor, Layer, ShapesOf } from './layer.ts'

export interface SummaryOptions {
  /** Element type of the input: int32 where a sequence begins with an embedding, else float32. */
  readonly inputDType?: DType
  /** A tree of booleans, or of fewer that stand for all below them: which parameters learn. */
  readonly trainable?: unknown
  /** How many levels of layers inside layers are shown: all by default. */
  readonly depth?: number
}

/** One layer of a summary. */
export interface SummaryRow {
  /** As `blocks/layers/0`; empty for the network itself. */
  readonly path: string
  readonly kind: string
  /** A shape, or a tree of shapes. */
  readonly output: unknown
  /** Of the layer itself, without those of the layers inside that have a row. */
  readonly parameters: number
  readonly trainable: number
}

/** The rows, and totals; printing it gives a table. */
export interface Summary {
  readonly rows: readonly SummaryRow[]
  readonly parameters: number
  readonly trainable: number
  /** Numbers in the state, such as running statistics. */
  readonly state: number
  readonly toString: () => string
}

interface Leaf {
  readonly path: string
  readonly count: number
  readonly learns: boolean
}

const shapeOf = (leaf: unknown): Shape => (isArray(leaf) ? leaf.shape : [])

const isFlag = (x: unknown): x is boolean => typeof x === 'boolean'

const leavesOf = (params: unknown, trainable: unknown): readonly Leaf[] => {
  const [entries, structure] = tree.flattenWithPath(params, 'summary')
  const flags = broadcastPrefix('summary', trainable, structure, isFlag)
  return entries.map(([path, leaf], i) => ({
    path: slashed(path),
    count: sizeOf(shapeOf(leaf)),
    learns: flags[i]
  }))
}

const depthOf = (path: string): number => (path === '' ? 0 : path.split('/').length)

const isInside = (path: string, of: string): boolean =>
  of === '' || path === of || path.startsWith(`${of}/`)

type Seen = Pick<SummaryRow, 'path' | 'kind' | 'output'>

/** Layers are met from the inside out; a table is read from the outside in. */
const outsideIn = (met: readonly Seen[]): readonly Seen[] => {
  const below = (path: string): readonly Seen[] =>
    met
      .filter((row) => row.path !== path && isInside(row.path, path))
      .filter((row) => depthOf(row.path) === depthOf(path) + 1)
      .flatMap((row) => [row, ...below(row.path)])
  const root = met.filter((row) => row.path === '')
  return [...root, ...below('')]
}

const sum = (leaves: readonly Leaf[]): number => leaves.reduce((n, l) => n + l.count, 0)

const showOutput = (output: unknown): string => {
  if (isShape(output)) return show(output)
  if (Array.isArray(output)) return `[${output.map(showOutput).join(', ')}]`
  const fields = Object.entries(output as object)
  return `{ ${fields.map(([name, value]) => `${name}: ${showOutput(value)}`).join(', ')} }`
}

const digits = (n: number): string => n.toLocaleString('en-US')

const trains = ({ parameters, trainable }: SummaryRow): string =>
  parameters === 0 ? '' : trainable === parameters ? 'yes' : trainable === 0 ? 'no' : 'partly'

const table = (rows: readonly SummaryRow[]): string => {
  const cells = [
    ['layer', 'output shape', 'parameters', 'trainable'],
    ...rows.map((row) => [
      `${'  '.repeat(depthOf(row.path))}${row.path.split('/').pop() ?? ''}${row.path === '' ? row.kind : ` (${row.kind})`}`,
      showOutput(row.output),
      row.parameters === 0 ? '' : digits(row.parameters),
      trains(row)
    ])
  ]
  const widths = cells[0].map((_, c) => Math.max(...cells.map((row) => row[c].length)))
  const lines = cells.map((row) =>
    row
      .map((cell, c) => (c === 2 ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join('  ')
      .trimEnd()
  )
  const rule = '─'.repeat(widths.reduce((a, b) => a + b, 2 * (widths.length - 1)))
  return [lines[0], rule, ...lines.slice(1), rule].join('\n')
}

/** The type of input that the layer that comes first takes, where the order of layers is known. */
const inputTypeOf = (layer: AnyLayer): DType => {
  if (layer.kind.startsWith('embedding')) return 'int32'
  const [first] = layer.kind === 'sequential' ? Object.values(layer.children) : []
  return first === undefined ? 'float32' : inputTypeOf(first)
}

/**
 * What every layer gives and has to learn, without computing anything: shapes alone go through the
 * network. `console.log` of it, or a template, prints the table.
 *
 * Errors: those of the network for this shape, with the paths of its layers.
 *
 * @example
 * const net = nn.sequential({ hidden: nn.dense({ features: 4 }), act: nn.relu, out: nn.dense({ features: 2 }) })
 * const summary = nn.summary(net, [1, 3], { trainable: { hidden: false, act: true, out: true } })
 * summary.parameters // => 26
 * summary.trainable // => 10
 * summary.rows.map((row) => row.path) // => ['', 'hidden', 'act', 'out']
 *
 * @category inspection
 * @since 0.1.0
 */
export const summary = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  inputShape: ShapesOf<X>,
  options: SummaryOptions = {}
): Summary => {
  checkOptions('summary', options, ['inputDType', 'trainable', 'depth'])
  requireLayer('summary', layer)
  const { inputDType = inputTypeOf(layer), trainable = true, depth = Infinity } = options
  const key = shapeDType([2], 'uint32')
  const [params, state] = evalShape((k: NdArray) => layer.init(k, { inputShape }), key)
  const met: Seen[] = []
  const intercept: Interceptor = (output, path, kind) => {
    if (!met.some((row) => row.path === path))
      met.push({ path, kind, output: tree.map(shapeOf, output) })
    return output
  }
  // Arrays without values, of the shapes given.
  const x = overShapes(inputShape, (shape) => evalShape(() => lax.full(shape, 0, inputDType)))
  const [y] = evalShape(
    (p: P, s: S, given: X) => layer.apply(p, s, given, { intercept }),
    params,
    state,
    x
  )
  const rows = outsideIn([
    ...met,
    { path: '', kind: layer.kind, output: tree.map(shapeOf, y) }
  ]).filter((row) => depthOf(row.path) <= depth)
  const leaves = leavesOf(params, trainable)
  /** The row that a parameter belongs to: the innermost that it is inside of. */
  const owner = (path: string): string =>
    rows.reduce(
      (best, row) => (isInside(path, row.path) && row.path.length >= best.length ? row.path : best),
      ''
    )
  const owners = leaves.map((leaf) => owner(leaf.path))
  const counted = rows.map((row): SummaryRow => {
    const own = leaves.filter((_, i) => owners[i] === row.path)
    return { ...row, parameters: sum(own), trainable: sum(own.filter((l) => l.learns)) }
  })
  const parameters = sum(leaves)
  const learning = sum(leaves.filter((l) => l.learns))
  const remembered = tree.reduce((n, leaf) => n + sizeOf(shapeOf(leaf)), state, 0)
  const text = (): string =>
    [
      table(counted),
      `parameters: ${digits(parameters)}, trainable: ${digits(learning)}, frozen: ${digits(parameters - learning)}, state: ${digits(remembered)}`
    ].join('\n')
  const made: Summary = {
    rows: counted,
    parameters,
    trainable: learning,
    state: remembered,
    toString: text
  }
  // Node's inspect, and so console.log, shows the table.
  return Object.defineProperty(made, Symbol.for('nodejs.util.inspect.custom'), { value: text })
}
