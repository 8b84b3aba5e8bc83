/**
 * Index expressions as users write them, read into one entry for each axis: `x.slice('1:3', null,
 * '...', idx, mask)`.
 */
import { isArray, isTracer, ownerOf, type NdArray } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import { DTypeError, IndexError, ShapeError, TracerError } from '../core/errors.ts'
import type { Index } from '../core/fluent.ts'
import { show, type Shape } from '../core/shape.ts'
import { array } from './array.ts'
import { requireIntegers } from './index-modes.ts'
import { nonzero } from './nonzero.ts'

/** Every `step`-th position of an axis, `length` of them, from `start`; `step` may be negative. */
export interface SliceEntry {
  readonly _tag: 'slice'
  readonly axis: number
  readonly start: number
  readonly length: number
  readonly step: number
}

/** One position of an axis, known when the program is written. */
export interface PositionEntry {
  readonly _tag: 'position'
  readonly axis: number
  readonly at: number
}

/** Positions of an axis in an array of integers. */
export interface ArrayEntry {
  readonly _tag: 'array'
  readonly axis: number
  readonly indices: NdArray
}

/** A new axis of extent 1. */
export interface NewAxisEntry {
  readonly _tag: 'newaxis'
}

export type Entry = SliceEntry | PositionEntry | ArrayEntry | NewAxisEntry

const unreadable = (operation: string, text: string): IndexError =>
  new IndexError(operation, {
    problem: 'the slice cannot be read',
    got: `'${text}'`,
    expected: "'start:stop', 'start:stop:step' with any part left out, or '...'",
    hint: "integers only, as in '1:3', '::-1' or ':-1'; a single position is a number"
  })

const part = (operation: string, text: string, whole: string): number | null => {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (!/^[+-]?\d+$/.test(trimmed)) throw unreadable(operation, whole)
  return Number(trimmed)
}

/** A slice of an axis of `extent`, with Python's rules for what is left out or negative. */
export const parseSlice = (
  operation: string,
  text: string,
  axis: number,
  extent: number
): SliceEntry => {
  const parts = text.split(':')
  if (parts.length < 2 || parts.length > 3) throw unreadable(operation, text)
  const [first, last, stride] = parts.map((p) => part(operation, p, text))
  const step = stride ?? 1
  if (step === 0)
    throw new IndexError(operation, {
      problem: 'the step of a slice is 0',
      got: `'${text}'`,
      expected: 'a positive or negative step',
      hint: "'::-1' reads an axis backwards"
    })
  // Bounds may stand one before the first element when counting down.
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1]
  const bound = (value: number | null, otherwise: number): number =>
    value === null ? otherwise : Math.min(high, Math.max(low, value < 0 ? value + extent : value))
  const start = bound(first, step > 0 ? low : high)
  const stop = bound(last, step > 0 ? high : low)
  const length = Math.max(0, Math.ceil((stop - start) / step))
  return { _tag: 'slice', axis, start: length === 0 ? 0 : start, length, step }
}

const position = (operation: string, at: number, axis: number, shape: Shape): PositionEntry => {
  const extent = shape[axis]
  if (Number.isInteger(at) && at >= -extent && at < extent)
    return { _tag: 'position', axis, at: at < 0 ? at + extent : at }
  throw new IndexError(operation, {
    problem: 'the position is outside the array',
    got: `position ${at} on axis ${axis} of shape ${show(shape)}`,
    expected:
      extent === 0
        ? 'no position: the axis is empty'
        : `an integer from ${-extent} to ${extent - 1}`,
    hint: 'slices such as "0:5" stop at the end of the axis'
  })
}

/** What an index consumes: a mask as many axes as it has, a new axis none, the others one. */
const axesTaken = (index: Index): number => {
  if (index === null || index === '...') return 0
  if (isArray(index)) return isBool(index.dtype) ? index.ndim : 1
  return 1
}

const isMaskList = (x: readonly (number | boolean)[]): x is readonly boolean[] =>
  x.length > 0 && x.every((v) => typeof v === 'boolean')

