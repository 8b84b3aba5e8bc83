/** Some hundred steps in place of the ten thousand of `npm run gpu -- leaks`. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { devices } from 'cotangent/gpu'
import { growth, memoryOverTime } from './leaks.ts'

const [webgpu] = await devices()

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Twice, with a turn between: finalizers run when the first collection is over. */
const collect = async (): Promise<void> => {
  for (let i = 0; i < 2; i++) {
    gc()
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}

describe.skipIf(webgpu._tag === 'Left')('training on webgpu', () => {
  test('keeps device and host memory flat', async () => {
    const samples = await memoryOverTime('webgpu', 400, () => undefined, collect)
    expect(samples.length).toBe(8)
    expect(growth(samples, { heap: 16e6, rss: 128e6 })).toEqual([])
    // What is left when nothing waits to be collected: the network, its moments, and the batch.
    expect(new Set(samples.slice(2).map((s) => s.live)).size).toBe(1)
    expect(samples[7].live).toBeLessThan(20_000)
  })
})
