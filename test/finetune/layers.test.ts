import { describe as group, expect, test } from 'vitest'
import { nn, random, tree } from 'cotangent'
import {
  bitFit,
  byDepth,
  byKind,
  describe,
  layersOf,
  partition,
  union,
  intersection,
  select
} from 'cotangent/finetune'
import { message } from '../core/message.ts'

const net = nn.stateless(
  nn.sequential({
    body: nn.sequential([
      nn.conv({ features: 2, kernelSize: [3] }),
      nn.relu,
      nn.residual(nn.conv({ features: 2, kernelSize: [3] }))
    ]),
    flatten: nn.flatten(),
    head: nn.dense({ features: 3 })
  })
)
const params = net.init(random.key(0), { inputShape: [1, 4, 1] })
const trained = (selection: Parameters<typeof describe>[1]): readonly string[] =>
  describe(params, selection)
    .leaves.filter(({ trainable }) => trainable)
    .map(({ path }) => path)

group('selections', () => {
  test('by kind of layer take what is inside, too', () => {
    expect(trained(byKind(net, 'dense'))).toEqual(['head/bias', 'head/kernel'])
    expect(trained(byKind(net, 'residual'))).toEqual(['body/2/body/bias', 'body/2/body/kernel'])
    expect(trained(byKind(net, ['conv', 'dense'])).length).toBe(6)
  })

  test('by depth count layers with parameters as they are written', () => {
    expect(layersOf(net, params)).toEqual(['body/0', 'body/2/body', 'head'])
    expect(layersOf(net, params, { levels: 1 })).toEqual(['body', 'head'])
    expect(trained(byDepth(net, params, -1))).toEqual(['head/bias', 'head/kernel'])
    expect(trained(byDepth(net, params, 0, 1))).toEqual(['body/0/bias', 'body/0/kernel'])
  })

  test('join and meet', () => {
    const [kernels, head] = [select(params, '**/kernel'), select(params, 'head')]
    expect(trained(intersection(kernels, head))).toEqual(['head/kernel'])
    expect(trained(union(kernels, head)).length).toBe(4)
    expect(trained(bitFit(params))).toEqual(['body/0/bias', 'body/2/body/bias', 'head/bias'])
  })

  test('nest: a part is partitioned again', () => {
    const [head, body] = partition(params, 'head')
    const [bias] = partition(head, '**/bias')
    expect(tree.leaves(bias).length).toBe(1)
    expect(tree.leaves(body).length).toBe(4)
  })

  test('of a kind or a depth that is not there are errors', () => {
    expect(message(() => byKind(net, 'lstm'))).toMatchInlineSnapshot(`
      "ValueError byKind: the network has no layer of this kind
        got:      'lstm'
        expected: some of: conv, dense, flatten, identity, relu, residual, sequential
        hint:     the kind of a layer is its name in nn, as layer.kind says"
    `)
    expect(message(() => byDepth(net, params, 3))).toMatchInlineSnapshot(`
      "ValueError byDepth: no layer is at these positions
        got:      from 3
        expected: positions among 3 layers: body/0, body/2/body, head
        hint:     negative positions count from the end: -1 is the last layer"
    `)
    expect(message(() => bitFit({ kernel: 1 }))).toMatchInlineSnapshot(`
      "ValueError select: a selection matches no parameter
        got:      '**/bias'
        expected: a pattern for some of: kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
    expect(message(() => describe(params, 'heads'))).toMatchInlineSnapshot(`
      "ValueError describe: a selection matches no parameter
        got:      'heads'
        expected: a pattern for some of: body/0/bias, body/0/kernel, body/2/body/bias, body/2/body/kernel, head/bias, head/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
    expect(message(() => describe(params, { body: true }))).toMatchInlineSnapshot(`
      "StructureError describe: a prefix does not fit the tree it describes
        got:      an object with body at the root, where the tree has an object with body, flatten, head
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(message(() => union(select(params, 'head'), { head: true }))).toMatchInlineSnapshot(`
      "StructureError tree.map: the trees have different structures
        got:      body: missing on the right; flatten: missing on the right; head: an object with bias, kernel against a leaf
        expected: the same keys and lengths at every path
        hint:     every tree after the first needs the structure of the first"
    `)
  })
})
