import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import { sizeOf, type Shape } from '../../src/core/shape.ts'
import { concatenate } from '../../src/primitives/concatenate-split.ts'
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/dynamic.ts'
import { add } from '../../src/primitives/elementwise.ts'
import { broadcastInDim, reshape, sum, transpose } from '../../src/primitives/movement.ts'
import { rev } from '../../src/primitives/reversal.ts'
import { pad, slice } from '../../src/primitives/slicing.ts'
import { expectArray } from '../equality.ts'
import { messageOf } from './arrays.ts'
import { arbitrary, checkBatch, checkDerivatives, checkLowering, make } from './checks.ts'

const x = make([2, 3], [1, 2, 3, 4, 5, 6])

describe('broadcastInDim, reshape, transpose and sum', () => {
  test('repeat, rearrange and add up', () => {
    expectArray(broadcastInDim(make([2], [1, 2]), [2, 2], [0]), make([2, 2], [1, 1, 2, 2]))
    expectArray(broadcastInDim(make([1, 2], [1, 2]), [2, 2], [0, 1]), make([2, 2], [1, 2, 1, 2]))
    expectArray(reshape(x, [3, 2]), make([3, 2], [1, 2, 3, 4, 5, 6]))
    expectArray(transpose(x, [1, 0]), make([3, 2], [1, 4, 2, 5, 3, 6]))
    expectArray(sum(x, [0]), make([3], [5, 7, 9]))
    expectArray(sum(x, [0, 1]), make([], [21]))
    expectArray(sum(make([2, 0], []), [1]), make([2], [0, 0]))
  })

  test.each<readonly [string, (v: NdArray) => NdArray]>([
    ['broadcastInDim to new axes', (v) => broadcastInDim(v, [2, 4, 1, 3], [0, 2, 3])],
    ['broadcastInDim of extent 1', (v) => broadcastInDim(v, [2, 5, 3], [0, 1, 2])],
    ['broadcastInDim to nothing', (v) => broadcastInDim(v, [0, 2, 1, 3], [1, 2, 3])],
    ['reshape', (v) => reshape(v, [3, 2])],
    ['transpose', (v) => transpose(v, [2, 0, 1])],
    ['sum', (v) => sum(v, [0, 2])]
  ])('%s has the rules of a linear map', (_name, f) => {
    checkDerivatives((v) => [f(v)], [arbitrary([2, 1, 3], 1)])
    checkBatch((v) => [f(v)], [arbitrary([2, 1, 3], 1)])
    for (const dtype of ['int8', 'bfloat16', 'complex128'] as const)
      checkLowering((v) => [f(v)], [arbitrary([2, 1, 3], 1, dtype)])
  })

  test('sum of float32 keeps its precision', () => {
    const ones = broadcastInDim(make([], [0.1], 'float32'), [2 ** 17], [])
    // Added up one after the other the error is 0.1 %; in pairs it is that of one rounding.
    const total = Math.fround(Math.fround(0.1) * 2 ** 17)
    expectArray(sum(ones, [0]), make([], [total], 'float32'))
  })

  test('say what does not fit', () => {
    expect(messageOf(() => broadcastInDim(x, [3, 2], [0, 1]))).toMatchInlineSnapshot(`
      "broadcastInDim: the operand does not fit into the result
        got:      operand [2, 3], shape [3, 2], broadcastDimensions [0, 1]
        expected: an increasing axis of the result for each operand axis, of extent 1 or equal
        hint:     np.broadcastTo aligns trailing axes by itself"
    `)
    expect(messageOf(() => reshape(x, [4]))).toMatchInlineSnapshot(`
      "reshape: the number of elements changes
        got:      [2, 3] (6 elements) to [4] (4)
        expected: a shape of 6 elements
        hint:     np.reshape works out one extent given as -1"
    `)
    expect(messageOf(() => transpose(x, [0, 0]))).toMatchInlineSnapshot(`
      "transpose: the axes are no permutation
        got:      [0, 0] for an array of rank 2
        expected: each of the axes 0 to 1 once
        hint:     np.swapaxes and np.moveaxis name only the axes that move"
    `)
    expect(messageOf(() => sum(x, [1, 0]))).toMatchInlineSnapshot(`
      "sum: the axes are not axes of the array
        got:      axes [1, 0] of shape [2, 3]
        expected: increasing axes from 0 to 1
        hint:     np takes negative and unsorted axes"
    `)
  })
})

