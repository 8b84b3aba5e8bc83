import fc from 'fast-check'
import { none, some } from 'fp-ts/lib/Option.js'
import { describe, expect, test } from 'vitest'
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import * as path from '../../src/core/path.ts'
import { type Leaf, difference, registerNode } from '../../src/core/structure.ts'
import { broadcastPrefix } from '../../src/core/tree-prefix.ts'
import * as tree from '../../src/core/tree.ts'
import '../../src/install.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from './message.ts'

const vector = (...values: readonly number[]): NdArray =>
  fromHost(makeAval([values.length], 'float32'), Float32Array.from(values))

/** A pair with a label: the label is part of the structure, the pair holds the leaves. */
class Pair {
  readonly left: unknown
  readonly right: unknown
  readonly label: string

  constructor(left: unknown, right: unknown, label: string) {
    this.left = left
    this.right = right
    this.label = label
  }
}

registerNode<Pair>({
  name: 'Pair',
  is: (x): x is Pair => x instanceof Pair,
  flatten: (x) => [[x.left, x.right], x.label],
  unflatten: ([left, right], label) => new Pair(left, right, label)
})

describe('flatten', () => {
  test('orders keys canonically, whatever order they were written in', () => {
    expect(tree.leaves({ b: 1, a: 2 })).toEqual([2, 1])
    expect(tree.sameStructure({ b: 1, a: 2 }, { a: 3, b: 4 })).toBe(true)
    expect(Object.keys(tree.map((x: number) => x, { b: 1, a: 2 }))).toEqual(['a', 'b'])
  })

  test('drops undefined fields, also those that are written out', () => {
    expect(tree.sameStructure({ a: 1, b: undefined }, { a: 1 })).toBe(true)
    expect(tree.map((x: number) => x, { a: 1, b: undefined })).toEqual({ a: 1 })
  })

  test('takes arrays, numbers and booleans for leaves', () => {
    const x = vector(1)
    expect(tree.leaves({ c: [x, true], a: 0.5 })).toEqual([0.5, x, true])
  })

  test('gives the path of each leaf', () => {
    const [entries] = tree.flattenWithPath({
      layers: [{ w: 1 }],
      some: some(2),
      pair: new Pair(3, 4, '')
    })
    expect(entries.map(([p]) => path.show(p))).toEqual([
      'layers[0].w',
      'pair[0]',
      'pair[1]',
      'some.value'
    ])
    expect(entries.map(([p]) => path.slashed(p))).toContain('layers/0/w')
    expect(path.show([])).toBe('the root')
    expect(path.show([0, 'w'])).toBe('[0].w')
  })

  test('knows the Options of fp-ts, and no object that has more fields', () => {
    expect(tree.leaves([none, some(3)])).toEqual([3])
    expect(tree.map((x: number) => x + 1, [none, some(3)])).toEqual([none, some(4)])
    expect(message(() => tree.leaves({ _tag: 'None', weight: 1 }))).toContain(
      'the string "None" at _tag'
    )
  })

  test('knows registered types', () => {
    const doubled = tree.map((x: number) => 2 * x, { p: new Pair(1, [2], 'ab') })
    expect(doubled).toEqual({ p: new Pair(2, [4], 'ab') })
    expect(doubled.p).toBeInstanceOf(Pair)
    expect(tree.sameStructure(new Pair(1, 2, 'a'), new Pair(1, 2, 'b'))).toBe(false)
  })

  test('keeps every key a field, __proto__ too', () => {
    const dangerous: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}')
    const mapped = tree.map((x: number) => x + 1, dangerous) as object
    expect(Object.entries(mapped)).toEqual([
      ['__proto__', 2],
      ['constructor', 3]
    ])
    expect(Object.getPrototypeOf(mapped)).toBe(Object.prototype)
  })

  test('takes empty nodes and trees that are one leaf', () => {
    expect(tree.leaves({})).toEqual([])
    expect(tree.leaves([])).toEqual([])
    expect(tree.map((x: number) => -x, 5)).toBe(-5)
    expect(tree.sameStructure({}, [])).toBe(false)
  })
})

