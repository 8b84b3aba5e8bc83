/** What bad input gets: typed errors that name what was wrong. */
import { describe, expect, test } from 'vitest'
import { np, optim } from 'cotangent'
import { CotangentError } from '../../src/core/errors.ts'
import { message } from '../core/message.ts'
import { optimizers } from './every-optimizer.ts'

const thrown = (f: () => unknown): unknown => {
  try {
    f()
  } catch (error) {
    return error
  }
  return undefined
}

/** Those whose step has no rate to give. */
const withoutRate = ['dog', 'dowg', 'polyakSgd']

const extra: Readonly<Record<string, object>> = {
  dpsgd: { l2NormClip: 1, noiseMultiplier: 1, key: 0 },
  noisySgd: { key: 0 },
  sophia: { key: 0 }
}

describe('a rate that is negative or no number', () => {
  // Optimizers are looked up by name, so their types are not known here.
  const makers = optim as unknown as Readonly<Record<string, (options: object) => unknown>>
  const names = Object.keys(optimizers).filter((name) => !withoutRate.includes(name))

  test.each(names)('is an error of %s', (name) => {
    for (const learningRate of [-0.1, NaN, Infinity]) {
      const error = thrown(() => makers[name]({ ...extra[name], learningRate }))
      expect(error).toBeInstanceOf(CotangentError)
      expect((error as CotangentError)._tag).toBe('ValueError')
      expect((error as CotangentError).message).toContain(String(learningRate))
    }
  })

  test('is told with its name and value', () => {
    expect(message(() => optim.adamw({ learningRate: NaN }))).toMatchInlineSnapshot(`
      "ValueError adamw: learningRate has a value that no training can use
        got:      learningRate: NaN
        expected: a finite number from 0 on, or a schedule
        hint:     updates are subtracted already: a rate that descends is positive"
    `)
    expect(message(() => optim.addDecayedWeights({ weightDecay: -1 }))).toMatchInlineSnapshot(`
      "ValueError addDecayedWeights: weightDecay has a value that no training can use
        got:      weightDecay: -1
        expected: a finite number from 0 on, or a schedule
        hint:     updates are subtracted already: a rate that descends is positive"
    `)
    const options = { maxConsecutiveErrors: 3 } as unknown as number
    expect(message(() => optim.applyIfFinite(optim.sgd({ learningRate: 1 }), options)))
      .toMatchInlineSnapshot(`
      "ValueError applyIfFinite: maxConsecutiveErrors has a value that no training can use
        got:      maxConsecutiveErrors: an instance of Object
        expected: a finite number from 0 on, or a schedule
        hint:     it stands by itself: clip(1), not clip({ maxDelta: 1 })"
    `)
  })
})

describe('trees that do not fit', () => {
  const params = { dense: { kernel: np.zeros([2, 2]), bias: np.zeros([2]) } }
  const adam = optim.adam({ learningRate: 0.1 })

  test('are told by path', () => {
    const other = { dense: { kernel: np.zeros([2, 2]) } }
    expect(message(() => adam.update(other as never, adam.init(params), params)))
      .toMatchInlineSnapshot(`
        "StructureError update: the gradients do not belong to these parameters
          got:      dense.bias: missing in the gradients
          expected: trees of one structure
          hint:     differentiate with respect to the parameters that update is given"
      `)
    expect(message(() => optim.applyUpdates(params, other as never))).toMatchInlineSnapshot(`
      "StructureError applyUpdates: the trees have different structures
        got:      dense.bias: missing on the right
        expected: the same keys and lengths at every path
        hint:     updates are those that update gave for these parameters"
    `)
  })

  test('a state of other parameters is too', () => {
    const state = adam.init({ dense: { kernel: np.zeros([2, 2]) } })
    expect(message(() => adam.update(params, state, params))).toMatchInlineSnapshot(`
      "StructureError update: the state does not belong to these parameters
        got:      dense.bias: missing on the right
        expected: the state that init or update gave for parameters of this structure
        hint:     call init again when the parameters change their structure"
    `)
  })

  test('so are gradients of other shapes', () => {
    const wrong = { dense: { kernel: np.zeros([2, 3]), bias: np.zeros([2]) } }
    expect(message(() => adam.update(wrong, adam.init(params), params))).toMatchInlineSnapshot(`
      "ShapeError update: a gradient does not have the shape of its parameter
        got:      dense.kernel: gradient [2, 3], parameter [2, 2]
        expected: equal shapes
        hint:     gradients of single examples go to dpsgd, or are meaned over their first axis"
    `)
  })

  test('and masks and labels', () => {
    const masked = optim.masked(adam, { dense: { kernel: true } })
    expect(message(() => masked.init(params))).toMatchInlineSnapshot(`
      "StructureError masked: a prefix does not fit the tree it describes
        got:      an object with kernel at dense, where the tree has an object with bias, kernel
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    const parted = optim.partition({ a: adam }, { dense: { kernel: 'a', bias: 'b' } })
    expect(message(() => parted.init(params))).toMatchInlineSnapshot(`
      "ValueError partition: a label has no transformation
        got:      'b'
        expected: one of a
        hint:     give setToZero() under the label of what stays as it is"
    `)
  })
})

describe('averages of parameters', () => {
  const steps = (t: optim.GradientTransformation) => {
    let w = np.array([4])
    let state = t.init(w)
    for (let i = 0; i < 4; i++) {
      const [updates, next] = t.update(np.array([1]), state, w)
      w = optim.applyUpdates(w, updates)
      state = next
    }
    return optim.averagedParams(state, w).toNested()
  }
  const down = optim.sgd({ learningRate: 1 }) // 3, 2, 1, 0

  test('are the mean of those that count', () => {
    expect(steps(optim.chain(down, optim.swa()))).toEqual([1.5])
    expect(steps(optim.chain(down, optim.swa({ start: 1, every: 2 })))).toEqual([1])
    expect(steps(optim.chain(down, optim.paramsEma({ decay: 0.5 })))).toEqual([0.875])
  })

  test('have to be kept', () => {
    expect(message(() => steps(down))).toMatchInlineSnapshot(`
      "ValueError averagedParams: the state holds no average of these parameters
        got:      a state of structure [{},{}]
        expected: the state of a chain with swa or paramsEma in it
        hint:     put optim.swa() last in the chain"
    `)
    expect(message(() => optim.swa({ every: 0 }))).toMatchInlineSnapshot(`
      "ValueError swa: the steps that count cannot be counted
        got:      start: 0, every: 0
        expected: an integer from 0 on, and one from 1 on
        hint:     start after about three quarters of the training, and count once an epoch"
    `)
  })
})
