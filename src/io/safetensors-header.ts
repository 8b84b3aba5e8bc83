/** The header of a safetensors file, checked in full before a single element is read. */
import * as E from 'fp-ts/lib/Either.js'
import { LoadError, type LoadReason } from '../core/load-error.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { wireBytes, type WireType } from './wire.ts'

/** Where a tensor is: offsets are relative to the end of the header. */
export interface Tensor {
  readonly name: string
  readonly type: WireType
  readonly shape: Shape
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: readonly Tensor[] // in the order of their bytes
  readonly start: number // of the bytes after the header
}

/** Longer headers are refused, as the format's own reader does. */
const MAX_HEADER = 100_000_000

const types: Readonly<Record<string, WireType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  U32: 'uint32',
  I32: 'int32',
  U64: 'uint64',
  I64: 'int64',
  BF16: 'bfloat16',
  F16: 'float16',
  F32: 'float32',
  F64: 'float64',
  C64: 'complex64'
}

type Fail = (reason: LoadReason, problem: string, got: string, expected: string) => LoadError

const damaged =
  (operation: string): Fail =>
  (reason, problem, got, expected) =>
    new LoadError(operation, reason, {
      problem,
      got,
      expected,
      hint:
        reason === 'truncated'
          ? 'the file is incomplete: download or save it again'
          : reason === 'unsupported'
            ? 'convert the tensor to float16, bfloat16 or float32 in the program that wrote it'
            : 'the file is damaged or not a safetensors file: download or save it again'
    })

/** A string, or a mark that opens, closes or separates: all that is needed to find keys. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/** The first key that an object at the top of `json` has twice; JSON.parse keeps only the last. */
const duplicateKey = (json: string): string | null => {
  const seen = new Set<string>()
  let depth = 0
  let last = ''
  for (const [text] of json.matchAll(token)) {
    if (text === ':' && depth === 1) {
      const key = JSON.parse(last) as string // JSON.parse has accepted the whole
      if (seen.has(key)) return key
      seen.add(key)
    }
    if (text === '{' || text === '[') depth++
    if (text === '}' || text === ']') depth--
    last = text
  }
  return null
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0

const shown = (x: unknown): string => {
  const text = JSON.stringify(x) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

const parseJson = (text: Uint8Array): unknown => {
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(text)
    return JSON.parse(json)
  } catch {
    return undefined // neither UTF-8 nor JSON can give it
  }
}

const readTensor = (fail: Fail, name: string, x: unknown): E.Either<LoadError, Tensor> => {
  const malformed = (problem: string, got: unknown, expected: string) =>
    E.left(fail('malformed', problem, `${shown(got)} for '${name}'`, expected))
  if (!isRecord(x))
    return malformed('a tensor is not described', x, 'an object of dtype, shape and data_offsets')
  const { dtype, shape, data_offsets: offsets } = x
  if (typeof dtype !== 'string') return malformed('a tensor has no dtype', dtype, 'a string')
  const type = Object.hasOwn(types, dtype) ? types[dtype] : undefined
  if (type === undefined)
    return E.left(
      fail(
        'unsupported',
        'a tensor has an element type that arrays do not have',
        `${dtype} for '${name}'`,
        `one of ${Object.keys(types).join(', ')}`
      )
    )
  if (!Array.isArray(shape) || !shape.every(isCount))
    return malformed('a tensor has no shape', shape, 'a list of integers from 0')
  const [begin, end, ...more]: readonly unknown[] = Array.isArray(offsets) ? offsets : []
  if (!isCount(begin) || !isCount(end) || more.length > 0)
    return malformed('a tensor has no place', offsets, 'data_offsets of [begin, end]')
  const bytes = sizeOf(shape) * wireBytes(type)
  if (end - begin !== bytes)
    return malformed(
      'the size of a tensor contradicts its shape',
      offsets,
      `${bytes} bytes for ${dtype} of shape ${shown(shape)}`
    )
  return E.right({ name, type, shape, begin, end })
}

/** Tensors must fill the bytes after the header: in order, no gap, no overlap, nothing left. */
const checkPlaces = (
  fail: Fail,
  tensors: readonly Tensor[],
  available: number
): LoadError | null => {
  let at = 0
  for (const { name, begin, end } of tensors) {
    if (begin !== at)
      return fail(
        'malformed',
        begin < at ? 'two tensors overlap' : 'there is a gap between tensors',
        `'${name}' begins at ${begin}`,
        `${at}, where the one before it ends`
      )
    at = end
  }
  if (at > available)
    return fail('truncated', 'the tensors end too early', `${available} bytes`, `${at} bytes`)
  if (at < available)
    return fail('malformed', 'bytes follow the last tensor', `${available} bytes`, `${at} bytes`)
  return null
}

const readMetadata = (fail: Fail, x: unknown): E.Either<LoadError, Header['metadata']> =>
  x === undefined
    ? E.right({})
    : isRecord(x) && Object.values(x).every((value) => typeof value === 'string')
      ? E.right(x as Header['metadata']) // every value is a string
      : E.left(fail('malformed', 'the metadata is not text', shown(x), 'an object of strings'))

/** The checked header of the file that `bytes` hold. */
export const readHeader = (operation: string, bytes: Uint8Array): E.Either<LoadError, Header> => {
  const fail = damaged(operation)
  const left = (...args: Parameters<Fail>) => E.left(fail(...args))
  if (bytes.length < 8)
    return left('truncated', 'the file ends too early', `${bytes.length} bytes`, 'at least 8 bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const declared = view.getBigUint64(0, true)
  if (declared > MAX_HEADER)
    return left('malformed', 'the header is too long', `${declared}`, `at most ${MAX_HEADER}`)
  const start = 8 + Number(declared)
  if (start > bytes.length)
    return left(
      'truncated',
      'the header ends too early',
      `${bytes.length - 8} bytes`,
      `${declared} bytes`
    )
  const text = bytes.subarray(8, start)
  const json = parseJson(text)
  if (!isRecord(json) || text[0] !== 0x7b)
    return left(
      'malformed',
      'the header is not a JSON object',
      shown(new TextDecoder().decode(text.subarray(0, 40))),
      'UTF-8 text that begins with {'
    )
  const twice = duplicateKey(new TextDecoder().decode(text))
  if (twice !== null)
    return left('malformed', 'two tensors have the same name', `'${twice}'`, 'different names')

  const { __metadata__: fields, ...described } = json
  const metadata = readMetadata(fail, fields)
  if (E.isLeft(metadata)) return metadata
  const tensors: Tensor[] = []
  for (const [name, x] of Object.entries(described)) {
    const tensor = readTensor(fail, name, x)
    if (E.isLeft(tensor)) return tensor
    tensors.push(tensor.right)
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end)
  const misplaced = checkPlaces(fail, tensors, bytes.length - start)
  return misplaced === null
    ? E.right({ metadata: metadata.right, tensors, start })
    : E.left(misplaced)
}
