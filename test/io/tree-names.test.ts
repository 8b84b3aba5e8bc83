import fc from 'fast-check'
import { none, some } from 'fp-ts/lib/Option.js'
import { describe, expect, test } from 'vitest'
import { scalar } from '../../src/core/array.ts'
import { fromNames, nest, toNames } from '../../src/io/tree-names.ts'
import { anyArray, make } from './arrays.ts'
import { problem, right } from './either.ts'

const x = make('float32', [2], [1, 2])
const y = make('int32', [], [3])

describe('toNames', () => {
  test('joins paths with slashes', () => {
    const tree = {
      layers: [
        { w: x, b: none },
        { w: y, b: some(x) }
      ],
      rate: 0.5
    }
    expect(toNames(tree)).toEqual({
      'layers/0/w': x,
      'layers/1/b/value': x,
      'layers/1/w': y,
      rate: scalar(0.5, 'float32')
    })
  })

  test('refuses two leaves of one name', () => {
    expect(() => toNames({ 'a/b': x, a: { b: y } })).toThrow("'a/b' twice")
  })
})

describe('fromNames', () => {
  const like = { layers: [{ w: x }, { w: y }] }

  test('undoes toNames', () => {
    const other = { layers: [{ w: make('float32', [2], [5, 6]) }, { w: make('int32', [], [7]) }] }
    expect(right(fromNames(like, toNames(other)))).toEqual(other)
    const plain = { rate: 0.5, nesterov: true }
    expect(right(fromNames({ rate: 0, nesterov: false }, toNames(plain)))).toEqual(plain)
  })

  test('names what is missing, left over or of another type', () => {
    expect(problem(fromNames(like, { 'layers/0/w': x, bias: y }))).toMatchInlineSnapshot(`
      "malformed io.fromNames: the names do not match the tree
        got:      missing: layers/1/w; not in the tree: bias
        expected: one array of the same dtype and shape for every leaf of the tree
        hint:     rename the entries, or load them into the part of the tree that they belong to"
    `)
    expect(
      problem(fromNames(like, { 'layers/0/w': make('float16', [3], [1, 2, 3]), 'layers/1/w': y }))
    ).toMatchInlineSnapshot(`
      "malformed io.fromNames: arrays do not fit the leaves that they are for
        got:      layers/0/w: float16 [3] for float32 [2]
        expected: one array of the same dtype and shape for every leaf of the tree
        hint:     build the tree with the options the weights were made with; astype changes a dtype"
    `)
  })
})

describe('nest', () => {
  test('undoes toNames on objects and tuples', () => {
    const leaf = anyArray()
    const key = fc.stringMatching(/^[a-z]{1,3}$/)
    const tree = fc.dictionary(
      key,
      fc.oneof(
        leaf,
        fc.array(leaf, { minLength: 1, maxLength: 3 }),
        fc.dictionary(key, leaf, { minKeys: 1 })
      )
    )
    fc.assert(
      fc.property(tree, (t) => {
        expect(right(nest(toNames(t)))).toEqual(t)
      })
    )
  })

  test('makes tuples of 0 … n − 1 alone', () => {
    expect(right(nest({ 'a/0': x, 'a/2': y }))).toEqual({ a: { 0: x, 2: y } })
    expect(right(nest({}))).toEqual({})
  })

  test('names a leaf that is also a node', () => {
    expect(problem(nest({ a: x, 'a/b': y }))).toMatchInlineSnapshot(`
      "malformed io.nest: a name is also the beginning of another one
        got:      'a/b'
        expected: names that are all leaves of one tree
        hint:     rename the entry, or read the flat record"
    `)
    expect(problem(nest({ 'a/b': y, a: x }))).toContain("'a'")
  })
})
