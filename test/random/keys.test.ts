import { afterEach, describe, expect, test } from 'vitest'
import { config } from '../../src/core/config.ts'
import { crc32 } from '../../src/core/scalar/threefry.ts'
import { jit } from '../../src/control/jit.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { reshape } from '../../src/primitives/movement.ts'
import * as random from '../../src/random/index.ts'
import { expectArray } from '../equality.ts'
import { f32, i32, make, messageOf, u32, values } from './arrays.ts'

describe('a key', () => {
  test('holds a short seed in its low word', () => {
    expectArray(random.key(42), u32(0, 42))
    expectArray(random.key(2 ** 32 - 1), u32(0, 2 ** 32 - 1))
    expectArray(random.key(-1), u32(0, 2 ** 32 - 1))
    expectArray(random.PRNGKey(7), random.key(7))
  })

  test('holds a long seed in both words', () => {
    expectArray(random.key(2 ** 40 + 5), u32(256, 5))
    expectArray(random.key(2n ** 63n + 1n), u32(2 ** 31, 1))
    expectArray(random.key(-(2n ** 63n)), u32(2 ** 31, 0))
  })

  test('is made of an integer scalar, traced or not', () => {
    expectArray(random.key(make('int32', [-2], [])), u32(0, 2 ** 32 - 2))
    expectArray(jit((seed: number) => random.key(seed))(9), u32(0, 9))
  })

  test('is its own data', () => {
    expectArray(random.wrapKeyData(random.keyData(random.key(3))), random.key(3))
    expect(random.keyImpl(random.key(3))).toBe('threefry2x32')
    expect(random.keyDtype()).toBe('uint32')
  })

  test('is not made of a fraction', () => {
    expect(messageOf(() => random.key(0.5))).toMatchInlineSnapshot(`
      "key: the seed is no integer of 64 bits
        got:      0.5
        expected: an integer: a number, a bigint, or a scalar array of an integer type
        hint:     random.foldIn(random.key(0), 'name') makes a key from a string"
    `)
  })

  test('is no number', () => {
    expect(messageOf(() => random.normal(0 as never, [3]))).toMatchInlineSnapshot(`
      "normal: the first argument is no key
        got:      0
        expected: a key: two words of type uint32
        hint:     random.key(0) makes a key from a seed; random.split and random.foldIn make more"
    `)
  })

  test('is one key', () => {
    expect(messageOf(() => random.normal(random.split(random.key(0), 3)))).toMatchInlineSnapshot(`
      "normal: the first argument is not one key
        got:      shape [3, 2]
        expected: shape [2]
        hint:     several keys are an axis to map over: vmap((key) => …)(keys)"
    `)
  })

  test('cannot be wrapped from other arrays', () => {
    expect(messageOf(() => random.wrapKeyData(f32(1, 2)))).toMatchInlineSnapshot(`
      "wrapKeyData: these are no words of keys
        got:      float32 of shape [2]
        expected: uint32 of shape [..., 2]
        hint:     keyData gives what wrapKeyData takes"
    `)
  })
})

describe('split', () => {
  test('begins with the keys that fewer parts would be', () => {
    const key = random.key(5)
    expect(values(random.split(key, 100)).slice(0, 14)).toEqual(values(random.split(key, 7)))
  })

  test('takes a shape', () => {
    const key = random.key(5)
    const grid = random.split(key, [2, 3])
    expect(grid.shape).toEqual([2, 3, 2])
    expectArray(reshape(grid, [6, 2]), random.split(key, 6))
  })

  test('maps over keys as a loop does', () => {
    const keys = random.split(random.key(1), 3)
    const rows = [0, 1, 2].map((i) => u32(...values(keys).slice(2 * i, 2 * i + 2)))
    expect(values(vmap((k) => random.split(k))(keys))).toEqual(
      rows.flatMap((k) => values(random.split(k)))
    )
  })

  test('compiles', () => {
    const key = random.key(1)
    expectArray(jit((k) => random.split(k, 5))(key), random.split(key, 5))
  })
})

describe('foldIn', () => {
  const key = random.key(0)

  test('is the part of that number', () => {
    expect(values(random.foldIn(key, 6))).toEqual(values(random.split(key, 7)).slice(12))
  })

  test('folds the CRC-32 of a string', () => {
    // The check value of CRC-32: that of '123456789'.
    expect(crc32('123456789')).toBe(0xcbf43926)
    expectArray(random.foldIn(key, '123456789'), random.foldIn(key, 0xcbf43926))
  })

  test('takes negative numbers as their bits', () => {
    expectArray(random.foldIn(key, -1), random.foldIn(key, 2 ** 32 - 1))
    expectArray(random.foldIn(key, make('int32', [-1], [])), random.foldIn(key, -1))
  })

  test('gives a key per element of an array', () => {
    expectArray(random.foldIn(key, i32(0, 1, 2)), random.split(key, 3))
  })

  test('takes a traced number', () => {
    const fold = jit((k: ReturnType<typeof random.key>, step: number) => random.foldIn(k, step))
    expectArray(fold(key, 123), random.foldIn(key, 123))
  })

  test('refuses fractions and longer integers', () => {
    expect(messageOf(() => random.foldIn(key, 0.5))).toMatchInlineSnapshot(`
      "foldIn: the number to fold in is no integer of 32 bits
        got:      0.5
        expected: an integer from −2^31 to 2^32 − 1, or a string
        hint:     fold longer numbers in two steps"
    `)
    expect(messageOf(() => random.foldIn(key, f32(1)))).toMatchInlineSnapshot(`
      "foldIn: what is folded in is no integer
        got:      float32
        expected: an integer, an array of integers, or a string
        hint:     convert with astype('uint32')"
    `)
  })
})

describe('checkKeyReuse', () => {
  afterEach(() => {
    config({ checkKeyReuse: false })
  })

  test('finds a key that two samplers use', () => {
    config({ checkKeyReuse: true })
    const key = random.key(77)
    random.normal(key, [2])
    expect(messageOf(() => random.uniform(key))).toMatchInlineSnapshot(`
      "uniform: the key has been used before
        got:      key [0, 77], which normal consumed
        expected: a fresh key for every sampler and every split
        hint:     split the key first and use each part once; random.clone(key) where the same values are wanted again"
    `)
  })

  test('finds a key that is used after its split, also as another array', () => {
    config({ checkKeyReuse: true })
    random.split(random.key(78))
    expect(() => random.gamma(random.key(78), 2)).toThrow('which split consumed')
  })

  test('lets parts, folded keys and clones be used', () => {
    config({ checkKeyReuse: true })
    const key = random.key(79)
    random.normal(random.foldIn(key, 0))
    random.normal(random.foldIn(key, 1))
    const [a, b] = [0, 1].map((i) => u32(...values(random.split(random.key(80 + i))).slice(0, 2)))
    expect(values(random.t(a, 3))).not.toEqual(values(random.t(b, 3)))
    random.normal(random.clone(a))
  })

  test('begins anew when it is switched on again', () => {
    config({ checkKeyReuse: true })
    random.normal(random.key(82))
    config({ checkKeyReuse: false })
    random.normal(random.key(82))
    config({ checkKeyReuse: true })
    expect(random.normal(random.key(82)).shape).toEqual([])
  })
})