/** Lists are arrays of positions, or masks. */
const settled = (operation: string, index: Index): Index => {
  if (!Array.isArray(index)) return index
  const list = index as readonly (number | boolean)[]
  if (isMaskList(list)) return array(list)
  if (list.every((v) => Number.isInteger(v))) return array(list, { dtype: 'int32' })
  throw new IndexError(operation, {
    problem: 'a list is no index',
    got: `[${list.map(String).join(', ')}]`,
    expected: 'integers, or booleans',
    hint: 'nested lists become arrays by np.array(list, { dtype: "int32" })'
  })
}

const maskEntries = (
  operation: string,
  mask: NdArray,
  axis: number,
  shape: Shape
): readonly ArrayEntry[] => {
  const covered = shape.slice(axis, axis + mask.ndim)
  if (mask.shape.some((n, i) => n !== covered[i]))
    throw new ShapeError(operation, {
      problem: 'the mask does not fit the axes it stands for',
      got: `mask ${show(mask.shape)} on axes ${show(covered)} of shape ${show(shape)}`,
      expected: `a mask of shape ${show(covered)}`,
      hint: 'np.broadcastTo stretches a mask'
    })
  if (isTracer(mask))
    throw new TracerError(operation, {
      problem: 'how many elements a mask selects is not known while tracing',
      got: `a mask that is a tracer of ${ownerOf(mask)?.name ?? 'a transformation'}`,
      expected: 'a concrete mask',
      hint: 'np.where(mask, x, y) keeps the shape; x.at(mask).set(number) works; np.nonzero takes { size }'
    })
  return nonzero(mask, {}, operation).map((indices, i) => ({
    _tag: 'array',
    axis: axis + i,
    indices
  }))
}

const tooMany = (operation: string, taken: number, shape: Shape): IndexError =>
  new IndexError(operation, {
    problem: 'there are more indices than axes',
    got: `indices for ${taken} axes of shape ${show(shape)}`,
    expected: `at most ${shape.length}`,
    hint: 'null makes a new axis, "..." stands for all axes not named'
  })

/**
 * The entries of an index, with what '...' and missing indices stand for written out.
 * Errors: IndexError for positions outside and slices that cannot be read.
 */
export const parseIndex = (
  operation: string,
  shape: Shape,
  index: readonly Index[]
): readonly Entry[] => {
  const given = index.map((i) => settled(operation, i))
  const taken = given.reduce<number>((n, i) => n + axesTaken(i), 0)
  if (taken > shape.length) throw tooMany(operation, taken, shape)
  const dots = given.filter((i) => i === '...').length
  if (dots > 1)
    throw new IndexError(operation, {
      problem: 'an index has more than one "..."',
      got: `${dots} of them`,
      expected: 'at most one',
      hint: '":" stands for one whole axis'
    })
  const written = dots === 0 ? [...given, '...' as const] : given
  const entries: Entry[] = []
  let axis = 0
  for (const i of written) {
    if (i === null) entries.push({ _tag: 'newaxis' })
    else if (i === '...') {
      const until = axis + shape.length - taken
      for (; axis < until; axis++)
        entries.push({ _tag: 'slice', axis, start: 0, length: shape[axis], step: 1 })
    } else if (typeof i === 'number') entries.push(position(operation, i, axis++, shape))
    else if (typeof i === 'string') entries.push(parseSlice(operation, i, axis, shape[axis++]))
    else if (isArray(i)) {
      if (isBool(i.dtype)) {
        entries.push(...maskEntries(operation, i, axis, shape))
        axis += i.ndim
      } else {
        requireIntegers(operation, i)
        entries.push({ _tag: 'array', axis: axis++, indices: i })
      }
    } else
      throw new DTypeError(operation, {
        problem: 'this is no index',
        got: `a ${typeof i}`,
        expected: 'a number, a slice string, null, "...", integers or a mask',
        hint: 'positions are numbers, slices strings: x.slice(0, "1:3")'
      })
  }
  return entries
}
