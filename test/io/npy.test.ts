import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dtypes } from '../../src/core/dtype.ts'
import { decode, encode } from '../../src/io/npy.ts'
import * as npz from '../../src/io/npz.ts'
import { unzip, zip } from '../../src/io/zip.ts'
import { anyArray, arrayOf, make } from './arrays.ts'
import { problem, right } from './either.ts'

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))

// Files written by NumPy 2.4.6, in base64.
const SAVED_FLOAT32 =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAA' +
  'QEAAAIBAAACgQAAA0EA='

const SAVED_BOOL =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAg' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA=='

const SAVED_FORTRAN =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0g' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQAEAAIABQAD' +
  'AAY='

const SAVED_BIG_COMPLEX =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPmM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAg' +
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/gAAAQAAAAA=='

const SAVED_COMPRESSED =
  'UEsDBC0AAAAIAAAAIQAC7L2p//////////8FABQAYS5ucHkBABAAjAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6S' +
  'WpxcpG6loG6TaaKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GIGAEYiYgBgBQSwMELQAA' +
  'AAgAAAAhAE+kPBL//////////wUAFAB3Lm5weQEAEACQAAAAAAAAAEkAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWg' +
  'bpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKRpo6CrUKZAMuBjQAAFBLAQItAy0AAAAIAAAAIQAC' +
  '7L2pTAAAAIwAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLAQItAy0AAAAIAAAAIQBPpDwSSQAAAJAAAAAFAAAAAAAA' +
  'AAAAAACAAYMAAAB3Lm5weVBLBQYAAAAAAgACAGYAAAADAQAAAAA='

/** An .npy file of version 1 with this dictionary and these elements. */
const file = (dictionary: string, elements: readonly number[] = []): Uint8Array =>
  Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    dictionary.length & 255,
    dictionary.length >> 8,
    ...Buffer.from(dictionary),
    ...elements
  ])

const described = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`

describe('npy', () => {
  test.each(dtypes.filter((d) => d !== 'bfloat16'))('decode ∘ encode = identity for %s', (d) => {
    fc.assert(
      fc.property(arrayOf(d), (x) => {
        expect(right(decode(encode(x)))).toEqual(x)
      })
    )
  })

  test('writes the bytes that np.save of NumPy 2.4.6 writes', () => {
    // io.BytesIO of np.save(b, np.array([[1, 2, 3], [4, 5, 6.5]], np.float32)) and of np.save(b, np.array([True, False]))
    expect(encode(make('float32', [2, 3], [1, 2, 3, 4, 5, 6.5]))).toEqual(bytesOf(SAVED_FLOAT32))
    expect(encode(make('bool', [2], [1, 0]))).toEqual(bytesOf(SAVED_BOOL))
  })

  test('reads column-major and big-endian files', () => {
    // np.save of np.asfortranarray([[1, 2, 3], [4, 5, 6]], '>i2')
    expect(right(decode(bytesOf(SAVED_FORTRAN)))).toEqual(make('int16', [2, 3], [1, 2, 3, 4, 5, 6]))
    // np.save of np.array([1 + 2j], '>c8')
    expect(right(decode(bytesOf(SAVED_BIG_COMPLEX)))).toEqual(make('complex64', [1], [1, 2]))
  })

  test('reads 64-bit integers that fit', () => {
    const zeros = [0, 0, 0, 0, 0, 0, 0]
    expect(right(decode(file(described('<i8', '(1,)'), [5, ...zeros])))).toEqual(
      make('int32', [1], [5])
    )
    expect(problem(decode(file(described('>i8', '()'), [5, ...zeros])))).toMatchInlineSnapshot(`
      "outOfRange npy.decode: an element of int64 does not fit in 32 bits
        got:      360287970189639680 in the array
        expected: integers from -2^31 to 2^31 - 1
        hint:     arrays have no 64-bit integers: save the values as float64, or split them, in the program that wrote them"
    `)
  })

  test('says what is wrong with a file', () => {
    const whole = encode(make('float64', [2], [1, 2]))
    for (let length = 0; length < whole.length; length++)
      expect(problem(decode(whole.subarray(0, length)))).toMatch(/^truncated /)
    expect(problem(decode(whole.subarray(0, 100)))).toMatchInlineSnapshot(`
      "truncated npy.decode: the file ends too early
        got:      100 bytes
        expected: 128 bytes
        hint:     the file is damaged or not an .npy file: save it again with np.save"
    `)
    expect(problem(decode(Uint8Array.of(...whole, 0)))).toMatchInlineSnapshot(`
      "malformed npy.decode: bytes follow the last element
        got:      145 bytes
        expected: 144 bytes
        hint:     the file is damaged or not an .npy file: save it again with np.save"
    `)
    expect(problem(decode(Uint8Array.of(1, 2, 3)))).toMatchInlineSnapshot(`
      "malformed npy.decode: these are not the bytes of an .npy file
        got:      the byte 1 at 0
        expected: \\x93NUMPY at the beginning
        hint:     the file is damaged or not an .npy file: save it again with np.save"
    `)
    expect(problem(decode(file(`{'shape': (2,)}`)))).toMatchInlineSnapshot(`
      "malformed npy.decode: the header cannot be read
        got:      {'shape': (2,)}
        expected: {'descr': …, 'fortran_order': …, 'shape': …}
        hint:     the file is damaged or not an .npy file: save it again with np.save"
    `)
    expect(problem(decode(file(described('|O', '(2,)'))))).toMatchInlineSnapshot(`
      "unsupported npy.decode: the element type has no counterpart
        got:      '|O'
        expected: b1, u1, i1, u2, i2, u4, i4, u8, i8, f2, f4, f8, c8, c16
        hint:     convert it with astype before np.save; object and text arrays have no counterpart"
    `)
    expect(
      problem(decode(file(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`)))
    ).toMatchInlineSnapshot(`
      "unsupported npy.decode: the elements are records
        got:      {'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }
        expected: one number per element
        hint:     convert it with astype before np.save; object and text arrays have no counterpart"
    `)
    expect(problem(decode(whole.map((b, i) => (i === 6 ? 9 : b))))).toMatchInlineSnapshot(`
      "unsupported npy.decode: the version of the format is unknown
        got:      9
        expected: 1, 2 or 3
        hint:     convert it with astype before np.save; object and text arrays have no counterpart"
    `)
  })

  test('refuses bfloat16', () => {
    expect(() => encode(make('bfloat16', [], [1]))).toThrow(/NumPy has no such element type/)
  })
})

