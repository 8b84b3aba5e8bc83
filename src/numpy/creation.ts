/** Arrays filled with one value. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { show, type Shape } from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'
import { broadcastTo } from '../primitives/movement.ts'
import { asArray, filled } from './promotion.ts'

/** Extents per axis, or the extent of the only one. */
export type ShapeLike = number | Shape

export interface DTypeOption {
  readonly dtype?: DType
}

export interface LikeOptions extends DTypeOption {
  readonly shape?: ShapeLike
}

/** The shape of what the user wrote. Errors: ShapeError unless all extents are counts. */
export const toShape = (operation: string, shape: ShapeLike): Shape => {
  const extents = typeof shape === 'number' ? [shape] : shape
  if (Array.isArray(extents) && extents.every((n) => Number.isInteger(n) && n >= 0)) return extents
  throw new ShapeError(operation, {
    problem: 'the shape is no list of counts',
    got: Array.isArray(extents) ? show(extents) : String(shape),
    expected: 'integers of at least 0',
    hint: 'one list: np.zeros([2, 3])'
  })
}

/** Shape: -> `shape`, all 0. */
export const zeros = (shape: ShapeLike, options: DTypeOption = {}): NdArray => {
  checkOptions('np.zeros', options, ['dtype'])
  return filled('np.zeros', 0, toShape('np.zeros', shape), options.dtype ?? 'float32')
}

/** Shape: -> `shape`, all 1. */
export const ones = (shape: ShapeLike, options: DTypeOption = {}): NdArray => {
  checkOptions('np.ones', options, ['dtype'])
  return filled('np.ones', 1, toShape('np.ones', shape), options.dtype ?? 'float32')
}

/** As `zeros`: memory without values does not exist here. */
export const empty = zeros

/**
 * `value` everywhere; an array is broadcast. Without a dtype a number gives weak float32 and a
 * boolean gives bool.
 */
export const full = (shape: ShapeLike, value: ArrayLike, options: DTypeOption = {}): NdArray => {
  checkOptions('np.full', options, ['dtype'])
  const { dtype } = options
  const to = toShape('np.full', shape)
  if (isArray(value))
    return broadcastTo(dtype === undefined ? value : convertElementType(value, dtype), to)
  if (dtype !== undefined) return filled('np.full', value, to, dtype)
  return typeof value === 'boolean'
    ? filled('np.full', value, to, 'bool')
    : filled('np.full', value, to, 'float32', true)
}

const like = (operation: string, x: ArrayLike, value: number, o: LikeOptions): NdArray => {
  const y = asArray(x, operation)
  return filled(
    operation,
    value,
    o.shape === undefined ? y.shape : toShape(operation, o.shape),
    o.dtype ?? y.dtype
  )
}

/** Zeros in the shape and type of `x`, unless the options say otherwise. */
export const zerosLike = (x: ArrayLike, options: LikeOptions = {}): NdArray => {
  checkOptions('np.zerosLike', options, ['shape', 'dtype'])
  return like('np.zerosLike', x, 0, options)
}

export const onesLike = (x: ArrayLike, options: LikeOptions = {}): NdArray => {
  checkOptions('np.onesLike', options, ['shape', 'dtype'])
  return like('np.onesLike', x, 1, options)
}

export const emptyLike = zerosLike

/** `value` in the shape and type of `x`, unless the options say otherwise. */
export const fullLike = (x: ArrayLike, value: ArrayLike, options: LikeOptions = {}): NdArray => {
  checkOptions('np.fullLike', options, ['shape', 'dtype'])
  const y = asArray(x, 'np.fullLike')
  return full(options.shape ?? y.shape, value, { dtype: options.dtype ?? y.dtype })
}
