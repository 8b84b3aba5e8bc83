/** Perplexity: how many tokens a language model hesitates between. */
import { requireArrays, type NdArray } from '../core/array.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { requireClasses } from './classes.ts'
import type { Metric } from './metric.ts'
import { double, numberOf, totals, weightsOf } from './sums.ts'
import * as math from '../core/scalar/math.ts'

export interface Surprise {
  readonly nats: NdArray // float64 []
  readonly tokens: NdArray // float64 []
}

export interface PerplexityOptions {
  /** A label that does not count, such as that of padding. */
  readonly ignore?: number | undefined
}

/** −log softmax(logits)[label], added up. */
const surprise = (
  operation: string,
  options: PerplexityOptions
): Pick<Metric<Surprise>, 'observe' | 'monoid'> => {
  checkOptions(operation, options, ['ignore'])
  const { ignore } = options
  return {
    observe: (logits, labels, weights) => {
      requireArrays(operation, logits, labels)
      if (logits.ndim !== labels.ndim + 1 || !equals(logits.shape.slice(0, -1), labels.shape))
        throw new ShapeError(operation, {
          problem: 'logits and labels do not belong together',
          got: `logits ${show(logits.shape)}, labels ${show(labels.shape)}`,
          expected: 'logits [..., tokens] and labels [...]',
          hint: 'shift them first: the label of a place is the token that comes next'
        })
      const classes = logits.shape[labels.ndim]
      const given = lax.convertElementType(labels, 'int32')
      const kept = ignore === undefined ? undefined : lax.ne(given, ignore)
      const wanted = kept === undefined ? given : np.where(kept, given, 0)
      requireClasses(operation, wanted, classes)
      const x = double(logits)
      const top = lax.reduceMax(x, [labels.ndim])
      const shifted = np.sub(x, np.expandDims(top, -1))
      const total = lax.log(lax.reduceSum(lax.exp(shifted), [labels.ndim]))
      const own = np.takeAlongAxis(shifted, np.expandDims(wanted, -1), -1)
      const nats = lax.sub(total, lax.reshape(own, labels.shape))
      const w = weightsOf(operation, weights, labels.shape)
      const counted = kept === undefined ? w : lax.mul(w, double(kept))
      return { nats: np.sum(lax.mul(nats, counted)), tokens: np.sum(counted) }
    },
    monoid: totals(['nats', 'tokens'])
  }
}

/**
 * e to the mean of −log softmax(logits)[label] over tokens.
 *
 * Shape:  logits [..., tokens], labels [...].
 * Errors: IndexError for a label outside the tokens.
 *
 * @example
 * const even = [np.zeros([1, 4]), np.zeros([1], { dtype: 'int32' })] as const
 * metrics.evaluate(metrics.perplexity(), [even]).toFixed(6) // => '4.000000'
 *
 * @category metrics
 * @since 0.1.0
 */
export const perplexity = (options: PerplexityOptions = {}): Metric<Surprise> => ({
  ...surprise('perplexity', options),
  value: ({ nats, tokens }) => math.exp(numberOf(nats) / numberOf(tokens))
})

/**
 * The mean of −log₂ softmax(logits)[label]: bits per token, or per character where a token is one.
 *
 * Shape:  logits [..., tokens], labels [...].
 * Units:  bits.
 * Errors: IndexError for a label outside the tokens.
 *
 * @category metrics
 * @since 0.1.0
 */
export const bitsPerToken = (options: PerplexityOptions = {}): Metric<Surprise> => ({
  ...surprise('bitsPerToken', options),
  value: ({ nats, tokens }) => numberOf(nats) / numberOf(tokens) / Math.LN2
})
