/** The law of every file format: what is written is read back. */
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { LawError } from './comparison.ts'

/** A format with values to write in it; `difference` is null when two values are the same. */
export interface CodecSubject<A, Error> {
  readonly encode: (value: A) => Uint8Array
  readonly decode: (bytes: Uint8Array) => E.Either<Error, A>
  readonly values: fc.Arbitrary<A>
  readonly difference: (actual: A, expected: A) => string | null
}

const requireRead = <A, Error>(
  result: E.Either<Error, A>,
  value: A,
  difference: (actual: A, expected: A) => string | null
): void => {
  if (E.isLeft(result)) throw new LawError(`decode ∘ encode failed: ${String(result.left)}`)
  const found = difference(result.right, value)
  if (found !== null) throw new LawError(`decode ∘ encode: ${found}`)
}

/** decode ∘ encode = right. Equality: the subject's. */
export const roundTrip = <A, Error>(codec: CodecSubject<A, Error>): fc.IProperty<[A]> =>
  fc.property(codec.values, (value) =>
    requireRead(codec.decode(codec.encode(value)), value, codec.difference)
  )

/** The same for a format that is read asynchronously. */
export const asyncRoundTrip = <A, Error>(
  codec: Omit<CodecSubject<A, Error>, 'decode'> & {
    readonly decode: (bytes: Uint8Array) => TaskEither<Error, A>
  }
): fc.IAsyncProperty<[A]> =>
  fc.asyncProperty(codec.values, async (value) =>
    requireRead(await codec.decode(codec.encode(value))(), value, codec.difference)
  )

/** encode ∘ decode ∘ encode = encode: a value has one encoding. Equality: byte by byte. */
export const canonical = <A, Error>({
  encode,
  decode,
  values
}: CodecSubject<A, Error>): fc.IProperty<[A]> =>
  fc.property(values, (value) => {
    const bytes = encode(value)
    const result = decode(bytes)
    if (E.isLeft(result)) throw new LawError(`decode failed: ${String(result.left)}`)
    const again = encode(result.right)
    if (again.length !== bytes.length || again.some((b, i) => b !== bytes[i]))
      throw new LawError('encode ∘ decode changes bytes')
  })
