import { expect, test } from 'vitest'
import { lax, np } from 'cotangent'
import { expectArray, expectClose } from '../equality.ts'

test('angle is in radians, or in degrees', () => {
  const z = lax.complex(np.array([1, 0, -1, 0]), np.array([1, 1, 0, -1]))
  const quarters = np.array([0.5, 1, 2, -1])
  expectClose(np.angle(z), np.mul(quarters, Math.PI / 2), { rtol: 1e-6 })
  expectClose(np.angle(z, { deg: true }), np.mul(quarters, 90), { rtol: 1e-6 })
  expectClose(np.angle(np.array([2, -2]), { deg: true }), np.array([0, 180]), { rtol: 1e-6 })
})

test('real and imag of real numbers are the number and zero', () => {
  const x = np.array([1, -2])
  expectArray(np.real(x), x)
  expectArray(np.imag(x), np.array([0, 0]))
  expect(np.imag(np.array([1, 2], { dtype: 'int32' })).dtype).toBe('int32')
})
