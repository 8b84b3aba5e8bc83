import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { ShapeError } from '../../src/core/errors.ts'
import { sizeOf } from '../../src/core/shape.ts'
import { instantiate } from '../../src/primitives/elementwise.ts'
import { reduceWindowSum, type WindowParams } from '../../src/primitives/window.ts'
import {
  reduceWindowMax,
  reduceWindowMin,
  selectAndGatherAdd,
  selectAndScatterAdd
} from '../../src/primitives/winners.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

const line = (window: number, options: Partial<WindowParams> = {}): WindowParams => ({
  windowDimensions: [window],
  windowStrides: [1],
  padding: [[0, 0]],
  baseDilation: [1],
  windowDilation: [1],
  ...options
})

const nan = NaN

describe('window reductions', () => {
  const x = make([5], [1, 3, 2, 5, 4])

  test('slide', () => {
    expectArray(reduceWindowSum(x, line(2)), make([4], [4, 5, 7, 9]))
    expectArray(reduceWindowMax(x, line(3)), make([3], [3, 5, 5]))
    expectArray(reduceWindowMin(x, line(3, { windowStrides: [2] })), make([2], [1, 2]))
  })

  test('pad with the neutral element, and crop', () => {
    const padding = [[1, -1]] as const
    expectArray(reduceWindowSum(x, line(2, { padding })), make([4], [1, 4, 5, 7]))
    expectArray(reduceWindowMax(x, line(1, { padding })), make([5], [-Infinity, 1, 3, 2, 5]))
    const ints = make([1], [-7], 'int8')
    expectArray(
      reduceWindowMax(ints, line(1, { padding: [[0, 1]] })),
      make([2], [-7, -128], 'int8')
    )
  })

  test('dilate the operand (1 · 3 · 2 · 5 · 4) and the window', () => {
    expectArray(
      reduceWindowSum(x, line(2, { baseDilation: [2] })),
      make([8], [1, 3, 3, 2, 2, 5, 5, 4])
    )
    expectArray(reduceWindowMax(x, line(2, { windowDilation: [2] })), make([3], [2, 5, 4]))
  })

  test('propagate NaN and add complex numbers', () => {
    expectArray(reduceWindowMax(make([3], [nan, 1, 2]), line(2)), make([2], [nan, 2]))
    const c = make([2], [1, 2, 3, 4], 'complex64')
    expectArray(reduceWindowSum(c, line(2)), make([1], [4, 6], 'complex64'))
  })

  test('refuse windows of another rank', () => {
    expect(() => reduceWindowSum(make([1, 1], [0]), line(1))).toThrow(ShapeError)
  })
})

describe('the winner of a window', () => {
  const ge = { ...line(2), select: 'ge' } as const

  test('is the first extreme', () => {
    const operand = make([4], [1, 1, 0, 2])
    const values = make([4], [10, 20, 30, 40])
    expectArray(selectAndGatherAdd(values, operand, ge), make([3], [10, 20, 40]))
    expectArray(selectAndScatterAdd(make([3], [1, 2, 4]), operand, ge), make([4], [1, 2, 0, 4]))
    const least = selectAndGatherAdd(values, operand, { ...ge, select: 'le' })
    expectArray(least, make([3], [10, 30, 30]))
  })

  test('is NaN where there is one, and nobody in padding', () => {
    const operand = make([2], [nan, 1])
    const padded = { ...ge, padding: [[2, 0]] } as const
    const values = make([2], [10, 20])
    expectArray(selectAndGatherAdd(values, operand, padded), make([3], [0, 10, 10]))
  })

  // JAX 0.11.2, golden corner max_pool_ties: 2×2 windows over a constant image.
  test('takes the whole derivative of a tie', () => {
    const x = make([4, 4], Array(16).fill(1))
    const pool: WindowParams = {
      windowDimensions: [2, 2],
      windowStrides: [2, 2],
      padding: [
        [0, 0],
        [0, 0]
      ],
      baseDilation: [1, 1],
      windowDilation: [1, 1]
    }
    const { pullback } = vjpFlat((v) => [reduceWindowMax(v, pool)], [x], 'pool')
    const ct = instantiate(pullback([make([2, 2], [1, 2, 3, 4])])[0])
    expectArray(ct, make([4, 4], [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]))
  })
})

const axis = fc.record({
  extent: fc.integer({ min: 1, max: 4 }),
  window: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: -1, max: 1 }),
  high: fc.integer({ min: -1, max: 1 }),
  base: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 })
})

const problem = fc
  .record({ axes: fc.array(axis, { minLength: 1, maxLength: 2 }), seed: fc.nat(1000) })
  .map(({ axes, seed }) => ({
    x: arbitrary(
      axes.map((a) => a.extent),
      seed
    ),
    params: {
      windowDimensions: axes.map((a) => a.window),
      windowStrides: axes.map((a) => a.stride),
      padding: axes.map((a) => [a.low, a.high] as const),
      baseDilation: axes.map((a) => a.base),
      windowDilation: axes.map((a) => a.dilation)
    }
  }))

describe('every window', () => {
  test('of a sum has right derivatives and batches', () => {
    fc.assert(
      fc.property(problem, ({ x, params }) => {
        const f = (v: NdArray): readonly NdArray[] => [reduceWindowSum(v, params)]
        checkDerivatives(f, [x])
        checkBatch(f, [x])
      }),
      { numRuns: 60 }
    )
  })

  test('of an extreme has right derivatives and batches', () => {
    fc.assert(
      fc.property(problem, fc.boolean(), ({ x, params }, largest) => {
        const pool = largest ? reduceWindowMax : reduceWindowMin
        // Central differences of windows of padding only are -Infinity + Infinity.
        const y = hostOf(pool(x, params))
        if (y.every(Number.isFinite)) checkDerivatives((v) => [pool(v, params)], [x])
        checkBatch((v) => [pool(v, params)], [x])
      }),
      { numRuns: 60 }
    )
  })

  test('gathers and scatters as each other’s adjoint', () => {
    fc.assert(
      fc.property(problem, fc.constantFrom('ge', 'le'), ({ x, params }, select) => {
        const p = { ...params, select } as const
        const gather = (v: NdArray): NdArray => selectAndGatherAdd(v, x, p)
        const values = arbitrary(x.shape, 5)
        checkDerivatives((v) => [gather(v)], [values])
        const windows = gather(values)
        if (sizeOf(windows.shape) > 0)
          checkDerivatives((v) => [selectAndScatterAdd(v, x, p)], [arbitrary(windows.shape, 6)])
        checkBatch((v, operand) => [selectAndGatherAdd(v, operand, p)], [values, x])
        checkBatch((v, operand) => [selectAndScatterAdd(v, operand, p)], [windows, x])
      }),
      { numRuns: 30 }
    )
  })

  test('of an extreme has right second derivatives', () => {
    checkSecondDerivatives((v) => [reduceWindowMax(v, line(3))], [arbitrary([6], 2)])
  })

  test('of one position is the whole', () => {
    expectClose(reduceWindowSum(make([3], [1, 2, 4]), line(3)), make([1], [7]))
  })
})
