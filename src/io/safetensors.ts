/**
 * Safetensors: a JSON header that says where each tensor is, then the tensors. Nothing in a file is
 * executed and no byte of it is trusted.
 *
 * Source: the format's description at huggingface.co/docs/safetensors.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { DTypeError, StructureError } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import type { LoadError } from '../core/load-error.ts'
import { readHeader, type Header } from './safetensors-header.ts'
import { toNames, type Named } from './tree-names.ts'
import { alignmentOf, decodeArray, encodeArray, encodedBytes } from './wire.ts'

const names: Readonly<Partial<Record<DType, string>>> = {
  bool: 'BOOL',
  uint8: 'U8',
  int8: 'I8',
  uint16: 'U16',
  int16: 'I16',
  uint32: 'U32',
  int32: 'I32',
  bfloat16: 'BF16',
  float16: 'F16',
  float32: 'F32',
  float64: 'F64',
  complex64: 'C64'
}

const nameOf = (x: NdArray): string => {
  const name = names[x.dtype]
  if (name !== undefined) return name
  throw new DTypeError('safetensors.encode', {
    problem: 'the format has no such element type',
    got: x.dtype,
    expected: Object.keys(names).join(', '),
    hint: 'save the real and the imaginary part as two arrays'
  })
}

const METADATA = '__metadata__'

const reserved = (): StructureError =>
  new StructureError('safetensors.encode', {
    problem: 'a leaf has the name under which the format keeps text',
    got: `a leaf at ${METADATA}`,
    expected: 'any other name',
    hint: 'rename the key'
  })

/** A tensor as the header describes it. */
interface Described {
  readonly dtype: string
  readonly shape: Shape
  readonly data_offsets: readonly [begin: number, end: number]
}

const HEADER_ALIGNMENT = 8

/**
 * A tree of arrays, or a record of arrays by name, as the bytes of a safetensors file.
 *
 * The widest types come first, so that all tensors are aligned; names break ties, so that equal
 * trees give equal bytes.
 *
 * Errors: DTypeError for complex128, which the format does not have; StructureError when the name
 * of a leaf is taken twice, or is `__metadata__`.
 *
 * @category files
 * @since 0.1.0
 */
export const encode = (
  tree: unknown,
  metadata: Readonly<Record<string, string>> = {}
): Uint8Array<ArrayBuffer> => {
  const named = toNames(tree, 'safetensors.encode')
  if (Object.hasOwn(named, METADATA)) throw reserved()
  const entries = Object.entries(named).sort(
    ([a, x], [b, y]) => alignmentOf(y.dtype) - alignmentOf(x.dtype) || (a < b ? -1 : 1)
  )
  let end = 0
  const described = entries.map(([name, x]): readonly [string, Described] => {
    const begin = end
    end += encodedBytes(x)
    return [name, { dtype: nameOf(x), shape: x.shape, data_offsets: [begin, end] }]
  })
  const hasMetadata = Object.keys(metadata).length > 0
  const json = JSON.stringify(
    Object.fromEntries([...(hasMetadata ? [[METADATA, metadata] as const] : []), ...described])
  )
  const text = new TextEncoder().encode(json)
  const length = Math.ceil(text.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT
  const out = new Uint8Array(8 + length + end)
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true)
  out.fill(0x20, 8, 8 + length) // the header is padded with spaces
  out.set(text, 8)
  entries.forEach(([, x], i) => {
    const [begin] = described[i][1].data_offsets
    out.set(encodeArray('safetensors.encode', x), 8 + length + begin)
  })
  return out
}

const operation = 'safetensors.decode'

/**
 * The arrays of a safetensors file by name. 64-bit integers become 32-bit ones.
 *
 * Errors: truncated, malformed (a header that contradicts itself or the bytes after it),
 * outOfRange (an integer beyond 32 bits), unsupported (8-bit and smaller floats).
 *
 * @category files
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array): E.Either<LoadError, Named> => {
  const header = readHeader(operation, bytes)
  if (E.isLeft(header)) return header
  const { tensors, start } = header.right
  const arrays: (readonly [string, NdArray])[] = []
  for (const { name, type, shape, begin, end } of tensors) {
    const elements = bytes.subarray(start + begin, start + end)
    const x = decodeArray(operation, `'${name}'`, type, shape, elements)
    if (E.isLeft(x)) return x
    arrays.push([name, x.right])
  }
  return E.right(Object.fromEntries(arrays))
}

/** The text fields that a safetensors file carries, without reading its tensors. */
export const metadataOf = (
  bytes: Uint8Array
): E.Either<LoadError, Readonly<Record<string, string>>> =>
  E.map((header: Header) => header.metadata)(readHeader('safetensors.metadataOf', bytes))
