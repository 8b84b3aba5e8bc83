/** `np.fft`: discrete Fourier transforms with NumPy's lengths, axes and norms. */
import { toShape } from './creation.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import { complexOf, isComplex, type DType } from '../core/dtype.ts'
import { DTypeError, ValueError, checkOptions } from '../core/errors.ts'
import type { Axis } from '../core/fluent.ts'
import {
  iota as axesUpTo,
  inversePermutation,
  normalizeAxes,
  normalizeAxis
} from '../core/shape.ts'
import { convertElementType } from '../primitives/convert.ts'
import { constant, mul } from '../primitives/elementwise.ts'
import { fft as transformed, type FftType } from '../primitives/fft.ts'
import { iota } from '../primitives/iota.ts'
import { conj } from '../primitives/linalg-matrix.ts'
import { zeroOf } from '../primitives/linear.ts'
import { transpose } from '../primitives/movement.ts'
import { pad, sliceInDim } from '../primitives/slicing.ts'
import { avalOf } from '../trace/aval.ts'
import { divide, subtract } from './arithmetic.ts'
import { less } from './comparison.ts'
import type { DTypeOption } from './creation.ts'
import { asArray, asInexact, asType } from './promotion.ts'
import { roll } from './reordering.ts'
import { where } from './selection.ts'

/** Who divides by the length: the inverse, nobody alone (both by its root), or the transform. */
export type FftNorm = 'backward' | 'ortho' | 'forward'

export interface FftOptions {
  /** Length to cut or pad to with zeros; for irfft and hfft that of the result. */
  readonly n?: number | null
  readonly axis?: number
  readonly norm?: FftNorm | null
}

export interface FftnOptions {
  /** Lengths per axis; −1 keeps the one there is. */
  readonly s?: readonly number[] | null
  readonly axes?: readonly number[] | null
  readonly norm?: FftNorm | null
}

const factors: Readonly<Record<FftNorm, readonly [forward: number, inverse: number]>> = {
  backward: [0, 0],
  ortho: [-0.5, 0.5],
  forward: [-1, 1]
}

const scaleOf = (operation: string, type: FftType, norm: FftNorm | null, size: number): number => {
  const powers = factors[norm ?? 'backward']
  if (powers !== undefined) return size ** powers[type === 'fft' || type === 'rfft' ? 0 : 1]
  throw new ValueError(operation, {
    problem: 'there is no such norm',
    got: `'${String(norm)}'`,
    expected: "'backward', 'ortho' or 'forward'",
    hint: "'ortho' makes the transform unitary"
  })
}

/** The axis cut, or padded with zeros, to `extent`. */
const resized = (x: NdArray, axis: number, extent: number): NdArray => {
  const n = x.shape[axis]
  if (extent === n) return x
  if (extent < n) return sliceInDim(x, 0, extent, axis)
  return pad(
    x,
    zeroOf(avalOf(x)),
    x.shape.map((_, a) => [0, a === axis ? extent - n : 0, 0])
  )
}

const half = (n: number): number => Math.floor(n / 2) + 1

const asOperand = (operation: string, type: FftType, x: ArrayLike): NdArray => {
  const y = asInexact(x, operation)
  if (type === 'rfft') {
    if (isComplex(y.dtype))
      throw new DTypeError(operation, {
        problem: 'the transform takes real numbers',
        got: y.dtype,
        expected: 'floats or integers',
        hint: 'np.fft.fft transforms complex numbers'
      })
    return y.dtype === 'float64' ? y : asType(y, 'float32')
  }
  return asType(y, complexOf(y.dtype))
}

const checkLengths = (
  operation: string,
  lengths: readonly number[],
  axes: readonly number[]
): void => {
  if (lengths.length === axes.length && lengths.every((n) => Number.isInteger(n) && n > 0)) return
  throw new ValueError(operation, {
    problem: 'the lengths do not fit the axes',
    got: `lengths [${lengths.join(', ')}] for axes [${axes.join(', ')}]`,
    expected: 'a positive integer for every axis',
    hint: 'without lengths those of the array are taken; irfft of extent m gives 2(m − 1)'
  })
}

const overAxes = (
  operation: string,
  type: FftType,
  x: ArrayLike,
  axes: readonly number[],
  s: readonly number[] | null | undefined,
  norm: FftNorm | null | undefined
): NdArray => {
  const y = asOperand(operation, type, x)
  const at = axes.map((a) => normalizeAxis(operation, a, y.ndim))
  const last = at.length - 1
  const lengths = at.map((a, i) => {
    const given = s?.[i] ?? -1
    if (given !== -1) return given
    return type === 'irfft' && i === last ? 2 * (y.shape[a] - 1) : y.shape[a]
  })
  if (s)
    checkLengths(
      operation,
      s.map((n, i) => (n === -1 ? lengths[i] : n)),
      at
    )
  if (at.length === 0) return y
  checkLengths(operation, lengths, at)
  const cut = at.reduce(
    (z, a, i) => resized(z, a, type === 'irfft' && i === last ? half(lengths[i]) : lengths[i]),
    y
  )
  const order = [...axesUpTo(y.ndim).filter((a) => !at.includes(a)), ...at]
  const result = transformed(transpose(cut, order), { fftType: type, fftLengths: lengths })
  const size = lengths.reduce((product, n) => product * n, 1)
  const factor = scaleOf(operation, type, norm ?? null, size)
  const back = transpose(result, inversePermutation(order))
  return factor === 1 ? back : mul(back, constant(back, factor))
}

