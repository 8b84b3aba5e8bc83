/** What the host says to a WebGPU device: a training step is handed over as a whole. */
import { describe, expect, test } from 'vitest'
import { devices } from 'cotangent/gpu'
import { gpuBackend } from '../../src/backend/select.ts'
import { mnist, train } from './training.ts'

const [webgpu] = await devices()

describe.skipIf(webgpu._tag === 'Left')('a training step', () => {
  test('of the MNIST network is one submission of fifty launches at most', async () => {
    const { step, data, ...trained } = await train('webgpu', 2, mnist)
    const { machine } = gpuBackend('webgpu')
    let { carry } = trained
    const before = machine.statistics()
    const steps = 4
    let loss
    for (let i = 0; i < steps; i++) [carry, loss] = step(carry, data.images, data.labels)
    await loss?.data()
    const { submissions, launches } = machine.statistics()
    // One more reads the loss.
    expect(submissions - before.submissions).toBeLessThanOrEqual(steps + 1)
    expect((launches - before.launches) / steps).toBeLessThanOrEqual(50)
    expect((launches - before.launches) / steps).toBeGreaterThan(10)
  })
})
