import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  convolutionUnits,
  convolutionWorkspace,
  emitConvolution
} from '../../../src/backend/cpu/convolution/convolution.ts'
import type { ConvolutionOptions } from '../../../src/backend/cpu/convolution/convolution.ts'
import { planConvolution } from '../../../src/backend/cpu/convolution/convolution-plan.ts'
import type { ConvolutionShape } from '../../../src/backend/cpu/convolution/convolution-plan.ts'
import { planScatter } from '../../../src/backend/cpu/convolution/convolution-scatter.ts'
import { compileModule, detectProfile } from '../../../src/backend/cpu/engine/engine.ts'
import { createModule } from '../../../src/backend/cpu/wasm/module.ts'
import { wasm } from '../../../src/backend/cpu/wasm/runtime.ts'
import type { SpatialDimension } from '../../../src/kernel/ir.ts'

const memory = new wasm.Memory({ initial: 256 })
const profile = detectProfile()

type Index = readonly number[]

const product = (numbers: Index): number => numbers.reduce((a, b) => a * b, 1)

/** All indices of a space, row-major. */
const indices = function* (extents: Index): Generator<Index> {
  for (let flat = 0; flat < product(extents); flat++) {
    let rest = flat
    const index = extents.map(() => 0)
    for (let i = extents.length - 1; i >= 0; i--) {
      index[i] = rest % extents[i]
      rest = Math.floor(rest / extents[i])
    }
    yield index
  }
}

const at = (strides: Index, index: Index): number =>
  index.reduce((sum, i, axis) => sum + i * strides[axis], 0)

/** Strides of an array whose axes lie in memory in `order`, outermost first, with gaps of `gap`. */
const stridesOf = (extents: Index, order: Index, gap: number): Index => {
  const strides = extents.map(() => 0)
  let size = gap
  for (const axis of [...order].reverse()) {
    strides[axis] = size
    size *= extents[axis]
  }
  return strides
}

const extentsOf = ({ groups, batch, inFeatures, outFeatures, spatial }: ConvolutionShape) => ({
  lhs: [groups, batch, inFeatures, ...spatial.map((d) => d.input)],
  rhs: [groups, outFeatures, inFeatures, ...spatial.map((d) => d.window)],
  out: [groups, batch, outFeatures, ...spatial.map((d) => d.output)]
})

/** The definition of the kernel IR, one multiplication at a time, on small integers. */
const naive = (
  shape: ConvolutionShape,
  lhs: Float64Array,
  rhs: Float64Array,
  origin: number,
  out: Index
): number => {
  const [group, batch, feature, ...position] = out
  let sum = 0
  const { spatial, inFeatures } = shape
  for (const [inFeature, ...window] of indices([inFeatures, ...spatial.map((d) => d.window)])) {
    const positions = spatial.map(
      (d, s) => position[s] * d.stride + window[s] * d.windowDilation - d.padLow
    )
    const read = spatial.every(
      (d, s) =>
        positions[s] >= 0 &&
        positions[s] % d.inputDilation === 0 &&
        positions[s] / d.inputDilation < d.input
    )
    if (!read) continue
    const input = spatial.map((d, s) => positions[s] / d.inputDilation)
    sum +=
      lhs[at(shape.lhs, [group, batch, inFeature, ...input])] *
      rhs[origin + at(shape.rhs, [group, feature, inFeature, ...window])]
  }
  return sum
}

const compile = (shape: ConvolutionShape, options: ConvolutionOptions) => {
  const module = createModule({ initial: 1 })
  module.export('run', emitConvolution(module, shape, options))
  const compiled = compileModule(module.build(), options.profile)
  return new wasm.Instance(compiled, { env: { memory } }).exports.run
}

/**
 * Runs the convolution, so many units at a time, and names the first element that differs from the
 * definition, of `every` so-and-so many of them.
 */
