/** Adding up weights by integer bins: what histograms and occurrence counts are made of. */
import { hostOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { onHost } from '../core/config.ts'
import { isInteger, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { scatterAdd } from '../primitives/gather.ts'
import { fillLike, reshape } from '../primitives/movement.ts'
import { flat } from './along.ts'
import { maximum } from './arithmetic.ts'
import { asArray, asType } from './promotion.ts'
import { max } from './reductions.ts'

/** Σ of the weights in each bin; bins outside are skipped. Shape: bins, weights [n] -> [length]. */
export const addedUp = (length: number, bins: NdArray, weights: NdArray): NdArray =>
  scatterAdd(fillLike(scalar(0, weights.dtype), [length]), reshape(bins, [bins.size, 1]), weights, {
    dimensionNumbers: {
      updateWindowDims: [],
      insertedWindowDims: [0],
      scatterDimsToOperandDims: [0],
      operandBatchingDims: [],
      scatterIndicesBatchingDims: []
    },
    mode: 'fillOrDrop',
    uniqueIndices: false,
    indicesAreSorted: false
  })

export interface BincountOptions {
  readonly weights?: ArrayLike
  /** Least length of the result. */
  readonly minlength?: number
  /** Length of the result: required while tracing. Larger values are skipped. */
  readonly length?: number
}

const lengthOf = (x: NdArray, minlength: number): number =>
  x.size === 0
    ? minlength
    : Math.max(
        minlength,
        hostOf(
          onHost(() => max(x)),
          'np.bincount'
        )[0] + 1
      )

/**
 * How often each integer from 0 occurs, or the sum of the weights of its occurrences. Negative
 * integers count as 0.
 *
 * Shape: x [n] -> [max + 1], or [length]; int32, or the type of the weights.
 * Errors: DTypeError unless x holds integers; TracerError while tracing without `length`.
 *
 * @category statistics
 * @since 0.1.0
 */
export const bincount = (x: ArrayLike, options: BincountOptions = {}): NdArray => {
  checkOptions('np.bincount', options, ['weights', 'minlength', 'length'])
  const { weights, minlength = 0, length } = options
  const y = asArray(x, 'np.bincount')
  if (!isInteger(y.dtype) && y.dtype !== 'bool')
    throw new DTypeError('np.bincount', {
      problem: 'only integers are counted',
      got: y.dtype,
      expected: 'an integer type',
      hint: 'np.histogram counts floats in bins'
    })
  if (y.ndim !== 1)
    throw new ShapeError('np.bincount', {
      problem: 'the array is no vector',
      got: `shape ${show(y.shape)}`,
      expected: 'one axis',
      hint: 'np.ravel flattens'
    })
  const bins = asType(y, 'int32')
  const type: DType = weights === undefined ? 'int32' : asArray(weights).dtype
  const each = weights === undefined ? fillLike(scalar(1, type), y.shape) : flat(asArray(weights))
  return addedUp(length ?? lengthOf(bins, minlength), maximum(bins, 0), each)
}
