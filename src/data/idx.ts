/**
 * IDX, the files of MNIST and its kin: two zero bytes, an element type, a rank, the extents, then
 * the elements, all big-endian.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { fromHost, hostOf, makeAval, type NdArray, requireArrays } from '../core/array.ts'
import { toMachineOrder } from '../core/byte-order.ts'
import { decompress, isGzip } from '../core/decompress.ts'
import type { DType, HostData } from '../core/dtype.ts'
import { DTypeError, ValueError, showArgument } from '../core/errors.ts'
import { LoadError, type LoadReason } from '../core/load-error.ts'
import { sizeOf } from '../core/shape.ts'

interface Element {
  readonly code: number
  readonly dtype: DType
  readonly width: number
  readonly view: (buffer: ArrayBuffer) => HostData
}

const elements: readonly Element[] = [
  { code: 0x08, dtype: 'uint8', width: 1, view: (b) => new Uint8Array(b) },
  { code: 0x09, dtype: 'int8', width: 1, view: (b) => new Int8Array(b) },
  { code: 0x0b, dtype: 'int16', width: 2, view: (b) => new Int16Array(b) },
  { code: 0x0c, dtype: 'int32', width: 4, view: (b) => new Int32Array(b) },
  { code: 0x0d, dtype: 'float32', width: 4, view: (b) => new Float32Array(b) },
  { code: 0x0e, dtype: 'float64', width: 8, view: (b) => new Float64Array(b) }
]

const fail = (
  reason: LoadReason,
  problem: string,
  got: string,
  expected: string
): E.Either<LoadError, never> =>
  E.left(
    new LoadError('decodeIdx', reason, {
      problem,
      got,
      expected,
      hint: 'the file is damaged, incomplete or not an IDX file: download it again'
    })
  )

const short = (bytes: Uint8Array, needed: number): E.Either<LoadError, never> =>
  fail('truncated', 'the file ends too early', `${bytes.length} bytes`, `${needed} bytes`)

const requireBytes = (operation: string, bytes: unknown): void => {
  if (bytes instanceof Uint8Array) return
  throw new ValueError(operation, {
    problem: 'an argument holds no bytes',
    got: showArgument(bytes),
    expected: 'a Uint8Array',
    hint: 'fs.readFileSync gives one, and new Uint8Array(await response.arrayBuffer())'
  })
}

/**
 * The array of an IDX file that is not compressed.
 *
 * Shape: the extents of the file: [60000, 28, 28] for MNIST's images, [60000] for its labels.
 * Errors: truncated; malformed for other bytes and for bytes after the last element.
 *
 * @category files
 * @since 0.1.0
 */
export const decodeIdx = (bytes: Uint8Array): E.Either<LoadError, NdArray> => {
  requireBytes('decodeIdx', bytes)
  if (bytes.length < 4) return short(bytes, 4)
  const [first, second, code, rank] = bytes
  const element = elements.find((e) => e.code === code)
  if (first !== 0 || second !== 0 || element === undefined)
    return fail(
      'malformed',
      isGzip(bytes) ? 'the file is still compressed' : 'these are not the bytes of an IDX file',
      `the bytes ${[...bytes.subarray(0, 4)].join(' ')}`,
      `0 0, then one of ${elements.map((e) => e.code).join(', ')}, then the rank`
    )
  const start = 4 + 4 * rank
  if (bytes.length < start) return short(bytes, start)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const end = start + sizeOf(shape) * element.width
  if (bytes.length < end) return short(bytes, end)
  if (bytes.length > end)
    return fail(
      'malformed',
      'bytes follow the last element',
      `${bytes.length} bytes`,
      `${end} bytes for shape [${shape.join(', ')}]`
    )
  const { buffer } = toMachineOrder(bytes.subarray(start), element.width, 'big')
  return E.right(fromHost(makeAval(shape, element.dtype), element.view(buffer)))
}

/**
 * The array of an IDX file, compressed with gzip or not.
 *
 * Errors: those of `decodeIdx`; malformed when gzip cannot read it.
 *
 * @category files
 * @since 0.1.0
 */
export const decodeIdxFile =
  (bytes: Uint8Array): TaskEither<LoadError, NdArray> =>
  async () => {
    requireBytes('decodeIdxFile', bytes)
    if (!isGzip(bytes)) return decodeIdx(bytes)
    const plain = await decompress(bytes, 'gzip').catch(() => null)
    return plain === null
      ? fail('malformed', 'the compressed data is damaged', `${bytes.length} bytes`, 'a gzip file')
      : decodeIdx(plain)
  }

/**
 * An array as the bytes of an IDX file: `decodeIdx` undoes it.
 *
 * Errors: DTypeError for an element type that the format does not have.
 *
 * @category files
 * @since 0.1.0
 */
export const encodeIdx = (x: NdArray): Uint8Array<ArrayBuffer> => {
  requireArrays('encodeIdx', x)
  const element = elements.find((e) => e.dtype === x.dtype)
  if (element === undefined || x.ndim > 255)
    throw new DTypeError('encodeIdx', {
      problem: 'the format has no such array',
      got: `${x.dtype} of rank ${x.ndim}`,
      expected: `rank below 256 and one of ${elements.map((e) => e.dtype).join(', ')}`,
      hint: 'x.astype changes the element type'
    })
  const data = hostOf(x, 'encodeIdx')
  const start = 4 + 4 * x.ndim
  const out = new Uint8Array(start + data.byteLength)
  const view = new DataView(out.buffer)
  out.set([0, 0, element.code, x.ndim])
  x.shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent))
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  // Reversing is its own inverse: from the machine's order to big-endian as well.
  out.set(toMachineOrder(bytes, element.width, 'big'), start)
  return out
}