describe('npz', () => {
  test('decode ∘ encode = identity', async () => {
    const names = fc.stringMatching(/^[a-z]{1,5}$/)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, anyArray(['bfloat16'])), async (record) => {
        expect(right(await npz.decode(npz.encode(record))())).toEqual({ ...record })
      }),
      { numRuns: 30 }
    )
  })

  test('reads what np.savez_compressed of NumPy 2.4.6 writes', async () => {
    // np.savez_compressed(b, a=np.arange(3, dtype=np.int32), w=np.zeros((2, 2), np.float32))
    expect(right(await npz.decode(bytesOf(SAVED_COMPRESSED))())).toEqual({
      a: make('int32', [3], [0, 1, 2]),
      w: make('float32', [2, 2], [0, 0, 0, 0])
    })
  })

  test('finds out damage anywhere in the archive', async () => {
    const whole = npz.encode({ a: make('int32', [3], [1, 2, 3]) })
    const changed = whole.map((byte, at) => (at === 160 ? byte ^ 1 : byte))
    expect(problem(await npz.decode(changed)())).toMatchInlineSnapshot(`
      "malformed npz.decode: an entry is damaged
        got:      'a.npy': 140 bytes with CRC-32 3184532227
        expected: 140 bytes with CRC-32 69976299
        hint:     the archive is damaged or incomplete: download or save it again"
    `)
    for (let length = 0; length < whole.length; length += 7)
      expect(problem(await npz.decode(whole.subarray(0, length))())).toMatch(/^truncated /)
    expect(problem(await npz.decode(whole.subarray(0, 100))())).toMatchInlineSnapshot(`
      "truncated npz.decode: the archive has no directory
        got:      100 bytes
        expected: a zip archive, whole
        hint:     the archive is damaged or incomplete: download or save it again"
    `)
    const flipped = bytesOf(SAVED_COMPRESSED).map((byte, at) => (at === 60 ? byte ^ 255 : byte))
    expect(problem(await npz.decode(flipped)())).toMatch(
      /^malformed npz.decode: an entry is damaged/
    )
    const inner = zip({ 'a.npy': Uint8Array.of(1, 2, 3) })
    expect(problem(await npz.decode(inner)())).toMatchInlineSnapshot(`
      "malformed npz.decode of 'a': these are not the bytes of an .npy file
        got:      the byte 1 at 0
        expected: \\x93NUMPY at the beginning
        hint:     the file is damaged or not an .npy file: save it again with np.save"
    `)
  })
})

describe('unzip ∘ zip', () => {
  test('is the identity', async () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, fc.uint8Array({ maxLength: 50 })), async (files) => {
        expect(right(await unzip(zip(files))())).toEqual({ ...files })
      }),
      { numRuns: 30 }
    )
  })
})
