/** Dimensions of convolutions for properties, and arrays in any order of memory. */
import fc from 'fast-check'
import type { SpatialDimension } from '../../../src/kernel/ir.ts'

export interface Largest {
  readonly input: number
  readonly window: number
  /** Of strides and of dilations of the window. */
  readonly step: number
  readonly pad: number
  /** How much may be cut off at either side. */
  readonly crop: number
}

/** Dimensions that have an output. */
export const spatialDimension = (largest: Largest): fc.Arbitrary<SpatialDimension> =>
  fc
    .record({
      input: fc.integer({ min: 1, max: largest.input }),
      window: fc.integer({ min: 1, max: largest.window }),
      stride: fc.integer({ min: 1, max: largest.step }),
      padLow: fc.integer({ min: -largest.crop, max: largest.pad }),
      padHigh: fc.integer({ min: -largest.crop, max: largest.pad }),
      windowDilation: fc.integer({ min: 1, max: largest.step })
    })
    .map(({ padHigh, ...d }) => {
      const room = d.input + d.padLow + padHigh - ((d.window - 1) * d.windowDilation + 1)
      return { ...d, inputDilation: 1, output: room < 0 ? 0 : Math.floor(room / d.stride) + 1 }
    })
    .filter(({ output }) => output > 0)

/** Row-major strides of axes that lie in memory in `order`, outermost first. */
export const stridesOf = (
  extents: readonly number[],
  order: readonly number[]
): readonly number[] => {
  const strides = extents.map(() => 0)
  let size = 1
  for (const axis of [...order].reverse()) {
    strides[axis] = size
    size *= extents[axis]
  }
  return strides
}
