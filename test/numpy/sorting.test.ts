import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { packbits, unpackbits } from '../../src/numpy/bits.ts'
import { digitize, searchsorted } from '../../src/numpy/searching.ts'
import * as sets from '../../src/numpy/sets.ts'
import * as sorting from '../../src/numpy/sorting.ts'
import { applyAlongAxis, applyOverAxes, vectorize } from '../../src/numpy/vectorize.ts'
import * as linalg from '../../src/numpy/linalg.ts'
import { multiply } from '../../src/numpy/arithmetic.ts'
import { max, sum } from '../../src/numpy/reductions.ts'
import { jit } from '../../src/control/jit.ts'
import { expectArray } from '../equality.ts'
import { bools, i32, make } from './arrays.ts'

describe('sorting', () => {
  const x = make([
    [3, 1, 2],
    [0, 5, NaN]
  ])

  test('sort and argsort', () => {
    expectArray(
      sorting.sort(x),
      make([
        [1, 2, 3],
        [0, 5, NaN]
      ])
    )
    expectArray(
      sorting.sort(x, { axis: 0 }),
      make([
        [0, 1, 2],
        [3, 5, NaN]
      ])
    )
    expectArray(sorting.sort(x, { axis: null, descending: true }), make([NaN, 5, 3, 2, 1, 0]))
    expectArray(
      sorting.argsort(x),
      i32([
        [1, 2, 0],
        [0, 1, 2]
      ])
    )
    expectArray(sorting.argsort(i32([1, 2, 1, 2]), { descending: true }), i32([1, 3, 0, 2]))
    expect(() => sorting.sort(1)).toThrow('no axis')
  })

  test('lexsort takes the last key first', () => {
    expectArray(sorting.lexsort([i32([9, 4, 0, 4]), i32([1, 1, 0, 1])]), i32([2, 1, 3, 0]))
  })

  test('partition, topK and complex numbers', () => {
    expectArray(sorting.partition(i32([3, 1, 2]), 1), i32([1, 2, 3]))
    expectArray(sorting.argpartition(i32([3, 1, 2]), -1), i32([1, 2, 0]))
    expect(() => sorting.partition(i32([1]), 1)).toThrow('no such position')
    const [values, places] = sorting.topK(i32([[1, 5, 3]]), 2)
    expectArray(values, i32([[5, 3]]))
    expectArray(places, i32([[1, 2]]))
    const z = make(
      [
        [1, 2],
        [1, -1],
        [0, 3]
      ],
      'complex64'
    )
    expectArray(
      sorting.sortComplex(z),
      make(
        [
          [0, 3],
          [1, -1],
          [1, 2]
        ],
        'complex64'
      )
    )
  })
})

describe('searching', () => {
  test('searchsorted, short and long', () => {
    const short = make([1, 2, 2, 3])
    const v = make([0, 2, 3, 9, NaN])
    expectArray(searchsorted(short, v), i32([0, 1, 3, 4, 4]))
    expectArray(searchsorted(short, v, { side: 'right' }), i32([0, 3, 4, 4, 4]))
    expectArray(searchsorted(i32([3, 1, 2]), i32([2]), { sorter: i32([1, 2, 0]) }), i32([1]))
    const long = make(Array.from({ length: 100 }, (_, i) => Math.floor(i / 2)))
    expectArray(
      searchsorted(
        long,
        make([
          [-1, 0],
          [7, 49]
        ])
      ),
      i32([
        [0, 0],
        [14, 98]
      ])
    )
    expectArray(
      searchsorted(
        long,
        make([
          [-1, 0],
          [7, 50]
        ]),
        { side: 'right' }
      ),
      i32([
        [0, 2],
        [16, 100]
      ])
    )
    const long63 = make(Array.from({ length: 63 }, (_, i) => i))
    expectArray(searchsorted(long63, make([62, 62.5, 30.5])), i32([62, 63, 31]))
  })

  test.each(['left', 'right'] as const)('searchsorted counts what stands %s of a value', (side) => {
    for (const length of [1, 2, 31, 32, 33, 34, 47, 63, 64, 65, 100, 127, 128]) {
      // Runs of equal numbers of many lengths, and NaN at the end of some.
      const sorted = Array.from({ length }, (_, i) =>
        length % 2 === 0 && i > length - 3 ? NaN : Math.floor(Math.sqrt(3 * i))
      )
      const values = [NaN, -1, ...Array.from({ length: 50 }, (_, i) => i / 2)]
      const isBefore = (x: number, v: number): boolean =>
        Number.isNaN(v) ? side === 'right' || !Number.isNaN(x) : side === 'left' ? x < v : x <= v
      const counts = values.map((v) => sorted.filter((x) => isBefore(x, v)).length)
      expectArray(searchsorted(make(sorted), make(values), { side }), i32(counts))
    }
  })

  test('digitize goes up and down', () => {
    const x = make([0.2, 6.4, 3, 1.6])
    expectArray(digitize(x, make([0, 1, 2.5, 4, 10])), i32([1, 4, 3, 2]))
    expectArray(digitize(x, make([10, 4, 2.5, 1, 0])), i32([4, 1, 2, 3]))
    expectArray(digitize(make([1, 2]), make([1, 2]), { right: true }), i32([0, 1]))
  })
})

