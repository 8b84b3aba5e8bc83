/** Axes joined into one, and one split into several. */
import { checkOptions } from '../../core/errors.ts'
import { normalizeAxis, sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import { empty, misfit, type Empty, type Layer } from '../layer.ts'

export interface FlattenOptions {
  /** The first axis to join: 1 by default, which keeps one batch axis. */
  readonly startAxis?: number
  /** The last axis to join: −1 by default. */
  readonly endAxis?: number
}

/**
 * Joins the axes from `startAxis` to `endAxis`.
 *
 * Shape:  [N, ...] -> [N, size of the rest].
 * Errors: AxisError when the input has no such axis.
 *
 * @category shapes
 * @since 0.1.0
 */
export const flatten = (options: FlattenOptions = {}): Layer<Empty, Empty> => {
  checkOptions('flatten', options, ['startAxis', 'endAxis'])
  const joined = (shape: Shape): Shape => {
    const { startAxis = 1 } = options
    // Behind the last axis there is room for one of extent 1: a batch of scalars becomes [N, 1].
    if (startAxis === shape.length) return [...shape, 1]
    const from = normalizeAxis('flatten', startAxis, shape.length)
    const to = normalizeAxis('flatten', options.endAxis ?? -1, shape.length)
    return [...shape.slice(0, from), sizeOf(shape.slice(from, to + 1)), ...shape.slice(to + 1)]
  }
  return {
    kind: 'flatten',
    children: {},
    init: () => [empty, empty],
    apply: (_params, state, x) => [lax.reshape(x, joined(x.shape)), state],
    outputShape: joined
  }
}

export interface UnflattenOptions {
  /** The axis that is split: the last by default. */
  readonly axis?: number
  /** The extents it becomes; one of them may be −1. */
  readonly shape: Shape
}

/**
 * Splits an axis into several.
 *
 * Shape:  [..., n] -> [..., ...shape], whose product is n.
 * Errors: ShapeError with the layer's path when the extents do not make up the axis.
 *
 * @example
 * const layer = nn.unflatten({ shape: [2, -1] })
 * layer.apply({}, {}, np.ones([5, 6]))[0].shape // => [5, 2, 3]
 *
 * @category shapes
 * @since 0.1.0
 */
export const unflatten = (options: UnflattenOptions): Layer<Empty, Empty> => {
  checkOptions('unflatten', options, ['axis', 'shape'])
  const split = (shape: Shape): Shape | null => {
    const at = normalizeAxis('unflatten', options.axis ?? -1, shape.length)
    const known = sizeOf(options.shape.filter((n) => n !== -1))
    const extents = options.shape.map((n) => (n === -1 ? shape[at] / known : n))
    const fits = sizeOf(extents) === shape[at] && extents.every((n) => Number.isInteger(n))
    return fits ? [...shape.slice(0, at), ...extents, ...shape.slice(at + 1)] : null
  }
  const check = (shape: Shape, path: Parameters<typeof misfit>[1]): Shape => {
    const made = split(shape)
    if (made !== null) return made
    throw misfit(
      'unflatten',
      path,
      shape,
      `an axis of ${sizeOf(options.shape.filter((n) => n !== -1))} elements`,
      'the product of { shape } is the extent of the axis'
    )
  }
  return {
    kind: 'unflatten',
    children: {},
    init: (_key, { inputShape, path }) => {
      check(inputShape, path)
      return [empty, empty]
    },
    apply: (_params, state, x, { path } = {}) => [lax.reshape(x, check(x.shape, path)), state],
    outputShape: (inputShape) => check(inputShape, undefined)
  }
}
