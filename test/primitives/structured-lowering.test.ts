import { describe, test } from 'vitest'
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { argmax, argmin } from '../../src/primitives/arg-reduction.ts'
import { dotGeneral } from '../../src/primitives/contraction.ts'
import { convGeneralDilated } from '../../src/primitives/convolution.ts'
import { cumlogsumexp, cummax, cummin, cumprod, cumsum } from '../../src/primitives/cumulative.ts'
import { broadcastInDim, reshape, sum, transpose } from '../../src/primitives/movement.ts'
import * as reduction from '../../src/primitives/reduction.ts'
import { sort, topK } from '../../src/primitives/sorting.ts'
import { reduceWindowSum } from '../../src/primitives/window.ts'
import * as winners from '../../src/primitives/winners.ts'
import { arbitrary, checkLowering, make } from './checks.ts'

const numbers: readonly DType[] = ['float64', 'int8', 'uint32', 'complex128']
const reals: readonly DType[] = ['float64', 'int8', 'uint32']

describe('the kernel', () => {
  test.each(numbers)('of sums, products and running ones in %s', (dtype) => {
    const x = arbitrary([2, 3, 4], 1, dtype)
    for (const axes of [[0], [1], [0, 2], [0, 1, 2]]) {
      checkLowering((v) => [sum(v, axes)], [x])
      checkLowering((v) => [reduction.reduceProd(v, axes)], [x])
    }
    for (const reverse of [false, true]) {
      checkLowering((v) => [cumsum(v, 1, reverse)], [x])
      checkLowering((v) => [cumprod(v, 2, reverse)], [x])
    }
  })

  test.each(reals)('of extremes and their positions in %s', (dtype) => {
    const x = arbitrary([3, 4], 2, dtype)
    for (const axis of [0, 1]) {
      const max = (v: NdArray): NdArray => reduction.reduceMax(v, [axis])
      const min = (v: NdArray): NdArray => reduction.reduceMin(v, [axis])
      checkLowering((v) => [max(v), min(v), argmax(v, axis), argmin(v, axis)], [x])
      checkLowering((v) => [cummax(v, axis), cummin(v, axis, true)], [x])
    }
  })

  test('of extremes of NaN', () => {
    const x = make([2, 3], [1, NaN, 3, NaN, NaN, 0])
    checkLowering((v) => [reduction.reduceMax(v, [1]), argmax(v, 1), argmin(v, 1)], [x])
    checkLowering((v) => [cummax(v, 1), sort([v], { dimension: 1 })[0], ...topK(v, 2, 1)], [x])
  })

  test.each(['bool', 'int16', 'uint8'] as const)('of logical reductions in %s', (dtype) => {
    const { reduceAnd, reduceOr, reduceXor } = reduction
    const x = arbitrary([3, 4], 2, dtype)
    checkLowering((v) => [reduceAnd(v, [1]), reduceOr(v, [0]), reduceXor(v, [0, 1])], [x])
  })

  test('of cumlogsumexp', () => {
    checkLowering((v) => [cumlogsumexp(v, 0), cumlogsumexp(v, 1, true)], [arbitrary([3, 4], 3)])
    checkLowering((v) => [cumlogsumexp(v, 0)], [make([3], [-Infinity, -Infinity, 1])])
  })

  test.each(numbers)('of movements in %s', (dtype) => {
    const x = arbitrary([2, 3, 4], 1, dtype)
    checkLowering((v) => [broadcastInDim(v, [2, 5, 3, 4], [0, 2, 3])], [x])
    checkLowering((v) => [reshape(transpose(v, [2, 0, 1]), [4, 6])], [x])
  })

  test.each(numbers)('of contractions in %s', (dtype) => {
    const dimensionNumbers = {
      lhsContracting: [2, 0],
      rhsContracting: [0, 3],
      lhsBatch: [1],
      rhsBatch: [2]
    }
    checkLowering(
      (x, y) => [dotGeneral(x, y, { dimensionNumbers })],
      [arbitrary([2, 3, 4, 2], 1, dtype), arbitrary([4, 3, 3, 2], 2, dtype)]
    )
  })

  test.each([...numbers, 'float16', 'bool'] as const)(
    'of contractions of single rows or columns in every layout in %s',
    (dtype) => {
      const extents = { b: 3, k: 5, n: 4 }
      const operand = (axes: string, seed: number): NdArray =>
        arbitrary(
          axes.split('').map((a) => extents[a as keyof typeof extents]),
          seed,
          dtype
        )
      const axesOf = (axes: string, name: string): readonly number[] =>
        axes.split('').flatMap((a, i) => (a === name ? [i] : []))
      for (const x of ['bk', 'kb'])
        for (const y of ['bk', 'kb', 'nkb', 'knb', 'nbk', 'bkn'])
          for (const [lhs, rhs] of [
            [x, y],
            [y, x]
          ]) {
            const dimensionNumbers = {
              lhsContracting: axesOf(lhs, 'k'),
              rhsContracting: axesOf(rhs, 'k'),
              lhsBatch: axesOf(lhs, 'b'),
              rhsBatch: axesOf(rhs, 'b')
            }
            const dot = (a: NdArray, b: NdArray): NdArray => dotGeneral(a, b, { dimensionNumbers })
            checkLowering((a, b) => [dot(a, b)], [operand(lhs, 1), operand(rhs, 2)])
          }
    }
  )

  test.each(numbers)('of grouped, strided, dilated convolutions in %s', (dtype) => {
    for (const [featureGroupCount, batchGroupCount] of [
      [1, 1],
      [2, 1],
      [1, 2]
    ]) {
      const options = {
        windowStrides: [2, 1],
        padding: [[1, 2] as const, [-1, 1] as const],
        lhsDilation: [1, 2],
        rhsDilation: [2, 1],
        dimensionNumbers: { lhsSpec: [0, 3, 1, 2], rhsSpec: [3, 2, 0, 1], outSpec: [3, 0, 2, 1] },
        featureGroupCount,
        batchGroupCount
      }
      const x = arbitrary([2 * batchGroupCount, 5, 4, 2 * featureGroupCount], 1, dtype)
      const w = arbitrary([2, 3, 2, 4], 2, dtype)
      checkLowering((a, b) => [convGeneralDilated(a, b, options)], [x, w])
    }
  })

  const pool = {
    windowDimensions: [2, 3],
    windowStrides: [2, 1],
    padding: [[1, 1] as const, [0, -1] as const],
    baseDilation: [1, 1],
    windowDilation: [1, 2]
  }
  const holes = { ...pool, baseDilation: [2, 1] }

  test.each(numbers)('of window sums in %s', (dtype) => {
    const x = arbitrary([4, 7], 1, dtype)
    for (const p of [pool, holes]) checkLowering((v) => [reduceWindowSum(v, p)], [x])
  })

  test.each(reals)('of window extremes and winners in %s', (dtype) => {
    const x = arbitrary([4, 7], 1, dtype)
    for (const p of [pool, holes]) {
      checkLowering((v) => [winners.reduceWindowMax(v, p), winners.reduceWindowMin(v, p)], [x])
      for (const select of ['ge', 'le'] as const) {
        const { selectAndGatherAdd, selectAndScatterAdd } = winners
        const gather = (v: NdArray, o: NdArray): NdArray =>
          selectAndGatherAdd(v, o, { ...p, select })
        const values = arbitrary([4, 7], 2, 'complex64')
        checkLowering((v, o) => [gather(v, o)], [values, x])
        const windows = arbitrary(gather(values, x).shape, 3)
        checkLowering((v, o) => [selectAndScatterAdd(v, o, { ...p, select })], [windows, x])
      }
    }
  })

  test('of windows of padding and of lowest values', () => {
    const wide = { ...pool, padding: [[4, 0] as const, [2, 0] as const], select: 'ge' as const }
    const low = make([4, 7], Array(28).fill(-Infinity))
    const values = arbitrary([4, 7], 1)
    checkLowering((v, o) => [winners.selectAndGatherAdd(v, o, wide)], [values, low])
  })

  test.each(numbers)('of sorting in %s', (dtype) => {
    const x = arbitrary([3, 5], 1, dtype)
    const y = arbitrary([3, 5], 2)
    for (const dimension of [0, 1])
      for (const numKeys of [1, 2])
        checkLowering((a, b) => sort([a, b], { dimension, numKeys }), [x, y])
  })

  test.each(reals)('of topK in %s', (dtype) => {
    const x = arbitrary([5, 3], 1, dtype)
    checkLowering((v) => [...topK(v, 2, 0), ...topK(v, 3, 1), ...topK(v, 0, 1)], [x])
  })
})
