/**
 * Zip archives: enough to read what any program writes (stored and deflated entries, no encryption,
 * no more than 4 GB) and to write stored entries.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3, sections 4.3 and 4.4.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { decompress } from '../core/decompress.ts'
import { LoadError, type LoadReason } from '../core/load-error.ts'

/** Files by name. */
export type Files = Readonly<Record<string, Uint8Array>>

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1 ? 0xedb88320 : 0) ^ (crc >>> 1)
  return crc
})

/** CRC-32 with the reflected polynomial 0xedb88320. */
const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const LOCAL_SIZE = 30
const CENTRAL_SIZE = 46
const END_SIZE = 22
const UTF8_NAME = 0x0800
const VERSION = 20
/** 1980-01-01: equal files give equal archives. */
const EPOCH_DATE = 0x21

/** The fields that a local and a central header share, from the version on. */
const writeFields = (view: DataView, at: number, file: Uint8Array, name: Uint8Array): void => {
  view.setUint16(at, VERSION, true)
  view.setUint16(at + 2, UTF8_NAME, true)
  view.setUint16(at + 8, EPOCH_DATE, true)
  view.setUint32(at + 10, crc32(file), true)
  view.setUint32(at + 14, file.length, true)
  view.setUint32(at + 18, file.length, true)
  view.setUint16(at + 22, name.length, true)
}

/** An archive of `files`, uncompressed, in their order. */
export const zip = (files: Files): Uint8Array<ArrayBuffer> => {
  const entries = Object.entries(files).map(
    ([name, file]) => [new TextEncoder().encode(name), file] as const
  )
  const size = entries.reduce(
    (sum, [name, file]) => sum + LOCAL_SIZE + CENTRAL_SIZE + 2 * name.length + file.length,
    END_SIZE
  )
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  let at = 0
  const starts = entries.map(([name, file]) => {
    const start = at
    view.setUint32(at, LOCAL, true)
    writeFields(view, at + 4, file, name)
    out.set(name, at + LOCAL_SIZE)
    out.set(file, at + LOCAL_SIZE + name.length)
    at += LOCAL_SIZE + name.length + file.length
    return start
  })
  const directory = at
  entries.forEach(([name, file], i) => {
    view.setUint32(at, CENTRAL, true)
    view.setUint16(at + 4, VERSION, true)
    writeFields(view, at + 6, file, name)
    view.setUint32(at + 42, starts[i], true)
    out.set(name, at + CENTRAL_SIZE)
    at += CENTRAL_SIZE + name.length
  })
  view.setUint32(at, END, true)
  view.setUint16(at + 8, entries.length, true)
  view.setUint16(at + 10, entries.length, true)
  view.setUint32(at + 12, at - directory, true)
  view.setUint32(at + 16, directory, true)
  return out
}

const broken = (
  operation: string,
  reason: LoadReason,
  problem: string,
  got: string,
  expected: string
): LoadError =>
  new LoadError(operation, reason, {
    problem,
    got,
    expected,
    hint:
      reason === 'unsupported'
        ? 'pack the archive again without encryption, with deflate or without compression'
        : 'the archive is damaged or incomplete: download or save it again'
  })

/** An entry as the directory at the end of the archive describes it. */
interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly size: number
  readonly packed: Uint8Array
}

/** The end record is last but for a comment of at most 65535 bytes. */
const findEnd = (view: DataView): number => {
  const first = Math.max(0, view.byteLength - END_SIZE - 0xffff)
  for (let at = view.byteLength - END_SIZE; at >= first; at--)
    if (view.getUint32(at, true) === END) return at
  return -1
}

const readEntries = (
  operation: string,
  bytes: Uint8Array
): E.Either<LoadError, readonly Entry[]> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fail = (reason: LoadReason, problem: string, got: string, expected: string) =>
    E.left(broken(operation, reason, problem, got, expected))
  const end = findEnd(view)
  if (end < 0)
    return fail(
      'truncated',
      'the archive has no directory',
      `${bytes.length} bytes`,
      'a zip archive, whole'
    )
  const count = view.getUint16(end + 10, true)
  const entries: Entry[] = []
  let at = view.getUint32(end + 16, true)
  if (at === 0xffffffff)
    return fail('unsupported', 'the archive is too large', 'a zip64 archive', 'at most 4 GB')
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_SIZE > end || view.getUint32(at, true) !== CENTRAL)
      return fail('malformed', 'the directory is damaged', `no entry at ${at}`, `${count} entries`)
    const nameLength = view.getUint16(at + 28, true)
    const name = new TextDecoder().decode(
      bytes.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength)
    )
    if (view.getUint16(at + 8, true) & 1)
      return fail('unsupported', 'an entry is encrypted', `'${name}'`, 'plain entries')
    const packedSize = view.getUint32(at + 20, true)
    const local = view.getUint32(at + 42, true)
    if (local + LOCAL_SIZE > end || view.getUint32(local, true) !== LOCAL)
      return fail(
        'malformed',
        'an entry is not where the directory says',
        `'${name}' at ${local}`,
        'its header'
      )
    const start =
      local + LOCAL_SIZE + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    if (start + packedSize > end)
      return fail('truncated', 'an entry ends too early', `'${name}'`, `${packedSize} bytes`)
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      size: view.getUint32(at + 24, true),
      packed: bytes.subarray(start, start + packedSize)
    })
    at += CENTRAL_SIZE + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return E.right(entries)
}

const STORED = 0
const DEFLATED = 8

const unpack = async (
  operation: string,
  entry: Entry
): Promise<E.Either<LoadError, Uint8Array>> => {
  const { name, method, crc, size, packed } = entry
  if (method !== STORED && method !== DEFLATED)
    return E.left(
      broken(
        operation,
        'unsupported',
        'the compression is unknown',
        `method ${method} of '${name}'`,
        '0 (stored) or 8 (deflate)'
      )
    )
  const damaged = (got: string) =>
    E.left(
      broken(
        operation,
        'malformed',
        'an entry is damaged',
        `'${name}': ${got}`,
        `${size} bytes with CRC-32 ${crc}`
      )
    )
  const file =
    method === STORED ? packed : await decompress(packed, 'deflate-raw').catch(() => null)
  if (file === null) return damaged('bytes that deflate did not write')
  const actual = crc32(file)
  if (file.length !== size || actual !== crc)
    return damaged(`${file.length} bytes with CRC-32 ${actual}`)
  return E.right(file)
}

/** The files of an archive. Errors: truncated, malformed (also by checksum), unsupported. */
export const unzip =
  (bytes: Uint8Array, operation = 'unzip'): TaskEither<LoadError, Files> =>
  async () => {
    const entries = readEntries(operation, bytes)
    if (E.isLeft(entries)) return entries
    const files: (readonly [string, Uint8Array])[] = []
    for (const entry of entries.right) {
      const file = await unpack(operation, entry)
      if (E.isLeft(file)) return file
      files.push([entry.name, file.right])
    }
    return E.right(Object.fromEntries(files))
  }
