/** A table of vectors, looked up by number. */
import type { NdArray } from '../../core/array.ts'
import { isInteger } from '../../core/dtype.ts'
import { DTypeError, checkOptions } from '../../core/errors.ts'
import { show as showPath } from '../../core/path.ts'
import * as lax from '../../lax/index.ts'
import type { Initializer } from '../initializers/simple.ts'
import { varianceScaling } from '../initializers/variance-scaling.ts'
import { empty, requireCount, type Empty, type Layer } from '../layer.ts'

export interface EmbeddingOptions {
  readonly numEmbeddings: number
  readonly features: number
  readonly embeddingInit?: Initializer
}

export interface EmbeddingParams {
  readonly embedding: NdArray // [numEmbeddings, features]
}

/**
 * The row of each number. Numbers outside the table give NaN, so that a wrong vocabulary shows.
 *
 * Shape:  integers [...] -> [..., features].
 * Errors: DTypeError with the layer's path when the input is not of an integer type.
 * Source: rows begin normal with variance 1 / features, as Flax has them.
 *
 * @category layers
 * @since 0.1.0
 */
export const embedding = (options: EmbeddingOptions): Layer<EmbeddingParams, Empty> => {
  checkOptions('embedding', options, ['numEmbeddings', 'features', 'embeddingInit'])
  const { numEmbeddings, features } = options
  requireCount('embedding', 'numEmbeddings', numEmbeddings)
  requireCount('embedding', 'features', features)
  const begin = options.embeddingInit ?? varianceScaling(1, 'fanOut', 'normal')
  return {
    kind: 'embedding',
    children: {},
    init: (key, { dtype }) => [{ embedding: begin(key, [numEmbeddings, features], dtype) }, empty],
    apply: (params, state, x, { path = [] } = {}) => {
      if (!isInteger(x.dtype))
        throw new DTypeError(`embedding at ${showPath(path)}`, {
          problem: 'rows are looked up by whole numbers',
          got: `an input of type ${x.dtype}`,
          expected: 'an integer type',
          hint: "convert with astype('int32')"
        })
      const rows = lax.gather(params.embedding, lax.expandDims(x, [x.ndim]), {
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
      return [rows, state]
    },
    outputShape: (inputShape) => [...inputShape, features]
  }
}
