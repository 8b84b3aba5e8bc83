/** What optimizers beyond the usual ones do that formulas.test.ts does not see. */
import { describe, expect, test } from 'vitest'
import { lax, np, optim } from 'cotangent'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { message } from '../core/message.ts'
import { expectClose } from '../equality.ts'

type Vector = readonly number[]

const vector = (x: Vector): NdArray => np.array(x, { dtype: 'float64' })

test('sophia divides by the diagonal of the Hessian where that is large', () => {
  // Σ c x²: Hutchinson's estimate of a diagonal Hessian is exact.
  const curvature = vector([1, 4])
  const valueFn = (x: NdArray): NdArray => np.sum(np.mul(curvature, np.square(x)))
  const t = optim.sophia({ learningRate: 1, b1: 0, gamma: 1, weightDecay: 0, key: 0 })
  const p = vector([0.25, 0.5])
  const g = np.mul(np.mul(curvature, p), 2)
  const [updates] = t.update(g, t.init(p), p, { valueFn })
  // g / h = 2 c x / 2 c = x: one step reaches the minimum.
  expectClose(updates, vector([-0.25, -0.5]), { rtol: 1e-12 })
})

test('muon steps further where a matrix is wide', () => {
  const g = np.array([[3, 0, 0, 4]], { dtype: 'float64' })
  const t = optim.muon({ learningRate: 0.1, nesterov: false })
  const [updates] = t.update(g, t.init(g), g)
  const once = optim.orthogonalizeViaNewtonSchulz(g)
  expectClose(updates, np.mul(once, -0.1 * Math.sqrt(4)), { rtol: 1e-12 })
})

describe('reduceOnPlateau', () => {
  const t = optim.reduceOnPlateau({ factor: 0.5, patience: 2, cooldown: 1 })
  const scales = (values: readonly number[], of = t): Vector => {
    let state = of.init(0)
    return values.map((value) => {
      const [, next] = of.update(np.array(1), state, np.array(1), { value })
      state = next
      return (optim.tree.get(state, 'scale') as NdArray).item()
    })
  }

  test('halves the scale after values without improvement, and then waits', () => {
    expect(scales([5, 4, 4, 4, 4, 4, 4])).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25])
  })

  test('keeps it while the loss falls', () => {
    expect(scales([5, 4, 3, 2, 1])).toEqual([1, 1, 1, 1, 1])
  })

  test('never goes below the least scale', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, minScale: 0.3 })
    expect(scales([1, 1, 1, 1], t)).toEqual([1, 0.5, 0.3, 0.3].map(Math.fround))
  })

  test('counts as an improvement what is by more than both tolerances', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, rtol: 0.25, atol: 1 })
    // Below 8 · ¾ − 1 = 5, then below 4 · ¾ − 1 = 2.
    expect(scales([8, 5, 4, 2, 1], t)).toEqual([1, 0.5, 0.5, 0.25, 0.25])
  })

  test('looks at means of as many losses as it is told to', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, accumulationSize: 2 })
    // Means 2, 2 and 1.
    expect(scales([1, 3, 3, 1, 0, 2], t)).toEqual([1, 1, 1, 0.5, 0.5, 0.5])
  })

  test('wants a factor that reduces', () => {
    expect(message(() => optim.reduceOnPlateau({ factor: 2 }))).toMatchInlineSnapshot(`
      "ValueError reduceOnPlateau: the scale would not fall, or nothing would be an improvement
        got:      factor: 2, rtol: 0.0001, atol: 0
        expected: a factor between 0 and 1, tolerances from 0 on, rtol at most 1
        hint:     { factor: 0.1, rtol: 1e-4 } are usual"
    `)
  })
})

test('splitRealAndImaginary gives both parts of a complex parameter moments of their own', () => {
  const t = optim.splitRealAndImaginary(optim.adam({ learningRate: 0.1 }))
  const z = np.array([1], { dtype: 'complex64' })
  const g = lax.complex(np.array([3]), np.array([-4]))
  const [updates] = t.update(g, t.init(z), z)
  expect(updates.dtype).toBe('complex64')
  expect(hostOf(updates)[0]).toBeCloseTo(-0.1, 5)
  expect(hostOf(updates)[1]).toBeCloseTo(0.1, 5)
})
