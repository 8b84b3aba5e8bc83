/** Dropout: while training, every element is zero with a given probability. */
import type { NdArray } from '../../core/array.ts'
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { empty, requireKey, type Empty, type Layer } from '../layer.ts'

export interface DropoutOptions {
  /** The probability that an element becomes zero. */
  readonly rate: number
  /** Axes along which elements are dropped together. */
  readonly broadcastDims?: readonly number[]
}

/** x / (1 − rate) where kept, else 0. */
const drop = (key: NdArray, x: NdArray, rate: number, together: readonly number[]): NdArray => {
  const axes = together.map((a) => (a < 0 ? a + x.ndim : a))
  const shape = x.shape.map((n, a) => (axes.includes(a) ? 1 : n))
  const drawn = random.bernoulli(key, 1 - rate, shape)
  const kept = lax.broadcastInDim(
    drawn,
    x.shape,
    x.shape.map((_, a) => a)
  )
  return lax.select(kept, lax.div(x, 1 - rate), lax.zerosLike(x))
}

/**
 * While training, zeroes elements with probability `rate` and scales the others by 1 / (1 − rate),
 * so that the mean stays; else the identity.
 *
 * Errors: ValueError with the layer's path when it trains without a key.
 * Source: Srivastava et al. 2014, in the inverted form.
 *
 * @category layers
 * @since 0.1.0
 */
export const dropout = (options: DropoutOptions): Layer<Empty, Empty> => {
  checkOptions('dropout', options, ['rate', 'broadcastDims'])
  const { rate, broadcastDims = [] } = options
  if (!(rate >= 0 && rate <= 1))
    throw new ValueError('dropout', {
      problem: 'the rate is no probability',
      got: `rate: ${String(rate)}`,
      expected: 'a number from 0 to 1',
      hint: 'rate is what is dropped, not what is kept'
    })
  return {
    kind: 'dropout',
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, applied = {}) => {
      if (applied.train !== true || rate === 0) return [x, state]
      if (rate === 1) return [lax.zerosLike(x), state]
      return [drop(requireKey('dropout', applied), x, rate, broadcastDims), state]
    },
    outputShape: (inputShape) => inputShape
  }
}
