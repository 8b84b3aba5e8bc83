/** Rows and positions of arrays, as samplers need them. */
import type { NdArray } from '../core/array.ts'
import { gather } from '../primitives/gather.ts'
import { reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'

/** x[at]. Shape: that of x without its first axis. */
export const leading = (x: NdArray, at: number): NdArray =>
  reshape(sliceInDim(x, at, at + 1, 0), x.shape.slice(1))

/** Slices of x along `axis` at int32 positions. Shape: those of the positions replace the axis. */
export const take = (x: NdArray, positions: NdArray, axis: number): NdArray => {
  const kept = x.shape.map((_, a) => a).filter((a) => a !== axis)
  return gather(x, reshape(positions, [...positions.shape, 1]), {
    dimensionNumbers: {
      offsetDims: kept.map((a) => (a < axis ? a : a - 1 + positions.ndim)),
      collapsedSliceDims: [axis],
      startIndexMap: [axis],
      operandBatchingDims: [],
      startIndicesBatchingDims: []
    },
    sliceSizes: x.shape.map((n, a) => (a === axis ? 1 : n)),
    mode: 'clip',
    fillValue: null
  })
}
