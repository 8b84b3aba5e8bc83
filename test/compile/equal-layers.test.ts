/** What is equal is made once: code does not grow with the number of layers and parameters. */
import { describe, expect, test } from 'vitest'
import { jit, np, optim, valueAndGrad, type NdArray } from 'cotangent'

const width = 64

const weights = (count: number): readonly NdArray[] =>
  Array.from({ length: count }, (_, i) => np.full([width, width], 0.01 * (i + 1)))

const adam = optim.adam({ learningRate: 0.1 })

/** Bytes of code of a training step through so many residual layers. */
const codeOfStep = (layers: number): number => {
  const params = weights(layers)
  const loss = (ws: readonly NdArray[]): NdArray => {
    const through = (h: NdArray, w: NdArray): NdArray => np.tanh(np.matmul(h, w)).add(h)
    return np.square(ws.reduce(through, np.ones([8, width]))).mean()
  }
  const step = jit((ws: readonly NdArray[], state: object) => {
    const [value, gradient] = valueAndGrad(loss)(ws)
    const [updates, next] = adam.update(gradient, state, ws)
    return [value, optim.applyUpdates(ws, updates), next] as const
  })
  return step.lower(params, adam.init(params)).report().codeBytes
}

/** Bytes of code of the updates of so many parameters. */
const codeOfUpdate = (count: number): number => {
  const params = weights(count)
  const update = jit((ws: readonly NdArray[], state: object, gradients: readonly NdArray[]) => {
    const [updates, next] = adam.update(gradients, state, ws)
    return [optim.applyUpdates(ws, updates), next] as const
  })
  return update.lower(params, adam.init(params), weights(count)).report().codeBytes
}

describe('the code of a program', () => {
  test('is that of a few layers, however many equal ones there are', () => {
    expect(codeOfStep(24)).toBeLessThan(1.02 * codeOfStep(6))
  })

  test('is that of one update, however many equal parameters there are', () => {
    expect(codeOfUpdate(100)).toBeLessThan(1.02 * codeOfUpdate(2))
  })
})
