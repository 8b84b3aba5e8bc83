/** Some of the random programs of `npm run gpu -- fuzz`, and those that once failed. */
import { describe, expect, test } from 'vitest'
import { devices } from 'cotangent/gpu'
import { failureOf } from './fuzz.ts'

const [webgpu] = await devices()

const count = 60
/** Where the maximum of x - x and x was x, not NaN, for an infinite x. */
const once = [5142]

describe.skipIf(webgpu._tag === 'Left')('random programs on webgpu', () => {
  test('compute what they compute on the CPU', async () => {
    const failures: string[] = []
    for (const seed of [...once, ...Array.from({ length: count }, (_, i) => i)]) {
      const why = await failureOf('webgpu', seed)
      if (why !== null) failures.push(why)
    }
    expect(failures).toEqual([])
  })
})