describe('what is no tree', () => {
  const refusal = (x: unknown): string => message(() => tree.flatten({ layers: [{ w: x }] }))

  test('null', () => {
    expect(refusal(null)).toMatchInlineSnapshot(`
      "StructureError tree.flatten: a tree has a leaf that is neither array, number nor boolean
        got:      null at layers[0].w
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     the empty tree is []; leave out the field of an object, and use none of fp-ts for an empty Option"
    `)
  })

  test('a function', () => {
    expect(refusal(() => 1)).toMatchInlineSnapshot(`
      "StructureError tree.flatten: a tree has a leaf that is neither array, number nor boolean
        got:      a function at layers[0].w
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
  })

  test('an instance of a class', () => {
    expect(refusal(new Map())).toMatchInlineSnapshot(`
      "StructureError tree.flatten: a tree has a leaf that is neither array, number nor boolean
        got:      an instance of Map at layers[0].w
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
  })

  test('a string', () => {
    expect(refusal('relu')).toMatchInlineSnapshot(`
      "StructureError tree.flatten: a tree has a leaf that is neither array, number nor boolean
        got:      the string "relu" at layers[0].w
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     keep settings and functions outside the tree, for example in a closure"
    `)
  })

  test('undefined in a tuple, and a hole in one', () => {
    expect(refusal([1, undefined])).toMatchInlineSnapshot(`
      "StructureError tree.flatten: a tree has a leaf that is neither array, number nor boolean
        got:      undefined at layers[0].w[1]
        expected: arrays, numbers and booleans inside plain objects, tuples and Options
        hint:     the empty tree is []; leave out the field of an object, and use none of fp-ts for an empty Option"
    `)
    // eslint-disable-next-line no-sparse-arrays
    expect(refusal([1, , 2])).toContain('undefined at layers[0].w[1]')
  })

  test('a node inside itself', () => {
    const parent: { child?: unknown } = {}
    parent.child = { parent }
    expect(message(() => tree.leaves(parent))).toMatchInlineSnapshot(`
      "StructureError tree.leaves: a tree never ends
        got:      more than 1000 levels below child.parent.child.parent
        expected: a tree: no node inside itself
        hint:     an object that refers to its parent makes a cycle; leave the reference out"
    `)
  })

  test('the rest of what JavaScript has', () => {
    const others = [1n, Symbol('s'), new Float32Array(1), new Date(0)]
    expect(others.map((x) => /got: +(.*)/.exec(refusal(x))?.[1])).toEqual([
      'a bigint at layers[0].w',
      'a symbol at layers[0].w',
      'an instance of Float32Array at layers[0].w',
      'an instance of Date at layers[0].w'
    ])
  })
})

describe('structures', () => {
  const { trees } = fc.letrec((tie) => ({
    trees: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.array(tie('trees'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 2 }), tie('trees'), { maxKeys: 3 }),
      tie('trees').map((x) => some(x)),
      fc.constant(none),
      fc.tuple(tie('trees'), fc.string({ maxLength: 3 })).map(([x, s]) => new Pair(x, 1, s))
    )
  }))

  test('put the leaves back: unflatten ∘ flatten = identity', () => {
    fc.assert(
      fc.property(trees, (t) => {
        const [leaves, structure] = tree.flatten(t)
        expect(tree.unflatten(structure, leaves)).toEqual(t)
        expect(structure.leafCount).toBe(leaves.length)
      })
    )
  })

  test('have equal keys exactly when no path differs', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [s, t] = [tree.structureOf(a), tree.structureOf(b)]
        expect(difference(s, t).length === 0).toBe(s.key === t.key)
        expect(difference(s, tree.structureOf(a))).toEqual([])
      })
    )
  })

  test('recognise trees that have them, and give their leaves', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const s = tree.structureOf(a)
        expect(tree.leavesLike(s, a)).toEqual(tree.leaves(a))
        const [leaves, t] = tree.flatten(b)
        expect(tree.leavesLike(s, b)).toEqual(s.key === t.key ? leaves : null)
      })
    )
    const like = (a: unknown, b: unknown) => tree.leavesLike(tree.structureOf(a), b)
    expect(like({ a: 1, b: 2 }, { b: 4, a: 3, c: undefined })).toEqual([3, 4])
    expect(like({ a: 1 }, { a: 1, b: 2 })).toBe(null)
    expect(like({ a: 1, b: 2 }, { a: 1 })).toBe(null)
    expect(like({ a: 1 }, { a: undefined, b: 1 })).toBe(null)
    expect(like({ toString: 1 }, {})).toBe(null)
    expect(like([1, 1], Array(2))).toBe(null)
    expect(like([1], [null])).toBe(null)
    expect(like(1, new Date())).toBe(null)
    expect(like(new Pair(1, 2, 'x'), new Pair(3, 4, 'x'))).toEqual([3, 4])
    expect(like(new Pair(1, 2, 'x'), new Pair(3, 4, 'y'))).toBe(null)
    expect(like({ left: 1, right: 2 }, new Pair(3, 4, 'x'))).toBe(null)
  })

  test('cannot be confused by the text inside them', () => {
    expect(tree.sameStructure({ 'a":*,"b': 1 }, { a: 1, b: 1 })).toBe(false)
    expect(tree.sameStructure([new Pair(1, 2, 'x'), 3], [new Pair(1, 2, 'x>(*,*),*'), 3])).toBe(
      false
    )
  })

  test('want as many leaves as they have', () => {
    expect(message(() => tree.unflatten(tree.structureOf({ a: 1, b: [2] }), [1])))
      .toMatchInlineSnapshot(`
      "StructureError tree.unflatten: the number of leaves does not fit the structure
        got:      1 leaves
        expected: 2 leaves for {"a":*,"b":[*]}
        hint:     use the structure that tree.flatten returned with these leaves"
    `)
  })

  test('are registered under names of their own', () => {
    const again = () =>
      registerNode<Pair>({
        name: 'Pair',
        is: (x): x is Pair => x instanceof Pair,
        flatten: (x) => [[x.left, x.right], x.label],
        unflatten: ([left, right], label) => new Pair(left, right, label)
      })
    expect(message(again)).toMatchInlineSnapshot(`
      "StructureError tree.registerNode: the name is taken
        got:      a second node named 'Pair'
        expected: one registration for each name: structures are equal when names are
        hint:     register in the module that defines the type, which runs once"
    `)
  })
})

