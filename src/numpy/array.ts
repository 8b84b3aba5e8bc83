/** Arrays from values outside: nested lists, typed arrays and numbers. */
import {
  fromHost,
  isArray,
  makeAval,
  scalar,
  type ArrayLike as CoreArrayLike,
  type NdArray
} from '../core/array.ts'
import {
  allocate,
  isComplex,
  isInteger,
  promote,
  slotsOf,
  type DType,
  type HostData
} from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError, checkOptions, showArgument } from '../core/errors.ts'
import { equals, show, sizeOf, type Shape } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { copy as copyOf } from '../primitives/identity.ts'
import { reshape } from '../primitives/movement.ts'
import { asArray, fitNumber } from './promotion.ts'

/** A complex number in a list. */
export interface Complex {
  readonly re: number
  readonly im: number
}

type Element = CoreArrayLike | Complex

/** Lists in lists, all of one length at each depth, with numbers, booleans or arrays inside. */
export type NestedList = Element | readonly NestedList[]

/** Typed arrays that hold element types; 64-bit integers become 32-bit ones when they fit. */
export type TypedArray = HostData | Uint8ClampedArray | BigInt64Array | BigUint64Array

export interface ArrayOptions {
  readonly dtype?: DType
}

const typedDTypes: Readonly<Record<string, DType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  BigInt64Array: 'int32',
  BigUint64Array: 'uint32'
}

const isTyped = (x: unknown): x is TypedArray => ArrayBuffer.isView(x) && !(x instanceof DataView)

const fromTyped = (x: TypedArray, dtype: DType | undefined): NdArray => {
  const tag: string = x[Symbol.toStringTag]
  const own = typedDTypes[tag]
  if (own === undefined)
    throw new DTypeError('np.array', {
      problem: 'no element type is stored like this',
      got: `a ${tag}`,
      expected: Object.keys(typedDTypes).join(', '),
      hint: 'Float64Array.from(values) holds numbers of any kind'
    })
  const data = allocate(own, x.length)
  // Numbers of 64 bits must fit 32; the others are copied as they are.
  if (x instanceof BigInt64Array || x instanceof BigUint64Array)
    x.forEach((v, i) => (data[i] = fitNumber('np.array', Number(v), own)))
  else data.set(x)
  const y = fromHost(makeAval([x.length], own), data)
  return dtype === undefined || dtype === own ? y : convertElementType(y, dtype)
}

const isComplexNumber = (x: unknown): x is Complex =>
  typeof x === 'object' && x !== null && !isArray(x) && 're' in x && 'im' in x

interface Shaped {
  readonly shape: Shape
  readonly elements: readonly Element[]
}

const ragged = (a: Shape, b: Shape, at: number): ShapeError =>
  new ShapeError('np.array', {
    problem: 'the lists are not all of one length',
    got: `entry 0 of shape ${show(a)}, entry ${at} of shape ${show(b)}`,
    expected: 'entries of one shape at every depth',
    hint: 'pad the short ones, or keep lists of different lengths as a tree of arrays'
  })

const shapeOf = (x: Element): Shape => (isArray(x) ? x.shape : [])

const collect = (x: NestedList, into: Element[]): Shape => {
  if (!Array.isArray(x)) {
    const element = x as Element // readonly arrays escape Array.isArray's narrowing
    if (typeof element !== 'number' && typeof element !== 'boolean')
      if (!isArray(element) && !isComplexNumber(element)) asArray(element, 'np.array')
    into.push(element)
    return shapeOf(element)
  }
  const list = x as readonly NestedList[]
  let inner: Shape | null = null
  list.forEach((child, i) => {
    const shape = collect(child, into)
    if (inner !== null && !equals(inner, shape)) throw ragged(inner, shape, i)
    inner ??= shape
  })
  return [list.length, ...(inner ?? [])]
}

const dtypeOf = (elements: readonly Element[]): DType => {
  let type: DType | null = null
  let numbers = false
  for (const x of elements) {
    if (typeof x === 'number') {
      numbers = true
      continue
    }
    const own: DType = isArray(x) ? x.dtype : typeof x === 'boolean' ? 'bool' : 'complex64'
    type = type === null ? own : promote(type, own)
  }
  if (type === null) return 'float32'
  return numbers && (type === 'bool' || isInteger(type)) ? 'float32' : type
}

const stackElements = ({ shape, elements }: Shaped, dtype: DType): NdArray => {
  const parts = elements.map((x) => {
    const part = isArray(x) ? x : fromElements({ shape: [], elements: [x] }, dtype)
    return reshape(convertElementType(part, dtype), [1, ...part.shape])
  })
  return reshape(concatenate(parts, 0), shape)
}

