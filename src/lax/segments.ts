/** What the rows of an array that bear the same number make together: sums over nodes, groups, bags. */
import { hostOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { onHost } from '../core/config.ts'
import { integerRange, isFloat, isInteger, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError, checkOptions, showArgument } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { scatterAdd } from '../primitives/gather.ts'
import type { GatherMode } from '../primitives/gather-dimensions.ts'
import { fillLike, reshape } from '../primitives/movement.ts'
import { reduceMax } from '../primitives/reduction.ts'
import { scatterMax, scatterMin, scatterMul } from '../primitives/scatter.ts'
import { leafArray } from '../trace/flat.ts'

export interface SegmentOptions {
  /** Length of the result: the highest number and one by default, required while tracing. */
  readonly numSegments?: number
  /** No number twice, by the caller's word; false by default. */
  readonly uniqueIndices?: boolean
  readonly indicesAreSorted?: boolean
  /** What happens to numbers outside: 'fillOrDrop', left out, by default. */
  readonly mode?: GatherMode
}

const countOf = (name: string, ids: NdArray): number =>
  ids.size === 0
    ? 0
    : hostOf(
        onHost(() => reduceMax(ids, [0])),
        name
      )[0] + 1

const check = (name: string, data: NdArray, ids: NdArray): void => {
  if (!isInteger(ids.dtype))
    throw new DTypeError(name, {
      problem: 'the numbers of segments are no integers',
      got: ids.dtype,
      expected: 'int32',
      hint: "astype('int32'), or np.array(numbers, { dtype: 'int32' })"
    })
  if (ids.ndim === 1 && data.shape[0] === ids.size) return
  throw new ShapeError(name, {
    problem: 'there is not one number of a segment for each row',
    got: `data ${show(data.shape)}, numbers ${show(ids.shape)}`,
    expected: 'data [n, ...], numbers [n]',
    hint: 'several leading axes become one by reshape'
  })
}

const segments =
  (name: string, scatter: typeof scatterAdd, empty: (dtype: DType) => number | boolean) =>
  (data: ArrayLike, segmentIds: ArrayLike, options: SegmentOptions = {}): NdArray => {
    checkOptions(name, options, ['numSegments', 'uniqueIndices', 'indicesAreSorted', 'mode'])
    const [x, ids] = [leafArray(data), leafArray(segmentIds)]
    check(name, x, ids)
    const { mode = 'fillOrDrop', uniqueIndices = false, indicesAreSorted = false } = options
    const { numSegments = countOf(name, ids) } = options
    if (!Number.isInteger(numSegments) || numSegments < 0)
      throw new ValueError(name, {
        problem: 'numSegments is no number of segments',
        got: showArgument(numSegments),
        expected: 'a non-negative integer',
        hint: 'numbers from numSegments on are left out'
      })
    const rows = x.shape.slice(1)
    const start = fillLike(scalar(empty(x.dtype), x.dtype), [numSegments, ...rows])
    return scatter(start, reshape(ids, [ids.size, 1]), x, {
      dimensionNumbers: {
        updateWindowDims: rows.map((_, i) => i + 1),
        insertedWindowDims: [0],
        scatterDimsToOperandDims: [0],
        operandBatchingDims: [],
        scatterIndicesBatchingDims: []
      },
      mode,
      uniqueIndices,
      indicesAreSorted
    })
  }

/**
 * out_k = Σ of the rows of `data` whose number is k; 0 where there are none.
 *
 * Shape:  data [n, ...], segmentIds [n] -> [numSegments, ...].
 * Errors: ShapeError unless every row has a number; TracerError while tracing without `numSegments`.
 *
 * @example
 * const ids = np.array([0, 0, 2], { dtype: 'int32' })
 * lax.segmentSum(np.array([1, 2, 3]), ids, { numSegments: 4 }) // => [3. 0. 3. 0.]
 *
 * @category segments
 * @since 0.1.0
 */
export const segmentSum = segments('segmentSum', scatterAdd, () => 0)

/** As `segmentSum`, with products; 1 where there are none. */
export const segmentProd = segments('segmentProd', scatterMul, () => 1)

/** As `segmentSum`, with the highest; the lowest value of the type where there are none. */
export const segmentMax = segments('segmentMax', scatterMax, (d) =>
  isFloat(d) ? -Infinity : integerRange(d)[0]
)

/** As `segmentSum`, with the lowest; the highest value of the type where there are none. */
export const segmentMin = segments('segmentMin', scatterMin, (d) =>
  isFloat(d) ? Infinity : integerRange(d)[1]
)
