/** Gather and the scatters, with repeated positions and positions outside, in every mode. */
import fc from 'fast-check'
import { makeAval } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import type { GatherDimensions, GatherMode } from '../../src/primitives/gather-dimensions.ts'
import { asScatter } from '../../src/primitives/gather-dimensions.ts'
import { gather, scatterAdd } from '../../src/primitives/gather.ts'
import type { Scatter } from '../../src/primitives/scatter-rules.ts'
import { scatter, scatterMax, scatterMin, scatterMul } from '../../src/primitives/scatter.ts'
import { fill } from '../directions.ts'
import {
  given,
  inside,
  operand,
  positions,
  sample,
  type Operand,
  type Row,
  type Sample
} from './row.ts'

interface Case {
  readonly operand: readonly number[]
  readonly indices: readonly number[]
  /** The axis that indices run along has this extent. */
  readonly extent: number
  readonly windows: readonly number[]
  readonly sliceSizes: readonly number[]
  readonly dimensions: GatherDimensions
}

const none = { operandBatchingDims: [], startIndicesBatchingDims: [] } as const

/** Rows of a matrix; a window of a vector; a column per row, by batching axes. */
const cases: readonly Case[] = [
  {
    operand: [4, 2],
    indices: [3, 1],
    extent: 4,
    windows: [3, 2],
    sliceSizes: [1, 2],
    dimensions: { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0], ...none }
  },
  {
    operand: [5],
    indices: [2, 1],
    extent: 5,
    windows: [2, 2],
    sliceSizes: [2],
    dimensions: { offsetDims: [1], collapsedSliceDims: [], startIndexMap: [0], ...none }
  },
  {
    operand: [2, 4],
    indices: [2, 3, 1],
    extent: 4,
    windows: [2, 3],
    sliceSizes: [1, 1],
    dimensions: {
      offsetDims: [],
      collapsedSliceDims: [1],
      startIndexMap: [1],
      operandBatchingDims: [0],
      startIndicesBatchingDims: [0]
    }
  }
]

const modes: readonly GatherMode[] = ['clip', 'fillOrDrop', 'promiseInBounds']

const indicesOf = (c: Case, mode: GatherMode): Operand =>
  (mode === 'promiseInBounds' ? inside : positions)(c.indices, c.extent)

const each = (make: (c: Case, mode: GatherMode) => Sample): readonly Sample[] =>
  cases.flatMap((c) => modes.map((mode) => make(c, mode)))

const gathers = (d: DType): readonly Sample[] =>
  each((c, mode) =>
    sample(
      (x, i) =>
        gather(x, i, {
          dimensionNumbers: c.dimensions,
          sliceSizes: c.sliceSizes,
          mode,
          fillValue: mode === 'fillOrDrop' ? 0 : null
        }),
      operand(c.operand, d),
      indicesOf(c, mode)
    )
  )

/** Where updates lie: apart from the operand's [0.5, 1.5], so that no extreme is nearly a tie. */
const below = { min: -1.5, max: -0.5 } as const

const scatters = (f: Scatter, d: DType, isUnique = false): readonly Sample[] =>
  each((c, mode) =>
    sample(
      (x, i, u) =>
        f(x, i, u, {
          dimensionNumbers: asScatter(c.dimensions),
          mode,
          uniqueIndices: isUnique,
          indicesAreSorted: false
        }),
      operand(c.operand, d, { min: 0.5, max: 1.5 }),
      isUnique ? distinct(c) : indicesOf(c, mode),
      operand(c.windows, d, below)
    )
  )

/** Positions no two of which write to one place. */
const distinct = (c: Case): Operand => {
  const rows = c.indices.slice(0, -2).reduce((n, m) => n * m, 1)
  const count = c.indices[c.indices.length - 2]
  const stride = c.sliceSizes[c.dimensions.startIndexMap[0]]
  const places = Array.from({ length: Math.floor(c.extent / stride) }, (_, i) => i * stride)
  const row = fc.shuffledSubarray(places, { minLength: count, maxLength: count })
  const values = fc
    .array(row, { minLength: rows, maxLength: rows })
    .map((all) => fill(makeAval(c.indices, 'int32'), (i) => all.flat()[i]))
  return given(c.indices, 'int32', values)
}

const scattering = (primitive: string, f: Scatter, more: Partial<Row> = {}): Row => ({
  primitive,
  samples: (float) => scatters(f, float),
  others: scatters(f, 'int32'),
  ...more
})

/** Rows of gather and the scatter family. */
export const indexing: readonly Row[] = [
  { primitive: 'gather', linear: [0], samples: gathers, others: gathers('int8') },
  scattering('scatterAdd', scatterAdd, { linear: [0, 2] }),
  scattering('scatter', scatter, {
    except: {
      adjoint: 'it is linear where no place is written twice; its adjoint is met through vjp'
    }
  }),
  scattering('scatterMul', scatterMul, {
    linear: [0],
    // As in JAX, factors have a derivative only where no place gets two of them.
    samples: (float) => scatters(scatterMul, float, true),
    others: [...scatters(scatterMul, 'int32'), ...scatters(scatterMul, 'float32')]
  }),
  scattering('scatterMin', scatterMin),
  scattering('scatterMax', scatterMax)
]
