import { describe, expect, test } from 'vitest'
import { lax, np } from 'cotangent'
import { dtypes, isInexact } from '../../src/core/dtype.ts'
import { expectArray } from '../equality.ts'

const exact = dtypes.filter((dtype) => !isInexact(dtype))
const bools = (...xs: readonly boolean[]) => np.array(xs)

describe('integers and bools', () => {
  test.each(exact)('are finite, no NaN and not infinite: %s', (dtype) => {
    const x = np.array([0, 1]).astype(dtype)
    expectArray(np.isfinite(x), bools(true, true))
    expectArray(np.isnan(x), bools(false, false))
    for (const f of [np.isinf, np.isposinf, np.isneginf]) expectArray(f(x), bools(false, false))
  })
})

describe('a complex number', () => {
  const parts = [1, NaN, Infinity, -Infinity]
  const pairs = parts.flatMap((re) => parts.map((im) => [re, im] as const))

  test.each(pairs)(
    '%d + %di is finite where both parts are, NaN or infinite where one is',
    (re, im) => {
      const z = lax.complex(np.array([re]), np.array([im]))
      expectArray(np.isfinite(z), bools(Number.isFinite(re) && Number.isFinite(im)))
      expectArray(np.isnan(z), bools(Number.isNaN(re) || Number.isNaN(im)))
      expectArray(np.isinf(z), bools(Math.abs(re) === Infinity || Math.abs(im) === Infinity))
    }
  )

  test('has no sign at infinity', () => {
    const z = lax.complex(np.array([1]), np.array([1]))
    expect(() => np.isposinf(z)).toThrow('a complex infinity has no sign')
  })
})
