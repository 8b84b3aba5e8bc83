import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import * as optim from '../../src/optim/index.ts'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const make = (...values: readonly number[]): NdArray =>
  fromHost(makeAval([values.length], 'float32'), Float32Array.from(values))

const params = { w: make(1, 2), b: make(3) }
const grads = { w: make(3, 4), b: make(0) }

const once = (t: optim.GradientTransformation): typeof params =>
  t.update(grads, t.init(params), params)[0]

describe('chain', () => {
  const a = optim.scale(2)
  const b = optim.addDecayedWeights({ weightDecay: 1 })

  test('feeds updates on', () => {
    expectArray(once(optim.chain(a, b)).w, make(7, 10))
    expectArray(once(optim.chain(b, a)).w, make(8, 12))
  })

  test('is a monoid in what it emits', () => {
    const { concat, empty } = optim.getMonoid()
    const c = optim.clip(5)
    expect(once(concat(a, empty))).toEqual(once(a))
    expect(once(concat(empty, a))).toEqual(once(a))
    expect(once(concat(concat(a, b), c))).toEqual(once(concat(a, concat(b, c))))
  })
})

describe('clipByGlobalNorm', () => {
  test('scales the whole tree, whose norm here is 5', () => {
    expectClose(once(optim.clipByGlobalNorm(1)).w, make(0.6, 0.8))
    expectArray(once(optim.clipByGlobalNorm(10)).w, grads.w)
    expect(hostOf(optim.globalNorm(grads))[0]).toBe(5)
  })
})

describe('masked', () => {
  test('leaves the gradients it does not own alone', () => {
    const updates = once(optim.masked(optim.scale(10), { w: true, b: false }))
    expectArray(updates.w, make(30, 40))
    expectArray(updates.b, make(0))
  })

  test('keeps state for its own leaves only', () => {
    const t = optim.masked(optim.trace({ decay: 0.9 }), { w: false, b: true })
    expect(t.init(params)).toEqual({ innerState: { trace: { w: { _tag: 'None' }, b: make(0) } } })
  })

  test('takes a function of the parameters', () => {
    const matrices = (p: typeof params) => ({ w: p.w.size > 1, b: p.b.size > 1 })
    expectArray(once(optim.masked(optim.scale(10), matrices)).w, make(30, 40))
  })

  test('of another structure is an error that names the path', () => {
    expect(message(() => once(optim.masked(optim.scale(1), { w: true })))).toMatchInlineSnapshot(`
      "StructureError masked: a prefix does not fit the tree it describes
        got:      an object with w at the root, where the tree has an object with b, w
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
  })
})

describe('schedules', () => {
  test('drive the rate by the steps taken', () => {
    const rate = optim.piecewiseConstantSchedule({
      initValue: 1,
      boundariesAndScales: { 1: 0.5, 2: 0.1 }
    })
    const values = [0, 1, 2].map((count) => hostOf(rate(count))[0])
    expect(values[0]).toBe(1)
    expect(values[1]).toBe(0.5)
    expect(values[2]).toBeCloseTo(0.05, 8)
    const t = optim.sgd({ learningRate: rate })
    const [, next] = t.update(grads, t.init(params), params)
    expectArray(t.update(grads, next, params)[0].w, make(-1.5, -2))
  })
})

describe('losses', () => {
  const logits = fromHost(makeAval([2, 2], 'float32'), Float32Array.of(0, Math.log(3), 1000, 0))
  const labels = fromHost(makeAval([2], 'int32'), Int32Array.of(0, 1))

  test('cross-entropy by class', () => {
    const loss = optim.softmaxCrossEntropyWithIntegerLabels(logits, labels)
    expectClose(loss, make(Math.log(4), 1000)) // −log ¼, and a certain mistake
  })

  test('cross-entropy by probabilities', () => {
    const sure = fromHost(makeAval([2, 2], 'float32'), Float32Array.of(1, 0, 0.5, 0.5))
    expectClose(optim.softmaxCrossEntropy(logits, sure), make(Math.log(4), 500))
  })

  test('sigmoid cross-entropy, l2 and Huber', () => {
    const x = make(0, 100)
    expectClose(optim.sigmoidBinaryCrossEntropy(x, make(1, 0)), make(Math.LN2, 100))
    expectArray(optim.l2Loss(make(3), make(1)), make(2))
    expectArray(optim.huberLoss(make(0.5, 3, -3)), make(0.125, 2.5, 2.5))
  })

  test('labels of another shape are an error', () => {
    const loss = () => optim.softmaxCrossEntropyWithIntegerLabels(logits, logits)
    expect(message(loss)).toMatchInlineSnapshot(`
      "DTypeError softmaxCrossEntropyWithIntegerLabels: labels are no classes
        got:      labels of type float32
        expected: an integer type
        hint:     softmaxCrossEntropy takes probabilities, such as those of nn.oneHot"
    `)
    expect(message(() => optim.l2Loss(logits, make(1, 2)))).toMatchInlineSnapshot(`
      "ShapeError l2Loss: predictions and targets differ in shape
        got:      predictions [2, 2], targets [2]
        expected: equal shapes
        hint:     broadcasting them would average over the wrong pairs: reshape one of them"
    `)
  })
})

test('a rate that cannot be is an error', () => {
  expect(message(() => optim.adam({ learningRate: -1 }))).toMatchInlineSnapshot(`
    "ValueError adam: learningRate has a value that no training can use
      got:      learningRate: -1
      expected: a finite number from 0 on, or a schedule
      hint:     updates are subtracted already: a rate that descends is positive"
  `)
  expect(message(() => optim.sgd({ learningRate: NaN }))).toMatchInlineSnapshot(`
    "ValueError sgd: learningRate has a value that no training can use
      got:      learningRate: NaN
      expected: a finite number from 0 on, or a schedule
      hint:     updates are subtracted already: a rate that descends is positive"
  `)
})
