import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import * as metrics from '../../src/metrics/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import { message } from '../core/message.ts'

const w = np.array([1, 2])
const adam = optim.adam({ learningRate: 0.1 })

describe('what is no argument of the function', () => {
  test('is named where an array is wanted', () => {
    expect(message(() => optim.multiclassHingeLoss(w, null as never))).toMatchInlineSnapshot(`
      "DTypeError multiclassHingeLoss: an argument is no array
        got:      null
        expected: 2 arrays
        hint:     np.array makes an array of nested lists and of typed arrays"
    `)
  })

  test('is named where a transformation is wanted', () => {
    expect(message(() => optim.chain(optim.adam as never))).toMatchInlineSnapshot(`
      "ValueError chain: an argument is no transformation
        got:      a function
        expected: a transformation, such as optim.adam({ learningRate: 1e-3 })
        hint:     call the function that makes it: adam(options) instead of adam"
    `)
  })

  test('is named where a metric is wanted', () => {
    expect(message(() => metrics.evaluate(3 as never, []))).toMatchInlineSnapshot(`
      "ValueError observeAll: an argument is not what the function works on
        got:      the number 3
        expected: a metric, such as metrics.accuracy()
        hint:     metrics are made by calling their function"
    `)
  })
})

describe('a state', () => {
  test('that is missing is told from parameters that are wrong', () => {
    expect(message(() => adam.update(w, undefined as never, w))).toMatchInlineSnapshot(`
      "StructureError update: the state does not belong to this transformation
        got:      no tree: undefined
        expected: the state that init gave, or the last update
        hint:     update(grads, state, params) returns [updates, state]: pass that state on"
    `)
  })

  test('is to blame without parameters too', () => {
    const { init } = optim.sgd({ learningRate: 1 })
    expect(message(() => adam.update({ a: w }, adam.init({ b: w })))).toMatchInlineSnapshot(`
      "StructureError update: the state does not belong to these parameters
        got:      a: missing on the right; b: missing on the left
        expected: the state that init or update gave for parameters of this structure
        hint:     call init again when the parameters change their structure"
    `)
    expect(message(() => optim.lion({ learningRate: 1 }).update(w, init(w))))
      .toMatchInlineSnapshot(`
      "ValueError update: the parameters are missing
        got:      update(grads, state)
        expected: update(grads, state, params)
        hint:     weight decay, norms of parameters and masks need them"
    `)
  })

  test('of another transformation is one', () => {
    const { init } = optim.sgd({ learningRate: 1 })
    expect(message(() => adam.update(w, init(w), w))).toMatchInlineSnapshot(`
      "StructureError update: the state does not belong to these parameters
        got:      undefined at the root
        expected: the state that init or update gave for parameters of this structure
        hint:     call init again when the parameters change their structure"
    `)
  })

  test('does not hide an error of a function that the user gave', () => {
    const t = optim.stateless(() => (null as never as { readonly x: never }).x)
    expect(() => t.update(w, t.init(w), w)).toThrow(TypeError)
  })
})