describe('difference', () => {
  const differ = (a: unknown, b: unknown) => difference(tree.structureOf(a), tree.structureOf(b))

  test('gives a line for each path', () => {
    expect(differ({ a: 1, b: [1, 2], d: 1 }, { b: [1], c: 1, d: { e: 1 } })).toEqual([
      'a: missing on the right',
      'b: 2 against 1 entries',
      'c: missing on the left',
      'd: a leaf against an object with e'
    ])
    expect(differ(some([1]), some([1, 2]))).toEqual(['value: 1 against 2 entries'])
    expect(differ([none], [some(1)])).toEqual(['[0]: none against some'])
    expect(differ({}, [1, 2])).toEqual(['the root: an object with no keys against a tuple of 2'])
  })

  test('sees what a registered node holds beside its children', () => {
    expect(differ(new Pair(1, 2, 'a'), new Pair(1, 2, 'b'))).toEqual([
      'the root: Pair (a) against Pair (b)'
    ])
    expect(differ([new Pair(1, [2], 'a')], [new Pair(1, 2, 'a')])).toEqual([
      '[0][1]: a tuple of 1 against a leaf'
    ])
  })
})

describe('map', () => {
  test('joins corresponding leaves of several trees', () => {
    const sum = tree.map((x: number, y: number) => x + y, { a: 1, b: [2] }, { b: [20], a: 10 })
    expect(sum).toEqual({ a: 11, b: [22] })
  })

  test('names the paths at which trees differ', () => {
    const wrong = () => tree.map((x: number, y: number) => x + y, { a: 1, b: 2 }, { a: 1, c: [] })
    expect(message(wrong)).toMatchInlineSnapshot(`
      "StructureError tree.map: the trees have different structures
        got:      b: missing on the right; c: missing on the left
        expected: the same keys and lengths at every path
        hint:     every tree after the first needs the structure of the first"
    `)
  })

  test('gives each path on request', () => {
    const named = tree.mapWithPath((p, x: number) => `${path.slashed(p)}=${x}`, { a: [1, 2] })
    expect(named).toEqual({ a: ['a/0=1', 'a/1=2'] })
  })
})

