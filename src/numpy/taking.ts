/** Reading and writing along one axis by arrays of positions. */
import { isArray, type ArrayLike, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions, listOf } from '../core/errors.ts'
import type { IndexMode } from '../core/fluent.ts'
import { broadcast, equals, iota as axesOf, normalizeAxis, show, without } from '../core/shape.ts'
import { select } from '../primitives/compare.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import * as ops from '../primitives/gather.ts'
import { broadcastTo, reshape } from '../primitives/movement.ts'
import { scatter } from '../primitives/scatter.ts'
import { clip, remainder, subtract } from './arithmetic.ts'
import { array } from './array.ts'
import { cumsum } from './cumulative.ts'
import { gatherMode, normalizeIndices, requireIntegers } from './index-modes.ts'
import { concretePositions, flatnonzero } from './nonzero.ts'
import { asArray, asType, broadcastAll, promoteTypes } from './promotion.ts'

export interface TakeOptions {
  /** Of the flattened array when left out. */
  readonly axis?: number | null
  /** What an index outside does: 'fill' (the default) reads NaN, or the lowest integer. */
  readonly mode?: IndexMode
  readonly fillValue?: number | boolean
}

/** A number is a position, as in x.slice(2). */
const asIndices = (x: ArrayLike | readonly number[]): NdArray =>
  isArray(x) ? x : array(x, { dtype: 'int32' })

/**
 * Elements, or sub-arrays, at positions along an axis; negative positions count from the end.
 * Shape: x [...a, n, ...b], indices [...i] -> [...a, ...i, ...b].
 */
export const take = (
  x: ArrayLike,
  indices: ArrayLike | readonly number[],
  options: TakeOptions = {}
): NdArray => {
  checkOptions('np.take', options, ['axis', 'mode', 'fillValue'])
  const { axis = null, mode = 'fill', fillValue } = options
  const y = asArray(x, 'np.take')
  if (axis === null)
    return take(reshape(y, [y.size]), indices, {
      axis: 0,
      mode,
      ...(fillValue === undefined ? {} : { fillValue })
    })
  const at = normalizeAxis('np.take', axis, y.ndim)
  const places = normalizeIndices('np.take', asIndices(indices), y.shape[at], mode)
  const rest = axesOf(y.ndim).filter((a) => a !== at)
  return ops.gather(y, reshape(places, [...places.shape, 1]), {
    dimensionNumbers: {
      offsetDims: rest.map((a) => (a < at ? a : a - 1 + places.ndim)),
      collapsedSliceDims: [at],
      startIndexMap: [at],
      operandBatchingDims: [],
      startIndicesBatchingDims: []
    },
    sliceSizes: y.shape.map((n, a) => (a === at ? Math.min(1, n) : n)),
    mode: gatherMode('np.take', mode),
    fillValue: fillValue ?? null
  })
}

/** Array and indices with equal extents off `axis`, by broadcasting both. */
const aligned = (
  operation: string,
  x: NdArray,
  indices: NdArray,
  axis: number
): readonly [NdArray, NdArray] => {
  if (x.ndim !== indices.ndim)
    throw new ShapeError(operation, {
      problem: 'array and indices have different ranks',
      got: `array ${show(x.shape)}, indices ${show(indices.shape)}`,
      expected: 'as many axes of one as of the other',
      hint: 'np.take reads whole sub-arrays by a vector of indices'
    })
  const off = broadcast(operation, [without(x.shape, [axis]), without(indices.shape, [axis])])
  const at = (extent: number): readonly number[] => [
    ...off.slice(0, axis),
    extent,
    ...off.slice(axis)
  ]
  return [broadcastTo(x, at(x.shape[axis])), broadcastTo(indices, at(indices.shape[axis]))]
}

/** x[…, indices[…, j, …], …]: by index along `axis`, by position elsewhere. Shape: of the indices. */
export const takeAlongAxis = (
  x: ArrayLike,
  indices: ArrayLike,
  axis: number | null = -1,
  options: { readonly mode?: IndexMode } = {}
): NdArray => {
  checkOptions('np.takeAlongAxis', options, ['mode'])
  const { mode = 'fill' } = options
  const y = asArray(x, 'np.takeAlongAxis')
  const given = asIndices(indices)
  requireIntegers('np.takeAlongAxis', given)
  if (axis === null) return takeAlongAxis(reshape(y, [y.size]), given, 0, { mode })
  const at = normalizeAxis('np.takeAlongAxis', axis, y.ndim)
  const [values, places] = aligned('np.takeAlongAxis', y, given, at)
  return ops.takeAlongAxis(
    values,
    normalizeIndices('np.takeAlongAxis', places, y.shape[at], mode),
    at,
    gatherMode('np.takeAlongAxis', mode)
  )
}

/** A copy of `x` with `values` at the places `takeAlongAxis` reads. Shape: that of x. */
export const putAlongAxis = (
  x: ArrayLike,
  indices: ArrayLike,
  values: ArrayLike,
  axis: number | null = -1,
  options: { readonly mode?: IndexMode } = {}
): NdArray => {
  checkOptions('np.putAlongAxis', options, ['mode'])
  const { mode = 'drop' } = options
  const y = asArray(x, 'np.putAlongAxis')
  const given = asIndices(indices)
  if (axis === null) {
    const flat = reshape(y, [y.size])
    return reshape(putAlongAxis(flat, given, values, 0, { mode }), y.shape)
  }
  const at = normalizeAxis('np.putAlongAxis', axis, y.ndim)
  const [operand, places] = aligned('np.putAlongAxis', y, given, at)
  if (!equals(operand.shape, y.shape))
    throw new ShapeError('np.putAlongAxis', {
      problem: 'the indices are longer than the array off the axis',
      got: `array ${show(y.shape)}, indices ${show(given.shape)}, axis ${at}`,
      expected: 'extents of the array, or 1',
      hint: 'np.broadcastTo gives the array those axes'
    })
  const others = axesOf(y.ndim).filter((a) => a !== at)
  const updates = broadcastTo(asType(asArray(values, 'np.putAlongAxis'), y.dtype), places.shape)
  const wrapped = normalizeIndices('np.putAlongAxis', places, y.shape[at], mode)
  return scatter(operand, reshape(wrapped, [...places.shape, 1]), updates, {
    dimensionNumbers: {
      updateWindowDims: [],
      insertedWindowDims: [at],
      scatterDimsToOperandDims: [at],
      operandBatchingDims: others,
      scatterIndicesBatchingDims: others
    },
    mode: gatherMode('np.putAlongAxis', mode),
    uniqueIndices: false,
    indicesAreSorted: false
  })
}

