import { describe, expect, test } from 'vitest'
import { createRecent } from '../../src/core/recent.ts'

describe('a table of recent entries', () => {
  test('forgets what was not used for longest', () => {
    const table = createRecent<string, number>(() => 2)
    table.set('a', 1)
    table.set('b', 2)
    expect(table.get('a')).toBe(1)
    table.set('c', 3)
    expect([table.get('b'), [...table.oldestFirst()], table.size()]).toEqual([
      undefined,
      ['a', 'c'],
      2
    ])
  })

  test('keeps its order through deletions at either end and in between', () => {
    const table = createRecent<number, string>()
    for (const n of [1, 2, 3, 4]) table.set(n, String(n))
    expect([table.delete(1), table.delete(3), table.delete(9)]).toEqual([true, true, false])
    table.set(2, 'two')
    expect([[...table.oldestFirst()], table.latest(), table.get(2)]).toEqual([[4, 2], 2, 'two'])
    expect(table.delete(2)).toBe(true)
    expect([[...table.oldestFirst()], table.latest()]).toEqual([[4], 4])
    table.clear()
    expect([table.size(), table.latest()]).toEqual([0, undefined])
  })

  test('lets the entry at hand be deleted while it is walked', () => {
    const table = createRecent<number, null>()
    for (const n of [1, 2, 3]) table.set(n, null)
    for (const key of table.oldestFirst()) table.delete(key)
    expect(table.size()).toBe(0)
  })
})