const check = (
  shape: ConvolutionShape,
  dtype: 'float32' | 'float64',
  every = 1,
  unitsAtOnce = Infinity
): string => {
  const options = { dtype, profile }
  const heap =
    dtype === 'float32' ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer)
  const bytes = heap.BYTES_PER_ELEMENT
  const extents = extentsOf(shape)
  const room = (e: Index, strides: Index): number =>
    at(
      strides,
      e.map((n) => n - 1)
    ) + 1
  const [lhsAt, rhsAt] = [4096, 4096 + room(extents.lhs, shape.lhs)]
  // Index zero of a window that is walked backwards lies at its end.
  const origin = shape.rhs.reduce((sum, s, i) => sum + Math.max(0, -s) * (extents.rhs[i] - 1), 0)
  const outAt = rhsAt + room(extents.rhs, shape.rhs.map(Math.abs))
  const outEnd = outAt + room(extents.out, shape.out)
  const workspace = Math.ceil((outEnd * bytes) / 64) * 64
  const workspaceEnd = workspace + convolutionWorkspace(shape, options)
  heap.fill(NaN, 0, workspaceEnd / bytes + 1)
  heap.fill(7, outAt, outEnd)
  for (let i = lhsAt; i < rhsAt; i++) heap[i] = ((i * 7) % 9) - 4
  for (let i = rhsAt; i < outAt; i++) heap[i] = ((i * 5) % 7) - 3
  const [lhs, rhs] = [heap.slice(lhsAt, rhsAt), heap.slice(rhsAt, outAt)].map((x) =>
    Float64Array.from(x)
  )
  const run = compile(shape, options)
  const units = convolutionUnits(shape)
  // Last units first, as many at a time as asked for.
  for (let to = units; to > 0; to -= Math.min(to, unitsAtOnce))
    run(
      lhsAt * bytes,
      (rhsAt + origin) * bytes,
      outAt * bytes,
      workspace,
      to - Math.min(to, unitsAtOnce),
      to
    )
  if (!Number.isNaN(heap[workspaceEnd / bytes])) return 'writes beyond its workspace'
  const written = new Set<number>()
  let number = 0
  for (const index of indices(extents.out)) {
    written.add(at(shape.out, index))
    if (number++ % every !== 0) continue
    const expected = naive(shape, lhs, rhs, origin, index)
    const got = heap[outAt + at(shape.out, index)]
    if (got !== expected) return `out[${index.join()}] is ${got}, not ${expected}`
  }
  for (let i = 0; i < outEnd - outAt; i++)
    if (!written.has(i) && heap[outAt + i] !== 7) return `writes beside the output at ${i}`
  return 'right'
}

/** A spatial dimension that has at least one output. */
const spatialDimension: fc.Arbitrary<SpatialDimension> = fc
  .record({
    input: fc.integer({ min: 1, max: 7 }),
    window: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padLow: fc.integer({ min: -2, max: 3 }),
    padHigh: fc.integer({ min: -2, max: 3 }),
    inputDilation: fc.integer({ min: 1, max: 3 }),
    windowDilation: fc.integer({ min: 1, max: 2 })
  })
  .map(({ padHigh, ...d }) => {
    const size = (d.input - 1) * d.inputDilation + 1 + d.padLow + padHigh
    const room = size - ((d.window - 1) * d.windowDilation + 1)
    return { ...d, output: room < 0 ? 0 : Math.floor(room / d.stride) + 1 }
  })
  .filter(({ output }) => output > 0)

const shape: fc.Arbitrary<ConvolutionShape> = fc
  .record({
    groups: fc.integer({ min: 1, max: 3 }),
    batch: fc.integer({ min: 1, max: 3 }),
    inFeatures: fc.constantFrom(1, 2, 3, 4, 5, 8, 9),
    outFeatures: fc.constantFrom(1, 2, 4, 7, 8, 9),
    spatial: fc.array(spatialDimension, { minLength: 1, maxLength: 3 })
  })
  .chain((sizes) => {
    const axes = sizes.spatial.map((_, i) => i + 3)
    const layout = fc.oneof(
      fc.constant([1, ...axes, 0, 2]), // features last, as NHWC
      fc.constant([1, 0, 2, ...axes]), // features first, as NCHW
      fc.shuffledSubarray([0, 1, 2, ...axes], { minLength: axes.length + 3 })
    )
    const gap = fc.constantFrom(1, 1, 1, 2)
    const extents = extentsOf({ ...sizes, lhs: [], rhs: [], out: [] })
    const strides = (e: Index) => fc.tuple(layout, gap).map(([order, g]) => stridesOf(e, order, g))
    return fc
      .record({ lhs: strides(extents.lhs), rhs: strides(extents.rhs), out: strides(extents.out) })
      .map((s) => ({ ...sizes, ...s }))
  })

const plane = (size: Partial<SpatialDimension> & { input: number; window: number }) => {
  const d = { stride: 1, padLow: 0, inputDilation: 1, windowDilation: 1, ...size }
  const output = d.output ?? (d.input + 2 * d.padLow - d.window) / d.stride + 1
  return [
    { ...d, output },
    { ...d, output }
  ]
}

