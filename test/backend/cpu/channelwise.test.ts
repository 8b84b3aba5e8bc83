/** Channelwise convolutions are the nests that define them, in any number of units. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import '../../../src/install.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { lowerProgram } from '../../../src/compile/program.ts'
import { jit } from '../../../src/control/jit.ts'
import { fromHost, makeAval, type NdArray } from '../../../src/core/array.ts'
import { config } from '../../../src/core/config.ts'
import { allocate, type HostData } from '../../../src/core/dtype.ts'
import { affine } from '../../../src/kernel/affine.ts'
import { convolutionAsNest } from '../../../src/kernel/as-nest.ts'
import { channelwiseForm } from '../../../src/kernel/channelwise.ts'
import { binary, constant, load, accumulator } from '../../../src/kernel/make.ts'
import type { Convolution, Program, SpatialDimension } from '../../../src/kernel/ir.ts'
import * as lax from '../../../src/lax/index.ts'
import * as np from '../../../src/numpy/index.ts'
import { makeJaxpr } from '../../../src/transforms/inspect.ts'
import { grad } from '../../../src/transforms/vjp.ts'
import { spatialDimension, stridesOf } from './spatial-dimensions.ts'

const before = config()
afterEach(() => {
  config(before)
})

const cpu = createCpuBackend()

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

/** Row-major strides of axes in this order of memory; axis 0, the channels, lies innermost. */
const channelsLast = (extents: readonly number[]): readonly number[] =>
  stridesOf(extents, [...extents.keys()].slice(1).concat(0))

interface Sizes {
  readonly groups: number
  readonly batch: number
  readonly inFeatures: number
  readonly spatial: readonly SpatialDimension[]
  readonly flipped: boolean
  readonly dtype: 'float32' | 'float64'
  readonly bias: boolean
}

const kernelOf = ({ groups, batch, inFeatures, spatial, flipped, dtype, bias }: Sizes) => {
  const rank = spatial.length
  const extents = {
    lhs: [groups, batch, inFeatures, ...spatial.map((d) => d.input)],
    rhs: [groups, 1, inFeatures, ...spatial.map((d) => d.window)],
    out: [groups, batch, 1, ...spatial.map((d) => d.output)]
  }
  const straight = channelsLast(extents.rhs)
  const rhs = straight.map((s, i) => (flipped && i > 2 ? -s : s))
  const offset = flipped ? spatial.reduce((n, d, s) => n + (d.window - 1) * straight[3 + s], 0) : 0
  const outIndex = affine(0, channelsLast(extents.out))
  const kernel: Convolution = {
    _tag: 'convolution',
    dtype,
    groups,
    batch,
    inFeatures,
    outFeatures: 1,
    spatial,
    lhs: { buffer: 0, index: affine(0, channelsLast(extents.lhs)), base: null },
    rhs: { buffer: 1, index: affine(offset, rhs), base: null },
    out: { buffer: 3, index: outIndex, base: null },
    epilogue: bias
      ? binary(
          'max',
          binary(
            'add',
            accumulator(dtype),
            load(dtype, 2, affine(0, [1, ...new Array<number>(rank + 2).fill(0)]), null)
          ),
          constant(dtype, -3)
        )
      : null
  }
  const sizes = [product(extents.lhs), product(extents.rhs), groups, product(extents.out)]
  return { kernel, sizes }
}

const programOf = (
  kernel: Program['kernels'][number],
  dtype: 'float32' | 'float64',
  sizes: readonly number[]
): Program => ({
  buffers: sizes.map((size, id) => ({
    id,
    dtype,
    size,
    role: id === 3 ? 'output' : 'input',
    data: null
  })),
  kernels: [kernel],
  inputs: [0, 1, 2],
  outputs: [3]
})

const check = (s: Sizes): void => {
  const { kernel, sizes } = kernelOf(s)
  const inputs = sizes.slice(0, 3).map((size, seed): HostData => {
    const data = allocate(s.dtype, size)
    for (let i = 0; i < size; i++) data[i] = ((i * 7919 + seed * 13) % 11) - 5
    return data
  })
  const run = (k: Program['kernels'][number]): HostData =>
    cpu.compile(programOf(k, s.dtype, sizes)).run(inputs)[0]
  expect(channelwiseForm(kernel)).not.toBeNull()
  expect(run(kernel)).toEqual(run(convolutionAsNest(kernel)))
}

const common = {
  groups: fc.integer({ min: 4, max: 23 }),
  flipped: fc.boolean(),
  dtype: fc.constantFrom('float32' as const, 'float64' as const),
  bias: fc.boolean()
}

describe('a channelwise convolution is its nest', () => {
  test('with small windows', () => {
    const sizes = fc.record({
      ...common,
      batch: fc.integer({ min: 1, max: 3 }),
      inFeatures: fc.constant(1),
      spatial: fc.array(spatialDimension({ input: 12, window: 4, step: 3, pad: 4, crop: 2 }), {
        minLength: 1,
        maxLength: 3
      })
    })
    fc.assert(fc.property(sizes, check), { seed: 20261128, numRuns: 60 })
  })

  test('with few outputs', () => {
    const few = spatialDimension({ input: 12, window: 11, step: 3, pad: 4, crop: 2 }).filter(
      (d) => d.output <= 4
    )
    const sizes = fc.record({
      ...common,
      batch: fc.constant(1),
      inFeatures: fc.integer({ min: 2, max: 4 }),
      spatial: fc.array(few, { minLength: 1, maxLength: 3 })
    })
    fc.assert(fc.property(sizes, check), { seed: 20261128, numRuns: 60 })
  })
})

const integers = (shape: readonly number[], seed: number): NdArray => {
  const data = Float32Array.from({ length: product(shape) }, (_, i) => ((i * 7919 + seed) % 7) - 3)
  return fromHost(makeAval(shape, 'float32'), data)
}

/** A depthwise convolution with a multiplier of 1, features last. */
const depthwise = (x: NdArray, w: NdArray): NdArray =>
  lax.convGeneralDilated(x, w, {
    windowStrides: [1, 1],
    padding: 'same',
    dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
    featureGroupCount: 20
  })

describe('a depthwise layer', () => {
  const [x, w] = [integers([3, 9, 10, 20], 1), integers([3, 3, 1, 20], 2)]
  const loss = (p: readonly [NdArray, NdArray]): NdArray => np.sum(np.square(depthwise(p[0], p[1])))
  const gradients = (p: readonly [NdArray, NdArray]): readonly [NdArray, NdArray] => grad(loss)(p)

  test('is channelwise in both directions', () => {
    const forms = lowerProgram(makeJaxpr(gradients)([x, w]).jaxpr).kernels.flatMap((k) =>
      k._tag === 'convolution' ? [channelwiseForm(k)] : []
    )
    const count = (form: string): number => forms.filter((f) => f === form).length
    expect([forms.length, count('few outputs'), count('small windows')]).toEqual([3, 1, 2])
  })

  test('gives the same in units of several threads', () => {
    const under = (threadThreshold: number): readonly NdArray[] => {
      config({ threadThreshold })
      return jit((a: NdArray, b: NdArray) => [
        np.maximum(depthwise(a, b), 0),
        ...gradients([a, b])
      ])(x, w)
    }
    expect(under(0)).toEqual(under(1e9))
  })
})
