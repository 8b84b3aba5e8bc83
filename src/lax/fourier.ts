/** Fourier transforms of the last axes. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { listOf } from '../core/errors.ts'
import { fft as transformed, type FftType } from '../primitives/fft.ts'
import { leafArray } from '../trace/flat.ts'

export type { FftType }

/**
 * The discrete Fourier transform over the last `fftLengths.length` axes.
 *
 * Shape:  kept by 'fft' and 'ifft'; 'rfft' leaves n / 2 + 1 of the last axis, 'irfft' undoes it.
 * Errors: DTypeError for what is not complex (real for 'rfft'); ShapeError for other lengths.
 *
 * @example
 * lax.fft(np.array([1, 0, 0, 0]), 'rfft', [4]).shape // => [3]
 *
 * @category fourier
 * @since 0.1.0
 */
export const fft = (x: ArrayLike, fftType: FftType, fftLengths: readonly number[]): NdArray =>
  transformed(leafArray(x), { fftType, fftLengths: listOf('fft', fftLengths) })