const along =
  (name: string, type: FftType) =>
  (x: ArrayLike, options: FftOptions = {}): NdArray => {
    checkOptions(`np.fft.${name}`, options, ['n', 'axis', 'norm'])
    const { n = null, axis = -1, norm } = options
    return overAxes(`np.fft.${name}`, type, x, [axis], n === null ? null : [n], norm)
  }

const overPlane =
  (name: string, type: FftType) =>
  (x: ArrayLike, options: FftnOptions = {}): NdArray => {
    checkOptions(`np.fft.${name}`, options, ['s', 'axes', 'norm'])
    return overAxes(`np.fft.${name}`, type, x, options.axes ?? [-2, -1], options.s, options.norm)
  }

const overAll =
  (name: string, type: FftType) =>
  (x: ArrayLike, options: FftnOptions = {}): NdArray => {
    checkOptions(`np.fft.${name}`, options, ['s', 'axes', 'norm'])
    const { s, axes, norm } = options
    const rank = asInexact(x, `np.fft.${name}`).ndim
    const count = s?.length ?? rank
    return overAxes(`np.fft.${name}`, type, x, axes ?? axesUpTo(rank).slice(rank - count), s, norm)
  }

/**
 * y_k = Σ_j x_j exp(−2πi jk/n) along an axis, the last by default.
 *
 * Shape: -> the axis has extent n; the type is complex.
 *
 * @example
 * np.fft.fft(np.array([1, 0, 0, 0])).real.toNested() // => [1, 1, 1, 1]
 *
 * @category Fourier transforms
 * @since 0.1.0
 */
export const fft = along('fft', 'fft')
/** The inverse of `fft`. */
export const ifft = along('ifft', 'ifft')
/** `fft` of real numbers: entries 0 to n/2, the others being their conjugates. */
export const rfft = along('rfft', 'rfft')
/** The inverse of `rfft`; n is the length of the result, 2(m − 1) by default. */
export const irfft = along('irfft', 'irfft')
/** `fft` over two axes, the last ones by default. */
export const fft2 = overPlane('fft2', 'fft')
export const ifft2 = overPlane('ifft2', 'ifft')
export const rfft2 = overPlane('rfft2', 'rfft')
export const irfft2 = overPlane('irfft2', 'irfft')
/** `fft` over several axes, all by default (the last ones when only `s` is given). */
export const fftn = overAll('fftn', 'fft')
export const ifftn = overAll('ifftn', 'ifft')
export const rfftn = overAll('rfftn', 'rfft')
export const irfftn = overAll('irfftn', 'irfft')

const swapped = { backward: 'forward', ortho: 'ortho', forward: 'backward' } as const

/** The real spectrum of a signal that is its own conjugate mirror, of which half is given. */
export const hfft = (x: ArrayLike, options: FftOptions = {}): NdArray => {
  checkOptions('np.fft.hfft', options, ['n', 'axis', 'norm'])
  const { norm, ...rest } = options
  return irfft(conj(asInexact(x, 'np.fft.hfft')), { ...rest, norm: swapped[norm ?? 'backward'] })
}

/** The inverse of `hfft`. */
export const ihfft = (x: ArrayLike, options: FftOptions = {}): NdArray => {
  checkOptions('np.fft.ihfft', options, ['n', 'axis', 'norm'])
  const { norm, ...rest } = options
  return conj(rfft(x, { ...rest, norm: swapped[norm ?? 'backward'] }))
}

export interface FrequencyOptions extends DTypeOption {
  /** Time between samples; 1. */
  readonly d?: number
}

const frequencies = (k: NdArray, n: number, d: number, dtype: DType): NdArray =>
  divide(convertElementType(k, dtype), n * d)

/** Cycles per unit of time of the entries of `fft`: 0, 1, … −2, −1 over n d. Shape: [n]. */
export const fftfreq = (n: number, options: FrequencyOptions = {}): NdArray => {
  checkOptions('np.fft.fftfreq', options, ['d', 'dtype'])
  const { d = 1, dtype = 'float32' } = options
  const k = iota('int32', toShape('np.fft.fftfreq', [n]))
  return frequencies(where(less(k, Math.ceil(n / 2)), k, subtract(k, n)), n, d, dtype)
}

/** Those of the entries of `rfft`. Shape: [n / 2 + 1]. */
export const rfftfreq = (n: number, options: FrequencyOptions = {}): NdArray => {
  checkOptions('np.fft.rfftfreq', options, ['d', 'dtype'])
  const { d = 1, dtype = 'float32' } = options
  const [count] = toShape('np.fft.rfftfreq', [n])
  return frequencies(iota('int32', [half(count)]), count, d, dtype)
}

const shifting =
  (name: string, by: (n: number) => number) =>
  (x: ArrayLike, options: { readonly axes?: Axis } = {}): NdArray => {
    checkOptions(`np.fft.${name}`, options, ['axes'])
    const { axes = null } = options
    const y = asArray(x, `np.fft.${name}`)
    const at = normalizeAxes(`np.fft.${name}`, axes, y.ndim)
    return roll(
      y,
      at.map((a) => by(y.shape[a])),
      { axis: at }
    )
  }

/** Moves frequency 0 into the middle, along all axes by default. */
export const fftshift = shifting('fftshift', (n) => Math.floor(n / 2))
/** The inverse of `fftshift`. */
export const ifftshift = shifting('ifftshift', (n) => -Math.floor(n / 2))
