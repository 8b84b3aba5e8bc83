import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { gather, takeAlongAxis, type GatherParams } from '../../src/primitives/gather.ts'
import type { GatherDimensions, GatherMode } from '../../src/primitives/gather-dimensions.ts'
import { expectArray } from '../equality.ts'
import { isWeak, messageOf, values, weak } from './arrays.ts'
import {
  arbitrary,
  checkBatch,
  checkDerivatives,
  checkLowering,
  checkSecondDerivatives,
  make
} from './checks.ts'
import { arbitraryWindows, modes, places } from './windows.ts'

const none: GatherDimensions = {
  offsetDims: [],
  collapsedSliceDims: [],
  startIndexMap: [],
  operandBatchingDims: [],
  startIndicesBatchingDims: []
}

/** x[i] for rows i of a matrix: whole rows, one per index. */
const rows = (mode: GatherMode, fillValue: GatherParams['fillValue'] = null): GatherParams => ({
  dimensionNumbers: { ...none, offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] },
  sliceSizes: [1, 2],
  mode,
  fillValue
})

const table = make([3, 2], [1, 2, 3, 4, 5, 6])
const at = (...indices: readonly number[]): NdArray => make([indices.length, 1], indices, 'int32')

describe('gather', () => {
  test('reads rows, as often as they are asked for', () => {
    expectArray(
      gather(table, at(2, 0, 2), rows('promiseInBounds')),
      make([3, 2], [5, 6, 1, 2, 5, 6])
    )
    expectArray(gather(table, make([0, 1], [], 'int32'), rows('clip')), make([0, 2], []))
  })

  test('outside, moves the window inside, or fills it', () => {
    expectArray(gather(table, at(9, -1), rows('clip')), make([2, 2], [5, 6, 1, 2]))
    const filled = make([2, 2], [NaN, NaN, NaN, NaN])
    expectArray(gather(table, at(3, -1), rows('fillOrDrop')), filled)
    expectArray(gather(table, at(3, 1), rows('fillOrDrop', 7)), make([2, 2], [7, 7, 3, 4]))
  })

  test.each<readonly [DType, readonly number[]]>([
    ['float16', [NaN]],
    ['complex64', [NaN, 0]],
    ['bool', [1]],
    ['int8', [-128]],
    ['int32', [-2147483648]],
    ['uint16', [65535]]
  ])('fills %s with what JAX fills it with', (dtype, fill) => {
    const p: GatherParams = {
      dimensionNumbers: { ...none, collapsedSliceDims: [0], startIndexMap: [0] },
      sliceSizes: [1],
      mode: 'fillOrDrop',
      fillValue: null
    }
    const x = arbitrary([2], 1, dtype)
    expectArray(gather(x, at(5), p), make([1], fill, dtype))
    checkLowering((v, i) => [gather(v, i, p)], [x, at(5, 1)])
  })

  test('rounds the fill value to the type', () => {
    const filled = gather(arbitrary([3, 2], 1, 'bfloat16'), at(5), rows('fillOrDrop', 0.1))
    // 0.1 in bfloat16 is 0.10009765625, as ml_dtypes 0.5 has it.
    expect(values(filled)).toEqual([0.10009765625, 0.10009765625])
  })

  test('of two axes at once gives one element, or a block', () => {
    const pairs = make([2, 2], [2, 1, 0, 0], 'int32')
    const elements = { ...none, collapsedSliceDims: [0, 1], startIndexMap: [0, 1] }
    expectArray(
      gather(table, pairs, { ...rows('clip'), dimensionNumbers: elements, sliceSizes: [1, 1] }),
      make([2], [6, 1])
    )
    // A 2 × 1 block at (2, 1) does not fit and moves to (1, 1).
    const blocks = { ...none, offsetDims: [0, 2], startIndexMap: [0, 1] }
    expectArray(
      gather(table, pairs, { ...rows('clip'), dimensionNumbers: blocks, sliceSizes: [2, 1] }),
      make([2, 2, 1], [4, 1, 6, 3])
    )
  })

  test('agrees with its definition for all dimension numbers', () => {
    fc.assert(
      fc.property(
        arbitraryWindows,
        fc.nat(),
        fc.constantFrom<DType[]>('int32', 'uint8'),
        (w, seed, t) => {
          const x = arbitrary(w.operand, seed, 'float32')
          const indices = arbitrary(w.indices, seed + 1, t)
          const data = values(x)
          const expected = places(w, indices).map((p) => (p === null ? -9 : data[p]))
          const f = (v: NdArray, i: NdArray): NdArray => gather(v, i, { ...w, fillValue: -9 })
          expectArray(f(x, indices), make(w.out, expected, 'float32'))
          checkLowering((v, i) => [f(v, i)], [x, indices])
          checkDerivatives((v) => [f(v, indices)], [arbitrary(w.operand, seed)])
        }
      ),
      { numRuns: 300 }
    )
  })

  test('batches any of its operands for all dimension numbers', () => {
    fc.assert(
      fc.property(arbitraryWindows, fc.nat(), (w, seed) => {
        const x = arbitrary(w.operand, seed, 'int32')
        const indices = arbitrary(w.indices, seed + 1, 'int32')
        checkBatch((v, i) => [gather(v, i, { ...w, fillValue: null })], [x, indices])
      }),
      { numRuns: 100 }
    )
  })

  test.each(modes)('has second derivatives in mode %s', (mode) => {
    checkSecondDerivatives((x) => [gather(x, at(0, 4, 0, 1), rows(mode))], [table])
  })

  test.each<DType>(['bool', 'uint8', 'int32', 'bfloat16', 'float32', 'complex64'])(
    'lowers to what it means in %s',
    (dtype) => {
      for (const mode of modes)
        for (const indexType of ['int8', 'uint32', 'int32'] as const)
          checkLowering(
            (x, i) => [gather(x, i, rows(mode))],
            [arbitrary([3, 2], 1, dtype), make([3, 1], [0, 2, 100], indexType)]
          )
    }
  )

  test('of unsigned indices beyond int32 is outside, not before the start', () => {
    const far = make([1, 1], [0xffffffff], 'uint32')
    expectArray(gather(table, far, rows('clip')), make([1, 2], [5, 6]))
    checkLowering((x, i) => modes.map((mode) => gather(x, i, rows(mode))), [table, far])
  })

  test('keeps weak types weak', () => {
    expect(isWeak(gather(weak(table), at(1), rows('clip')))).toBe(true)
  })

  test('says what does not fit', () => {
    const float = make([1, 1], [0])
    expect(messageOf(() => gather(table, float, rows('clip')))).toMatchInlineSnapshot(`
      "gather: the indices are no integers
        got:      float64
        expected: int32 or another integer type
        hint:     convert with astype('int32'); a boolean mask goes into np.where or x.slice(mask)"
    `)
    expect(messageOf(() => gather(table, at(0), { ...rows('clip'), sliceSizes: [1, 3] })))
      .toMatchInlineSnapshot(`
      "gather: the dimension numbers do not fit the arrays
        got:      operand [3, 2], indices [1, 1], window [1, 3], {"offsetDims":[1],"collapsedSliceDims":[0],"startIndexMap":[0],"operandBatchingDims":[],"startIndicesBatchingDims":[]}
        expected: one index component per indexed axis, windows within the operand, and one offset axis per kept window axis
        hint:     x.slice(…), np.take and np.takeAlongAxis write these numbers for you"
    `)
    const wrong = (d: Partial<GatherDimensions>, sliceSizes = [1, 2]): (() => NdArray) => {
      const { dimensionNumbers } = rows('clip')
      return () =>
        gather(table, at(0), {
          ...rows('clip'),
          sliceSizes,
          dimensionNumbers: { ...dimensionNumbers, ...d }
        })
    }
    for (const f of [
      wrong({ startIndexMap: [2] }),
      wrong({ startIndexMap: [0, 1] }),
      wrong({ collapsedSliceDims: [0, 0] }),
      wrong({ collapsedSliceDims: [1] }),
      wrong({ offsetDims: [2] }),
      wrong({ offsetDims: [1, 0], collapsedSliceDims: [] }),
      wrong({ operandBatchingDims: [0], startIndicesBatchingDims: [0] }),
      wrong({}, [1])
    ])
      expect(f).toThrow('gather: the dimension numbers do not fit the arrays')
  })
})

