/** Channels damped by their neighbours. */
import { ValueError, checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface LocalResponseNormOptions {
  /** How many neighbouring channels count, this one among them. */
  readonly size: number
  /** 1e-4 by default. */
  readonly alpha?: number
  /** 0.75 by default. */
  readonly beta?: number
  /** 1 by default. */
  readonly k?: number
}

/**
 * x / (k + α · mean of x² over neighbouring channels)^β.
 *
 * Shape:  [..., C] -> the same.
 * Errors: ShapeError with the layer's path when the axis of channels is missing.
 * Source: Krizhevsky, Sutskever & Hinton 2012, with the mean in the place of their sum.
 *
 * @example
 * const layer = nn.localResponseNorm({ size: 1, alpha: 1, beta: 1 })
 * layer.apply({}, {}, np.array([1, 2]))[0] // => [0.5 0.4]
 *
 * @category normalisation
 * @since 0.1.0
 */
export const localResponseNorm = (options: LocalResponseNormOptions): Layer<Empty, Empty> => {
  const kind = 'localResponseNorm'
  checkOptions(kind, options, ['size', 'alpha', 'beta', 'k'])
  const { size, alpha = 1e-4, beta = 0.75, k = 1 } = options
  if (!Number.isInteger(size) || size < 1)
    throw new ValueError(kind, {
      problem: 'size is no count',
      got: `size: ${String(size)}`,
      expected: 'an integer from 1 on',
      hint: 'for example { size: 5 }'
    })
  return {
    kind,
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x, { path } = {}) => {
      if (x.ndim < 1) throw misfit(kind, path, x.shape, '[..., C]', 'channels come last')
      const low = Math.floor(size / 2)
      const only = <T>(other: T, here: T): readonly T[] =>
        x.shape.map((_, a) => (a === x.ndim - 1 ? here : other))
      const total = lax.reduceWindow(lax.square(x), 'add', {
        windowDimensions: only(1, size),
        padding: only<readonly [number, number]>([0, 0], [low, size - 1 - low])
      })
      const damped = lax.add(lax.mul(total, alpha / size), k)
      return [lax.div(x, lax.pow(damped, beta)), state]
    },
    outputShape: (inputShape) => inputShape
  }
}
