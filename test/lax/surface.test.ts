import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as random from '../../src/random/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const float64 = { dtype: 'float64' } as const
const normal = (seed: number, shape: readonly number[]): NdArray =>
  random.normal(random.key(seed), shape, float64)
const close = (a: NdArray, b: NdArray): void => {
  expect(a.shape).toEqual(b.shape)
  expect(np.max(np.abs(np.sub(a, b))).item()).toBeLessThan(1e-12)
}

describe('patches', () => {
  const options = [
    { rhsDilation: [1, 2] },
    { lhsDilation: [2, 1] },
    { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] as const }
  ]

  test.each(options)('times a kernel are a convolution: %j', (option) => {
    const isLast = 'dimensionNumbers' in option
    const x = normal(1, isLast ? [2, 5, 6, 3] : [2, 3, 5, 6])
    const kernel = normal(2, [4, 3, 2, 3]) // [out, in, height, width]
    const rows = (k: NdArray): NdArray => np.reshape(k, [4, 18])
    const patches = lax.convGeneralDilatedPatches(x, [2, 3], [1, 2], 'same', option)
    const product = isLast
      ? np.einsum('nhwp,op->nhwo', patches, rows(kernel))
      : np.einsum('nphw,op->nohw', patches, rows(kernel))
    const wanted = lax.convGeneralDilated(x, isLast ? np.transpose(kernel, [2, 3, 1, 0]) : kernel, {
      ...option,
      windowStrides: [1, 2],
      padding: 'same'
    })
    close(product, wanted)
  })

  test('times a kernel for each place are one convolution where the kernels are equal', () => {
    const [x, kernel] = [normal(1, [2, 3, 5, 4]), normal(2, [4, 3, 2, 2])]
    const wanted = lax.convGeneralDilated(x, kernel)
    const flat = np.reshape(kernel, [4, 12, 1, 1])
    const each = np.broadcastTo(flat, [4, 12, 4, 3])
    close(lax.convGeneralDilatedLocal(x, each, [1, 1], 'valid', [2, 2]), wanted)
  })

  test('need an extent for each axis', () => {
    const wrong = (): unknown =>
      lax.convGeneralDilatedPatches(normal(1, [1, 1, 4]), [2, 2], [1], [[0, 0]])
    expect(message(wrong)).toMatchInlineSnapshot(`
      "ShapeError convGeneralDilatedPatches: the window does not have an extent for each spatial axis
        got:      window [2, 2] for [1, 1, 4]
        expected: 1 extents
        hint:     two axes are those of the batch and of the channels"
    `)
  })
})

describe('reduce', () => {
  test.each([0, 1, 2, 3, 7, 8])('of %i elements has a tree order', (n) => {
    const x = normal(n, [n, 2])
    const sum = (a: NdArray, b: NdArray): NdArray => lax.add(a, b)
    close(lax.reduce(x, np.array(0, float64), sum, [0]), np.sum(x, { axis: 0 }))
    close(jit((v: NdArray) => lax.reduce(v, np.array(0, float64), sum, [0, 1]))(x), np.sum(x))
  })

  test('takes trees, so that argmax is one', () => {
    const x = normal(3, [4, 5])
    interface Best {
      readonly value: NdArray
      readonly at: NdArray
    }
    const better = (a: Best, b: Best): Best => {
      const isMore = lax.gt(b.value, a.value)
      return { value: lax.select(isMore, b.value, a.value), at: lax.select(isMore, b.at, a.at) }
    }
    const operands = { value: x, at: lax.broadcastedIota('int32', x.shape, 1) }
    const begin = { value: np.array(-Infinity, float64), at: np.array(0, { dtype: 'int32' }) }
    expectArray(lax.reduce(operands, begin, better, [1]).at, lax.argmax(x, 1))
  })

  test('is differentiable', () => {
    const x = normal(4, [5])
    const product = (v: NdArray): NdArray =>
      lax.reduce(v, np.array(1, float64), (a: NdArray, b: NdArray) => lax.mul(a, b), [0])
    close(grad(product)(x), np.div(np.prod(x), x))
  })

  test('wants scalars to begin with', () => {
    const wrong = (): unknown => lax.reduce(np.ones(3), np.ones(2), (a: NdArray) => a, [0])
    expect(message(wrong)).toMatchInlineSnapshot(`
      "ShapeError reduce: an initial value is no scalar
        got:      [2]
        expected: operands of one shape, and scalars to begin with
        hint:     broadcastInDim gives them one shape"
    `)
  })
})