describe('takeAlongAxis', () => {
  const x = make([2, 3], [10, 20, 30, 40, 50, 60])
  const order = make([2, 2], [2, 0, 1, 1], 'int32')

  test('takes by index along the axis, by position along the others', () => {
    expectArray(takeAlongAxis(x, order, 1), make([2, 2], [30, 10, 50, 50]))
    expectArray(takeAlongAxis(x, make([1, 3], [1, 0, 1], 'int32'), 0), make([1, 3], [40, 20, 60]))
    expectArray(takeAlongAxis(x, make([2, 1], [3, -1], 'int32'), 1), make([2, 1], [NaN, NaN]))
  })

  test('of empty axes is empty, or filled', () => {
    const empty = make([2, 0], [])
    expectArray(takeAlongAxis(empty, make([2, 0], [], 'int32'), 1), empty)
    const filled = make([2, 1], [NaN, NaN])
    for (const mode of modes) {
      const f = (v: NdArray, i: NdArray): NdArray => takeAlongAxis(v, i, 1, mode)
      expectArray(f(empty, make([2, 1], [0, 0], 'int32')), filled)
      checkLowering((v, i) => [f(v, i)], [empty, make([2, 1], [0, 0], 'int32')])
    }
    expectArray(takeAlongAxis(make([0, 3], []), make([0, 2], [], 'int32'), 1), make([0, 2], []))
  })

  test('has the rules of a linear map', () => {
    const f = (v: NdArray): readonly NdArray[] => [takeAlongAxis(v, order, 1)]
    checkDerivatives(f, [x])
    checkBatch((v, i) => [takeAlongAxis(v, i, 1)], [arbitrary([2, 3], 1, 'int32'), order])
  })
})
