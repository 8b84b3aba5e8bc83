/** Samples of categories, given the logarithms of their probabilities. */
import { leafArray } from '../trace/flat.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { insert, normalizeAxis, show, sizeOf, without } from '../core/shape.ts'
import { argmax } from '../primitives/arg-reduction.ts'
import { add } from '../primitives/elementwise.ts'
import { broadcastTo, moveAxis, reshape } from '../primitives/movement.ts'
import { topK } from '../primitives/sorting.ts'
import { sampleShape, checkFloat, type SampleShape } from './arguments.ts'
import { gumbel, type GumbelOptions } from './continuous.ts'
import { consuming } from './key-reuse.ts'

export interface CategoricalOptions {
  /** Axis of the categories; −1 by default. */
  readonly axis?: number
  /** Shape of the result, to which that of the logits without the axis broadcasts. */
  readonly shape?: SampleShape
  /** Whether a category may come more than once among the leading axes of shape; true by default. */
  readonly replace?: boolean
  /** `high` spends twice the bits: probabilities below 10^-7 are wrong without. */
  readonly mode?: NonNullable<GumbelOptions['mode']>
}

/** The k best categories of each batch element, k on the leading axes. */
const distinct = (
  scores: NdArray,
  axis: number,
  prefix: readonly number[],
  shape: readonly number[]
): NdArray => {
  const k = sizeOf(prefix)
  if (k > scores.shape[axis])
    throw new ValueError('categorical', {
      problem: 'there are not so many categories',
      got: `${k} samples without replacement of ${scores.shape[axis]} categories`,
      expected: 'no more samples than categories',
      hint: 'leave out { replace: false }'
    })
  const [, best] = topK(moveAxis(scores, axis, scores.ndim - 1), k)
  return reshape(moveAxis(best, best.ndim - 1, 0), shape)
}

/**
 * Categories with probabilities softmax(logits): where `logits` + Gumbel noise is largest.
 *
 * Shape:  logits without the axis, or `{ shape }`; int32.
 * Errors: ShapeError when the shape does not end in that of the batch.
 * Source: Kool, van Hoof, Welling 2019, "Stochastic beams and where to find them", without
 *         replacement.
 *
 * @example
 * random.categorical(random.key(0), np.array([0.1, 1.5, -0.3, 0.7]), { shape: [5] }) // => [1 3 2 3 1]
 *
 * @category samplers
 * @since 0.1.0
 */
export const categorical = (
  key: NdArray,
  given: ArrayLike,
  options: CategoricalOptions = {}
): NdArray =>
  consuming('categorical', key, () => {
    const logits = leafArray(given)
    checkOptions('categorical', options, ['axis', 'shape', 'replace', 'mode'])
    const { axis = -1, replace = true, mode = 'low' } = options
    const dtype = checkFloat('categorical', logits.dtype)
    const at = normalizeAxis('categorical', axis, logits.ndim)
    const batch = without(logits.shape, [at])
    const shape = sampleShape('categorical', options.shape, [batch])
    const prefix = shape.slice(0, shape.length - batch.length)
    if (!replace) {
      if (show(shape.slice(prefix.length)) !== show(batch))
        throw new ShapeError('categorical', {
          problem: 'without replacement the shape must end in that of the batch',
          got: show(shape),
          expected: `[..., ${batch.join(', ')}]`,
          hint: 'broadcast the logits first'
        })
      const scores = add(gumbel(key, logits.shape, { dtype, mode }), logits)
      return distinct(scores, at, prefix, shape)
    }
    const lines = insert(shape.slice(prefix.length), at, logits.shape[at])
    const all = [...prefix, ...lines]
    const scores = add(gumbel(key, all, { dtype, mode }), broadcastTo(logits, all))
    return argmax(scores, prefix.length + at)
  })
