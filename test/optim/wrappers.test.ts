import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import { expectClose } from '../equality.ts'

const values = (x: NdArray): readonly number[] => Array.from(hostOf(x))

describe('perExampleGlobalNormClip', () => {
  const grads = {
    a: np.array([
      [3, 0],
      [0.5, 0]
    ]),
    b: np.array([[4], [0]])
  } // norms 5 and ½

  test('shortens each example by itself, then sums', () => {
    const [sum, clipped] = optim.perExampleGlobalNormClip(grads, 1)
    expectClose(sum.a, np.array([0.6 + 0.5, 0]), { rtol: 1e-6, atol: 0 })
    expectClose(sum.b, np.array([0.8]), { rtol: 1e-6, atol: 0 })
    expect(clipped.item()).toBe(1)
  })

  test('leaves an example without a gradient alone, even where the bound is 0', () => {
    const still = { a: np.zeros([2, 1]), b: np.array([[1], [0]]) } // norms 1 and 0
    const sumOf = (bound: number) => {
      const [sum, clipped] = optim.perExampleGlobalNormClip(still, bound)
      return [values(sum.a), values(sum.b), clipped.item()]
    }
    expect(sumOf(2)).toEqual([[0], [1], 0])
    expect(sumOf(0)).toEqual([[0], [0], 1])
  })

  test('says what is wrong with gradients of a whole batch', () => {
    expect(() => optim.perExampleGlobalNormClip({ a: np.array(1) }, 1)).toThrow(
      'gradients are not those of single examples'
    )
  })

  test('is what differentiallyPrivateAggregate averages when there is no noise', () => {
    const t = optim.differentiallyPrivateAggregate({ l2NormClip: 1, noiseMultiplier: 0, key: 0 })
    const [updates] = t.update(grads, t.init(grads), grads)
    expectClose(updates.b, np.array([0.4]), { rtol: 1e-6, atol: 0 })
  })
})

describe('injectHyperparams', () => {
  test('takes a rate written into the state, without a new trace', () => {
    const t = optim.injectHyperparams(optim.sgd)({ learningRate: 0.5 })
    let traces = 0
    const step = jit((state: optim.InjectHyperparamsState, p: NdArray) => {
      traces++
      return t.update(p, state, p)
    })
    const state = t.init(np.array([2]))
    expect(values(step(state, np.array([2]))[0])).toEqual([-1])
    const slower = { ...state, hyperparams: { learningRate: np.array(0.25, { dtype: 'float32' }) } }
    const [updates] = step(slower, np.array([2]))
    expect(values(updates)).toEqual([-0.5])
    expect(traces).toBe(1)
  })
})

describe('lookahead', () => {
  test('brings both parameters together at every second step', () => {
    const t = optim.lookahead(optim.sgd({ learningRate: 1 }), { syncPeriod: 2, slowStepSize: 0.5 })
    const first = optim.lookaheadParams(np.array([0]))
    const g = np.array([-1])
    const [u, state] = t.update(g, t.init(first), first)
    const once = optim.applyUpdates(first, u)
    expect([values(once.fast), values(once.slow)]).toEqual([[1], [0]])
    const [v] = t.update(g, state, once)
    const twice = optim.applyUpdates(once, v)
    expect([values(twice.fast), values(twice.slow)]).toEqual([[1], [1]]) // half of 2
  })
})

describe('scheduleFree', () => {
  test('stays where it is while the rate is 0', () => {
    const t = optim.scheduleFree(optim.sgd({ learningRate: 1 }), {
      learningRate: () => np.array(0)
    })
    const p = np.array([1, 2])
    const [updates, state] = t.update(np.array([0, 0]), t.init(p), p)
    expect(values(updates)).toEqual([0, 0])
    expect((state as optim.ScheduleFreeState).weightSum.item()).toBe(0)
  })
})

describe('applyIfFinite', () => {
  test('leaves out a NaN and counts it', () => {
    const t = optim.applyIfFinite(optim.sgd({ learningRate: 1 }), 5)
    const p = np.array([1])
    const [updates, state] = t.update(np.array([NaN]), t.init(p), p)
    expect(values(updates)).toEqual([0])
    expect((state as optim.ApplyIfFiniteState).totalNotfinite.item()).toBe(1)
  })
})

describe('lbfgs', () => {
  test('finds the minimum of a quadratic function', () => {
    const loss = (p: NdArray): NdArray =>
      np.sum(np.mul(np.square(np.sub(p, np.array([1, -2]))), np.array([1, 10])))
    const t = optim.lbfgs()
    let p = np.array([0, 0])
    let state = t.init(p)
    for (let i = 0; i < 8; i++) {
      const grad = np.mul(np.sub(p, np.array([1, -2])), np.array([2, 20]))
      const [u, next] = t.update(grad, state, p, { value: loss(p), grad, valueFn: loss })
      p = optim.applyUpdates(p, u)
      state = next
    }
    expectClose(p, np.array([1, -2]), { rtol: 1e-4, atol: 1e-5 })
  })

  test('asks for the loss that its line search needs', () => {
    const t = optim.lbfgs()
    const p = np.array([1])
    expect(() => t.update(p, t.init(p), p)).toThrow('update needs { valueFn }')
  })
})
