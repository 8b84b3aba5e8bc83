/** Convolutions of inputs with holes, class by class: the nests that define them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import '../../src/install-convolutions.ts'
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import type { HostData } from '../../src/core/dtype.ts'
import { affine, axisIndex, rowMajorStrides } from '../../src/kernel/affine.ts'
import { convolutionAsNest } from '../../src/kernel/as-nest.ts'
import { hasPhases, phasesOf } from '../../src/kernel/convolution-phases.ts'
import type { Convolution, Kernel, SpatialDimension } from '../../src/kernel/ir.ts'
import { accumulator, binary, cast, iota, load } from '../../src/kernel/make.ts'

const cpu = createCpuBackend()

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

const withHoles: fc.Arbitrary<SpatialDimension> = fc
  .record({
    input: fc.integer({ min: 1, max: 5 }),
    window: fc.integer({ min: 1, max: 5 }),
    padLow: fc.integer({ min: -3, max: 5 }),
    padHigh: fc.integer({ min: -2, max: 3 }),
    inputDilation: fc.integer({ min: 1, max: 3 }),
    windowDilation: fc.integer({ min: 1, max: 3 })
  })
  .map(({ padHigh, ...d }) => {
    const size = (d.input - 1) * d.inputDilation + 1 + d.padLow + padHigh
    const output = Math.max(0, size - (d.window - 1) * d.windowDilation)
    return { ...d, stride: 1, output }
  })
  .filter(({ output }) => output > 0)

const convolution = fc
  .record({
    groups: fc.integer({ min: 1, max: 2 }),
    batch: fc.integer({ min: 1, max: 2 }),
    inFeatures: fc.integer({ min: 1, max: 2 }),
    outFeatures: fc.integer({ min: 1, max: 3 }),
    spatial: fc.array(withHoles, { minLength: 1, maxLength: 2 })
  })
  .map(({ groups, batch, inFeatures, outFeatures, spatial }) => {
    const place = (buffer: number, extents: readonly number[]) => ({
      buffer,
      index: affine(0, rowMajorStrides(extents)),
      base: null
    })
    const lhs = [groups, batch, inFeatures, ...spatial.map((d) => d.input)]
    const rhs = [groups, outFeatures, inFeatures, ...spatial.map((d) => d.window)]
    const out = [groups, batch, outFeatures, ...spatial.map((d) => d.output)]
    // What is added differs from output to output, and is read at another place for each.
    const position = cast(iota('int32', axisIndex(2 + spatial.length)), 'float32')
    const residual = load('float32', 2, affine(0, rowMajorStrides(out)), null)
    const kernel: Convolution = {
      _tag: 'convolution',
      dtype: 'float32',
      groups,
      batch,
      inFeatures,
      outFeatures,
      spatial,
      lhs: place(0, lhs),
      rhs: place(1, rhs),
      out: place(3, out),
      epilogue: binary('add', binary('add', accumulator('float32'), position), residual)
    }
    return { kernel, sizes: [product(lhs), product(rhs), product(out), product(out)] }
  })

describe('a convolution of an input with holes', () => {
  test('is the sum of its classes', () => {
    const property = fc.property(convolution, fc.boolean(), ({ kernel, sizes }, plain) => {
      fc.pre(hasPhases(kernel))
      const given = plain ? { ...kernel, epilogue: null } : kernel
      const inputs = sizes
        .slice(0, 3)
        .map((size, seed): HostData =>
          Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 13) % 11) - 5)
        )
      const run = (kernels: readonly Kernel[]): HostData =>
        cpu
          .compile({
            buffers: sizes.map((size, id) => ({
              id,
              dtype: 'float32',
              size,
              role: id === 3 ? 'output' : 'input',
              data: null
            })),
            kernels,
            inputs: [0, 1, 2],
            outputs: [3]
          })
          .run(inputs)[0]
      const phases = phasesOf(given)
      const holes = phases.flatMap((k) => (k._tag === 'convolution' ? k.spatial : []))
      expect(holes.every((d) => d.inputDilation === 1)).toBe(true)
      expect(run(phases)).toEqual(run([convolutionAsNest(given)]))
    })
    fc.assert(property, { seed: 20261128, numRuns: 60 })
  })

  test('falls into as many as there are remainders of its outputs', () => {
    const d = { input: 4, window: 3, stride: 1, padLow: 1, windowDilation: 1 }
    const spatial = [{ ...d, inputDilation: 2, output: 7 }]
    const place = (buffer: number) => ({ buffer, index: affine(0, [0, 0, 0, 1]), base: null })
    const sizes = { groups: 1, batch: 1, inFeatures: 1, outFeatures: 1, epilogue: null }
    const k: Convolution = {
      _tag: 'convolution',
      dtype: 'float32',
      ...sizes,
      spatial,
      lhs: place(0),
      rhs: place(1),
      out: place(2)
    }
    const shown = phasesOf(k).map((p) =>
      p._tag === 'convolution'
        ? [p.rhs.index, p.out.index, p.spatial[0].window, p.spatial[0].output, p.spatial[0].padLow]
        : []
    )
    // Even outputs meet the middle of the window, odd ones its ends.
    expect(shown).toEqual([
      [affine(1, [0, 0, 0, 2]), affine(0, [0, 0, 0, 2]), 1, 4, 0],
      [affine(0, [0, 0, 0, 2]), affine(1, [0, 0, 0, 2]), 2, 3, 0]
    ])
    expect(hasPhases({ spatial: [{ ...spatial[0], stride: 2 }] })).toBe(false)
    expect(hasPhases({ spatial: [{ ...spatial[0], inputDilation: 17 }] })).toBe(false)
  })
})
