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

/** Images of channels of rows. */
const channelsFirst = (extents: readonly number[]): readonly number[] =>
  stridesOf(extents, [1, 0, ...[...extents.keys()].slice(2)])

interface Sizes {
  readonly groups: number
  readonly batch: number
  readonly inFeatures: number
  readonly outFeatures?: number
  readonly isFirst?: boolean
  readonly spatial: readonly SpatialDimension[]
  readonly flipped: boolean
  readonly dtype: 'float32' | 'float64'
  readonly bias: boolean
}

const kernelOf = (sizes: Sizes) => {
  const { groups, batch, inFeatures, spatial, flipped, dtype, bias } = sizes
  const { outFeatures = 1, isFirst = false } = sizes
  const inMemory = isFirst ? channelsFirst : channelsLast
  const rank = spatial.length
  const extents = {
    lhs: [groups, batch, inFeatures, ...spatial.map((d) => d.input)],
    rhs: [groups, outFeatures, inFeatures, ...spatial.map((d) => d.window)],
    out: [groups, batch, outFeatures, ...spatial.map((d) => d.output)]
  }
  const straight = inMemory(extents.rhs)
  const rhs = straight.map((s, i) => (flipped && i > 2 ? -s : s))
  const offset = flipped ? spatial.reduce((n, d, s) => n + (d.window - 1) * straight[3 + s], 0) : 0
  const outIndex = affine(0, inMemory(extents.out))
  const kernel: Convolution = {
    _tag: 'convolution',
    dtype,
    groups,
    batch,
    inFeatures,
    outFeatures,
    spatial,
    lhs: { buffer: 0, index: affine(0, inMemory(extents.lhs)), base: null },
    rhs: { buffer: 1, index: affine(offset, rhs), base: null },
    out: { buffer: 3, index: outIndex, base: null },
    epilogue: bias
      ? binary(
          'max',
          binary(
            'add',
            accumulator(dtype),
            load(dtype, 2, affine(0, [outFeatures, 0, 1, ...new Array<number>(rank).fill(0)]), null)
          ),
          constant(dtype, -3)
        )
      : null
  }
  const rooms = [extents.lhs, extents.rhs, [groups, outFeatures], extents.out].map(product)
  return { kernel, sizes: rooms }
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

const plain = { stride: 1, inputDilation: 1, windowDilation: 1 } as const
const straight = { flipped: false, dtype: 'float32', bias: false } as const

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

  const rows = {
    ...common,
    groups: fc.integer({ min: 4, max: 6 }),
    batch: fc.integer({ min: 1, max: 3 }),
    outFeatures: fc.integer({ min: 1, max: 3 }),
    isFirst: fc.constant(true)
  }

  test('over planes with small windows', () => {
    const sizes = fc.record({
      ...rows,
      inFeatures: fc.integer({ min: 1, max: 2 }),
      spatial: fc
        .array(spatialDimension({ input: 16, window: 4, step: 3, pad: 4, crop: 2 }), {
          minLength: 1,
          maxLength: 3
        })
        .filter((all) => product(all.map((d) => d.window)) <= 32)
    })
    const property = fc.property(sizes, (s) => {
      expect(channelwiseForm(kernelOf(s).kernel)).toBe('planes')
      check(s)
    })
    fc.assert(property, { seed: 20261129, numRuns: 80 })
  })

  test('with windows whose sums are long', () => {
    const axis = (window: number, more: number) =>
      fc
        .record({ pad: fc.integer({ min: 0, max: 3 }), stride: fc.constantFrom(1, 1, 2) })
        .map(({ pad, stride }): SpatialDimension => ({
          ...plain,
          input: window + more,
          window,
          stride,
          padLow: pad,
          output: Math.floor((more + 2 * pad) / stride) + 1
        }))
    const sizes = fc.record({
      ...common,
      groups: fc.integer({ min: 4, max: 6 }),
      batch: fc.constantFrom(1, 2),
      isFirst: fc.boolean(),
      spatial: fc.oneof(
        fc.tuple(axis(9, 25), axis(8, 30)),
        fc.tuple(axis(5, 9), axis(5, 12), axis(5, 11)),
        fc.tuple(axis(3, 12), axis(34, 40))
      )
    })
    const forms = new Set<string>()
    const property = fc.property(sizes, (s) => {
      // Windows beyond the output stay nests where channels come last.
      const form = channelwiseForm(kernelOf({ ...s, inFeatures: 1 }).kernel)
      fc.pre(form === 'small windows' || form === 'planes')
      forms.add(form)
      check({ ...s, inFeatures: 1 })
    })
    fc.assert(property, { seed: 20261129, numRuns: 15 })
    expect(forms.size).toBe(2)
  })

  test('over planes with few outputs', () => {
    const few = spatialDimension({ input: 16, window: 13, step: 3, pad: 4, crop: 2 }).filter(
      (d) => d.output <= 4
    )
    const sizes = fc
      .record({
        ...rows,
        inFeatures: fc.integer({ min: 2, max: 4 }),
        spatial: fc.array(few, { minLength: 1, maxLength: 3 })
      })
      .filter((s) => product(s.spatial.map((d) => d.window)) * s.inFeatures > 64)
    const property = fc.property(sizes, (s) => {
      expect(channelwiseForm(kernelOf(s).kernel)).toBe('plane sums')
      check(s)
    })
    fc.assert(property, { seed: 20261129, numRuns: 60 })
  })

  test('with the rows of the window in any order of memory', () => {
    const spatial: readonly SpatialDimension[] = [11, 14].map((input) => ({
      input,
      window: input - 2,
      output: 3,
      stride: 1,
      padLow: 0,
      inputDilation: 1,
      windowDilation: 1
    }))
    const s = {
      groups: 5,
      batch: 1,
      inFeatures: 2,
      spatial,
      isFirst: true,
      flipped: false
    } as const
    const { kernel, sizes } = kernelOf({ ...s, dtype: 'float32', bias: false })
    const last = channelsLast([5, 1, 2, 9, 12])
    const turned = { ...kernel, rhs: { ...kernel.rhs, index: affine(0, last) } }
    const inputs = sizes.slice(0, 3).map((size) => {
      const data = allocate('float32', size)
      for (let i = 0; i < size; i++) data[i] = ((i * 7919) % 11) - 5
      return data
    })
    const run = (k: Program['kernels'][number]): HostData =>
      cpu.compile(programOf(k, 'float32', sizes)).run(inputs)[0]
    expect(channelwiseForm(turned)).toBe('plane sums')
    expect(run(turned)).toEqual(run(convolutionAsNest(turned)))
  })

  test('keeps what is not finite to the outputs that see it', () => {
    const spatial = [{ ...plain, input: 7, window: 7, padLow: 1, output: 3 }]
    const s: Sizes = { groups: 4, batch: 1, inFeatures: 10, spatial, isFirst: true, ...straight }
    const { kernel, sizes } = kernelOf(s)
    expect(channelwiseForm(kernel)).toBe('plane sums')
    const inputs = sizes.slice(0, 3).map((size) => allocate('float32', size).fill(1))
    // The last element of the rows of the first channel: output 0 does not see it.
    inputs[0][6] = Infinity
    const run = (k: Program['kernels'][number]): HostData =>
      cpu.compile(programOf(k, 'float32', sizes)).run(inputs)[0]
    expect(Array.from(run(kernel).subarray(0, 3))).toEqual([60, Infinity, Infinity])
    expect(run(kernel)).toEqual(run(convolutionAsNest(kernel)))
  })
})

