import { describe, expect, test } from 'vitest'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { batches, countBatches, ofClasses, rows, takePerClass } from '../../src/data/index.ts'
import * as random from '../../src/random/index.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const ints = (...values: readonly number[]): NdArray =>
  fromHost(makeAval([values.length], 'int32'), Int32Array.from(values))

const data = {
  x: fromHost(makeAval([5, 2], 'float32'), Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31, 40, 41)),
  y: ints(0, 1, 0, 1, 1)
}

const labels = (of: Iterable<typeof data>): readonly (readonly number[])[] =>
  Array.from(of, ({ x }) => Array.from(hostOf(x)).filter((_, i) => i % 2 === 0))

describe('rows', () => {
  test('picks the same examples of every array', () => {
    const picked = rows(data, [3, 0])
    expectArray(picked.x, fromHost(makeAval([2, 2], 'float32'), Float32Array.of(30, 31, 0, 1)))
    expectArray(picked.y, ints(1, 0))
  })

  test('outside the data is an error', () => {
    expect(message(() => rows(data, [1, 5]))).toMatchInlineSnapshot(`
      "IndexError rows: a position is outside the data
        got:      5 at index 1
        expected: integers from 0 to 4
        hint:     positions count examples from 0"
    `)
  })
})

describe('batches', () => {
  test('keep the order and the remainder', () => {
    expect(labels(batches(data, { batchSize: 2 }))).toEqual([[0, 10], [20, 30], [40]])
    expect(countBatches(data, { batchSize: 2 })).toBe(3)
  })

  test('drop the remainder when told to', () => {
    const options = { batchSize: 2, remainder: 'drop' } as const
    expect(labels(batches(data, options))).toEqual([
      [0, 10],
      [20, 30]
    ])
    expect(countBatches(data, options)).toBe(2)
  })

  test('shuffle by the key: each example once, the same key the same order', () => {
    const shuffled = () => labels(batches(data, { batchSize: 2, key: random.key(3) })).flat()
    expect([...shuffled()].sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40])
    expect(shuffled()).toEqual(shuffled())
    const other = labels(batches(data, { batchSize: 2, key: random.key(4) })).flat()
    expect(other).not.toEqual(shuffled())
  })

  test('can be walked twice', () => {
    const twice = batches(data, { batchSize: 2, key: random.key(3) })
    expect(labels(twice)).toEqual(labels(twice))
  })

  test('bad input gets four lines', () => {
    expect(message(() => batches(data, { batchSize: 0 }))).toMatchInlineSnapshot(`
      "ValueError batches: an option has a value that it cannot take
        got:      batchSize: 0
        expected: an integer from 1 on
        hint:     for example { batchSize: 128, key, remainder: 'drop' }"
    `)
    const uneven = { x: data.x, y: ints(1, 2) }
    expect(message(() => batches(uneven, { batchSize: 1 }))).toMatchInlineSnapshot(`
      "ShapeError batches: the arrays have different numbers of examples
        got:      x [5, 2], y [2]
        expected: one leading extent for all
        hint:     labels and inputs must be of the same examples"
    `)
    expect(message(() => batches({ x: data.x, scale: 2 }, { batchSize: 1 })))
      .toMatchInlineSnapshot(`
      "StructureError batches: a leaf has no rows
        got:      2 at scale
        expected: arrays whose first axis counts examples
        hint:     keep settings outside of the data"
    `)
  })
})

describe('classes', () => {
  test('ofClasses keeps the order', () => {
    expectArray(ofClasses(data, data.y, [1]).y, ints(1, 1, 1))
    expect([...hostOf(ofClasses(data, data.y, [0]).x)]).toEqual([0, 1, 20, 21])
  })

  test('takePerClass takes as many of each', () => {
    expectArray(takePerClass(data, data.y, 2).y, ints(0, 0, 1, 1))
    const chosen = takePerClass(data, data.y, 2, { key: random.key(0) })
    expectArray(chosen.y, ints(0, 0, 1, 1))
  })

  test('too few of a class is an error', () => {
    expect(message(() => takePerClass(data, data.y, 3))).toMatchInlineSnapshot(`
      "ValueError takePerClass: a class has too few examples
        got:      2 of class 0
        expected: at least 3
        hint:     take fewer per class"
    `)
  })
})
