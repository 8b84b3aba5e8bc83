import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { ShapeError } from '../../src/core/errors.ts'
import { convGeneralDilated, type ConvOptions } from '../../src/primitives/convolution.ts'
import { expectArray, expectClose } from '../equality.ts'
import { arbitrary, checkBatch, checkDerivatives, checkSecondDerivatives, make } from './checks.ts'

/** Batch and features first: NCW, OIW. */
const channelsFirst = (spatial: number) => {
  const spec = Array.from({ length: spatial + 2 }, (_, a) => a)
  return { lhsSpec: spec, rhsSpec: spec, outSpec: spec }
}
const nhwc = { lhsSpec: [0, 3, 1, 2], rhsSpec: [3, 2, 0, 1], outSpec: [0, 3, 1, 2] }

const line = (options: Partial<ConvOptions> = {}): ConvOptions => ({
  windowStrides: [1],
  padding: [[0, 0]],
  dimensionNumbers: channelsFirst(1),
  ...options
})

describe('convGeneralDilated', () => {
  const x = make([1, 1, 4], [1, 2, 3, 4])
  const w = make([1, 1, 2], [10, 1])

  test('slides without flipping', () => {
    expectArray(convGeneralDilated(x, w, line()), make([1, 1, 3], [12, 23, 34]))
  })

  test('pads, also negatively', () => {
    const padded = convGeneralDilated(x, w, line({ padding: [[1, 0]] }))
    expectArray(padded, make([1, 1, 4], [1, 12, 23, 34]))
    const cropped = convGeneralDilated(x, w, line({ padding: [[-1, 0]] }))
    expectArray(cropped, make([1, 1, 2], [23, 34]))
  })

  test('strides and dilates both sides', () => {
    const strided = convGeneralDilated(x, w, line({ windowStrides: [2] }))
    expectArray(strided, make([1, 1, 2], [12, 34]))
    const kernel = convGeneralDilated(x, w, line({ rhsDilation: [2] }))
    expectArray(kernel, make([1, 1, 2], [13, 24]))
    // 1 0 2 0 3 0 4
    const image = convGeneralDilated(x, w, line({ lhsDilation: [2] }))
    expectArray(image, make([1, 1, 6], [10, 2, 20, 3, 30, 4]))
  })

  test('sums over input features', () => {
    const two = make([1, 2, 2], [1, 2, 3, 4])
    const kernel = make([1, 2, 1], [1, 10])
    expectArray(convGeneralDilated(two, kernel, line()), make([1, 1, 2], [31, 42]))
  })

  test('groups features: each kernel sees its own', () => {
    const two = make([1, 2, 2], [1, 2, 3, 4])
    const kernel = make([2, 1, 1], [1, 10])
    const y = convGeneralDilated(two, kernel, line({ featureGroupCount: 2 }))
    expectArray(y, make([1, 2, 2], [1, 2, 30, 40]))
  })

  test('groups batches: each kernel sees its own images', () => {
    const two = make([2, 1, 2], [1, 2, 3, 4])
    const kernel = make([2, 1, 1], [1, 10])
    const y = convGeneralDilated(two, kernel, line({ batchGroupCount: 2 }))
    expectArray(y, make([1, 2, 2], [1, 2, 30, 40]))
  })

  test('takes images NHWC with kernels HWIO', () => {
    const image = make([1, 2, 2, 1], [1, 2, 3, 4])
    const kernel = make([2, 2, 1, 2], [1, 0, 1, 0, 1, 0, 1, 1])
    const y = convGeneralDilated(image, kernel, {
      windowStrides: [1, 1],
      padding: [
        [0, 0],
        [0, 0]
      ],
      dimensionNumbers: nhwc
    })
    expectArray(y, make([1, 1, 1, 2], [10, 4]))
  })

  test('without spatial axes is a matrix product', () => {
    const y = convGeneralDilated(make([1, 2], [1, 2]), make([1, 2], [3, 4]), {
      windowStrides: [],
      padding: [],
      dimensionNumbers: channelsFirst(0)
    })
    expectArray(y, make([1, 1], [11]))
  })

  test('is empty where no window fits', () => {
    expect(convGeneralDilated(x, arbitrary([1, 1, 5], 1), line()).shape).toEqual([1, 1, 0])
  })

  test('takes integers, which wrap, and complex numbers', () => {
    const ints = convGeneralDilated(
      make([1, 1, 2], [100, 100], 'int8'),
      make([1, 1, 2], [1, 1], 'int8'),
      line()
    )
    expectArray(ints, make([1, 1, 1], [-56], 'int8'))
    // (1 + i)·i + 2·1 = 1 + i
    const complex = convGeneralDilated(
      make([1, 1, 2], [1, 1, 2, 0], 'complex64'),
      make([1, 1, 2], [0, 1, 1, 0], 'complex64'),
      line()
    )
    expectArray(complex, make([1, 1, 1], [1, 1], 'complex64'))
  })

  test('refuses groups that do not divide', () => {
    const three = arbitrary([1, 3, 4], 1)
    expect(() => convGeneralDilated(three, w, line({ featureGroupCount: 2 }))).toThrow(ShapeError)
  })
})

