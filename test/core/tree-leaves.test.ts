import { describe, expect, test } from 'vitest'
import { broadcast, leavesWithPath, reduceAssociative } from '../../src/core/tree-leaves.ts'
import { message } from './message.ts'

describe('leaves', () => {
  test('come in canonical order with their paths', () => {
    expect(leavesWithPath({ b: [7], a: 5 })).toEqual([[['a'], 5], [['b', 0], 7]]) // prettier-ignore
  })

  test('are spread from a prefix', () => {
    expect(broadcast({ a: 1, b: 2 }, { a: [5, 6], b: 7 })).toEqual({ a: [1, 1], b: 2 })
    expect(message(() => broadcast({ c: 1 }, { a: 5 }))).toMatchInlineSnapshot(`
      "StructureError tree.broadcast: a prefix does not fit the tree it describes
        got:      an object with c at the root, where the tree has an object with a
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
  })

  test('are combined in order, neighbours first', () => {
    const pairs: string[] = []
    const sum = reduceAssociative(
      (a: number, b: number) => {
        pairs.push(`${a}+${b}`)
        return a + b
      },
      [1, 2, 3, 4, 5]
    )
    expect(sum).toBe(15)
    expect(pairs).toEqual(['1+2', '3+4', '3+7', '10+5'])
    expect(reduceAssociative((a: number, b: number) => a + b, [], { identity: 0 })).toBe(0)
    expect(message(() => reduceAssociative((a: number) => a, []))).toMatchInlineSnapshot(`
      "ValueError tree.reduceAssociative: there is nothing to combine
        got:      a tree without leaves
        expected: a leaf, or { identity }
        hint:     identity is what changes nothing: 0 for sums"
    `)
  })
})
