import { describe, expect, test } from 'vitest'
import { jit, np, optim, tree, type NdArray } from 'cotangent'
import {
  gradualUnfreezing,
  layerwiseDecay,
  parameterGroups,
  partition,
  unfreezingStages
} from 'cotangent/finetune'
import { message } from '../core/message.ts'
import { expectArray, expectClose } from '../equality.ts'

const params = {
  embed: np.array([1, -0]),
  blocks: [{ kernel: np.array([1, 2]) }, { kernel: np.array([3, 4]) }],
  head: { kernel: np.array([5, 6]) }
}
const order = ['embed', 'blocks/0', 'blocks/1', 'head']
const grads = tree.map((x: NdArray) => np.ones(x.shape), params)

describe('layerwiseDecay', () => {
  test('divides steps by 1 / decay for each group below the last', () => {
    const optimizer = optim.chain(
      optim.sgd({ learningRate: 1 }),
      layerwiseDecay(order, { decay: 0.5 })
    )
    const [updates] = optimizer.update(grads, optimizer.init(params), params)
    expectArray(updates.head.kernel, np.array([-1, -1]))
    expectArray(updates.blocks[1].kernel, np.array([-0.5, -0.5]))
    expectArray(updates.blocks[0].kernel, np.array([-0.25, -0.25]))
    expectArray(updates.embed, np.array([-0.125, -0.125]))
  })

  test('works on a part, by the groups that are in it', () => {
    const [part] = partition(params, 'blocks')
    const optimizer = layerwiseDecay(['blocks/0', 'blocks/1'], { decay: 0.1 })
    const [updates] = optimizer.update(part, optimizer.init(part), part)
    expectClose(updates.blocks[0].kernel, np.array([0.1, 0.2]), { rtol: 1e-6 })
  })
})

describe('parameterGroups', () => {
  test('give each leaf to the first group that matches', () => {
    const optimizer = parameterGroups([
      { params: 'head', optimizer: optim.sgd({ learningRate: 1 }) },
      { params: '**/kernel', optimizer: optim.setToZero() },
      { params: '**', optimizer: optim.sgd({ learningRate: 0.1 }) }
    ])
    const [updates] = optimizer.update(grads, optimizer.init(params), params)
    expect(tree.leaves(updates).map((u) => (u as NdArray).toTypedArray()[0])).toEqual([
      0,
      0,
      np.array(-0.1).item(),
      -1
    ])
  })
})

describe('gradualUnfreezing', () => {
  const optimizer = gradualUnfreezing(optim.adamw({ learningRate: 0.1, weightDecay: 0.1 }), order, {
    every: 2
  })

  test('wakes a group every so many steps; until then its bits and its state stay', () => {
    const step = jit((p: typeof params, s: optim.OptState) => {
      const [updates, next] = optimizer.update(grads, s, p)
      return [optim.applyUpdates(p, updates), next] as const
    })
    let [p, s]: readonly [typeof params, optim.OptState] = [params, optimizer.init(params)]
    const history = Array.from({ length: 7 }, () => ([p, s] = step(p, s)))
    const isStill = (i: number, leaf: (q: typeof params) => NdArray): boolean =>
      leaf(history[i][0])
        .toTypedArray()
        .every((v, j) => Object.is(v, leaf(params).toTypedArray()[j]))
    expect([0, 1, 2].map((i) => isStill(i, (q) => q.blocks[1].kernel))).toEqual([true, true, false])
    expect([3, 4].map((i) => isStill(i, (q) => q.blocks[0].kernel))).toEqual([true, false])
    expect([5, 6].map((i) => isStill(i, (q) => q.embed))).toEqual([true, false])
    expect(isStill(0, (q) => q.head.kernel)).toBe(false)
    // Adam's first step has the same size whenever it is taken: its state waited.
    expectClose(
      np.sub(history[2][0].blocks[1].kernel, params.blocks[1].kernel),
      np.array([-0.1 - 0.03, -0.1 - 0.04]),
      { rtol: 1e-4 }
    )
  })

  test('has masks for loops that compute no frozen gradient', () => {
    const stages = unfreezingStages(params, ['embed', 'blocks', 'head'])
    expect(stages.map((mask) => tree.leaves(partition(params, mask)[0]).length)).toEqual([1, 3, 4])
  })
})

describe('what bad groups get', () => {
  const init = (t: optim.GradientTransformation): unknown => t.init(params)
  const update = (t: optim.GradientTransformation): unknown =>
    t.update(grads, t.init(params), params)

  test('errors that name the leaf or the group', () => {
    const sgd = optim.sgd({ learningRate: 1 })
    expect(message(() => update(layerwiseDecay(['head', 'blocks'], { decay: 1 }))))
      .toMatchInlineSnapshot(`
      "ValueError layerwiseDecay: a parameter is in no group
        got:      embed
        expected: a group that matches it beside: 'head', 'blocks'
        hint:     '**' as the last group takes what the others leave"
    `)
    expect(message(() => update(layerwiseDecay([...order, 'tail'], { decay: 1 }))))
      .toMatchInlineSnapshot(`
      "ValueError layerwiseDecay: a selection matches no parameter
        got:      'tail'
        expected: a pattern for some of: blocks/0/kernel, blocks/1/kernel, embed, head/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
    expect(message(() => init(parameterGroups([{ params: ['head', 'embed'], optimizer: sgd }]))))
      .toMatchInlineSnapshot(`
      "ValueError parameterGroups: a parameter is in no group
        got:      blocks/0/kernel
        expected: a group that matches it beside: ['head', 'embed']
        hint:     '**' as the last group takes what the others leave"
    `)
    expect(message(() => layerwiseDecay(order, { decay: 0 }))).toMatchInlineSnapshot(`
      "ValueError layerwiseDecay: the decay is no factor between groups
        got:      decay: 0
        expected: a number above 0 and at most 1
        hint:     0.65 to 0.95 are common; 1 treats all alike"
    `)
    expect(message(() => gradualUnfreezing(sgd, order, { every: 0 }))).toMatchInlineSnapshot(`
      "ValueError gradualUnfreezing: every is no number of steps
        got:      every: 0
        expected: an integer from 1 on
        hint:     the steps of an epoch: one more group trains in each"
    `)
  })
})
