import { describe, expect, test } from 'vitest'
import { filterList, mapList } from '../../src/core/list.ts'

describe('mapList', () => {
  test('gives f of every element and its position', () => {
    expect(mapList([3, 4], (x, i) => x + 10 * i)).toEqual([3, 14])
    expect(mapList([], String)).toEqual([])
  })

  test('visits holes, which an array without them has in their place', () => {
    const sparse = new Array<number>(2)
    expect(mapList(sparse, (x) => x ?? 'nothing')).toEqual(['nothing', 'nothing'])
  })
})

describe('filterList', () => {
  test('gives the elements that are kept, in order', () => {
    expect(filterList([5, 6, 7], (x, i) => x !== 6 && i < 3)).toEqual([5, 7])
  })
})
