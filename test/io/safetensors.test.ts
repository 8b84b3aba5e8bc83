import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dtypes } from '../../src/core/dtype.ts'
import { decode, encode, metadataOf } from '../../src/io/safetensors.ts'
import { anyArray, arrayOf, make } from './arrays.ts'
import { problem, right } from './either.ts'

/** A file with this header text and these bytes after it. */
const file = (header: string, data: readonly number[] = [], length = header.length): Uint8Array => {
  const out = new Uint8Array(8 + header.length + data.length)
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true)
  out.set(new TextEncoder().encode(header), 8)
  out.set(data, 8 + header.length)
  return out
}

const one = (dtype: string, shape: string, offsets: string, data: readonly number[] = []) =>
  file(`{"x":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`, data)

describe('safetensors', () => {
  test.each(dtypes.filter((d) => d !== 'complex128'))('decode ∘ encode = identity for %s', (d) => {
    fc.assert(
      fc.property(arrayOf(d), (x) => {
        expect(right(decode(encode({ x })))).toEqual({ x })
      })
    )
  })

  test('decode ∘ encode = identity for any names, and for bytes in the middle of a buffer', () => {
    const names = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((s) => s !== '__metadata__')
    fc.assert(
      fc.property(fc.dictionary(names, anyArray(['complex128'])), (record) => {
        const bytes = encode(record)
        const shifted = new Uint8Array(bytes.length + 3)
        shifted.set(bytes, 3)
        expect(right(decode(shifted.subarray(3)))).toEqual({ ...record })
      })
    )
  })

  test('writes the bytes that the format describes', () => {
    const bytes = encode(
      { b: make('uint8', [2], [7, 8]), a: make('float32', [], [1]) },
      { by: 'us' }
    )
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"__metadata__":{"by":"us"},' +
        '"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' +
        '"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}'
    )
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f, 7, 8]) // 1 is 0x3f800000
    expect(right(metadataOf(bytes))).toEqual({ by: 'us' })
  })

  test('names the leaves of a tree by their paths', () => {
    const x = make('int8', [1], [1])
    expect(Object.keys(right(decode(encode({ layers: [{ w: x }, { w: x }] }))))).toEqual([
      'layers/0/w',
      'layers/1/w'
    ])
  })

  test('gives copies: the file and the arrays share no memory', () => {
    const bytes = encode({ x: make('uint8', [1], [1]) })
    const { x } = right(decode(bytes))
    bytes.fill(0)
    expect(x).toEqual(make('uint8', [1], [1]))
  })

  test('reads 64-bit integers that fit, and names the first that does not', () => {
    const minusTwo = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    expect(right(decode(one('I64', '[1]', '[0,8]', minusTwo)))).toEqual({
      x: make('int32', [1], [-2])
    })
    const most = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]
    expect(right(decode(one('U64', '[1]', '[0,8]', most)))).toEqual({
      x: make('uint32', [1], [2 ** 32 - 1])
    })
    expect(problem(decode(one('I64', '[1]', '[0,8]', most)))).toMatchInlineSnapshot(`
      "outOfRange safetensors.decode: an element of int64 does not fit in 32 bits
        got:      4294967295 in 'x'
        expected: integers from -2^31 to 2^31 - 1
        hint:     arrays have no 64-bit integers: save the values as float64, or split them, in the program that wrote them"
    `)
    expect(problem(decode(one('U64', '[1]', '[0,8]', minusTwo)))).toMatchInlineSnapshot(`
      "outOfRange safetensors.decode: an element of uint64 does not fit in 32 bits
        got:      18446744073709551614 in 'x'
        expected: integers from 0 to 2^32 - 1
        hint:     arrays have no 64-bit integers: save the values as float64, or split them, in the program that wrote them"
    `)
  })

  test('refuses types and names that the format cannot hold', () => {
    const z = make('complex128', [], [1, 2])
    expect(() => encode({ z })).toThrow(/no such element type\n {2}got: {6}complex128/)
    const x = make('int8', [1], [1])
    expect(() => encode({ a: { b: x }, 'a/b': x })).toThrow(/two leaves have the same name/)
    expect(() => encode({ __metadata__: x })).toThrow(/the name under which the format keeps text/)
  })
})

