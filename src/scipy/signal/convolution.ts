/** Convolutions and correlations of any number of axes, directly or by Fourier transforms. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../../core/errors.ts'
import { show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import { meeting } from '../inexact.ts'

/** All overlaps, those as many as `in1` has, or the whole ones alone. */
export type ConvolveMode = 'full' | 'same' | 'valid'

export interface ConvolveOptions {
  /** 'full' by default. */
  readonly mode?: ConvolveMode
  /** Sums of products, or products of Fourier transforms; 'auto' (the default) is 'direct'. */
  readonly method?: 'auto' | 'direct' | 'fft'
}

const requireMode = (operation: string, mode: ConvolveMode): void => {
  if (['full', 'same', 'valid'].includes(mode)) return
  throw new ValueError(operation, {
    problem: 'there is no such mode',
    got: `mode: ${String(mode)}`,
    expected: "'full', 'same' or 'valid'",
    hint: "'same' has the size of the first argument"
  })
}

const requireRank = (operation: string, x: NdArray, y: NdArray, rank?: number): void => {
  if (x.ndim === y.ndim && (rank === undefined || x.ndim === rank) && x.size > 0 && y.size > 0)
    return
  throw new ShapeError(operation, {
    problem: 'the signals do not fit together',
    got: `${show(x.shape)} and ${show(y.shape)}`,
    expected:
      rank === undefined ? 'one rank, and elements' : `two arrays of rank ${rank}, with elements`,
    hint: 'vmap takes stacks of signals'
  })
}

/** The overlaps that a mode keeps, of all of them. */
const cut = (full: NdArray, x: Shape, y: Shape, mode: ConvolveMode, isLate: boolean): NdArray => {
  if (mode === 'full') return full
  const sizes = x.map((n, a) => (mode === 'same' ? n : Math.abs(n - y[a]) + 1))
  const round = isLate && mode === 'same' ? Math.ceil : Math.floor
  const starts = full.shape.map((n, a) => round((n - sizes[a]) / 2))
  return lax.slice(
    full,
    starts,
    starts.map((s, a) => s + sizes[a])
  )
}

const requireNested = (operation: string, x: Shape, y: Shape, mode: ConvolveMode): void => {
  if (mode !== 'valid' || x.every((n, a) => n >= y[a]) || x.every((n, a) => n <= y[a])) return
  throw new ShapeError(operation, {
    problem: 'neither signal lies within the other',
    got: `${show(x)} and ${show(y)}`,
    expected: 'one that is at least as long along every axis',
    hint: "mode 'full' takes any two"
  })
}

const direct = (x: NdArray, y: NdArray): NdArray => {
  const flipped = np.flip(y)
  const one = (v: NdArray): NdArray => np.expandDims(v, [0, 1])
  const order = Array.from({ length: x.ndim + 2 }, (_, a) => a)
  const out = lax.convGeneralDilated(one(x), one(flipped), {
    padding: y.shape.map((n) => [n - 1, n - 1] as const),
    dimensionNumbers: {
      lhsSpec: order,
      rhsSpec: order,
      outSpec: order
    }
  })
  return np.squeeze(out, { axis: [0, 1] })
}

const byTransforms = (x: NdArray, y: NdArray, axes: readonly number[]): NdArray => {
  const s = axes.map((a) => x.shape[a] + y.shape[a] - 1)
  if (np.iscomplexobj(x))
    return np.fft.ifftn(np.mul(np.fft.fftn(x, { s, axes }), np.fft.fftn(y, { s, axes })), {
      s,
      axes
    })
  const product = np.mul(np.fft.rfftn(x, { s, axes }), np.fft.rfftn(y, { s, axes }))
  return np.fft.irfftn(product, { s, axes })
}

const convolved = (
  operation: string,
  a: ArrayLike,
  b: ArrayLike,
  { mode = 'full', method = 'auto' }: ConvolveOptions,
  rank?: number,
  /** Of kernels of even extent SciPy's correlate2d keeps the later middle. */
  isLate = false
): NdArray => {
  requireMode(operation, mode)
  if (!['auto', 'direct', 'fft'].includes(method))
    throw new ValueError(operation, {
      problem: 'there is no such method',
      got: `method: ${String(method)}`,
      expected: "'auto', 'direct' or 'fft'",
      hint: "'fft' pays for kernels of many elements"
    })
  const [x, y] = meeting(a, b)
  requireRank(operation, x, y, rank)
  requireNested(operation, x.shape, y.shape, mode)
  const all = x.shape.map((_, axis) => axis)
  const full = method === 'fft' ? byTransforms(x, y, all) : direct(x, y)
  return cut(full, x.shape, y.shape, mode, isLate)
}

/**
 * Σ_k in1[k] in2[n − k], over all axes.
 *
 * Shape:  [m…], [n…] -> [m + n − 1 …], or as the mode says.
 * Errors: ShapeError for other ranks; ValueError for other modes and methods.
 *
 * @example
 * convolve(np.array([1, 2, 3]), np.array([1, 1])) // => [1. 3. 5. 3.]
 *
 * @category convolution
 * @since 0.1.0
 */
export const convolve = (
  in1: ArrayLike,
  in2: ArrayLike,
  options: ConvolveOptions = {}
): NdArray => {
  checkOptions('signal.convolve', options, ['mode', 'method'])
  return convolved('signal.convolve', in1, in2, options)
}

/**
 * Σ_k in1[n + k] times the conjugate of in2[k], over all axes.
 *
 * Shape:  as of `convolve`.
 * Errors: ShapeError for other ranks; ValueError for other modes and methods.
 *
 * @category convolution
 * @since 0.1.0
 */
export const correlate = (
  in1: ArrayLike,
  in2: ArrayLike,
  options: ConvolveOptions = {}
): NdArray => {
  checkOptions('signal.correlate', options, ['mode', 'method'])
  return convolved('signal.correlate', in1, np.conj(np.flip(in2)), options)
}

export interface ModeOption {
  /** 'full' by default. */
  readonly mode?: ConvolveMode
}

/**
 * `convolve` of two matrices, with zeros around them.
 *
 * @category convolution
 * @since 0.1.0
 */
export const convolve2d = (in1: ArrayLike, in2: ArrayLike, options: ModeOption = {}): NdArray => {
  checkOptions('signal.convolve2d', options, ['mode'])
  return convolved('signal.convolve2d', in1, in2, options, 2)
}

/**
 * `correlate` of two matrices, with zeros around them.
 *
 * @category convolution
 * @since 0.1.0
 */
export const correlate2d = (in1: ArrayLike, in2: ArrayLike, options: ModeOption = {}): NdArray => {
  checkOptions('signal.correlate2d', options, ['mode'])
  return convolved('signal.correlate2d', in1, np.conj(np.flip(in2)), options, 2, true)
}

/**
 * `convolve` by Fourier transforms.
 *
 * @category convolution
 * @since 0.1.0
 */
export const fftconvolve = (in1: ArrayLike, in2: ArrayLike, options: ModeOption = {}): NdArray => {
  checkOptions('signal.fftconvolve', options, ['mode'])
  return convolved('signal.fftconvolve', in1, in2, { ...options, method: 'fft' })
}