test('raggedDot multiplies each group by its matrix, and rows after the last by none', () => {
  const [x, y] = [normal(1, [6, 3]), normal(2, [3, 3, 2])]
  const sizes = np.array([2, 0, 3], { dtype: 'int32' })
  const product = lax.raggedDot(x, y, sizes)
  close(product.slice('0:2'), np.matmul(x.slice('0:2'), y.slice(0)))
  close(product.slice('2:5'), np.matmul(x.slice('2:5'), y.slice(2)))
  expectArray(product.slice('5:'), np.zeros([1, 2], float64))
  expect(message(() => lax.raggedDot(x, y, np.ones(3)))).toMatchInlineSnapshot(`
    "ShapeError raggedDot: rows, matrices and sizes of groups do not fit together
      got:      [6, 3], [3, 3, 2], float32 [3]
      expected: [m, k], [groups, k, n], integers [groups]
      hint:     groupSizes counts the rows of each group, in order"
  `)
})

describe('arrangements', () => {
  test('stack and unstack are inverse', () => {
    const x = normal(1, [2, 3, 4])
    for (const axis of [0, 1, 2, -1]) expectArray(lax.stack(lax.unstack(x, axis), axis), x)
    expect(message(() => lax.stack([]))).toMatchInlineSnapshot(`
      "ValueError stack: there is nothing to stack
        got:      an empty list
        expected: at least one array
        hint:     lax.full makes an array of extent 0"
    `)
  })

  test('broadcast from the last axis on', () => {
    expect(lax.broadcastShapes([3, 1], [4], [])).toEqual([3, 4])
    expect(lax.broadcastToRank(normal(1, [2]), 3).shape).toEqual([1, 1, 2])
    const x = normal(1, [3, 1])
    expectArray(lax.broadcastLike(x, normal(2, [2, 3, 4])), np.broadcastTo(x, [2, 3, 4]))
    expect(message(() => lax.broadcastToRank(x, 1))).toMatchInlineSnapshot(`
      "ShapeError broadcastToRank: the rank is no rank of a larger array
        got:      rank 1 for [3, 1]
        expected: an integer from 2 on
        hint:     squeeze drops axes of extent 1"
    `)
  })

  test('scatterSub adds what is negated', () => {
    const dimensionNumbers = {
      updateWindowDims: [],
      insertedWindowDims: [0],
      scatterDimsToOperandDims: [0]
    }
    const at = np.array([[1], [1]], { dtype: 'int32' })
    expectArray(
      lax.scatterSub(np.ones(3), at, np.array([2, 3]), { dimensionNumbers }),
      np.array([1, -4, 1])
    )
  })

  test('the largest and smallest come with their places', () => {
    const x = np.array([3, 1, 2])
    const [values, places] = lax.approxMinK(x, 2)
    expectArray(values, np.array([1, 2]))
    expectArray(places, np.array([1, 2], { dtype: 'int32' }))
    expectArray(lax.approxMaxK(x, 1)[0], np.array([3]))
  })

  test('the smallest integers have no negatives, and are found', () => {
    for (const [dtype, least] of [
      ['uint32', 0],
      ['int32', -(2 ** 31)]
    ] as const) {
      const x = np.array([5, least, 7], { dtype })
      expectArray(lax.approxMinK(x, 2)[0], np.array([least, 5], { dtype }))
    }
  })

  test('fft is that of np', () => {
    const x = normal(1, [2, 6])
    expectArray(lax.fft(x, 'rfft', [6]), np.fft.rfft(x))
  })
})
