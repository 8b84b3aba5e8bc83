import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as N from 'fp-ts/lib/number.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import * as S from 'fp-ts/lib/string.js'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { makeAval, type NdArray } from '../../src/core/array.ts'
import { dtypes } from '../../src/core/dtype.ts'
import {
  EqAval,
  EqShape,
  EqStructure,
  JoinDType,
  at,
  foldMap,
  map,
  reduce,
  traverse,
  traverseWithPath
} from '../../src/core/instances.ts'
import { slashed } from '../../src/core/path.ts'
import { structureOf } from '../../src/core/tree.ts'

/** Trees of numbers: objects, tuples and Options. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,2}$/), tie('tree'), { maxKeys: 3 }),
    fc.option(tie('tree')).map(O.fromNullable)
  )
}))

const params = { w: [1, 2], b: O.some(3), none: O.none }

describe('Eq', () => {
  test('of shapes and avals compares by value', () => {
    expect(EqShape.equals([2, 3], [2, 3])).toBe(true)
    expect(EqShape.equals([2, 3], [2])).toBe(false)
    const a = makeAval([2], 'float32')
    expect(EqAval.equals(a, makeAval([2], 'float32'))).toBe(true)
    expect(EqAval.equals(a, makeAval([2], 'float32', true))).toBe(false)
    expect(EqAval.equals(a, makeAval([2], 'float64'))).toBe(false)
    expect(EqAval.equals(a, makeAval([3], 'float32'))).toBe(false)
  })

  test('of structures forgets leaves and the order of keys', () => {
    const same = EqStructure.equals(structureOf({ a: 1, b: 2 }), structureOf({ b: 3, a: true }))
    expect(same).toBe(true)
    expect(EqStructure.equals(structureOf({ a: 1 }), structureOf([1]))).toBe(false)
  })
})

describe('JoinDType', () => {
  const all = dtypes.map((d) => [d] as const)

  test.each(all)('is idempotent, commutative, associative and bounded at %s', (a) => {
    expect(JoinDType.join(a, a)).toBe(a)
    expect(JoinDType.join(JoinDType.zero, a)).toBe(a)
    for (const b of dtypes) {
      expect(JoinDType.join(a, b)).toBe(JoinDType.join(b, a))
      for (const c of dtypes)
        expect(JoinDType.join(JoinDType.join(a, b), c)).toBe(
          JoinDType.join(a, JoinDType.join(b, c))
        )
    }
  })
})

describe('trees', () => {
  test('map is a functor', () => {
    const [f, g] = [(x: number) => x + 1, (x: number) => x * 2]
    fc.assert(
      fc.property(tree, (t) => {
        expect(map((x: number) => x)(t)).toEqual(t)
        expect(map((x: number) => g(f(x)))(t)).toEqual(map(g)(map(f)(t) as typeof t))
      })
    )
  })

  test('map gives the type of the new tree', () => {
    const named = map((x: number) => `leaf ${x}`)(params)
    expect(named).toEqual({ w: ['leaf 1', 'leaf 2'], b: O.some('leaf 3'), none: O.none })
    expectTypeOf(named.w).toEqualTypeOf<readonly string[]>()
    interface Layer {
      readonly weight: NdArray
      readonly sizes: readonly [number, number]
    }
    const doubled = (layer: Layer) => map((x: NdArray | number) => x !== 0)(layer)
    expectTypeOf(doubled).returns.toEqualTypeOf<{
      readonly weight: boolean
      readonly sizes: readonly [boolean, boolean]
    }>()
  })

  test('reduce and foldMap visit leaves in canonical order', () => {
    const t = { b: 2, a: [1], c: 3 }
    expect(reduce<number, string>('', (s, x) => s + x)(t)).toBe('123')
    expect(foldMap(S.Monoid)((x: number) => String(x))(t)).toBe('123')
    expect(foldMap(N.MonoidSum)((x: number) => x * x)(t)).toBe(14) // 1 + 4 + 9
    fc.assert(
      fc.property(tree, (u) => {
        const list = foldMap(RA.getMonoid<number>())((x: number) => [x])(u)
        expect(foldMap(N.MonoidSum)((x: number) => x)(u)).toBe(list.reduce((a, b) => a + b, 0))
      })
    )
  })

  test('traverse with the identity effect is map', () => {
    fc.assert(
      fc.property(tree, (t) => {
        const just = traverse(O.Applicative)((x: number) => O.some(x + 1))(t)
        expect(just).toEqual(O.some(map((x: number) => x + 1)(t)))
      })
    )
  })

  test('traverse is natural: Either to Option and back again changes nothing', () => {
    const f = (x: number) => (x % 5 === 0 ? E.left(x) : E.right(x))
    fc.assert(
      fc.property(tree, (t) => {
        const inner = traverse(O.Applicative)((x: number) => O.fromEither(f(x)))(t)
        expect(O.fromEither(traverse(E.Applicative)(f)(t))).toEqual(inner)
      })
    )
  })

  test('traverseWithPath stops at the first error, or collects all', () => {
    const check = (path: readonly (string | number)[], x: number) =>
      x > 1 ? E.left([slashed(path)]) : E.right(x)
    const t = { b: [1, 2], a: 3 }
    const checked = traverseWithPath(E.Applicative)(check)(t)
    expectTypeOf(checked).toEqualTypeOf<
      E.Either<string[], { readonly b: readonly number[]; readonly a: number }>
    >()
    expect(checked).toEqual(E.left(['a']))
    const all = E.getApplicativeValidation(RA.getSemigroup<string>())
    expect(traverseWithPath(all)(check)(t)).toEqual(E.left(['a', 'b/1']))
    expect(traverseWithPath(all)(check)({ a: 1 })).toEqual(E.right({ a: 1 }))
  })

  test('traverse runs tasks in order', async () => {
    const seen: number[] = []
    const load = (x: number): TE.TaskEither<string, number> => {
      const task: T.Task<number> = () => Promise.resolve(seen.push(x))
      return TE.fromTask(task)
    }
    const loaded = await pipe({ b: 20, a: 10 }, traverse(TE.ApplicativeSeq)(load))()
    expect(loaded).toEqual(E.right({ a: 1, b: 2 }))
    expect(seen).toEqual([10, 20])
  })

  test('traverse takes a tree of many leaves', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => i)
    expect(traverse(O.Applicative)((x: number) => O.some(x))(many)).toEqual(O.some(many))
  })
})

describe('at', () => {
  test('finds a leaf by entries or by its written path', () => {
    expect(at(['w', 1]).get(params)).toEqual(O.some(2))
    expect(at('w/1').get(params)).toEqual(O.some(2))
    expect(at('b/value').get(params)).toEqual(O.some(3))
    expect(at('w').get(params)).toEqual(O.none) // a node, not a leaf
    expect(at('w/7').get(params)).toEqual(O.none)
    expect(at([]).get(5)).toEqual(O.some(5))
  })

  test('is a lawful optional', () => {
    const paths = fc.constantFrom('', '0', 'a', 'a/0', '1/value')
    fc.assert(
      fc.property(tree, paths, fc.integer(), fc.integer(), (t, path, a, b) => {
        const leaf = at(path)
        const old = leaf.get(t)
        expect(leaf.get(leaf.set(a)(t))).toEqual(O.isSome(old) ? O.some(a) : O.none)
        expect(O.isSome(old) ? leaf.set(old.value)(t) : t).toEqual(t)
        expect(leaf.set(b)(leaf.set(a)(t))).toEqual(leaf.set(b)(t))
      })
    )
  })

  test('leaves the old tree as it was', () => {
    const before = { w: [1, 2] }
    expect(at('w/0').set(9)(before)).toEqual({ w: [9, 2] })
    expect(before).toEqual({ w: [1, 2] })
  })
})