/** One movement of an array of any shape, drawn by numbers that are read modulo what there is. */
type Move = (v: NdArray) => NdArray

const at = (n: number): NdArray => make([], [n], 'int32')
const order = (shape: Shape, key: readonly number[]): readonly number[] =>
  shape.map((_, a) => a).sort((a, b) => key[a % key.length] - key[b % key.length] || a - b)

const moves: Readonly<Record<string, (n: readonly number[]) => Move>> = {
  transpose: (n) => (v) => transpose(v, order(v.shape, n)),
  rev: (n) => (v) =>
    rev(
      v,
      v.shape.flatMap((_, a) => (n[a % 4] % 2 === 0 ? [a] : []))
    ),
  slice: (n) => (v) => {
    const start = v.shape.map((e, a) => n[a % 4] % (e + 1))
    const limit = v.shape.map((e, a) => start[a] + (n[(a + 1) % 4] % (e - start[a] + 1)))
    return slice(
      v,
      start,
      limit,
      v.shape.map((_, a) => 1 + (n[a % 4] % 2))
    )
  },
  pad: (n) => (v) => {
    const config = v.shape.map((e, a) => [n[a % 4] % 3, -(n[1] % Math.min(2, e + 1)), n[2] % 2])
    return pad(v, make([], [9]), config as unknown as readonly [number, number, number][])
  },
  flatten: () => (v) => reshape(v, [sizeOf(v.shape)]),
  split: (n) => (v) => {
    const size = sizeOf(v.shape)
    const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((i) => size % i === 0)
    const d = divisors.length === 0 ? 1 : divisors[n[0] % divisors.length]
    return reshape(v, [d, 1, size / d])
  },
  repeat: (n) => (v) =>
    broadcastInDim(
      v,
      [1 + (n[0] % 2), ...v.shape],
      v.shape.map((_, a) => a + 1)
    ),
  sum: (n) => (v) => (v.ndim === 0 ? v : sum(v, [n[0] % v.ndim])),
  join: (n) => (v) => (v.ndim === 0 ? v : concatenate([v, rev(v, [0])], n[0] % v.ndim)),
  window: (n) => (v) =>
    dynamicSlice(
      v,
      v.shape.map((_, a) => at(n[a % 4] - 3)),
      v.shape.map((e, a) => Math.min(e, 1 + (n[a % 4] % 3)))
    ),
  update: (n) => (v) => {
    const size = v.shape.map((e) => Math.min(e, 2))
    const part = slice(
      v,
      v.shape.map(() => 0),
      size
    )
    return dynamicUpdateSlice(
      v,
      part,
      v.shape.map((_, a) => at((n[a % 4] % 5) - 1))
    )
  },
  twice: () => (v) => add(v, rev(v, order(v.shape, [0])))
}

describe('chains of movements', () => {
  test('are fused into kernels that mean the same', () => {
    const numbers = fc.array(fc.nat(20), { minLength: 4, maxLength: 4 })
    const step = fc.tuple(fc.constantFrom(...Object.keys(moves)), numbers)
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
    fc.assert(
      fc.property(shape, fc.array(step, { minLength: 2, maxLength: 6 }), (from, steps) => {
        const f: Move = (v) =>
          steps.reduce((u, [name, n]) => (u.ndim > 4 || u.size > 300 ? u : moves[name](n)(u)), v)
        checkLowering((v) => [f(v)], [arbitrary(from, 1)])
        checkDerivatives((v) => [f(v)], [arbitrary(from, 2)])
      }),
      { numRuns: 300 }
    )
  })
})
