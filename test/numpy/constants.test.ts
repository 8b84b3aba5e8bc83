import { expect, test } from 'vitest'
import { lax, np } from 'cotangent'

test("Euler's constant is minus the slope of log Γ at 1", () => {
  const slope = lax.digamma(np.array(1, { dtype: 'float64' })).item()
  expect(np.eulerGamma).toBeCloseTo(-slope, 14)
})

test('infinities and NaN are the numbers of JavaScript, π and e those of Math', () => {
  expect([np.pi, np.e, np.inf, np.nan, np.newaxis]).toEqual([Math.PI, Math.E, Infinity, NaN, null])
})