describe('reduce and all', () => {
  test('visit leaves in canonical order, and pass nothing else', () => {
    expect(tree.reduce((s, x) => s + String(x), { b: 2, a: 1 }, '')).toBe('12')
    expect(tree.reduce(Math.max as (a: number, x: Leaf) => number, [3, 9, 2], 0)).toBe(9)
    expect(tree.all((x) => typeof x === 'number', [1, { a: 2 }])).toBe(true)
    expect(tree.all((x) => typeof x === 'number', [1, { a: true }])).toBe(false)
  })

  test('take functions of the leaves that there are', () => {
    const trees = { b: np.array([1, 2]), a: np.array(3) }
    expect(tree.reduce((s, x: NdArray) => s.add(x.sum()), trees, np.array(0)).item()).toBe(6)
    expect(tree.all((x: NdArray) => x.ndim === 1, trees)).toBe(false)
  })

  test('all of one tree asks whether its leaves are true', () => {
    const [x, y] = [
      [np.array([1, 2]), { a: np.array(3) }],
      [np.array([1, 2]), { a: np.array(4) }]
    ]
    const same = (a: unknown, b: unknown): boolean =>
      tree.all(tree.map((p: NdArray, q: NdArray) => p.equal(q), a, b) as object)
    expect(same(x, x)).toBe(true)
    expect(same(x, y)).toBe(false)
    expect(tree.all([true, 1, { a: false }])).toBe(false)
    expect(tree.all([])).toBe(true)
  })
})

describe('broadcastPrefix', () => {
  const isAxis = (x: unknown): x is number | null => typeof x === 'number' || x === null
  const spread = (prefix: unknown, t: unknown) =>
    broadcastPrefix('vmap', prefix, tree.structureOf(t), isAxis)
  const params = { w: [1, 2], b: 3 }

  test('gives one value to everything below it', () => {
    expect(spread(0, params)).toEqual([0, 0, 0])
    expect(spread({ w: null, b: 1 }, params)).toEqual([1, null, null]) // b comes first
    expect(spread({ b: 1, w: [0, null] }, params)).toEqual([1, 0, null])
    expect(spread(0, [])).toEqual([])
  })

  test('follows Options and registered nodes', () => {
    expect(spread([some(0), none, 1], [some([1, 2]), none, 3])).toEqual([0, 0, 1])
    expect(spread(new Pair(0, null, 'x'), new Pair([1, 2], 3, 'x'))).toEqual([0, 0, null])
    expect(() => spread(new Pair(0, null, 'y'), new Pair([1, 2], 3, 'x'))).toThrow(/does not fit/)
  })

  test('names the path at which it does not fit', () => {
    expect(message(() => spread({ w: [0], b: 1 }, params))).toMatchInlineSnapshot(`
      "StructureError vmap: a prefix does not fit the tree it describes
        got:      a tuple of 1 at w, where the tree has a tuple of 2
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(message(() => spread({ w: 0 }, params))).toMatchInlineSnapshot(`
      "StructureError vmap: a prefix does not fit the tree it describes
        got:      an object with w at the root, where the tree has an object with b, w
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(message(() => spread({ w: 0, b: [1] }, params))).toMatchInlineSnapshot(`
      "StructureError vmap: a prefix does not fit the tree it describes
        got:      a tuple of 1 at b, where the tree has a leaf
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
    expect(message(() => spread({ w: 'x', b: 1 }, params))).toContain('the string "x" at w')
  })
})

describe('transpose', () => {
  test('turns a tree of trees inside out', () => {
    const [outer, inner] = [tree.structureOf({ a: 0, b: 0 }), tree.structureOf([0, 0, 0])]
    const t = { a: [1, 2, 3], b: [4, 5, 6] }
    expect(tree.transpose(outer, inner, t)).toEqual([
      { a: 1, b: 4 },
      { a: 2, b: 5 },
      { a: 3, b: 6 }
    ])
    const back = tree.transpose(inner, outer, tree.transpose(outer, inner, t))
    expect(back).toEqual(t)
  })

  test('wants the inner tree at every leaf, not only as many leaves', () => {
    const [outer, inner] = [tree.structureOf({ a: 0, b: 0 }), tree.structureOf([0, 0])]
    const six = { a: [1], b: [2, 3, 4] } // four leaves, as outer times inner has
    expect(message(() => tree.transpose(outer, inner, six))).toMatchInlineSnapshot(`
      "StructureError tree.transpose: the trees have different structures
        got:      a: 2 against 1 entries; b: 2 against 3 entries
        expected: the same keys and lengths at every path
        hint:     the tree must be \`outer\` with \`inner\` at every leaf"
    `)
  })
})