const integers = (shape: readonly number[], seed: number): NdArray => {
  const data = Float32Array.from({ length: product(shape) }, (_, i) => ((i * 7919 + seed) % 7) - 3)
  return fromHost(makeAval(shape, 'float32'), data)
}

/** A depthwise convolution with a multiplier of 1. */
const depthwise =
  (isFirst: boolean) =>
  (x: NdArray, w: NdArray): NdArray =>
    lax.convGeneralDilated(x, w, {
      windowStrides: [1, 1],
      padding: 'same',
      dimensionNumbers: isFirst ? ['NCHW', 'OIHW', 'NCHW'] : ['NHWC', 'HWIO', 'NHWC'],
      featureGroupCount: 20
    })

describe.each([
  { isFirst: false, small: 'small windows', few: 'few outputs' },
  { isFirst: true, small: 'planes', few: 'plane sums' }
])('a depthwise layer: %o', ({ isFirst, small, few }) => {
  const [x, w] = isFirst
    ? [integers([3, 20, 9, 10], 1), integers([20, 1, 3, 3], 2)]
    : [integers([3, 9, 10, 20], 1), integers([3, 3, 1, 20], 2)]
  const loss = (p: readonly [NdArray, NdArray]): NdArray =>
    np.sum(np.square(depthwise(isFirst)(p[0], p[1])))
  const gradients = (p: readonly [NdArray, NdArray]): readonly [NdArray, NdArray] => grad(loss)(p)

  test('is channelwise in both directions', () => {
    const forms = lowerProgram(makeJaxpr(gradients)([x, w]).jaxpr).kernels.flatMap((k) =>
      k._tag === 'convolution' ? [channelwiseForm(k)] : []
    )
    const count = (form: string): number => forms.filter((f) => f === form).length
    expect([forms.length, count(few), count(small)]).toEqual([3, 1, 2])
  })

  test('gives the same in units of several threads', () => {
    const under = (threadThreshold: number): readonly NdArray[] => {
      config({ threadThreshold })
      return jit((a: NdArray, b: NdArray) => [
        np.maximum(depthwise(isFirst)(a, b), 0),
        ...gradients([a, b])
      ])(x, w)
    }
    expect(under(0)).toEqual(under(1e9))
  })
})