const problem = fc
  .record({
    spatial: fc.integer({ min: 1, max: 2 }),
    grouping: fc.constantFrom('none', 'feature', 'batch'),
    batch: fc.integer({ min: 1, max: 2 }),
    inputs: fc.integer({ min: 1, max: 2 }),
    outputs: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat(1000)
  })
  .chain((p) => {
    const each = (min: number, max: number): fc.Arbitrary<number[]> =>
      fc.array(fc.integer({ min, max }), { minLength: p.spatial, maxLength: p.spatial })
    const order = fc.shuffledSubarray(
      Array.from({ length: p.spatial + 2 }, (_, a) => a),
      { minLength: p.spatial + 2, maxLength: p.spatial + 2 }
    )
    return fc.record({
      p: fc.constant(p),
      extents: each(1, 4),
      windows: each(1, 3),
      windowStrides: each(1, 3),
      lhsDilation: each(1, 2),
      rhsDilation: each(1, 2),
      low: each(-1, 2),
      high: each(-1, 2),
      lhsSpec: order,
      rhsSpec: order,
      outSpec: order
    })
  })
  .map(({ p, extents, windows, low, high, lhsSpec, rhsSpec, outSpec, ...rest }) => {
    const groups = p.grouping === 'none' ? 1 : 2
    const featureGroupCount = p.grouping === 'feature' ? 2 : 1
    const batchGroupCount = p.grouping === 'batch' ? 2 : 1
    const place = (spec: readonly number[], sizes: readonly number[]): readonly number[] => {
      const shape = new Array<number>(spec.length)
      spec.forEach((axis, i) => (shape[axis] = sizes[i]))
      return shape
    }
    const lhs = place(lhsSpec, [
      p.batch * batchGroupCount,
      p.inputs * featureGroupCount,
      ...extents
    ])
    const rhs = place(rhsSpec, [p.outputs * groups, p.inputs, ...windows])
    return {
      x: arbitrary(lhs, p.seed),
      w: arbitrary(rhs, p.seed + 1),
      options: {
        ...rest,
        padding: low.map((l, i) => [l, high[i]] as const),
        dimensionNumbers: { lhsSpec, rhsSpec, outSpec },
        featureGroupCount,
        batchGroupCount
      }
    }
  })

describe('every stride, padding, dilation, grouping and layout', () => {
  test('has right derivatives and batches', () => {
    fc.assert(
      fc.property(problem, ({ x, w, options }) => {
        const f = (a: NdArray, b: NdArray): readonly NdArray[] => [
          convGeneralDilated(a, b, options)
        ]
        checkDerivatives(f, [x, w])
        checkBatch(f, [x, w])
      }),
      { numRuns: 40 }
    )
  })

  test('has right second derivatives', () => {
    const f = (a: NdArray, b: NdArray): readonly NdArray[] => [
      convGeneralDilated(a, b, line({ windowStrides: [2], padding: [[1, 1]] }))
    ]
    checkSecondDerivatives(f, [arbitrary([2, 2, 5], 1), arbitrary([2, 2, 3], 2)])
  })

  test('keeps the type of the operand in narrow derivatives', () => {
    const options = line({ preferredElementType: 'float32' })
    const y = convGeneralDilated(
      make([1, 1, 2], [1, 2], 'float16'),
      make([1, 1, 1], [3], 'float16'),
      options
    )
    expectClose(y, make([1, 1, 2], [3, 6], 'float32'))
    expect(hostOf(y)).toBeInstanceOf(Float32Array)
  })
})