describe('emitConvolution', () => {
  test.each(['float32', 'float64'] as const)('equals its definition in %s', (dtype) => {
    fc.assert(
      fc.property(shape, fc.constantFrom(1, Infinity), (s, unitsAtOnce) => {
        expect(check(s, dtype, 1, unitsAtOnce)).toBe('right')
      }),
      { seed: 20261123, numRuns: 150 }
    )
  })

  test('fills the output with zeros where every window lies in the padding', () => {
    const d = { input: 1, window: 1, output: 2, stride: 5, padLow: 6 }
    const spatial = [{ ...d, inputDilation: 1, windowDilation: 1 }]
    const sizes = { groups: 1, batch: 2, inFeatures: 1, outFeatures: 3, spatial }
    const strides = { lhs: [0, 1, 1, 1], rhs: [0, 1, 1, 1], out: [0, 6, 1, 3] }
    expect(check({ ...sizes, ...strides }, 'float32')).toBe('right')
  })

  test.each([1, 2])('adds up products of input positions, dilated by %d', (inputDilation) => {
    // The gradient with respect to the input of a 3×3 convolution with that stride.
    const input = 10
    const output = (input - 1) * inputDilation + 3
    const spatial = plane({ input, window: 3, padLow: 2, inputDilation, output })
    const sizes = { groups: 1, batch: 5, inFeatures: 9, outFeatures: 70, spatial }
    const s = {
      ...sizes,
      lhs: [0, 900, 1, 90, 9],
      rhs: [0, 9, 1, -3 * 630, -630],
      out: [0, output * output * 70, 1, output * 70, 70]
    }
    // A product of few rows is not worth more units: the last one holds one image.
    expect(planScatter(s)?.images).toBe(2)
    expect(convolutionUnits(s)).toBe(3)
    expect(check(s, 'float32', 97)).toBe('right')
    expect(check(s, 'float32', 97, 1)).toBe('right')
  })

  test('makes products of all windows where few features would leave tiles empty', () => {
    const few = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      inFeatures: fc.integer({ min: 8, max: 10 }),
      outFeatures: fc.integer({ min: 1, max: 3 }),
      input: fc.integer({ min: 3, max: 7 }),
      padLow: fc.integer({ min: -1, max: 3 }),
      window: fc.integer({ min: 3, max: 5 }),
      order: fc.constantFrom([1, 3, 4, 0, 2], [1, 0, 2, 3, 4], [0, 1, 4, 3, 2])
    })
    const counts = [0, 0]
    const property = fc.property(few, ({ input, padLow, window, order, ...sizes }) => {
      fc.pre(input + 2 * padLow >= window)
      const spatial = plane({ input, window, padLow })
      const extents = extentsOf({ ...sizes, groups: 1, spatial, lhs: [], rhs: [], out: [] })
      const s = {
        ...sizes,
        groups: 1,
        spatial,
        lhs: stridesOf(extents.lhs, order, 1),
        rhs: stridesOf(extents.rhs, [0, 3, 4, 2, 1], 1),
        out: stridesOf(extents.out, order, 1)
      }
      const plan = planScatter(s)
      if (plan !== undefined) counts[Number(plan.transposed)]++
      expect(check(s, 'float32', 1, 1)).toBe('right')
    })
    fc.assert(property, { seed: 20261128, numRuns: 60 })
    // Positions are the rows of some of these products, and the columns of others.
    expect(Math.min(...counts)).toBeGreaterThan(5)
  })

  test('walks over windows that are too many for code of their own', () => {
    const large = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      inFeatures: fc.constantFrom(2, 9),
      outFeatures: fc.integer({ min: 1, max: 3 }),
      input: fc.integer({ min: 1, max: 3 }),
      crop: fc.integer({ min: -1, max: 2 }),
      more: fc.integer({ min: 0, max: 3 }),
      window: fc.integer({ min: 8, max: 10 }),
      inputDilation: fc.constantFrom(5, 8, 10),
      isFlipped: fc.boolean(),
      order: fc.constantFrom([1, 3, 4, 0, 2], [1, 0, 2, 3, 4], [0, 1, 4, 3, 2])
    })
    const seen = new Set<string>()
    const property = fc.property(large, ({ crop, more, order, isFlipped, ...sizes }) => {
      const { input, window, inputDilation } = sizes
      const output = (input - 1) * inputDilation + window - 2 * crop + more
      const spatial = plane({ input, window, inputDilation, padLow: window - 1 - crop, output })
      const { batch, inFeatures, outFeatures } = sizes
      const shapes = { groups: 1, batch, inFeatures, outFeatures, spatial }
      const extents = extentsOf({ ...shapes, lhs: [], rhs: [], out: [] })
      const rhs = stridesOf(extents.rhs, [0, 3, 4, 2, 1], 1)
      const s = {
        ...shapes,
        lhs: stridesOf(extents.lhs, order, 1),
        rhs: isFlipped ? rhs.map((stride, axis) => (axis > 2 ? -stride : stride)) : rhs,
        out: stridesOf(extents.out, order, 1)
      }
      const parts = planScatter(s)?.parts
      if (parts !== undefined && 'windows' in parts)
        seen.add(`${String(parts.isDisjoint)} ${String(parts.frame === null)}`)
      expect(check(s, 'float32', 17, 1)).toBe('right')
    })
    fc.assert(property, { seed: 20261129, numRuns: 30 })
    // Copied and added, in the output and in a frame.
    expect(seen.size).toBe(4)
  })

  test.each([
    { stride: 1, padLow: 1, dtype: 'float32' },
    { stride: 2, padLow: 0, dtype: 'float32' },
    { stride: 1, padLow: 0, dtype: 'float64' }
  ] as const)('makes a product of every image where features come first: %o', (row) => {
    const { dtype, ...d } = row
    const spatial = plane({ input: d.stride === 2 ? 21 : 12, window: 3, ...d })
    const sizes = { groups: 2, batch: 3, inFeatures: 5, outFeatures: 9, spatial }
    const extents = extentsOf({ ...sizes, lhs: [], rhs: [], out: [] })
    const order = [1, 0, 2, 3, 4]
    const s = {
      ...sizes,
      lhs: stridesOf(extents.lhs, order, 1),
      rhs: stridesOf(extents.rhs, [0, 1, 2, 3, 4], 1),
      out: stridesOf(extents.out, order, 1)
    }
    expect(planConvolution(s)).toMatchObject({ featuresFirst: true, images: 3, m: 9 })
    expect(check(s, dtype)).toBe('right')
  })

  test.each([
    // As the gradient by a kernel of few features, whose input features are a batch.
    { lhs: [0, 2, 3, 4, 1], out: [0, 2, 3, 4, 1] },
    { lhs: [0, 2, 1, 3, 4], out: [0, 2, 1, 3, 4] }
  ])('makes one product where the positions of all images are columns: %o', (order) => {
    const spatial = plane({ input: 17, window: 15, padLow: 1, output: 5 })
    const sizes = { groups: 1, batch: 9, inFeatures: 2, outFeatures: 3, spatial }
    const extents = extentsOf({ ...sizes, lhs: [], rhs: [], out: [] })
    const s = {
      ...sizes,
      lhs: stridesOf(extents.lhs, order.lhs, 1),
      rhs: stridesOf(extents.rhs, [0, 2, 3, 4, 1], 1),
      out: stridesOf(extents.out, order.out, 1)
    }
    expect(planConvolution(s)).toMatchObject({ featuresFirst: true, images: 1, m: 3, n: 225 })
    expect(check(s, 'float32', 1, 1)).toBe('right')
  })

  test('takes several blocks of every dimension', () => {
    const spatial = plane({ input: 22, window: 3 })
    const sizes = { groups: 1, batch: 1, inFeatures: 33, outFeatures: 9, spatial }
    const nhwc = {
      lhs: [0, 0, 1, 726, 33],
      rhs: [0, 1, 9, 891, 297],
      out: [0, 0, 1, 180, 9]
    }
    expect(check({ ...sizes, ...nhwc }, 'float32')).toBe('right')
    expect(planConvolution({ ...sizes, ...nhwc })).toMatchObject({ m: 400, n: 9, k: 297 })
  })

  /** In pieces one by one, several at a time, and all at once. */
  const inPieces = (s: ConvolutionShape, of: string, least: number): void => {
    const { pieces } = planConvolution(s)
    expect(pieces.of).toBe(of)
    expect(pieces.count).toBeGreaterThanOrEqual(least)
    for (const unitsAtOnce of [1, 3, Infinity])
      expect(check(s, 'float32', 7, unitsAtOnce)).toBe('right')
  }

  test.each([
    { batch: 3, input: 20, window: 3, padLow: 1, output: 20 },
    { batch: 1, input: 35, window: 3, padLow: 1, output: 35 },
    { batch: 1, input: 69, window: 5, padLow: 2, stride: 2, output: 35 },
    { batch: 1, input: 18, window: 3, padLow: 3, inputDilation: 2, stride: 1, output: 37 },
    { batch: 1, input: 60, window: 3, padLow: -2, inputDilation: 3, stride: 5, output: 35 },
    { batch: 5, input: 17, window: 2, padLow: 2, windowDilation: 4, output: 17 }
  ])('pads what the outputs of a piece read: %o', ({ batch, ...size }) => {
    const spatial = plane(size)
    const sizes = { groups: 1, batch, inFeatures: 2, outFeatures: 3, spatial }
    const extents = extentsOf({ ...sizes, lhs: [], rhs: [], out: [] })
    const order = [1, 3, 4, 0, 2]
    const strides = (e: Index): Index => stridesOf(e, order, 1)
    const s = {
      ...sizes,
      lhs: strides(extents.lhs),
      rhs: strides(extents.rhs),
      out: strides(extents.out)
    }
    inPieces(s, 'axis', batch === 1 ? 2 : batch)
    // Where features come first a product holds one image.
    const first = stridesOf(extents.out, [1, 0, 2, 3, 4], 1)
    inPieces({ ...s, out: first }, 'axis', 1)
  })

  test('cuts positions without padding, and features where there are few positions', () => {
    const sizes = { groups: 1, batch: 2, inFeatures: 2, spatial: plane({ input: 27, window: 2 }) }
    const nhwc = { lhs: [0, 1458, 1, 54, 2], rhs: [0, 1, 5, 20, 10], out: [0, 3380, 1, 130, 5] }
    inPieces({ ...sizes, ...nhwc, outFeatures: 5 }, 'positions', 4)
    const few = { ...sizes, spatial: plane({ input: 4, window: 2 }), outFeatures: 200 }
    const deep = { lhs: [0, 32, 1, 8, 2], rhs: [0, 1, 200, 800, 400], out: [0, 1800, 1, 600, 200] }
    inPieces({ ...few, ...deep }, 'features', 5)
  })

  test('tells terms that follow each other from those whose ends only look so', () => {
    // Offsets of the four terms in the kernel: 0, −6, 9, 3.
    const [d, one] = [plane({ input: 4, window: 2 })[0], plane({ input: 3, window: 1 })[0]]
    const sizes = { groups: 1, batch: 1, inFeatures: 2, outFeatures: 1, spatial: [d, one] }
    const strides = { lhs: [0, 0, 1, 6, 2], rhs: [0, 0, 9, -6, -2], out: [0, 0, 1, 3, 1] }
    expect(check({ ...sizes, ...strides }, 'float32')).toBe('right')
  })

  test('walks a flipped window by negative strides', () => {
    // out = [1, 2, 3] correlated with the reversal of [10, 1]: [1·1 + 2·10, 2·1 + 3·10].
    const spatial: readonly SpatialDimension[] = [
      { input: 3, window: 2, output: 2, stride: 1, padLow: 0, inputDilation: 1, windowDilation: 1 }
    ]
    const strides = { lhs: [0, 0, 0, 1], rhs: [0, 0, 0, -1], out: [0, 0, 0, 1] }
    const s = { groups: 1, batch: 1, inFeatures: 1, outFeatures: 1, spatial, ...strides }
    const heap = new Float32Array(memory.buffer)
    heap.set([1, 2, 3, 10, 1], 64)
    compile(s, { dtype: 'float32', profile })(256, 256 + 16, 512, 4096, 0, 1)
    expect([...heap.subarray(128, 130)]).toEqual([21, 32])
  })
})

describe('planConvolution', () => {
  test('stores rows in place when the output is dense with features last', () => {
    const spatial = plane({ input: 13, window: 3 })
    const sizes = { groups: 1, batch: 64, inFeatures: 32, outFeatures: 64, spatial }
    const plan = planConvolution({
      ...sizes,
      lhs: [0, 5408, 1, 416, 32],
      rhs: [0, 1, 64, 6144, 2048],
      out: [0, 7744, 1, 704, 64]
    })
    expect([plan.rowStride, plan.padded]).toEqual([64, undefined])
    // Window columns and features of the input are one run of 96 contiguous terms.
    expect(plan.lhsSteps).toEqual([
      { extent: 3, strides: [416] },
      { extent: 96, strides: [1] }
    ])
    expect(plan.rhsSteps).toEqual([{ extent: 288, strides: [64] }])
  })
})
