/** Discrete Fourier transforms over the last axes, all of them linear. */
import '../install-fourier.ts'
import { allocate, complexOf, realPart, type DType } from '../core/dtype.ts'
import { makeAval, type NdArray } from '../core/array.ts'
import { fftNd, type Numbers } from '../core/dense/fft.ts'
import { irfftNd, rfftNd } from '../core/dense/fft-real.ts'
import { DTypeError, ShapeError, ValueError } from '../core/errors.ts'
import { iota as axesUpTo, show, sizeOf, type Shape } from '../core/shape.ts'
import { definePrimitive, isZero, zero, type Unknown } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { div } from './arithmetic.ts'
import { or } from './bitwise.ts'
import { eq, select } from './compare.ts'
import { conj } from './complex.ts'
import { convertElementType } from './convert.ts'
import { constant, mul } from './elementwise.ts'
import { iota } from './iota.ts'
import { linearJvp } from './linear.ts'
import { batchUnary, broadcastInDim, moveAxis } from './movement.ts'

const fftTypes = ['fft', 'ifft', 'rfft', 'irfft'] as const
export type FftType = (typeof fftTypes)[number]

export interface FftParams {
  /** Real transforms leave out, or fill in, the half of the last axis that is conjugate. */
  readonly fftType: FftType
  /** Extents of the transformed axes, the last of the array, on the side that is not halved. */
  readonly fftLengths: readonly number[]
}

const accepted: Readonly<Record<FftType, readonly DType[]>> = {
  fft: ['complex64', 'complex128'],
  ifft: ['complex64', 'complex128'],
  rfft: ['float32', 'float64'],
  irfft: ['complex64', 'complex128']
}

const checkParams = ({ fftType, fftLengths }: FftParams): void => {
  if (fftTypes.includes(fftType) && fftLengths.every((n) => Number.isInteger(n) && n >= 0)) return
  throw new ValueError('fft', {
    problem: 'there is no such transform',
    got: `fftType '${fftType}' of lengths ${show(fftLengths)}`,
    expected: `one of ${fftTypes.join(', ')}, and lengths of at least 0`,
    hint: 'np.fft has a function for each type'
  })
}

const halved = (n: number): number => Math.floor(n / 2) + 1

/** The extents with the last one replaced. */
const withLast = (lengths: Shape, f: (n: number) => number): Shape =>
  lengths.map((n, i) => (i === lengths.length - 1 ? f(n) : n))

/** Extents of the transformed axes before and after. */
const extents = ({ fftType, fftLengths }: FftParams): readonly [before: Shape, after: Shape] => {
  const half = withLast(fftLengths, halved)
  return [fftType === 'irfft' ? half : fftLengths, fftType === 'rfft' ? half : fftLengths]
}

/**
 * How often an entry of the half spectrum stands in the whole one: twice but for its ends.
 * Shape: that of `x`, whose last axis the half spectrum of length n lies along.
 */
const multiplicity = (x: NdArray, n: number): NdArray => {
  const k = iota('int32', [x.shape[x.ndim - 1]])
  const isEnd = or(eq(k, constant(k, 0)), eq(mul(k, constant(k, 2)), constant(k, n)))
  const one = constant(convertElementType(k, realPart(x.dtype)), 1)
  const count = select(isEnd, one, constant(one, 2))
  return broadcastInDim(convertElementType(count, x.dtype), x.shape, [x.ndim - 1])
}

/**
 * The adjoints under the pairing Σ c·z. fft and ifft are symmetric. What rfft leaves out, its
 * transpose adds as the other half of an irfft; irfft repeats entries, so its transpose counts
 * them.
 */
