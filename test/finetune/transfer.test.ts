import { describe, expect, test } from 'vitest'
import { nn, np, random, tree } from 'cotangent'
import { replaceHead, transfer } from 'cotangent/finetune'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const network = (classes: number, hidden = 4) =>
  nn.stateless(
    nn.sequential({
      body: nn.dense({ features: hidden }),
      relu: nn.relu,
      head: nn.dense({ features: classes })
    })
  )
const inputShape = [1, 3]
const pretrained = network(10).init(random.key(0), { inputShape })
const fresh = network(100).init(random.key(1), { inputShape })

describe('replaceHead', () => {
  test('keeps the body and takes the new head', () => {
    const params = replaceHead(pretrained, fresh, 'head')
    expectArray(params.body.kernel, pretrained.body.kernel)
    expectArray(params.head.kernel, fresh.head.kernel)
    expect(network(100).apply(params, np.ones([2, 3])).shape).toEqual([2, 100])
  })

  test('lets the head have another structure', () => {
    const deeper = { ...fresh, head: { hidden: fresh.head, out: { kernel: np.ones([100, 2]) } } }
    expect(tree.structure(replaceHead(pretrained, deeper, 'head')).key).toBe(
      tree.structure(deeper).key
    )
  })

  test('refuses bodies that differ, by path', () => {
    const wider = network(10, 5).init(random.key(1), { inputShape })
    expect(message(() => replaceHead(pretrained, wider, 'head'))).toMatchInlineSnapshot(`
      "StructureError replaceHead: the networks differ outside the head
        got:      pretrained body/bias: float32 [4]
        expected: body/bias: float32 [5]
        hint:     match all that is new with the head pattern, or use transfer, which takes what fits"
    `)
    expect(message(() => replaceHead({ body: pretrained.body }, fresh, 'head/kernel')))
      .toMatchInlineSnapshot(`
      "StructureError replaceHead: the networks differ outside the head
        got:      no pretrained head/bias
        expected: head/bias: float32 [100]
        hint:     match all that is new with the head pattern, or use transfer, which takes what fits"
    `)
    expect(message(() => replaceHead(pretrained, fresh, 'classifier'))).toMatchInlineSnapshot(`
      "ValueError replaceHead: a selection matches no parameter
        got:      'classifier'
        expected: a pattern for some of: body/bias, body/kernel, head/bias, head/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
  })
})

describe('transfer', () => {
  test('takes what fits, and says what did not', () => {
    const { params, ...report } = transfer({ ...pretrained, extra: np.ones([1]) }, fresh)
    expect(report).toEqual({
      taken: ['body/bias', 'body/kernel'],
      fresh: ['head/bias', 'head/kernel'],
      unused: ['extra', 'head/bias', 'head/kernel']
    })
    expectArray(params.body.kernel, pretrained.body.kernel)
  })
})