const fromElements = (shaped: Shaped, dtype: DType): NdArray => {
  const { shape, elements } = shaped
  if (elements.some(isArray)) return stackElements(shaped, dtype)
  const data = allocate(dtype, sizeOf(shape))
  const slots = slotsOf(dtype)
  elements.forEach((x, i) => {
    if (isComplexNumber(x)) {
      if (!isComplex(dtype))
        throw new DTypeError('np.array', {
          problem: 'a complex number has no place in a real array',
          got: `{ re: ${x.re}, im: ${x.im} } for ${dtype}`,
          expected: 'complex64 or complex128',
          hint: 'leave dtype out, or keep the real parts only'
        })
      data[2 * i] = x.re
      data[2 * i + 1] = x.im
    } else data[i * slots] = fitNumber('np.array', Number(x), dtype)
  })
  return fromHost(makeAval(shape, dtype), data)
}

/**
 * An array of nested lists, of a typed array, or of a number.
 *
 * Lists of numbers are float32, lists of booleans bool; entries may be arrays of one shape, which
 * are stacked, and `{ re, im }` is a complex number. A typed array is copied and keeps its type.
 *
 * Shape:  one axis for each depth of lists.
 * Errors: ShapeError for lists of different lengths; ValueError for a number that the integer type
 *         asked for does not hold.
 *
 * @example
 * np.array([[1, 2], [3, 4]]).shape // => [2, 2]
 */
export const array = (x: NestedList | TypedArray, options: ArrayOptions = {}): NdArray => {
  checkOptions('np.array', options, ['dtype'])
  const { dtype } = options
  if (isTyped(x)) return fromTyped(x, dtype)
  if (isArray(x)) return dtype === undefined ? copyOf(x) : astype(x, dtype)
  // A number alone has no type of its own yet, and yields to the arrays it meets.
  if (typeof x === 'number')
    return dtype === undefined
      ? scalar(x, 'float32', true)
      : scalar(fitNumber('np.array', x, dtype), dtype)
  const elements: Element[] = []
  const shape = collect(x, elements)
  return fromElements({ shape, elements }, dtype ?? dtypeOf(elements))
}

/** As `array`; an array that has the type already is returned as it is. */
export const asarray = (x: NestedList | TypedArray, options: ArrayOptions = {}): NdArray => {
  checkOptions('np.asarray', options, ['dtype'])
  return isArray(x) && (options.dtype === undefined || options.dtype === x.dtype)
    ? x
    : array(x, options)
}

/** A copy. Arrays are immutable, so this matters to nobody but a reader of the program. */
export const copy = (x: CoreArrayLike): NdArray => copyOf(asArray(x, 'np.copy'))

/** `x` under another element type: floats truncate and saturate to integers, as XLA does. */
export const astype = (x: CoreArrayLike, dtype: DType): NdArray =>
  convertElementType(asArray(x, 'np.astype'), dtype)

const viewAs: Readonly<Partial<Record<DType, (buffer: ArrayBuffer) => HostData>>> = {
  float32: (b) => new Float32Array(b),
  float64: (b) => new Float64Array(b),
  int32: (b) => new Int32Array(b),
  uint32: (b) => new Uint32Array(b),
  int16: (b) => new Int16Array(b),
  uint16: (b) => new Uint16Array(b),
  int8: (b) => new Int8Array(b),
  uint8: (b) => new Uint8Array(b)
}

export interface FrombufferOptions extends ArrayOptions {
  /** Elements to read; all of them when left out. */
  readonly count?: number
  /** Bytes to skip. */
  readonly offset?: number
}

/** A vector over a copy of the bytes, in the machine's order. Errors: ValueError, DTypeError. */
export const frombuffer = (
  bytes: ArrayBuffer | Uint8Array,
  options: FrombufferOptions = {}
): NdArray => {
  checkOptions('np.frombuffer', options, ['count', 'offset', 'dtype'])
  const { dtype = 'float32', count = -1, offset = 0 } = options
  const make = viewAs[dtype]
  if (make === undefined)
    throw new DTypeError('np.frombuffer', {
      problem: 'bytes are not read as this type',
      got: dtype,
      expected: Object.keys(viewAs).join(', '),
      hint: 'read the parts as numbers, and np.astype or lax.complex makes the rest'
    })
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer))
    throw new ValueError('np.frombuffer', {
      problem: 'there are no bytes',
      got: showArgument(bytes),
      expected: 'an ArrayBuffer or a Uint8Array',
      hint: 'np.array takes numbers'
    })
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  const width = allocate(dtype, 1).byteLength
  const length = count < 0 ? (all.length - offset) / width : count
  if (!Number.isInteger(length) || length < 0 || offset + length * width > all.length)
    throw new ValueError('np.frombuffer', {
      problem: 'the bytes are no whole number of elements',
      got: `${all.length} bytes from offset ${offset} for ${count < 0 ? 'all' : count} elements of ${width} bytes`,
      expected: 'a length that fits',
      hint: 'give count, or another offset'
    })
  const data = make(all.slice(offset, offset + length * width).buffer)
  return fromHost(makeAval([length], dtype), data)
}
