/**
 * NumPy's file of one array: a header that is a Python dictionary, then the elements.
 *
 * Source: the format's description in NumPy's documentation (numpy.lib.format), versions 1.0 to 3.0.
 */
import * as E from 'fp-ts/lib/Either.js'
import { fromHost, hostOf, makeAval, type NdArray } from '../core/array.ts'
import { allocate, slotsOf, type DType } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { LoadError, type LoadReason } from '../core/load-error.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { decodeArray, encodeArray, wireBytes, type WireType } from './wire.ts'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // "\x93NUMPY"

/** NumPy's kind and width of an element. bfloat16 has none of its own. */
const codes: Readonly<Partial<Record<WireType, string>>> = {
  bool: 'b1',
  uint8: 'u1',
  int8: 'i1',
  uint16: 'u2',
  int16: 'i2',
  uint32: 'u4',
  int32: 'i4',
  uint64: 'u8',
  int64: 'i8',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  complex64: 'c8',
  complex128: 'c16'
}

const typesByCode = new Map(
  Object.entries(codes).map(([type, code]) => [code, type as WireType]) // the keys of `codes`
)

const HEADER_ALIGNMENT = 64

const codeOf = (dtype: DType): string => {
  const code = codes[dtype]
  if (code !== undefined) return code
  throw new DTypeError('npy.encode', {
    problem: 'NumPy has no such element type',
    got: dtype,
    expected: Object.keys(codes).join(', '),
    hint: "x.astype('float32') holds every bfloat16 exactly; safetensors has bfloat16 itself"
  })
}

/**
 * An array as the bytes of an .npy file, little-endian and row-major.
 *
 * Errors: DTypeError for bfloat16, which NumPy does not have.
 *
 * @category files
 * @since 0.1.0
 */
export const encode = (x: NdArray): Uint8Array<ArrayBuffer> => {
  const code = codeOf(x.dtype)
  const order = code.endsWith('1') ? '|' : '<'
  const shape = x.shape.length === 1 ? `${x.shape[0]},` : x.shape.join(', ')
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${shape}), }`
  const start = Math.ceil((10 + text.length + 1) / HEADER_ALIGNMENT) * HEADER_ALIGNMENT
  const elements = encodeArray('npy.encode', x)
  const out = new Uint8Array(start + elements.length)
  out.set([...MAGIC, 1, 0])
  new DataView(out.buffer).setUint16(8, start - 10, true)
  out.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10)
  out.set(elements, start)
  return out
}

interface Header {
  readonly type: WireType
  readonly order: 'little' | 'big'
  readonly isColumnMajor: boolean
  readonly shape: Shape
}

type Fail = (
  reason: LoadReason,
  problem: string,
  got: string,
  expected: string
) => E.Either<LoadError, never>

const failing =
  (operation: string): Fail =>
  (reason, problem, got, expected) =>
    E.left(
      new LoadError(operation, reason, {
        problem,
        got,
        expected,
        hint:
          reason === 'unsupported'
            ? 'convert it with astype before np.save; object and text arrays have no counterpart'
            : 'the file is damaged or not an .npy file: save it again with np.save'
      })
    )

const dictionary =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(((?:\s*\d+\s*,)*\s*(?:\d+)?\s*)\),?\s*\}\s*$/

const parseHeader = (fail: Fail, text: string): E.Either<LoadError, Header> => {
  const found = dictionary.exec(text)
  if (found === null)
    return text.includes("'descr': [")
      ? fail('unsupported', 'the elements are records', text.trim(), 'one number per element')
      : fail(
          'malformed',
          'the header cannot be read',
          text.trim().slice(0, 80),
          "{'descr': …, 'fortran_order': …, 'shape': …}"
        )
  const [, descr = '', isColumnMajor, extents = ''] = found
  const type = typesByCode.get(descr.slice(1))
  if (type === undefined || !/^[<>|=]/.test(descr))
    return fail(
      'unsupported',
      'the element type has no counterpart',
      `'${descr}'`,
      [...typesByCode.keys()].join(', ')
    )
  const shape = extents
    .split(',')
    .filter((extent) => extent.trim() !== '')
    .map(Number)
  return E.right({
    type,
    order: descr.startsWith('>') ? 'big' : 'little',
    isColumnMajor: isColumnMajor === 'True',
    shape
  })
}

/** The array with `shape` whose elements `x` holds with the first axis fastest. */
const toRowMajor = (shape: Shape, x: NdArray): NdArray => {
  const from = hostOf(x)
  const slots = slotsOf(x.dtype)
  const out = allocate(x.dtype, x.size)
  const index = shape.map(() => 0)
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  let source = 0
  for (let at = 0; at < x.size; at++) {
    for (let slot = 0; slot < slots; slot++) out[at * slots + slot] = from[source * slots + slot]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += steps[axis]
      index[axis]++
      if (index[axis] < shape[axis]) break
      source -= index[axis] * steps[axis]
      index[axis] = 0
    }
  }
  return fromHost(makeAval(shape, x.dtype), out)
}

/**
 * The array of an .npy file. 64-bit integers become 32-bit ones.
 *
 * Errors: truncated, malformed, outOfRange (an integer beyond 32 bits), unsupported (text, objects,
 * records, long doubles).
 *
 * @category files
 * @since 0.1.0
 */
export const decode = (
  bytes: Uint8Array,
  operation = 'npy.decode'
): E.Either<LoadError, NdArray> => {
  const fail = failing(operation)
  const short = (needed: number) =>
    fail('truncated', 'the file ends too early', `${bytes.length} bytes`, `${needed} bytes`)
  const wrong = MAGIC.findIndex((byte, i) => i < bytes.length && bytes[i] !== byte)
  if (wrong >= 0)
    return fail(
      'malformed',
      'these are not the bytes of an .npy file',
      `the byte ${bytes[wrong]} at ${wrong}`,
      '\\x93NUMPY at the beginning'
    )
  if (bytes.length < 10) return short(10)
  const major = bytes[6]
  if (major < 1 || major > 3)
    return fail('unsupported', 'the version of the format is unknown', `${major}`, '1, 2 or 3')
  const before = major === 1 ? 10 : 12
  if (bytes.length < before) return short(before)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = before + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (bytes.length < start) return short(start)
  const header = parseHeader(fail, new TextDecoder().decode(bytes.subarray(before, start)))
  if (E.isLeft(header)) return header
  const { type, order, isColumnMajor, shape } = header.right
  const end = start + sizeOf(shape) * wireBytes(type)
  if (bytes.length < end) return short(end)
  if (bytes.length > end)
    return fail(
      'malformed',
      'bytes follow the last element',
      `${bytes.length} bytes`,
      `${end} bytes`
    )
  const x = decodeArray(operation, 'the array', type, shape, bytes.subarray(start), order)
  return isColumnMajor ? E.map((array: NdArray) => toRowMajor(shape, array))(x) : x
}
