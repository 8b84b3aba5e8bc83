import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { replayRandom, type RandomCase } from '../conformance/random.ts'

/** Recorded by JAX 0.11.2 with threefry2x32 in partitionable mode. */
const recorded = JSON.parse(
  gunzipSync(readFileSync('test/conformance/data/random.json.gz')).toString()
) as { readonly cases: readonly RandomCase[] }

describe('samples', () => {
  test('are those of jax.random', () => {
    const { passed, lines } = replayRandom(recorded.cases)
    expect(lines).toEqual([])
    expect(passed).toBe(recorded.cases.length)
  })
})