/** A copy of `x` with `values` at flat positions; values repeat until there are enough. */
export const put = (
  x: ArrayLike,
  indices: ArrayLike,
  values: ArrayLike,
  options: { readonly mode?: IndexMode } = {}
): NdArray => {
  checkOptions('np.put', options, ['mode'])
  const { mode = 'drop' } = options
  const y = asArray(x, 'np.put')
  const places = reshape(asIndices(indices), [asIndices(indices).size])
  const given = reshape(asArray(values, 'np.put'), [asArray(values, 'np.put').size])
  const cyclic =
    given.size === places.size
      ? given
      : take(given, remainder(array(Int32Array.from(axesOf(places.size))), given.size), {
          axis: 0,
          mode: 'clip'
        })
  return putAlongAxis(y, places, cyclic, null, { mode })
}

/**
 * choices[selector[i]][i]; a selector outside is moved to the nearest choice, or goes round.
 * Shape: broadcast of the selector and all choices.
 */
export const choose = (
  selector: ArrayLike,
  choices: readonly ArrayLike[],
  options: { readonly mode?: 'clip' | 'wrap' } = {}
): NdArray => {
  checkOptions('np.choose', options, ['mode'])
  const { mode = 'clip' } = options
  if (listOf('np.choose', choices).length === 0)
    throw new ValueError('np.choose', {
      problem: 'there is nothing to choose from',
      got: 'an empty list',
      expected: 'at least one array',
      hint: 'the selector counts the choices from 0'
    })
  const which = asIndices(selector)
  requireIntegers('np.choose', which)
  const inside =
    mode === 'wrap' ? remainder(which, choices.length) : clip(which, 0, choices.length - 1)
  const all = broadcastAll('np.choose', [inside, ...promoteTypes('np.choose', choices)])
  const [index, ...values] = all
  const rows = values.map((v) => reshape(v, [1, ...v.shape]))
  const table = rows.length === 1 ? rows[0] : concatenate(rows, 0)
  const picked = ops.takeAlongAxis(table, reshape(asType(index, 'int32'), [1, ...index.shape]), 0)
  return reshape(picked, index.shape)
}

/** The elements, or sub-arrays, where a concrete mask holds. Shape: [count, …]. */
export const compress = (
  mask: ArrayLike | readonly boolean[],
  x: ArrayLike,
  options: CompressOptions = {}
): NdArray => {
  checkOptions('np.compress', options, ['axis', 'size', 'fillValue'])
  const { axis = null, size, fillValue = 0 } = options
  const y = asArray(x, 'np.compress')
  const holds = isArray(mask) ? mask : array(mask)
  if (holds.ndim !== 1)
    throw new ShapeError('np.compress', {
      problem: 'the mask is no vector',
      got: `shape ${show(holds.shape)}`,
      expected: 'one axis',
      hint: 'np.extract takes a mask of any shape'
    })
  const line = axis === null ? reshape(y, [y.size]) : y
  const at = axis === null ? 0 : normalizeAxis('np.compress', axis, y.ndim)
  if (holds.size > line.shape[at])
    throw new ValueError('np.compress', {
      problem: 'the mask is longer than the axis',
      got: `${holds.size} for extent ${line.shape[at]}`,
      expected: 'at most the extent',
      hint: 'a shorter mask is false where it ends'
    })
  if (size === undefined)
    return take(line, array(concretePositions(holds, 'np.compress')), { axis: at, mode: 'clip' })
  const places = flatnonzero(holds, { size, fillValue: line.shape[at] })
  return take(line, places, { axis: at, mode: 'fill', fillValue })
}

export interface CompressOptions {
  readonly axis?: number | null
  /** Number of results, where the mask is not known. */
  readonly size?: number
  /** What the places after the last result hold; 0. */
  readonly fillValue?: number | boolean
}

/** The elements where a mask of the same size holds. Shape: -> [count]. */
export const extract = (
  mask: ArrayLike,
  x: ArrayLike,
  options: Omit<CompressOptions, 'axis'> = {}
): NdArray => {
  const holds = asArray(mask, 'np.extract')
  return compress(reshape(holds, [holds.size]), x, options)
}

/** A copy of `x` with `values`, over and over, where the mask holds. Shape: that of x. */
export const place = (x: ArrayLike, mask: ArrayLike, values: ArrayLike): NdArray => {
  const y = asArray(x, 'np.place')
  const holds = broadcastTo(asType(asArray(mask, 'np.place'), 'bool'), y.shape)
  const given = asArray(values, 'np.place')
  const source = reshape(asType(given, y.dtype), [given.size])
  // The k-th place that holds takes the k-th value.
  const order = subtract(cumsum(holds), 1)
  const taken = take(source, remainder(order, Math.max(1, given.size)), { axis: 0, mode: 'clip' })
  return select(holds, reshape(taken, y.shape), y)
}
