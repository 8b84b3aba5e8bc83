/** Arrays as text, laid out as NumPy lays them out, and as nested lists. */
import { avalOf, deviceOf, hostOf, ownerOf, storageOf, type NdArray } from './array.ts'
import { abbreviate, isBool, slotsOf, type DType, type HostData } from './dtype.ts'
import { DeviceError } from './errors.ts'
import type { Nested } from './fluent.ts'
import { sizeOf, stridesOf, type Shape } from './shape.ts'
import { elementFormat, showElement } from './show-number.ts'

/** Above this many elements only the edges are shown … */
const THRESHOLD = 1000
/** … so many at each end of an axis. */
const EDGE = 3
const LINE_WIDTH = 75

/** Positions along an axis that are shown; `null` stands for those left out. */
type Positions = readonly (number | null)[]

const positions = (extent: number, isLong: boolean): Positions => {
  const all = Array.from({ length: isLong && extent > 2 * EDGE ? 2 * EDGE : extent }, (_, i) => i)
  if (all.length === extent) return all
  const tail = all.slice(EDGE).map((i) => extent - 2 * EDGE + i)
  return [...all.slice(0, EDGE), null, ...tail]
}

/** Joins words into lines of at most `width`, each after `indent`; the first word never wraps. */
const wrap = (words: readonly string[], indent: string, width: number): string => {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && indent.length + line.length + word.length > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += `${word} `
  }
  lines.push(line.slice(0, -1))
  return lines.join(`\n${indent}`)
}

/**
 * The values as NumPy's `str` prints them, with JavaScript's `true` and `false`.
 *
 * Shape: `data` holds the elements of `shape`, row-major.
 *
 * @example
 * showArray([2, 2], 'float32', new Float32Array([1, 2.5, -3, 4])) // => '[[ 1.   2.5]\n [-3.   4. ]]'
 */
export const showArray = (shape: Shape, dtype: DType, data: HostData): string => {
  const slots = slotsOf(dtype)
  const re = (at: number): number => data[at * slots]
  const im = (at: number): number => (slots === 1 ? 0 : data[at * slots + 1])
  if (shape.length === 0) return showElement(dtype, re(0), im(0))
  const size = sizeOf(shape)
  if (size === 0) return '[]'

  const shown = shape.map((extent) => positions(extent, size > THRESHOLD))
  const strides = stridesOf(shape)
  const offsets = shown.reduce<readonly number[]>(
    (starts, along, axis) =>
      starts.flatMap((at) => along.flatMap((i) => (i === null ? [] : [at + i * strides[axis]]))),
    [0]
  )
  const format = elementFormat(dtype, offsets.map(re), slots === 1 ? [] : offsets.map(im))

  const render = (axis: number, start: number): string => {
    const child = (i: number | null): string => {
      if (i === null) return '...'
      const at = start + i * strides[axis]
      return axis === shape.length - 1 ? format(re(at), im(at)) : render(axis + 1, at)
    }
    const indent = ' '.repeat(axis + 1)
    const children = shown[axis].map(child)
    if (axis < shape.length - 1)
      return `[${children.join('\n'.repeat(shape.length - 1 - axis) + indent)}]`
    // Every bracket that closes after the row, this one included, may need a column.
    return `[${wrap(children, indent, LINE_WIDTH - axis - 1)}]`
  }
  return render(0, 0)
}

/**
 * The values as nested lists, as deep as the array has axes: numbers, booleans for bool, and
 * `[re, im]` for complex numbers.
 */
export const toNested = (shape: Shape, dtype: DType, data: HostData): Nested => {
  const strides = stridesOf(shape)
  const element = (at: number): Nested => {
    if (isBool(dtype)) return data[at] !== 0
    return slotsOf(dtype) === 1 ? data[at] : [data[2 * at], data[2 * at + 1]]
  }
  const nest = (axis: number, start: number): Nested =>
    axis === shape.length
      ? element(start)
      : Array.from({ length: shape[axis] }, (_, i) => nest(axis + 1, start + i * strides[axis]))
  return nest(0, 0)
}

const extents = (shape: Shape): string => `[${shape.join(',')}]`

/** Why the values cannot be shown now, or null when they can. */
const unreadable = (x: NdArray): string | null => {
  const storage = storageOf(x)
  if (storage === null || ArrayBuffer.isView(storage)) return null
  if (storage._tag === 'donated') return `(donated to ${storage.by})`
  try {
    hostOf(x)
    return null
  } catch (e) {
    if (e instanceof DeviceError) return `(on ${deviceOf(x)}; await x.data() brings the values)`
    throw e
  }
}

/**
 * A value as a developer sees it, and never an exception: a tracer says what it stands for and whose it is,
 * an array its type, its shape and its values.
 *
 * `Tracer<f32[2,3] of grad(loss)>`, `NdArray int32[3] [1 2 3]`
 */
export const inspect = (x: NdArray): string => {
  const owner = ownerOf(x)
  if (owner !== null) {
    const { weak } = avalOf(x)
    return `Tracer<${abbreviate(x.dtype)}${weak ? '*' : ''}${extents(x.shape)} of ${owner.name}>`
  }
  const title = `NdArray ${x.dtype}${extents(x.shape)}`
  const reason = unreadable(x)
  if (reason !== null) return `${title} ${reason}`
  const values = showArray(x.shape, x.dtype, hostOf(x))
  return values.includes('\n') ? `${title}\n${values}` : `${title} ${values}`
}

/** As `inspect`, without the title: what `toString` and template strings give. */
export const show = (x: NdArray): string =>
  ownerOf(x) === null && unreadable(x) === null
    ? showArray(x.shape, x.dtype, hostOf(x))
    : inspect(x)
