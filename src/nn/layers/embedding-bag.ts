/** Sums, means or largest elements of rows of a table, bag by bag. */
import { isArray, type NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { empty, type Empty, type Layer } from '../layer.ts'
import { embeddingNames, lookup, type EmbeddingOptions, type EmbeddingParams } from './embedding.ts'

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** 'mean' by default. */
  readonly mode?: 'sum' | 'mean' | 'max'
  /** The last offset is the end of the last bag, not the start of one more. */
  readonly includeLastOffset?: boolean
}

/** Bags as rows, or end to end with offsets. */
export interface BagInput {
  readonly x: NdArray // integers [..., size], or [total] with offsets
  /** Where each bag begins, when bags lie end to end. Shape: integers [bags]. */
  readonly offsets?: NdArray
  /** What each row counts, for 'sum'. Shape: that of x. */
  readonly weights?: NdArray
}

/** Which rows are whose, as numbers: bool [bags, total]. */
const members = (offsets: NdArray, total: number, isLastEnd: boolean): NdArray => {
  const bags = offsets.shape[0] - (isLastEnd ? 1 : 0)
  const starts = lax.convertElementType(lax.sliceInDim(offsets, 0, bags), 'int32')
  const ends = lax.concatenate(
    [
      lax.convertElementType(lax.sliceInDim(offsets, 1, bags), 'int32'),
      isLastEnd
        ? lax.convertElementType(lax.sliceInDim(offsets, bags, bags + 1), 'int32')
        : lax.full([1], total, 'int32')
    ],
    0
  )
  const places = lax.broadcastedIota('int32', [bags, total], 1)
  const down = (v: NdArray): NdArray => lax.broadcastInDim(v, [bags, total], [0])
  return lax.and(lax.ge(places, down(starts)), lax.lt(places, down(ends)))
}

/**
 * The sum, mean or largest elements of the rows of each bag; the padding row does not count, and an
 * empty bag is zero.
 *
 * Shape:  integers [..., size] -> [..., features]; [total] with offsets [bags] -> [bags, features].
 * Errors: DTypeError with the layer's path when the input is not of an integer type.
 *
 * @example
 * const bag = nn.embeddingBag({ numEmbeddings: 3, features: 1, mode: 'sum' })
 * const params = { embedding: np.array([[1], [10], [100]]) }
 * const x = np.array([0, 1, 1]).astype('int32')
 * const offsets = np.array([0, 2]).astype('int32')
 * bag.apply(params, {}, { x, offsets })[0].toNested() // => [[11], [10]]
 *
 * @category embeddings
 * @since 0.1.0
 */
export const embeddingBag = (
  options: EmbeddingBagOptions
): Layer<EmbeddingParams, Empty, NdArray | BagInput> => {
  const kind = 'embeddingBag'
  checkOptions(kind, options, [...embeddingNames, 'mode', 'includeLastOffset'])
  const { mode = 'mean', includeLastOffset = false, ...table } = options
  if (!['sum', 'mean', 'max'].includes(mode))
    throw new ValueError(kind, {
      problem: 'the mode is unknown',
      got: `mode: ${JSON.stringify(mode)}`,
      expected: "'sum', 'mean' or 'max'",
      hint: "'mean' is the default"
    })
  const { init, rows, isPadding } = lookup(kind, table)
  return {
    kind,
    children: {},
    init: (key, { dtype }) => [init(key, dtype), empty],
    apply: (params, state, given, { path } = {}) => {
      const { x, offsets, weights }: BagInput = isArray(given) ? { x: given } : given
      const found = rows(params, x, path)
      const padding = isPadding(x)
      const counted = padding === undefined ? lax.full(x.shape, true, 'bool') : lax.not(padding)
      // [..., bags?, size, features] and which of them belong.
      const mine =
        offsets === undefined
          ? counted
          : np.logicalAnd(members(offsets, x.shape[0], includeLastOffset), counted)
      const belongs = lax.expandDims(mine, [mine.ndim])
      const number = np.sum(lax.convertElementType(belongs, found.dtype), { axis: -2 })
      if (mode === 'max') {
        const low = np.where(belongs, found, lax.full([], -Infinity, found.dtype))
        const top = np.max(low, { axis: -2 })
        return [np.where(np.greater(number, 0), top, lax.zerosLike(top)), state]
      }
      const scaled =
        weights === undefined ? found : np.mul(found, lax.expandDims(weights, [weights.ndim]))
      const sum = np.sum(np.where(belongs, scaled, lax.full([], 0, found.dtype)), { axis: -2 })
      return [mode === 'sum' ? sum : np.div(sum, np.maximum(number, 1)), state]
    },
    outputShape: (inputShape) => {
      const shapes = 'x' in inputShape ? inputShape : { x: inputShape }
      const offsets = 'offsets' in shapes ? shapes.offsets : undefined
      if (offsets === undefined) return [...shapes.x.slice(0, -1), options.features]
      return [offsets[0] - (includeLastOffset ? 1 : 0), options.features]
    }
  }
}
