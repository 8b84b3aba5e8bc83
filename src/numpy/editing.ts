/** Elements added to and removed from an axis at known places. */
import { hostOf, isArray, isTracer, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import {
  IndexError,
  TracerError,
  listOf,
  checkOptions,
  ShapeError,
  ValueError
} from '../core/errors.ts'
import { iota as axesOf, normalizeAxis, show } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { broadcastTo, moveAxis, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { array } from './array.ts'
import { parseSlice } from './index-parse.ts'
import { asArray, asType } from './promotion.ts'
import { concatenate as join } from './joining.ts'
import { take } from './taking.ts'

export interface AxisOnly {
  readonly axis?: number | null
}

/** `values` after `x` along an axis; both flattened first when the axis is left out. */
export const append = (x: ArrayLike, values: ArrayLike, options: AxisOnly = {}): NdArray => {
  checkOptions('np.append', options, ['axis'])
  return join([x, values], { axis: options.axis ?? null })
}

/** Places along an axis: a number, a list, a slice, or a concrete array or mask. */
export type Places =
  number | readonly number[] | readonly boolean[] | NdArray | `${string}:${string}`

const outside = (operation: string, at: number, extent: number): IndexError =>
  new IndexError(operation, {
    problem: 'the place is outside the axis',
    got: `place ${at} of extent ${extent}`,
    expected: `an integer from ${-extent} to ${extent}`,
    hint: 'negative places count from the end'
  })

const placesOf = (operation: string, places: Places, extent: number): readonly number[] => {
  if (typeof places === 'string') {
    const { start, length, step } = parseSlice(operation, places, 0, extent)
    return axesOf(length).map((i) => start + i * step)
  }
  if (isArray(places) && isTracer(places))
    throw new TracerError(operation, {
      problem: 'the places decide a shape, and are not known while tracing',
      got: 'traced places',
      expected: 'numbers',
      hint: 'np.where and np.take keep shapes'
    })
  const list = isArray(places)
    ? Array.from(hostOf(places, operation))
    : typeof places === 'number'
      ? [places]
      : listOf<number | boolean>(operation, places)
  const isMask = isArray(places)
    ? isBool(places.dtype)
    : list.length > 0 && list.every((p) => typeof p === 'boolean')
  if (isMask) return list.flatMap((p, i) => (p ? [i] : []))
  return list.map((p) => {
    const at = Number(p)
    if (!Number.isInteger(at) || at < -extent || at > extent) throw outside(operation, at, extent)
    return at < 0 ? at + extent : at
  })
}

/** Throws unless the values have no more axes than what they are inserted into. */
const requireRank = (values: NdArray, x: NdArray): void => {
  if (values.ndim <= x.ndim) return
  throw new ShapeError('np.insert', {
    problem: 'the values have more axes than the array',
    got: `values ${show(values.shape)} for ${show(x.shape)}`,
    expected: `at most ${x.ndim} axes`,
    hint: 'np.ravel(values) has one'
  })
}

const lineOf = (
  operation: string,
  x: ArrayLike,
  axis: number | null
): readonly [line: NdArray, axis: number] => {
  const y = asArray(x, operation)
  return axis === null ? [reshape(y, [y.size]), 0] : [y, normalizeAxis(operation, axis, y.ndim)]
}

/** `x` without the given places along an axis; flattened first when the axis is left out. */
export const remove = (x: ArrayLike, places: Places, options: AxisOnly = {}): NdArray => {
  checkOptions('np.delete', options, ['axis'])
  const [y, at] = lineOf('np.delete', x, options.axis ?? null)
  const extent = y.shape[at]
  const gone = new Set(placesOf('np.delete', places, extent))
  if (gone.has(extent)) throw outside('np.delete', extent, extent - 1)
  const kept = axesOf(extent).filter((i) => !gone.has(i))
  return take(y, array(Int32Array.from(kept)), { axis: at, mode: 'clip' })
}

/**
 * `x` with values before the given places along an axis; flattened first when the axis is left
 * out. Places count in the array as it was.
 *
 * Shape: values broadcast to the inserted part; at a single place they may have any extent.
 */
export const insert = (
  x: ArrayLike,
  places: Places,
  values: ArrayLike,
  options: AxisOnly = {}
): NdArray => {
  checkOptions('np.insert', options, ['axis'])
  const [y, at] = lineOf('np.insert', x, options.axis ?? null)
  const extent = y.shape[at]
  const where = placesOf('np.insert', places, extent)
  const given = asType(asArray(values, 'np.insert'), y.dtype)
  const spread = (v: NdArray, count: number): NdArray =>
    broadcastTo(
      v,
      y.shape.map((n, a) => (a === at ? count : n))
    )
  if (where.length === 1) {
    const [place] = where
    // As many axes as the array has; at a number the first axis of the values is that of insertion.
    requireRank(given, y)
    const raised = reshape(given, [
      ...new Array<number>(y.ndim - given.ndim).fill(1),
      ...given.shape
    ])
    const turned = typeof places === 'number' ? moveAxis(raised, 0, at) : raised
    return concatenate(
      [
        sliceInDim(y, 0, place, at),
        spread(turned, turned.shape[at]),
        sliceInDim(y, place, extent, at)
      ],
      at
    )
  }
  const inserted = spread(given, where.length)
  // Several places: the new elements go behind the old ones, and everything is read in order.
  const all = concatenate([y, inserted], at)
  const order = [
    ...axesOf(extent).map((i) => ({ before: i, rank: 1, from: i })),
    ...where.map((p, i) => ({ before: p, rank: 0, from: extent + i }))
  ].sort((p, q) => p.before - q.before || p.rank - q.rank)
  return take(all, array(Int32Array.from(order, (o) => o.from)), { axis: at, mode: 'clip' })
}

/** Leading and trailing zeros of a concrete vector removed: 'f' front, 'b' back, 'fb' both. */
export const trimZeros = (x: ArrayLike, trim: 'f' | 'b' | 'fb' = 'fb'): NdArray => {
  const y = asArray(x, 'np.trimZeros')
  if (y.ndim !== 1)
    throw new IndexError('np.trimZeros', {
      problem: 'the array is no vector',
      got: `shape ${show(y.shape)}`,
      expected: 'one axis',
      hint: 'np.ravel(x) flattens'
    })
  if (!['f', 'b', 'fb', 'bf'].includes(trim))
    throw new ValueError('np.trimZeros', {
      problem: 'the side has no such name',
      got: `trim: ${JSON.stringify(trim)}`,
      expected: "'f', 'b' or 'fb'",
      hint: "'f' is the front, 'b' the back"
    })
  const values = Array.from(hostOf(y, 'np.trimZeros'))
  const first = trim.includes('f') ? values.findIndex((v) => v !== 0) : 0
  if (first < 0) return sliceInDim(y, 0, 0, 0)
  const last = trim.includes('b') ? values.findLastIndex((v) => v !== 0) : y.size - 1
  return sliceInDim(y, first, last + 1, 0)
}
