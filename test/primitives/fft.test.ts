import { describe, expect, test } from 'vitest'
import { avalOf, fromHost, hostOf, type NdArray } from '../../src/core/array.ts'
import { DTypeError, ShapeError, ValueError } from '../../src/core/errors.ts'
import { complex, imag, real } from '../../src/primitives/complex.ts'
import { fft, type FftType } from '../../src/primitives/fft.ts'
import { expectArray, expectClose } from '../equality.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkSecondDerivatives,
  make,
  type Flat
} from './checks.ts'
import { byParts } from './complex-parts.ts'

const tight = { rtol: 1e-12, atol: 1e-12 }

const run =
  (fftType: FftType, ...fftLengths: readonly number[]) =>
  (x: NdArray): NdArray =>
    fft(x, { fftType, fftLengths })

/** Σ_j x_j exp(−2πi jk/n) by the formula. */
const slow = (x: NdArray): NdArray => {
  const data = hostOf(x)
  const n = x.shape[0]
  const out = new Float64Array(2 * n)
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      out[2 * k] += data[2 * j] * c - data[2 * j + 1] * s
      out[2 * k + 1] += data[2 * j] * s + data[2 * j + 1] * c
    }
  return fromHost(avalOf(x), out)
}

describe('fft', () => {
  test('of 1, i, -1, -i is one line of the spectrum', () => {
    const x = make([4], [1, 0, 0, 1, -1, 0, 0, -1], 'complex64')
    expectArray(run('fft', 4)(x), make([4], [0, 0, 4, 0, 0, 0, 0, 0], 'complex64'))
  })

  test('of real numbers keeps half of the spectrum', () => {
    // X_0 = 10, X_1 = (1 − 3) + i(4 − 2), X_2 = 1 − 2 + 3 − 4.
    const half = run('rfft', 4)(make([4], [1, 2, 3, 4], 'float32'))
    expectArray(half, make([3], [10, 0, -2, 2, -2, 0], 'complex64'))
    expectArray(run('irfft', 4)(half), make([4], [1, 2, 3, 4], 'float32'))
  })

  test.each([1, 2, 3, 5, 8, 12, 67, 97])('of length %i is the sum, and has an inverse', (n) => {
    const x = arbitrary([n], n, 'complex128')
    expectClose(run('fft', n)(x), slow(x), { rtol: 1e-10, atol: 1e-10 })
    expectClose(run('ifft', n)(run('fft', n)(x)), x, tight)
    const line = arbitrary([n], n + 1)
    expectClose(run('irfft', n)(run('rfft', n)(line)), line, tight)
  })

  test('over several axes is one after the other', () => {
    const x = arbitrary([2, 3, 4], 1, 'complex128')
    expect(run('fft', 3, 4)(x).shape).toEqual([2, 3, 4])
    expectClose(run('ifft', 2, 3, 4)(run('fft', 2, 3, 4)(x)), x, tight)
    const line = arbitrary([2, 3, 4], 2)
    const half = run('rfft', 3, 4)(line)
    expect(half.shape).toEqual([2, 3, 3])
    expectClose(run('irfft', 3, 4)(half), line, tight)
  })

  test('of nothing is nothing', () => {
    const none = run('rfft', 4)(make([0, 4], []))
    expectArray(none, make([0, 3], [], 'complex128'))
  })

  test.each<readonly [FftType, readonly number[], readonly number[]]>([
    ['fft', [2, 5], [5]],
    ['ifft', [3, 4], [3, 4]],
    ['irfft', [2, 3], [4]],
    ['irfft', [2, 3], [5]],
    ['irfft', [1], [1]],
    ['irfft', [3, 3], [3, 4]],
    ['irfft', [2, 4, 2], [2, 4, 3]]
  ])('%s of shape %j, lengths %j, has its adjoint and derivative', (type, shape, lengths) => {
    const f: Flat = byParts((x) => [run(type, ...lengths)(x)])
    checkDerivatives(f, [arbitrary(shape, 1), arbitrary(shape, 2)])
    checkSecondDerivatives(f, [arbitrary(shape, 3), arbitrary(shape, 4)])
  })

  test.each<readonly [readonly number[], readonly number[]]>([
    [[2, 4], [4]],
    [[2, 5], [5]],
    [[1], [1]],
    [[2], [2]],
    [
      [3, 4],
      [3, 4]
    ],
    [
      [4, 3, 5],
      [4, 3, 5]
    ]
  ])('rfft of shape %j, lengths %j, has its adjoint and derivative', (shape, lengths) => {
    const f: Flat = (x) => {
      const y = run('rfft', ...lengths)(x)
      return [real(y), imag(y)]
    }
    checkDerivatives(f, [arbitrary(shape, 1)])
    checkSecondDerivatives(f, [arbitrary(shape, 2)])
  })

  test.each<readonly [FftType, readonly number[], readonly number[]]>([
    ['fft', [2, 3], [3]],
    ['rfft', [2, 3], [2, 3]],
    ['irfft', [2, 3], [4]]
  ])('%s under vmap is a loop', (type, shape, lengths) => {
    const dtype = type === 'rfft' ? 'float64' : 'complex128'
    checkBatch((x) => [run(type, ...lengths)(x)], [arbitrary(shape, 1, dtype)])
  })

  test('refuses other types, lengths and transforms', () => {
    const x = arbitrary([4], 1)
    expect(() => run('fft', 4)(x)).toThrow(DTypeError)
    expect(() => run('rfft', 4)(complex(x, x))).toThrow(DTypeError)
    expect(() => run('rfft', 3)(x)).toThrow(ShapeError)
    expect(() => run('rfft')(x)).toThrow(ShapeError)
    expect(() => run('irfft', 4)(complex(x, x))).toThrow(ShapeError)
    expect(() => run('fft', -4)(complex(x, x))).toThrow(ValueError)
  })
})
