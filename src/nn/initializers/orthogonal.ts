/** Orthogonal parameters: maps that keep lengths. */
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { insert, normalizeAxis, show, sizeOf, without, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import type { Initializer } from './simple.ts'

export interface OrthogonalOptions {
  /** 1 by default. */
  readonly scale?: number
  /** The axis of what comes out: the last one by default. */
  readonly columnAxis?: number
}

const misfit = (operation: string, shape: Shape, expected: string): ShapeError =>
  new ShapeError(operation, {
    problem: 'the shape has no orthogonal map',
    got: show(shape),
    expected,
    hint: 'dense kernels are [in, features], convolutions [...window, in, features]'
  })

/**
 * Orthonormal rows or columns, the other axes taken as one.
 *
 * Errors: ShapeError for shapes with fewer than two axes.
 * Source: Saxe, McClelland & Ganguli 2014.
 *
 * @category initializers
 * @since 0.1.0
 */
export const orthogonal = (options: OrthogonalOptions = {}): Initializer => {
  checkOptions('orthogonal', options, ['scale', 'columnAxis'])
  const { scale = 1, columnAxis = -1 } = options
  return (key, shape, dtype = 'float32') => {
    if (shape.length < 2) throw misfit('orthogonal', shape, 'at least two axes')
    const axis = normalizeAxis('orthogonal', columnAxis, shape.length)
    const columns = shape[axis]
    const rows = without(shape, [axis])
    const precise = dtype === 'float64' ? dtype : 'float32'
    const q = random.orthogonal(key, sizeOf(rows), [], { m: columns, dtype: precise })
    const apart = lax.reshape(q, [...rows, columns])
    const order = insert(
      rows.map((_, a) => a),
      axis,
      rows.length
    )
    return lax.convertElementType(lax.mul(lax.transpose(apart, order), scale), dtype)
  }
}

/**
 * Convolutions that are orthogonal maps of channels at the centre of the window, and zero around.
 *
 * Errors: ShapeError unless the shape is [...window, in, features] with in ≤ features.
 * Source: Xiao et al. 2018.
 *
 * @category initializers
 * @since 0.1.0
 */
export const deltaOrthogonal = (options: OrthogonalOptions = {}): Initializer => {
  checkOptions('deltaOrthogonal', options, ['scale', 'columnAxis'])
  const begin = orthogonal(options)
  return (key, shape, dtype = 'float32') => {
    const window = shape.slice(0, -2)
    const [channels, features] = shape.slice(-2)
    if (window.length < 1 || window.length > 3 || channels > features)
      throw misfit('deltaOrthogonal', shape, '[...window, in, features] with in ≤ features')
    const square = begin(key, [features, features], dtype)
    const map = lax.slice(square, [0, 0], [channels, features])
    const centred = lax.reshape(map, [...window.map(() => 1), channels, features])
    const around = window.map((n): readonly [number, number, number] => {
      const before = Math.floor((n - 1) / 2)
      return [before, n - 1 - before, 0]
    })
    return lax.pad(centred, 0, [...around, [0, 0, 0], [0, 0, 0]])
  }
}
