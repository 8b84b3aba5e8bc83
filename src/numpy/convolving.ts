/** Convolution and correlation of two sequences. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { isComplex, type DType } from '../core/dtype.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { imag, real, complex } from '../primitives/complex.ts'
import { convGeneralDilated } from '../primitives/convolution.ts'
import { conj } from '../primitives/linalg-matrix.ts'
import { reshape } from '../primitives/movement.ts'
import { rev } from '../primitives/reversal.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { add, subtract } from './arithmetic.ts'
import { promoteTypes } from './promotion.ts'

/** All overlaps, as many as the longer operand has elements, or whole overlaps only. */
export type ConvolveMode = 'full' | 'same' | 'valid'

export interface ConvolveOptions {
  readonly mode?: ConvolveMode
  readonly preferredElementType?: DType
}

/** Σ_j x_{i+j} w_j over all overlaps of real sequences. */
const slid = (x: NdArray, w: NdArray, options: ConvolveOptions): NdArray => {
  const reach = w.size - 1
  const image = reshape(x, [1, 1, x.size])
  const kernel = reshape(w, [1, 1, w.size])
  const { preferredElementType } = options
  const y = convGeneralDilated(image, kernel, {
    windowStrides: [1],
    padding: [[reach, reach]],
    dimensionNumbers: { lhsSpec: [0, 1, 2], rhsSpec: [0, 1, 2], outSpec: [0, 1, 2] },
    ...(preferredElementType === undefined ? {} : { preferredElementType })
  })
  return reshape(y, [x.size + reach])
}

/** Of complex sequences, part by part. */
const overlaps = (x: NdArray, w: NdArray, options: ConvolveOptions): NdArray => {
  if (!isComplex(x.dtype)) return slid(x, w, options)
  const [xr, xi, wr, wi] = [real(x), imag(x), real(w), imag(w)]
  return complex(
    subtract(slid(xr, wr, options), slid(xi, wi, options)),
    add(slid(xr, wi, options), slid(xi, wr, options))
  )
}

const operands = (
  operation: string,
  a: ArrayLike,
  v: ArrayLike,
  mode: ConvolveMode
): readonly [NdArray, NdArray] => {
  const [x, w] = promoteTypes(operation, [a, v])
  if (x.ndim !== 1 || w.ndim !== 1 || x.size === 0 || w.size === 0)
    throw new ShapeError(operation, {
      problem: 'the operands are no sequences',
      got: `shapes ${show(x.shape)} and ${show(w.shape)}`,
      expected: 'vectors with at least one element',
      hint: 'lax.convGeneralDilated convolves images and batches'
    })
  if (!['full', 'same', 'valid'].includes(mode))
    throw new ValueError(operation, {
      problem: 'there is no such mode',
      got: `'${String(mode)}'`,
      expected: "'full', 'same' or 'valid'",
      hint: "'same' has the length of the longer operand"
    })
  return [x, w]
}

const cropped = (full: NdArray, long: number, short: number, mode: ConvolveMode): NdArray => {
  if (mode === 'full') return full
  if (mode === 'valid') return sliceInDim(full, short - 1, long, 0)
  const start = Math.floor((short - 1) / 2)
  return sliceInDim(full, start, start + long, 0)
}

/**
 * Σ_j a_j v_{i−j}. Shape: [n], [m] -> [n + m − 1] (full), [max(n, m)] or [max − min + 1].
 *
 * @example
 * np.convolve(np.array([1, 2]), np.array([1, 1])).toNested() // => [1, 3, 2]
 *
 * @category signals
 * @since 0.1.0
 */
export const convolve = (a: ArrayLike, v: ArrayLike, options: ConvolveOptions = {}): NdArray => {
  checkOptions('np.convolve', options, ['mode', 'preferredElementType'])
  const { mode = 'full', ...rest } = options
  const [x, w] = operands('np.convolve', a, v, mode)
  const [long, short] = x.size < w.size ? [w, x] : [x, w]
  return cropped(overlaps(long, rev(short, [0]), rest), long.size, short.size, mode)
}

/**
 * Σ_j a_{i+j} conj(v_j). Shape: as `convolve`; 'valid' by default.
 *
 * @category signals
 * @since 0.1.0
 */
export const correlate = (a: ArrayLike, v: ArrayLike, options: ConvolveOptions = {}): NdArray => {
  checkOptions('np.correlate', options, ['mode', 'preferredElementType'])
  const { mode = 'valid', ...rest } = options
  const [x, w] = operands('np.correlate', a, v, mode)
  if (x.size >= w.size) return cropped(overlaps(x, conj(w), rest), x.size, w.size, mode)
  // With the operands exchanged the lags come out backwards.
  const turned = overlaps(conj(w), x, rest)
  return rev(cropped(turned, w.size, x.size, mode), [0])
}
