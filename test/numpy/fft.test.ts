import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { multiply } from '../../src/numpy/arithmetic.ts'
import { real } from '../../src/numpy/complex.ts'
import * as fft from '../../src/numpy/fft.ts'
import { sum } from '../../src/numpy/reductions.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { f32, i32, make, numericalGradient } from './arrays.ts'

const close = { rtol: 1e-12, atol: 1e-12 }
const x = make([1, 2, 4, 8])
const m = make([
  [1, 2, 3, 4],
  [0, 1, 0, 2]
])

describe('np.fft', () => {
  test('fft is its definition', () => {
    // Σ x, 1 − 2i − 4 + 8i, 1 − 2 + 4 − 8, and the conjugate.
    const y = make(
      [
        [15, 0],
        [-3, 6],
        [-5, 0],
        [-3, -6]
      ],
      'complex128'
    )
    expectClose(fft.fft(x), y, close)
    expectClose(
      fft.rfft(x),
      make(
        [
          [15, 0],
          [-3, 6],
          [-5, 0]
        ],
        'complex128'
      ),
      close
    )
    expectClose(real(fft.ifft(y)), x, close)
    expect(fft.fft(i32([1, 2])).dtype).toBe('complex64')
  })

  test('n cuts and pads', () => {
    expectClose(
      fft.fft(x, { n: 2 }),
      make(
        [
          [3, 0],
          [-1, 0]
        ],
        'complex128'
      ),
      close
    )
    expectClose(
      fft.rfft(make([1]), { n: 3 }),
      make(
        [
          [1, 0],
          [1, 0]
        ],
        'complex128'
      ),
      close
    )
    expectClose(fft.irfft(fft.rfft(make([1, 2, 3])), { n: 3 }), make([1, 2, 3]), close)
    expect(() => fft.fft(x, { n: 0 })).toThrow('lengths do not fit')
  })

  test('norms divide where they say', () => {
    const power = (norm: 'backward' | 'ortho' | 'forward'): NdArray => real(fft.fft(x, { norm }))
    expectClose(power('ortho'), multiply(real(fft.fft(x)), 0.5), close)
    expectClose(power('forward'), multiply(real(fft.fft(x)), 0.25), close)
    for (const norm of ['backward', 'ortho', 'forward'] as const) {
      expectClose(real(fft.ifft(fft.fft(x, { norm }), { norm })), x, close)
      expectClose(fft.irfftn(fft.rfftn(m, { norm }), { norm }), m, close)
      expectClose(real(fft.ifft2(fft.fft2(m, { norm }), { norm })), m, close)
      expectClose(fft.hfft(fft.ihfft(x, { norm }), { norm }), x, close)
    }
  })

  test('several axes are one after the other', () => {
    const twice = fft.fft(fft.fft(m, { axis: 0 }), { axis: 1 })
    expectClose(fft.fftn(m), twice, close)
    expectClose(fft.fft2(m), twice, close)
    expectClose(fft.fftn(m, { s: [4] }), fft.fft(m), close)
    expectClose(fft.fftn(m, { axes: [0] }), fft.fft(m, { axis: 0 }), close)
    expectClose(fft.rfft2(m), fft.fft(fft.rfft(m), { axis: 0 }), close)
    expectClose(fft.irfft2(fft.rfft2(m)), m, close)
  })

  test('hfft is the spectrum of a Hermitian signal', () => {
    // 1, 2, 3, 2 over one period: 1 + 4 cos + 3 cos 2.
    expectClose(fft.hfft(make([1, 2, 3])), make([8, -2, 0, -2]), close)
  })

  test('frequencies and shifts', () => {
    expectArray(fft.fftfreq(4, { dtype: 'float64' }), make([0, 0.25, -0.5, -0.25]))
    expectArray(fft.fftfreq(5, { d: 0.2, dtype: 'float64' }), make([0, 1, 2, -2, -1]))
    expectArray(fft.rfftfreq(5, { d: 0.2 }), f32([0, 1, 2]))
    expectArray(fft.fftshift(i32([0, 1, 2, -2, -1])), i32([-2, -1, 0, 1, 2]))
    expectArray(fft.ifftshift(fft.fftshift(m)), m)
  })

  test('has the derivative of its value', () => {
    const f = (v: NdArray): NdArray => {
      const y = fft.irfft(
        multiply(
          fft.rfft(v),
          make(
            [
              [1, 0],
              [2, 1],
              [3, 0]
            ],
            'complex128'
          )
        )
      )
      return sum(multiply(y, make([1, -1, 2, 0.5])))
    }
    expectClose(grad(f)(x), numericalGradient(f, x), { rtol: 1e-8, atol: 1e-9 })
  })
})
