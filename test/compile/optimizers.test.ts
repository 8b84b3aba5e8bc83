/** What updates of many parameters cost: every array of a parameter is read and written once. */
import { describe, expect, test } from 'vitest'
import { jit, np, optim, type NdArray } from 'cotangent'

type Params = Readonly<Record<string, NdArray>>

const size = 8192
const leaves = 70

const filled = (value: number): Params =>
  Object.fromEntries(
    Array.from({ length: leaves }, (_, i) => [
      `p${i}`,
      np.full([size], value + i, { dtype: 'float32' })
    ])
  )

const stepWith = (optimizer: optim.GradientTransformation) =>
  jit(
    (params: Params, state: object, gradients: Params) => {
      const [updates, next] = optimizer.update(gradients, state, params)
      return [optim.applyUpdates(params, updates), next] as const
    },
    { donateArgnums: [0, 1] }
  )

/** Arrays read and written by the kernels of a step, for each parameter. */
const arraysMoved = (optimizer: optim.GradientTransformation): number => {
  const params = filled(1)
  const { kernels } = stepWith(optimizer)
    .lower(params, optimizer.init(params), filled(0.1))
    .report()
  return kernels.reduce((n, k) => n + k.bytes, 0) / (4 * size * leaves)
}

describe('an update of many parameters', () => {
  test('reads gradient, moments and parameter once, and writes all but the gradient', () => {
    expect(arraysMoved(optim.adam({ learningRate: 0.1 }))).toBeCloseTo(7, 1)
    expect(arraysMoved(optim.adamw({ learningRate: 0.1 }))).toBeCloseTo(7, 1)
  })

  test('reads the gradients once more for their norm', () => {
    const clipped = optim.chain(optim.clipByGlobalNorm(1), optim.adamw({ learningRate: 0.1 }))
    expect(arraysMoved(clipped)).toBeCloseTo(8, 1)
  })

  test('is that of each parameter by itself', () => {
    const optimizer = optim.adam({ learningRate: 0.1 })
    const step = stepWith(optimizer)
    const first = filled(1)
    const [params, state] = step(first, optimizer.init(first), filled(0.1))
    const [after] = step(params, state, filled(0.2))
    const alone = { p7: np.full([size], 8, { dtype: 'float32' }) }
    const gradient = (v: number): Params => ({ p7: np.full([size], v + 7, { dtype: 'float32' }) })
    const [once, kept] = step(alone, optimizer.init(alone), gradient(0.1))
    const [twice] = step(once, kept, gradient(0.2))
    expect(after['p7']?.toTypedArray()).toEqual(twice['p7']?.toTypedArray())
    expect(() => first['p7']?.toTypedArray()).toThrow(/donated/)
  })
})
