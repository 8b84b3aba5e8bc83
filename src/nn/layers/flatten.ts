/** Axes joined into one. */
import { checkOptions } from '../../core/errors.ts'
import { normalizeAxis, sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { empty, type Empty, type Layer } from '../layer.ts'

export interface FlattenOptions {
  /** The first axis to join: 1 by default, which keeps one batch axis. */
  readonly startAxis?: number
}

/**
 * Joins all axes from `startAxis` on.
 *
 * Shape:  [N, ...] -> [N, size of the rest].
 * Errors: AxisError when the input has no such axis.
 *
 * @category layers
 * @since 0.1.0
 */
export const flatten = (options: FlattenOptions = {}): Layer<Empty, Empty> => {
  checkOptions('flatten', options, ['startAxis'])
  const joined = (shape: Shape): Shape => {
    const from = normalizeAxis('flatten', options.startAxis ?? 1, shape.length + 1)
    return [...shape.slice(0, from), sizeOf(shape.slice(from))]
  }
  return {
    kind: 'flatten',
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x) => [lax.reshape(x, joined(x.shape)), state],
    outputShape: joined
  }
}
