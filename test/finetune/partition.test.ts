import { describe as group, expect, test } from 'vitest'
import * as tree from '../../src/core/tree.ts'
import { combine, complement, describe, partition, select } from '../../src/finetune/index.ts'
import { message } from '../core/message.ts'

const params = {
  body: [{ kernel: 1, bias: 2 }, { kernel: 3 }],
  head: { kernel: 4, bias: 5 }
} as const

const flags = (mask: object): readonly unknown[] => tree.leaves(mask)

group('select', () => {
  // Leaves in canonical order: body/0/bias, body/0/kernel, body/1/kernel, head/bias, head/kernel.
  test.each([
    ['head', [false, false, false, true, true]],
    ['**/kernel', [false, true, true, false, true]],
    ['body/*/bias', [true, false, false, false, false]],
    ['*/b*', [false, false, false, true, false]],
    ['body/{0,1}/kernel', [false, true, true, false, false]],
    ['**', [true, true, true, true, true]]
  ])('%s', (pattern, expected) => {
    expect(flags(select(params, pattern))).toEqual(expected)
  })

  test('takes several patterns and functions', () => {
    expect(flags(select(params, ['head/bias', 'body/0/bias']))).toEqual([
      true,
      false,
      false,
      true,
      false
    ])
    expect(flags(select(params, (path) => path.endsWith('bias')))).toEqual([
      true,
      false,
      false,
      true,
      false
    ])
    expect(flags(complement(select(params, 'head')))).toEqual([true, true, true, false, false])
  })

  test('of nothing is an error, for each of several patterns', () => {
    expect(message(() => select(params, ['head', 'haed']))).toMatchInlineSnapshot(`
      "ValueError select: a selection matches no parameter
        got:      'haed'
        expected: a pattern for some of: body/0/bias, body/0/kernel, body/1/kernel, head/bias, head/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
    expect(message(() => select(params, () => false))).toMatchInlineSnapshot(`
      "ValueError select: a selection matches no parameter
        got:      the predicate
        expected: a pattern for some of: body/0/bias, body/0/kernel, body/1/kernel, head/bias, head/kernel
        hint:     * stands for part of one step, ** for any number of steps: '**/kernel'"
    `)
  })
})

group('partition and combine', () => {
  test('are inverse, and each part has its leaves only', () => {
    const [trainable, frozen] = partition(params, 'head')
    expect(tree.leaves(trainable)).toEqual([5, 4])
    expect(tree.leaves(frozen)).toEqual([2, 1, 3])
    expect(combine(trainable, frozen)).toEqual(params)
    expect(combine(frozen, trainable)).toEqual(params)
  })

  test('take a mask, of which one flag may stand for a sub-tree', () => {
    const [trainable] = partition(params, { body: false, head: { kernel: true, bias: false } })
    expect(tree.leaves(trainable)).toEqual([4])
    expect(tree.leaves(partition(params, true)[1])).toEqual([])
  })

  test('keep what is inside Options', () => {
    const optional = { a: { _tag: 'Some', value: 1 }, b: { _tag: 'None' }, c: 2 }
    const [trainable, frozen] = partition(optional, 'c')
    expect(combine(trainable, frozen)).toEqual(optional)
  })

  test('a mask of another structure is an error that names the path', () => {
    expect(message(() => partition(params, { body: true, head: { kernel: true } })))
      .toMatchInlineSnapshot(`
      "StructureError partition: a prefix does not fit the tree it describes
        got:      an object with kernel at head, where the tree has an object with bias, kernel
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
  })

  test('parts of different trees do not combine', () => {
    const [trainable, frozen] = partition(params, 'head')
    expect(message(() => combine(trainable, trainable))).toMatchInlineSnapshot(`
      "StructureError combine: both parts have a leaf
        got:      two values at head.bias
        expected: the two parts that partition made of one tree
        hint:     update a part with functions that keep its structure, such as tree.map and applyUpdates"
    `)
    expect(message(() => combine(trainable, { body: frozen.body } as never)))
      .toMatchInlineSnapshot(`
      "StructureError combine: the parts have different nodes
        got:      other keys at the root
        expected: the two parts that partition made of one tree
        hint:     update a part with functions that keep its structure, such as tree.map and applyUpdates"
    `)
  })
})

test('describe prints what trains', () => {
  expect(String(describe(params, select(params, 'head')))).toMatchInlineSnapshot(`
    "path           shape  count
    body/0/bias       []      1   frozen
    body/0/kernel     []      1   frozen
    body/1/kernel     []      1   frozen
    head/bias         []      1   trains
    head/kernel       []      1   trains
    total                     5  2 train"
  `)
})
