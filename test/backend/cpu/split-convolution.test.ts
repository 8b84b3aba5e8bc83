/** Convolutions with long sums in parts: exact where the whole is exact. */
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { featuresAsGroups } from '../../../src/backend/cpu/convolution/feature-groups.ts'
import { partsOfConvolution } from '../../../src/backend/cpu/convolution/split-convolution.ts'
import { lowerProgram } from '../../../src/compile/program.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import * as lax from '../../../src/lax/index.ts'
import * as np from '../../../src/numpy/index.ts'
import { makeJaxpr } from '../../../src/transforms/inspect.ts'
import { grad } from '../../../src/transforms/vjp.ts'

const before = config()
afterEach(() => {
  config(before)
})

const integers = (shape: readonly number[], seed: number): NdArray => {
  const n = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed) % 7) - 3)
  return fromHost(makeAval(shape, 'float32'), data)
}

type Layout = 'NHWC' | 'NCHW'

/** The gradient of Σ y² / 2 with respect to the kernel, times 2 and plus the kernel. */
const kernelGradient =
  (layout: Layout) =>
  (x: NdArray, w: NdArray): NdArray => {
    const loss = (v: NdArray): NdArray => {
      const y = lax.convGeneralDilated(x, v, {
        windowStrides: [1, 1],
        padding: 'same',
        dimensionNumbers: layout === 'NHWC' ? ['NHWC', 'HWIO', 'NHWC'] : ['NCHW', 'OIHW', 'NCHW']
      })
      return np.sum(np.square(y)).mul(0.5)
    }
    return grad(loss)(w).mul(2).add(w)
  }

const argumentsFor = (layout: Layout, batch: number): readonly [NdArray, NdArray] =>
  layout === 'NHWC'
    ? [integers([batch, 16, 16, 3], 1), integers([3, 3, 3, 8], 2)]
    : [integers([batch, 3, 16, 16], 1), integers([8, 3, 3, 3], 2)]

describe('convolutions in parts equal the whole', () => {
  test.each(
    (['NHWC', 'NCHW'] as const).flatMap((layout) => [8, 9, 13].map((n) => [layout, n] as const))
  )('of %s with a batch of %d', (layout, batch) => {
    const [x, w] = argumentsFor(layout, batch)
    const f = kernelGradient(layout)
    const under = (threadThreshold: number): NdArray => {
      config({ threadThreshold })
      return jit((a: NdArray, b: NdArray) => f(a, b))(x, w)
    }
    const whole = under(1e9)
    expect(under(0)).toEqual(whole)
    expect(Number(np.sum(np.abs(whole)).item())).toBeGreaterThan(1000)
  })

  test('and their number depends on the shape', () => {
    const partsFor = (batch: number): readonly number[] =>
      lowerProgram(
        makeJaxpr(kernelGradient('NHWC'))(...argumentsFor('NHWC', batch)).jaxpr
      ).kernels.flatMap((k) => (k._tag === 'convolution' ? [partsOfConvolution(k)] : []))
    expect([8, 9, 13, 64].map(partsFor)).toEqual([
      [1, 4],
      [1, 3],
      [1, 6],
      [1, 8]
    ])
  })
})

describe('convolutions by their inputs', () => {
  const transposed =
    (layout: Layout) =>
    (x: NdArray, w: NdArray, b: NdArray): NdArray => {
      const y = lax.convGeneralDilated(x, w, {
        windowStrides: [1, 1],
        padding: [
          [1, 1],
          [1, 1]
        ],
        lhsDilation: [2, 2],
        dimensionNumbers: layout === 'NHWC' ? ['NHWC', 'HWIO', 'NHWC'] : ['NCHW', 'OIHW', 'NCHW']
      })
      const along = layout === 'NHWC' ? 3 : 1
      return np.maximum(y.add(lax.broadcastInDim(b, y.shape, [along])), -20)
    }

  test.each(
    (['NHWC', 'NCHW'] as const).flatMap((layout) =>
      [32, 48, 64].map((features) => [layout, features] as const)
    )
  )('of one image share their features: %s, %d of them', (layout, features) => {
    const [x, w] =
      layout === 'NHWC'
        ? [integers([1, 12, 13, 9], 1), integers([2, 2, 9, features], 2)]
        : [integers([1, 9, 12, 13], 1), integers([features, 9, 2, 2], 2)]
    const f = transposed(layout)
    const bias = integers([features], 3)
    const under = (threadThreshold: number): NdArray => {
      config({ threadThreshold })
      return jit((a: NdArray, b: NdArray, c: NdArray) => f(a, b, c))(x, w, bias)
    }
    expect(under(0)).toEqual(under(1e9))
    const kernels = lowerProgram(makeJaxpr(f)(x, w, bias).jaxpr).kernels
    const groups = kernels.flatMap((k) =>
      k._tag === 'convolution' ? [featuresAsGroups(k).groups] : []
    )
    expect(groups).toEqual([features === 32 ? 2 : features === 48 ? 3 : 4])
  })
})