describe('sets', () => {
  const x = i32([
    [3, 1],
    [3, 2]
  ])

  test('unique values, places, inverse and counts', () => {
    expectArray(sets.unique(x), i32([1, 2, 3]))
    const [values, first, inverse, counts] = sets.uniqueAll(x)
    expectArray(values, i32([1, 2, 3]))
    expectArray(first, i32([1, 3, 0]))
    expectArray(
      inverse,
      i32([
        [2, 0],
        [2, 1]
      ])
    )
    expectArray(counts, i32([1, 1, 2]))
    expectArray(sets.unique(i32([])), i32([]))
    expectArray(sets.unique(make([NaN, 1, NaN])), make([1, NaN]))
    expectArray(sets.uniqueValues(make([NaN, 1, NaN])), make([1, NaN, NaN]))
  })

  test('unique rows and columns', () => {
    const rows = i32([
      [1, 2],
      [0, 5],
      [1, 2]
    ])
    expectArray(
      sets.unique(rows, { axis: 0 }),
      i32([
        [0, 5],
        [1, 2]
      ])
    )
    expectArray(
      sets.unique(
        i32([
          [2, 1, 2],
          [0, 0, 0]
        ]),
        { axis: 1 }
      ),
      i32([
        [1, 2],
        [0, 0]
      ])
    )
  })

  test('a size makes it traceable', () => {
    const f = jit((v: NdArray) =>
      sets.unique(v, { size: 4, returnIndex: true, returnInverse: true, returnCounts: true })
    )
    const [values, first, inverse, counts] = f(i32([5, 3, 5]))
    expectArray(values, i32([3, 5, 3, 3]))
    expectArray(first, i32([1, 0, 1, 1]))
    expectArray(inverse, i32([1, 0, 1]))
    expectArray(counts, i32([1, 2, 0, 0]))
    expectArray(sets.unique(i32([5, 3]), { size: 3, fillValue: -1 }), i32([3, 5, -1]))
    expectArray(sets.unique(i32([5, 3, 1]), { size: 2 }), i32([1, 3]))
    expect(() => jit((v: NdArray) => sets.unique(v))(i32([1]))).toThrow('tracing')
  })

  test('two sets', () => {
    const [a, b] = [i32([4, 1, 2, 2]), i32([2, 7, 4])]
    expectArray(
      sets.isin(x, i32([1, 2])),
      bools([
        [false, true],
        [false, true]
      ])
    )
    expectArray(sets.isin(i32([1]), i32([]), { invert: true }), bools([true]))
    expectArray(sets.union1d(a, b), i32([1, 2, 4, 7]))
    expectArray(sets.intersect1d(a, b), i32([2, 4]))
    const [both, inA, inB] = sets.intersect1d(a, b, { returnIndices: true })
    expectArray(both, i32([2, 4]))
    expectArray(inA, i32([2, 0]))
    expectArray(inB, i32([0, 2]))
    expectArray(sets.setdiff1d(a, b), i32([1]))
    expectArray(sets.setdiff1d(a, b, { size: 2 }), i32([1, 0]))
    expectArray(sets.setdiff1d(a, i32([4]), { assumeUnique: true }), i32([1, 2, 2]))
    expectArray(sets.setxor1d(a, b), i32([1, 7]))
  })
})

describe('bits', () => {
  test('pack and unpack', () => {
    const bits = i32([1, 0, 1, 0, 0, 0, 0, 0, 1])
    expectArray(packbits(bits), make([160, 128], 'uint8'))
    expectArray(packbits(bits, { bitorder: 'little' }), make([5, 1], 'uint8'))
    expectArray(
      unpackbits(make([160, 128], 'uint8'), { count: 9 }),
      make([1, 0, 1, 0, 0, 0, 0, 0, 1], 'uint8')
    )
    expectArray(unpackbits(make([[1]], 'uint8'), { axis: 1, count: -6 }), make([[0, 0]], 'uint8'))
  })
})

describe('functions of parts', () => {
  const x = make([
    [1, 5],
    [3, 2]
  ])

  test('vectorize loops over what the signature leaves', () => {
    const product = vectorize((a, b) => linalg.matmul(a, b), { signature: '(n,m),(m)->(n)' })
    expectArray(product(x, make([1, 1])), make([6, 5]))
    expectArray(
      product(
        x,
        make([
          [1, 0],
          [0, 1]
        ])
      ),
      make([
        [1, 3],
        [5, 2]
      ])
    )
    expectArray(product(make([[[1, 2]], [[3, 4]]]), make([[1, 1]])), make([[3], [7]]))
    const scalars = vectorize((a, b) => multiply(a, b))
    expectArray(
      scalars(make([[1], [2]]), make([3, 4])),
      make([
        [3, 4],
        [6, 8]
      ])
    )
    const both = vectorize((v) => [max(v), sum(v)] as const, { signature: '(n)->(),()' })
    const [most, total] = both(x)
    expectArray(most, make([5, 3]))
    expectArray(total, make([6, 5]))
    expect(() => product(make([1]), make([1]))).toThrow('too few axes')
    expect(() => product(x, make([1, 2, 3]))).toThrow('two extents')
  })

  test('applyAlongAxis and applyOverAxes', () => {
    expectArray(
      applyAlongAxis((v) => max(v), 0, x),
      make([3, 5])
    )
    expectArray(
      applyAlongAxis((v) => sorting.sort(v), 1, x),
      make([
        [1, 5],
        [2, 3]
      ])
    )
    const pairs = applyAlongAxis((v) => linalg.outer(v, v), 0, make([[1], [2]]))
    expectArray(
      pairs,
      make([
        [[1], [2]],
        [[2], [4]]
      ])
    )
    expectArray(
      applyOverAxes((v, axis) => sum(v, { axis }), x, [0, 1]),
      make([[11]])
    )
  })
})
