import { describe, expect, test } from 'vitest'
import { difference } from '../conformance/compare.ts'
import { decode, load } from '../conformance/golden.ts'
import { isExact, sampleOf, type RandomRecord } from '../conformance/samplers.ts'

/** Recorded by JAX 0.11.2 with threefry2x32 in partitionable mode. */
const recorded = load('test/conformance/data/random.json.gz') as {
  readonly cases: readonly RandomRecord[]
}

/** Initializers of jax.nn are recorded in the same file. */
const initializers = /^(?:glorot|he|lecun)_|^orthogonal$/

const samples = recorded.cases.filter(({ fn }) => !initializers.test(fn))

describe('the samples of jax.random', () => {
  test('are many', () => {
    expect(samples.length).toBeGreaterThan(80)
  })

  test.each(samples.map((c) => [c.fn, JSON.stringify(c.args), c.seed, c] as const))(
    '%s %s of seed %d',
    (_fn, _args, _seed, of) => {
      const actual = sampleOf(of) as NonNullable<ReturnType<typeof sampleOf>> // none is an initializer
      const tolerance = isExact(of) ? undefined : { tol: 1e-5, elementwise: true }
      expect(difference(actual, decode(of.out), tolerance)).toBe(null)
    }
  )
})
