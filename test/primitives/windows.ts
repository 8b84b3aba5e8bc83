/** Random gathers and scatters, and their meaning written down element by element. */
import fc from 'fast-check'
import type { NdArray } from '../../src/core/array.ts'
import type { Shape } from '../../src/core/shape.ts'
import type { GatherDimensions, GatherMode } from '../../src/primitives/gather-dimensions.ts'
import { eachIndex } from '../../src/primitives/host.ts'
import { values } from './arrays.ts'

/** A gather of any dimension numbers, with the shapes that fit them. */
export interface Windows {
  readonly operand: Shape
  readonly indices: Shape
  readonly out: Shape
  readonly dimensionNumbers: GatherDimensions
  readonly sliceSizes: readonly number[]
  readonly mode: GatherMode
}

export const modes: readonly GatherMode[] = ['clip', 'fillOrDrop', 'promiseInBounds']

const small = fc.integer({ min: 0, max: 3 })

/** Each operand axis is of one kind: indexed or not, kept or collapsed, or a batching axis. */
export const arbitraryWindows: fc.Arbitrary<Windows> = fc
  .record({
    batch: fc.array(small, { maxLength: 2 }),
    axes: fc.array(
      fc.record({
        extent: fc.integer({ min: 1, max: 4 }),
        size: small,
        indexed: fc.boolean(),
        kind: fc.constantFrom('kept', 'collapsed', 'batching')
      }),
      { maxLength: 3 }
    ),
    order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    mode: fc.constantFrom(...modes)
  })
  .map(({ batch, axes, order, mode }): Windows => {
    const shuffled = (xs: readonly number[], salt: number): readonly number[] =>
      xs
        .map((x, i) => [order[(i + salt) % order.length], x] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, x]) => x)
    const free = [...shuffled([...batch.keys()], 0)]
    const operand: number[] = []
    const sliceSizes: number[] = []
    const collapsed: number[] = []
    const indexed: number[] = []
    const kept: number[] = []
    const batching: (readonly [number, number])[] = []
    axes.forEach((x, a) => {
      const partner = x.kind === 'batching' ? free.shift() : undefined
      operand.push(partner === undefined ? x.extent : batch[partner])
      if (partner !== undefined) {
        batching.push([a, partner])
        sliceSizes.push(Math.min(1, batch[partner]))
        return
      }
      if (x.indexed) indexed.push(a)
      if (x.kind === 'kept') kept.push(a)
      else collapsed.push(a)
      sliceSizes.push(x.kind === 'kept' ? Math.min(x.size, x.extent) : 1)
    })
    const rank = batch.length + kept.length
    const offsetDims = [...shuffled([...Array(rank).keys()], 3)].slice(0, kept.length)
    offsetDims.sort((a, b) => a - b)
    const [batches, windows] = [[...batch], kept.map((a) => sliceSizes[a])]
    const startIndexMap = shuffled(indexed, 6)
    return {
      operand,
      indices: [...batch, startIndexMap.length],
      out: Array.from({ length: rank }, (_, a) =>
        // Both lists together have as many extents as there are axes.
        offsetDims.includes(a) ? (windows.shift() as number) : (batches.shift() as number)
      ),
      dimensionNumbers: {
        offsetDims,
        collapsedSliceDims: collapsed,
        startIndexMap,
        operandBatchingDims: batching.map(([a]) => a),
        startIndicesBatchingDims: batching.map(([, i]) => i)
      },
      sliceSizes,
      mode
    }
  })

/** Row-major position by Horner's rule. */
const flat = (shape: Shape, index: readonly number[]): number =>
  index.reduce((at, i, a) => at * shape[a] + i, 0)

/**
 * For every position of the result, in order, the position in the operand that it reads, or null:
 * start index + offset in the window + batching index, as XLA's operation semantics has it.
 */
export const places = (w: Windows, indices: NdArray): readonly (number | null)[] => {
  const { dimensionNumbers: d } = w
  const numbers = values(indices)
  const found: (number | null)[] = []
  eachIndex(w.out, (position) => {
    const batch = position.filter((_, a) => !d.offsetDims.includes(a))
    const offsets = d.offsetDims.map((a) => position[a])
    let inside = true
    const place = w.operand.map((extent, a) => {
      const partner = d.operandBatchingDims.indexOf(a)
      if (partner >= 0) return batch[d.startIndicesBatchingDims[partner]]
      const k = d.startIndexMap.indexOf(a)
      const start = k < 0 ? 0 : numbers[flat(w.indices, [...batch, k])]
      const last = extent - w.sliceSizes[a]
      if (w.mode === 'fillOrDrop' && (start < 0 || start > last)) inside = false
      const offset = d.collapsedSliceDims.includes(a) ? 0 : (offsets.shift() as number)
      return Math.max(0, Math.min(last, start)) + offset
    })
    found.push(inside ? flat(w.operand, place) : null)
  })
  return found
}
