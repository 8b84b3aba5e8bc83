/** Convolutions that are products of matrices: the nests that define them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import '../../src/install-convolutions.ts'
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import type { HostData } from '../../src/core/dtype.ts'
import { affine, rowMajorStrides } from '../../src/kernel/affine.ts'
import { convolutionAsNest } from '../../src/kernel/as-nest.ts'
import { convolutionProduct } from '../../src/kernel/convolution-product.ts'
import type { Convolution, Kernel, SpatialDimension } from '../../src/kernel/ir.ts'

const cpu = createCpuBackend()

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

const pointwise = (input: number, stride = 1): SpatialDimension => ({
  input,
  window: 1,
  output: Math.floor((input - 1) / stride) + 1,
  stride,
  padLow: 0,
  inputDilation: 1,
  windowDilation: 1
})

const whole = (window: number, windowDilation = 1): SpatialDimension => ({
  ...pointwise((window - 1) * windowDilation + 1),
  window,
  output: 1,
  windowDilation
})

/** Strides of [1, …axes] when memory has the axes in this order, outermost first. */
const laidOut = (extents: readonly number[], order: readonly number[]): readonly number[] => {
  const strides = rowMajorStrides(order.map((a) => extents[a]))
  return [0, ...extents.map((_, a) => strides[order.indexOf(a)])]
}

interface Sizes {
  readonly batch: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly spatial: readonly SpatialDimension[]
}

/** With features last in memory or right behind the batch, input and kernel and result. */
const convolution = (
  { batch, inFeatures, outFeatures, spatial }: Sizes,
  [lhs, rhs, out]: readonly ('first' | 'last')[]
): { readonly kernel: Convolution; readonly sizes: readonly number[] } => {
  const extents = [
    [batch, inFeatures, ...spatial.map((d) => d.input)],
    [outFeatures, inFeatures, ...spatial.map((d) => d.window)],
    [batch, outFeatures, ...spatial.map((d) => d.output)]
  ]
  const places = [lhs, rhs, out].map((features, buffer) => {
    const axes = extents[buffer].map((_, a) => a)
    const order = features === 'first' ? axes : [0, ...axes.slice(2), 1]
    return { buffer, index: affine(0, laidOut(extents[buffer], order)), base: null }
  })
  const kernel: Convolution = {
    _tag: 'convolution',
    dtype: 'float32',
    groups: 1,
    batch,
    inFeatures,
    outFeatures,
    spatial,
    lhs: places[0],
    rhs: places[1],
    out: places[2],
    epilogue: null
  }
  return { kernel, sizes: extents.map(product) }
}

const features = fc.constantFrom<'first' | 'last'>('first', 'last')

const any = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inFeatures: fc.integer({ min: 1, max: 5 }),
    outFeatures: fc.integer({ min: 1, max: 6 }),
    spatial: fc.array(
      fc.oneof(
        fc
          .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2 }))
          .map(([n, s]) => pointwise(n, s)),
        fc
          .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 }))
          .map(([n, d]) => whole(n, d))
      ),
      { minLength: 1, maxLength: 2 }
    )
  })
  .chain((sizes) =>
    fc.tuple(features, features, features).map((layout) => convolution(sizes, layout))
  )

const results = (kernel: Kernel, sizes: readonly number[]): HostData => {
  const inputs = sizes
    .slice(0, 2)
    .map((size, seed): HostData =>
      Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 13) % 11) - 5)
    )
  const [values] = cpu
    .compile({
      buffers: sizes.map((size, id) => ({
        id,
        dtype: 'float32',
        size,
        role: id === 2 ? 'output' : 'input',
        data: null
      })),
      kernels: [kernel],
      inputs: [0, 1],
      outputs: [2]
    })
    .run(inputs)
  return values
}

describe('a convolution that is a product of matrices', () => {
  test('has the values of the nest that defines it', () => {
    const property = fc.property(any, ({ kernel, sizes }) => {
      const found = convolutionProduct(kernel)
      fc.pre(found !== null)
      expect(results(found, sizes)).toEqual(results(convolutionAsNest(kernel), sizes))
    })
    fc.assert(property, { numRuns: 60 })
  })

  test('has all positions of a batch as rows where features come last', () => {
    const sizes = { batch: 2, inFeatures: 8, outFeatures: 5, spatial: [pointwise(4), pointwise(6)] }
    const found = convolutionProduct(convolution(sizes, ['last', 'first', 'last']).kernel)
    expect(found).toMatchObject({ batch: [], m: 48, n: 5, k: 8 })
  })

  test('has a product for each image where features come first', () => {
    const sizes = { batch: 2, inFeatures: 8, outFeatures: 5, spatial: [pointwise(4), pointwise(6)] }
    const found = convolutionProduct(convolution(sizes, ['first', 'first', 'first']).kernel)
    expect(found).toMatchObject({ batch: [2], m: 24, n: 5, k: 8 })
  })

  test('stays one where each image would pack the kernel again', () => {
    const sizes = { batch: 2, inFeatures: 8, outFeatures: 64, spatial: [pointwise(7)] }
    expect(convolutionProduct(convolution(sizes, ['first', 'first', 'first']).kernel)).toBeNull()
  })

  test('is the gradient by a kernel of one feature', () => {
    const sizes = { batch: 64, inFeatures: 2, outFeatures: 1, spatial: [whole(4), whole(6)] }
    // Images are features there, and features of the input images, which lie innermost.
    const { kernel } = convolution(sizes, ['first', 'first', 'first'])
    expect(convolutionProduct(kernel)).toMatchObject({ batch: [], m: 64, n: 1, k: 48 })
  })

  test('has neither padding, nor holes, nor groups, nor windows within the image', () => {
    const sizes = { batch: 1, inFeatures: 4, outFeatures: 4, spatial: [pointwise(6)] }
    const { kernel } = convolution(sizes, ['last', 'first', 'last'])
    const [d] = kernel.spatial
    const others: readonly Convolution[] = [
      { ...kernel, spatial: [{ ...d, padLow: 1 }] },
      { ...kernel, spatial: [{ ...d, output: 7 }] },
      { ...kernel, spatial: [{ ...d, inputDilation: 2 }] },
      { ...kernel, spatial: [{ ...d, window: 3, output: 4 }] },
      { ...kernel, groups: 2 }
    ]
    expect(others.map(convolutionProduct)).toEqual(others.map(() => null))
  })
})
