/** How parameters begin: functions of a key, a shape and an element type. */
import type { NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'

/** Parameters of `shape` from a key. */
export type Initializer = (key: NdArray, shape: Shape, dtype?: DType) => NdArray

/**
 * @category initializers
 * @since 0.1.0
 */
export const zeros: Initializer = (_key, shape, dtype = 'float32') => lax.full(shape, 0, dtype)

/**
 * @category initializers
 * @since 0.1.0
 */
export const ones: Initializer = (_key, shape, dtype = 'float32') => lax.full(shape, 1, dtype)

/**
 * The same value everywhere.
 *
 * @category initializers
 * @since 0.1.0
 */
export const constant =
  (value: number): Initializer =>
  (_key, shape, dtype = 'float32') =>
    lax.full(shape, value, dtype)

/**
 * Uniform in [0, scale).
 *
 * @category initializers
 * @since 0.1.0
 */
export const uniform =
  (scale = 0.01): Initializer =>
  (key, shape, dtype = 'float32') =>
    lax.mul(random.uniform(key, shape, { dtype }), scale)

/**
 * Normal with mean 0.
 *
 * @category initializers
 * @since 0.1.0
 */
export const normal =
  (stddev = 0.01): Initializer =>
  (key, shape, dtype = 'float32') =>
    lax.mul(random.normal(key, shape, { dtype }), stddev)

/**
 * Normal with mean 0, cut off at `lower` and `upper` standard deviations (before `stddev` scales).
 *
 * @category initializers
 * @since 0.1.0
 */
export const truncatedNormal =
  (stddev = 0.01, lower = -2, upper = 2): Initializer =>
  (key, shape, dtype = 'float32') =>
    lax.mul(random.truncatedNormal(key, lower, upper, shape, { dtype }), stddev)
