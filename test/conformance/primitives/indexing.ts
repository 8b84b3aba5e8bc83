/** Gather, the scatter family, and sorting. */
import { gather, scatterAdd } from '../../../src/primitives/gather.ts'
import type { ScatterParams } from '../../../src/primitives/scatter-rules.ts'
import type { GatherMode } from '../../../src/primitives/gather-dimensions.ts'
import { scatter, scatterMax, scatterMin, scatterMul } from '../../../src/primitives/scatter.ts'
import { sort, topK } from '../../../src/primitives/sorting.ts'
import type { NdArray } from '../../../src/core/array.ts'
import { ValueError } from '../../../src/core/errors.ts'
import { broadcastTo } from '../../../src/primitives/movement.ts'
import { convertElementType } from '../../../src/primitives/convert.ts'
import type { Converter, Converters, Params } from '../replay.ts'

const modes: Readonly<Record<string, GatherMode>> = {
  CLIP: 'clip',
  FILL_OR_DROP: 'fillOrDrop',
  PROMISE_IN_BOUNDS: 'promiseInBounds'
}

/** JAX records the member of an enumeration by its name. */
const modeOf = (mode: unknown): GatherMode => {
  const known = modes[String(mode).replace(/^.*\./, '')]
  if (known !== undefined) return known
  throw new ValueError('conformance', {
    problem: 'an indexing mode is unknown',
    got: String(mode),
    expected: Object.keys(modes).join(', '),
    hint: 'is this a golden file?'
  })
}

const gathered: Converter = ([x, indices], p) =>
  gather(x, indices, {
    dimensionNumbers: {
      offsetDims: p['dimension_numbers'].offset_dims,
      collapsedSliceDims: p['dimension_numbers'].collapsed_slice_dims,
      startIndexMap: p['dimension_numbers'].start_index_map,
      operandBatchingDims: p['dimension_numbers'].operand_batching_dims,
      startIndicesBatchingDims: p['dimension_numbers'].start_indices_batching_dims
    },
    sliceSizes: p['slice_sizes'],
    mode: modeOf(p['mode']),
    fillValue: p['fill_value'] ?? null
  })

const scatterParams = (p: Params): ScatterParams => ({
  dimensionNumbers: {
    updateWindowDims: p['dimension_numbers'].update_window_dims,
    insertedWindowDims: p['dimension_numbers'].inserted_window_dims,
    scatterDimsToOperandDims: p['dimension_numbers'].scatter_dims_to_operand_dims,
    operandBatchingDims: p['dimension_numbers'].operand_batching_dims,
    scatterIndicesBatchingDims: p['dimension_numbers'].scatter_indices_batching_dims
  },
  mode: modeOf(p['mode']),
  indicesAreSorted: p['indices_are_sorted'],
  uniqueIndices: p['unique_indices']
})

const scattered =
  (
    f: (x: NdArray, indices: NdArray, updates: NdArray, params: ScatterParams) => NdArray
  ): Converter =>
  ([x, indices, updates], p) =>
    f(x, indices, updates, scatterParams(p))

export const indexing: Converters = {
  gather: gathered,
  scatter: scattered(scatter),
  'scatter-add': scattered(scatterAdd),
  'scatter-max': scattered(scatterMax),
  'scatter-min': scattered(scatterMin),
  'scatter-mul': scattered(scatterMul),
  sort: (xs, { dimension, num_keys: numKeys, is_stable: isStable }, { outs }) =>
    sort(
      xs.map((x, i) => broadcastTo(x, outs[i].shape)),
      { dimension, numKeys, isStable }
    ),
  top_k: ([x], { k, axis }, { outs }) => {
    const [values, positions] = topK(x, k, axis)
    return [values, convertElementType(positions, outs[1].dtype)]
  }
}
