/** A table of vectors, looked up by number. */
import type { NdArray } from '../../core/array.ts'
import { isInteger } from '../../core/dtype.ts'
import { DTypeError, ValueError, checkOptions } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import type { Initializer } from '../initializers/simple.ts'
import { varianceScaling } from '../initializers/variance-scaling.ts'
import { empty, layerAt, requireCount, type Empty, type Layer } from '../layer.ts'

export interface EmbeddingOptions {
  readonly numEmbeddings: number
  readonly features: number
  /** A row that begins at zero and does not learn. */
  readonly paddingIndex?: number
  /** Rows are used no longer than this; they learn as if they were not cut. */
  readonly maxNorm?: number
  /** The exponent of that norm: 2 by default. */
  readonly normType?: number
  /** A row's gradient is divided by how often the input names it. */
  readonly scaleGradByFrequency?: boolean
  readonly embeddingInit?: Initializer
}

export interface EmbeddingParams {
  readonly embedding: NdArray // [numEmbeddings, features]
}

export const embeddingNames = [
  'numEmbeddings',
  'features',
  'paddingIndex',
  'maxNorm',
  'normType',
  'scaleGradByFrequency',
  'embeddingInit'
]

/** The padding row counted from the start, or undefined. */
const paddingRow = (kind: string, options: EmbeddingOptions): number | undefined => {
  const { paddingIndex: p, numEmbeddings: n } = options
  if (p === undefined) return undefined
  if (Number.isInteger(p) && p >= -n && p < n) return p < 0 ? p + n : p
  throw new ValueError(kind, {
    problem: 'the padding row is not in the table',
    got: `paddingIndex: ${p} of ${n} rows`,
    expected: `an integer from ${-n} to ${n - 1}`,
    hint: 'negative indices count from the end'
  })
}

export interface Lookup {
  readonly init: (key: NdArray, dtype: Parameters<Initializer>[2]) => EmbeddingParams
  /** The rows, with what stops their gradients. Shape: [...] -> [..., features]. */
  readonly rows: (params: EmbeddingParams, x: NdArray, path: Path | undefined) => NdArray
  /** Where the padding row was asked for; undefined without one. Shape: bool, that of x. */
  readonly isPadding: (x: NdArray) => NdArray | undefined
}

/** The table behind `embedding` and `embeddingBag`. */
export const lookup = (kind: string, options: EmbeddingOptions): Lookup => {
  const { numEmbeddings, features, maxNorm, normType = 2 } = options
  requireCount(kind, 'numEmbeddings', numEmbeddings)
  requireCount(kind, 'features', features)
  const padding = paddingRow(kind, options)
  const begin = options.embeddingInit ?? varianceScaling(1, 'fanOut', 'normal')
  const isPadding: Lookup['isPadding'] = (x) =>
    padding === undefined ? undefined : lax.eq(x, padding)

  /** Rows cut to maxNorm, whose gradients are those of the whole rows. */
  const cut = (rows: NdArray): NdArray => {
    if (maxNorm === undefined) return rows
    const length = np.linalg.norm(rows, { ord: normType, axis: -1, keepdims: true })
    const factor = np.where(np.greater(length, maxNorm), np.div(maxNorm, lax.add(length, 1e-7)), 1)
    return lax.add(rows, lax.stopGradient(lax.sub(np.mul(rows, factor), rows)))
  }

  /** The rows, whose gradients are divided by how often each is there. */
  const shared = (rows: NdArray, x: NdArray): NdArray => {
    if (options.scaleGradByFrequency !== true) return rows
    const counts = np.bincount(lax.reshape(x, [x.size]), { length: numEmbeddings })
    const often = lax.convertElementType(np.take(counts, x), rows.dtype)
    const part = np.div(rows, lax.expandDims(often, [x.ndim]))
    return lax.add(part, lax.stopGradient(lax.sub(rows, part)))
  }

  return {
    init: (key, dtype) => {
      const table = begin(key, [numEmbeddings, features], dtype)
      if (padding === undefined) return { embedding: table }
      const isRow = lax.eq(lax.broadcastedIota('int32', table.shape, 0), padding)
      return { embedding: lax.select(isRow, lax.zerosLike(table), table) }
    },
    rows: ({ embedding: table }, x, path) => {
      if (!isInteger(x.dtype))
        throw new DTypeError(layerAt(kind, path), {
          problem: 'rows are looked up by whole numbers',
          got: `an input of type ${x.dtype}`,
          expected: 'an integer type',
          hint: "convert with astype('int32')"
        })
      const rows = lax.gather(table, lax.expandDims(x, [x.ndim]), {
        dimensionNumbers: {
          offsetDims: [x.ndim],
          collapsedSliceDims: [0],
          startIndexMap: [0],
          operandBatchingDims: [],
          startIndicesBatchingDims: []
        },
        sliceSizes: [1, features],
        mode: 'fillOrDrop',
        fillValue: NaN
      })
      const counted = shared(cut(rows), x)
      const own = isPadding(x)
      if (own === undefined) return counted
      const axes = x.shape.map((_, a) => a)
      return lax.select(
        lax.broadcastInDim(own, rows.shape, axes),
        lax.stopGradient(counted),
        counted
      )
    },
    isPadding
  }
}

/**
 * The row of each number. Numbers outside the table give NaN, so that a wrong vocabulary shows.
 *
 * Shape:  integers [...] -> [..., features].
 * Errors: DTypeError with the layer's path when the input is not of an integer type.
 * Source: rows begin normal with variance 1 / features, as Flax has them.
 *
 * @example
 * const layer = nn.embedding({ numEmbeddings: 3, features: 2 })
 * const params = { embedding: np.array([[0, 1], [10, 11], [20, 21]]) }
 * layer.apply(params, {}, np.array([2, 0]).astype('int32'))[0].toNested() // => [[20, 21], [0, 1]]
 *
 * @category embeddings
 * @since 0.1.0
 */
export const embedding = (options: EmbeddingOptions): Layer<EmbeddingParams, Empty> => {
  checkOptions('embedding', options, embeddingNames)
  const table = lookup('embedding', options)
  return {
    kind: 'embedding',
    children: {},
    init: (key, { dtype }) => [table.init(key, dtype), empty],
    apply: (params, state, x, { path } = {}) => [table.rows(params, x, path), state],
    outputShape: (inputShape) => [...inputShape, options.features]
  }
}