describe('a damaged safetensors file', () => {
  test('is found out wherever it ends too early', () => {
    const whole = encode({ a: make('float32', [3], [1, 2, 3]), b: make('bool', [2], [0, 1]) })
    for (let length = 0; length < whole.length; length++)
      expect(problem(decode(whole.subarray(0, length)))).toMatch(/^truncated /)
    expect(problem(decode(whole.subarray(0, 5)))).toMatchInlineSnapshot(`
      "truncated safetensors.decode: the file ends too early
        got:      5 bytes
        expected: at least 8 bytes
        hint:     the file is incomplete: download or save it again"
    `)
    expect(problem(decode(whole.subarray(0, 20)))).toMatchInlineSnapshot(`
      "truncated safetensors.decode: the header ends too early
        got:      12 bytes
        expected: 112 bytes
        hint:     the file is incomplete: download or save it again"
    `)
    expect(problem(decode(whole.subarray(0, whole.length - 1)))).toMatchInlineSnapshot(`
      "truncated safetensors.decode: the tensors end too early
        got:      13 bytes
        expected: 14 bytes
        hint:     the file is incomplete: download or save it again"
    `)
  })

  test('may be anything: decode never throws', () => {
    const whole = encode({ a: make('float32', [3], [1, 2, 3]), b: make('bool', [2], [0, 1]) })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = new Uint8Array(whole)
        bytes[at] = byte
        expect(['Left', 'Right']).toContain(decode(bytes)._tag)
      })
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(['Left', 'Right']).toContain(decode(bytes)._tag)
      })
    )
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(['Left', 'Right']).toContain(decode(file(json))._tag)
      })
    )
  })

  test('says what is wrong with its header', () => {
    const huge = file('{}', [], 2 ** 40)
    expect(problem(decode(huge))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: the header is too long
        got:      1099511627776
        expected: at most 100000000
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(file('{"x":')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: the header is not a JSON object
        got:      "{\\"x\\":"
        expected: UTF-8 text that begins with {
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(file('[1]')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: the header is not a JSON object
        got:      "[1]"
        expected: UTF-8 text that begins with {
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(file(' {}')))).toContain('the header is not a JSON object')
    expect(problem(decode(file('{"__metadata__":{"a":1}}')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: the metadata is not text
        got:      {"a":1}
        expected: an object of strings
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    const x = '"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    expect(problem(decode(file(`{${x},"\\u0078":1}`)))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: two tensors have the same name
        got:      'x'
        expected: different names
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
  })

  test('says what is wrong with a tensor', () => {
    expect(problem(decode(file('{"x":3}')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: a tensor is not described
        got:      3 for 'x'
        expected: an object of dtype, shape and data_offsets
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(one('F8_E4M3', '[1]', '[0,1]', [0])))).toMatchInlineSnapshot(`
      "unsupported safetensors.decode: a tensor has an element type that arrays do not have
        got:      F8_E4M3 for 'x'
        expected: one of BOOL, U8, I8, U16, I16, U32, I32, U64, I64, BF16, F16, F32, F64, C64
        hint:     convert the tensor to float16, bfloat16 or float32 in the program that wrote it"
    `)
    expect(problem(decode(one('F32', '[-1]', '[0,4]')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: a tensor has no shape
        got:      [-1] for 'x'
        expected: a list of integers from 0
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(one('F32', '[1]', '[0]')))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: a tensor has no place
        got:      [0] for 'x'
        expected: data_offsets of [begin, end]
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(one('F32', '[2]', '[0,4]', [0, 0, 0, 0])))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: the size of a tensor contradicts its shape
        got:      [0,4] for 'x'
        expected: 8 bytes for F32 of shape [2]
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(one('BOOL', '[2]', '[0,2]', [1, 2])))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: a boolean is neither 0 nor 1
        got:      the byte 2 in 'x'
        expected: a byte of 0 or 1 for each element
        hint:     the file is damaged, or these bytes are uint8"
    `)
    expect(problem(decode(one('toString', '[]', '[0,1]', [0])))).toContain('toString')
  })

  test('says what is wrong with places: overlaps, gaps, bytes that belong to none', () => {
    const two = (a: string, b: string, bytes: number) =>
      file(
        `{"a":{"dtype":"U8","shape":[2],"data_offsets":${a}},"b":{"dtype":"U8","shape":[2],"data_offsets":${b}}}`,
        Array.from({ length: bytes }, () => 0)
      )
    expect(right(decode(two('[2,4]', '[0,2]', 4)))).toEqual({
      a: make('uint8', [2], [0, 0]),
      b: make('uint8', [2], [0, 0])
    })
    expect(problem(decode(two('[0,2]', '[1,3]', 3)))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: two tensors overlap
        got:      'b' begins at 1
        expected: 2, where the one before it ends
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(two('[0,2]', '[3,5]', 5)))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: there is a gap between tensors
        got:      'b' begins at 3
        expected: 2, where the one before it ends
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
    expect(problem(decode(two('[0,2]', '[2,4]', 5)))).toMatchInlineSnapshot(`
      "malformed safetensors.decode: bytes follow the last tensor
        got:      5 bytes
        expected: 4 bytes
        hint:     the file is damaged or not a safetensors file: download or save it again"
    `)
  })
})
