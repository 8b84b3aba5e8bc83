/** Convolutions of many groups of few features, channel by channel: the nests that define them. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { channelByChannel } from '../../../src/backend/cpu/convolution/grouped-convolution.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import type { HostData } from '../../../src/core/dtype.ts'
import { affine } from '../../../src/kernel/affine.ts'
import { convolutionAsNest } from '../../../src/kernel/as-nest.ts'
import { channelwiseForm } from '../../../src/kernel/channelwise.ts'
import type { Buffer, Convolution, Kernel, SpatialDimension } from '../../../src/kernel/ir.ts'
import { accumulator, binary, load } from '../../../src/kernel/make.ts'
import * as lax from '../../../src/lax/index.ts'
import * as np from '../../../src/numpy/index.ts'
import { grad } from '../../../src/transforms/vjp.ts'
import { spatialDimension, stridesOf } from './spatial-dimensions.ts'

const before = config()
afterEach(() => {
  config(before)
})

const cpu = createCpuBackend()

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

interface Sizes {
  readonly groups: number
  readonly batch: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly spatial: readonly SpatialDimension[]
  readonly residual: boolean
}

/** Features of a group lie side by side, as where features come last. */
const check = ({ residual, ...sizes }: Sizes): void => {
  const { groups, batch, inFeatures, outFeatures, spatial } = sizes
  const axes = spatial.map((_, s) => 3 + s)
  const extents = {
    lhs: [groups, batch, inFeatures, ...spatial.map((d) => d.input)],
    rhs: [groups, outFeatures, inFeatures, ...spatial.map((d) => d.window)],
    out: [groups, batch, outFeatures, ...spatial.map((d) => d.output)]
  }
  const place = (buffer: number, e: readonly number[], order: readonly number[]) => ({
    buffer,
    index: affine(0, stridesOf(e, order)),
    base: null
  })
  const out = place(3, extents.out, [1, ...axes, 0, 2])
  const kernel: Convolution = {
    _tag: 'convolution',
    dtype: 'float32',
    ...sizes,
    lhs: place(0, extents.lhs, [1, ...axes, 0, 2]),
    rhs: place(1, extents.rhs, [...axes, 2, 0, 1]),
    out,
    epilogue: residual
      ? binary('add', accumulator('float32'), load('float32', 2, out.index, null))
      : null
  }
  const counts = [extents.lhs, extents.rhs, extents.out, extents.out].map(product)
  const inputs = counts
    .slice(0, 3)
    .map((size, seed): HostData =>
      Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 13) % 11) - 5)
    )
  const given = counts.map((size, id): Buffer => {
    const role = id === 3 ? 'output' : 'input'
    return { id, dtype: 'float32', size, role, data: null }
  })
  const run = (kernels: readonly Kernel[], buffers: readonly Buffer[]): HostData =>
    cpu.compile({ buffers, kernels, inputs: [0, 1, 2], outputs: [3] }).run(inputs)[0]
  const buffers = [...given]
  const channels = channelByChannel(kernel, (dtype, size) => {
    const id = buffers.length
    buffers.push({ id, dtype, size, role: 'temporary', data: null })
    return id
  })
  expect(channels?.filter((k) => k._tag === 'convolution').map(channelwiseForm)).toEqual(
    new Array(outFeatures).fill(expect.any(String))
  )
  expect(run(channels ?? [], buffers)).toEqual(run([convolutionAsNest(kernel)], given))
}

describe('a convolution of many groups is its nest, channel by channel', () => {
  const common = {
    groups: fc.integer({ min: 4, max: 14 }),
    outFeatures: fc.integer({ min: 2, max: 4 }),
    residual: fc.boolean()
  }

  test('with small windows', () => {
    const sizes = fc.record({
      ...common,
      batch: fc.integer({ min: 1, max: 3 }),
      inFeatures: fc.integer({ min: 1, max: 4 }),
      spatial: fc.array(spatialDimension({ input: 9, window: 3, step: 2, pad: 2, crop: 1 }), {
        minLength: 1,
        maxLength: 2
      })
    })
    fc.assert(fc.property(sizes, check), { seed: 20261128, numRuns: 40 })
  })

  test('with few outputs', () => {
    const sizes = fc.record({
      ...common,
      batch: fc.integer({ min: 1, max: 4 }),
      inFeatures: fc.integer({ min: 9, max: 12 }),
      spatial: fc.array(
        spatialDimension({ input: 12, window: 11, step: 2, pad: 2, crop: 1 }).filter(
          (d) => d.output <= 3 && d.window >= 8
        ),
        { minLength: 1, maxLength: 2 }
      )
    })
    fc.assert(fc.property(sizes, check), { seed: 20261128, numRuns: 40 })
  })
})

describe('a grouped layer', () => {
  const integers = (shape: readonly number[], seed: number): NdArray => {
    const data = Float32Array.from(
      { length: product(shape) },
      (_, i) => ((i * 7919 + seed) % 7) - 3
    )
    return fromHost(makeAval(shape, 'float32'), data)
  }

  test.each([
    [1, 2],
    [2, 2],
    [4, 4],
    [3, 1]
  ])('of %d features to %d gives the same with and without', (inFeatures, outFeatures) => {
    const groups = 8
    const x = integers([3, 9, 10, groups * inFeatures], 1)
    const w = integers([3, 3, inFeatures, groups * outFeatures], 2)
    const layer = (a: NdArray, b: NdArray): NdArray =>
      lax.convGeneralDilated(a, b, {
        windowStrides: [2, 1],
        padding: 'same',
        dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
        featureGroupCount: groups
      })
    const loss = (p: readonly [NdArray, NdArray]): NdArray => np.sum(np.square(layer(p[0], p[1])))
    const under = (threadThreshold: number): readonly NdArray[] => {
      config({ threadThreshold })
      return jit((a: NdArray, b: NdArray) => [
        np.maximum(layer(a, b).add(1), 0),
        ...grad(loss)([a, b] as const)
      ])(x, w)
    }
    expect(under(0)).toEqual(under(1e9))
  })
})