const transposed = (ct: NdArray, { fftType, fftLengths }: FftParams): NdArray => {
  const size = sizeOf(fftLengths)
  const n = fftLengths[fftLengths.length - 1]
  if (fftType === 'rfft') {
    const y = fft(conj(div(ct, multiplicity(ct, n))), { fftType: 'irfft', fftLengths })
    return mul(y, constant(y, size))
  }
  if (fftType === 'irfft') {
    const y = fft(ct, { fftType: 'rfft', fftLengths })
    return conj(div(mul(y, multiplicity(y, n)), constant(y, size)))
  }
  return fft(ct, { fftType, fftLengths })
}

const transform = (
  from: Numbers,
  to: Numbers,
  shape: Shape,
  axes: readonly number[],
  { fftType, fftLengths }: FftParams
): void => {
  if (fftType === 'rfft') rfftNd(from, to, shape, axes)
  else if (fftType === 'irfft') irfftNd(from, to, shape, axes, fftLengths[fftLengths.length - 1])
  else fftNd(from, to, shape, axes, fftType === 'ifft')
}

/** So many numbers at a time fit into the caches with all that is made of them. */
const nearby = 2 ** 14

/** y_k = Σ_j x_j exp(−2πi jk/n) over the last axes; inverses have the other sign and divide by n. */
export const fftP = definePrimitive<FftParams>({
  name: 'fft',
  host: 'stages that need whole rows, of any length',

  abstractEval: ([x], params) => {
    checkParams(params)
    const { fftType, fftLengths } = params
    if (!accepted[fftType].includes(x.dtype))
      throw new DTypeError('fft', {
        problem: `${fftType} does not take this element type`,
        got: x.dtype,
        expected: accepted[fftType].join(' or '),
        hint: 'functions of np.fft convert by themselves'
      })
    const [before, after] = extents(params)
    const count = fftLengths.length
    const given = x.shape.slice(x.shape.length - count)
    if (count === 0 || count > x.shape.length || show(given) !== show(before))
      throw new ShapeError('fft', {
        problem: 'the lengths are not those of the last axes',
        got: `${fftType} of lengths ${show(fftLengths)} for shape ${show(x.shape)}`,
        expected: `at least one length, and last axes ${show(before)}`,
        hint: 'functions of np.fft pad and cut to the length n'
      })
    const dtype = fftType === 'irfft' ? realPart(x.dtype) : complexOf(x.dtype)
    return [makeAval([...x.shape.slice(0, x.shape.length - count), ...after], dtype)]
  },

  reference: ([x], params, [out]) => {
    const data = allocate(out.dtype, sizeOf(out.shape)) as Numbers // abstractEval has looked
    const size = sizeOf(x.shape)
    if (size === 0 || data.length === 0) return [data]
    const [before] = extents(params)
    const axes = axesUpTo(before.length + 1).slice(1)
    const count = size / sizeOf(before)
    const part = (a: Numbers, from: number, n: number): Numbers =>
      a.subarray((a.length / count) * from, (a.length / count) * (from + n))
    // What is between two axes stays near; along one, lines are taken a few at a time.
    const together = axes.length === 1 ? count : Math.ceil(nearby / sizeOf(before))
    for (let from = 0; from < count; from += together) {
      const n = Math.min(together, count - from)
      transform(part(x.data as Numbers, from, n), part(data, from, n), [n, ...before], axes, params)
    }
    return [data]
  },

  jvp: linearJvp((x, params) => fft(x, params)),

  // Asked only when the one operand is unknown.
  transpose: ([ct], [x], params) => [
    isZero(ct) ? zero((x as Unknown).aval) : transposed(ct, params)
  ],

  batch: batchUnary((x, at, params) => [fft(moveAxis(x, at, 0), params), 0])
})

/**
 * The transform of the last `fftLengths.length` axes. `irfft` ignores the imaginary parts of the
 * first (and for even lengths the last) entries of the last axis, as JAX does.
 *
 * Shape: [..., ...fftLengths] -> the same; for rfft the result, and for irfft the operand, has
 *        n / 2 + 1 (rounded down) in place of the last length n.
 */
export const fft = (x: NdArray, params: FftParams): NdArray => bind1(fftP, [x], params)
