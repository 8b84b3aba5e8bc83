/** Keys: splittable states of randomness, two words each, and what makes keys from keys. */
import {
  fromHost,
  isArray,
  isTracer,
  makeAval,
  scalar,
  type ArrayLike,
  type NdArray
} from '../core/array.ts'
import { isInteger, type DType } from '../core/dtype.ts'
import { DTypeError, ShapeError, ValueError } from '../core/errors.ts'
import { crc32 } from '../core/scalar/threefry.ts'
import { show, sizeOf, type Shape } from '../core/shape.ts'
import { concatenate } from '../primitives/concatenate-split.ts'
import { convertElementType } from '../primitives/convert.ts'
import { iota } from '../primitives/iota.ts'
import { fillLike, reshape } from '../primitives/movement.ts'
import { sliceInDim } from '../primitives/slicing.ts'
import { threefry2x32 } from '../primitives/threefry.ts'
import { leafArray } from '../trace/flat.ts'
import { checkShape, isLoose } from './arguments.ts'
import { checkKey, consuming, forgive } from './key-reuse.ts'

const fromWords = (high: number, low: number): NdArray =>
  fromHost(makeAval([2], 'uint32'), Uint32Array.of(high, low))

const badSeed = (got: string): ValueError =>
  new ValueError('key', {
    problem: 'the seed is no integer of 64 bits',
    got,
    expected: 'an integer: a number, a bigint, or a scalar array of an integer type',
    hint: "random.foldIn(random.key(0), 'name') makes a key from a string"
  })

/** An integer without a type keeps its low 32 bits; through float32 it is exact to 2^24. */
const lowWord = (x: NdArray): NdArray =>
  convertElementType(isInteger(x.dtype) ? x : convertElementType(x, 'int32'), 'uint32')

/**
 * A key from a seed. Seeds of up to 32 bits are the low word, below a high word of zero, negative
 * ones included; longer ones fill both words (JAX does so with 64-bit types enabled).
 *
 * Shape:  -> [2], uint32.
 * Errors: ValueError when the seed is no integer.
 *
 * @example
 * random.key(42) // => [ 0 42]
 *
 * @category keys
 * @since 0.1.0
 */
export const key = (seed: number | bigint | NdArray): NdArray => {
  if (typeof seed === 'bigint') {
    const bits = BigInt.asUintN(64, seed)
    const isShort = seed >= -(2n ** 31n) && seed < 2n ** 32n
    return fromWords(isShort ? 0 : Number(bits >> 32n), Number(bits & 0xffffffffn))
  }
  if (typeof seed === 'number') {
    if (!Number.isSafeInteger(seed)) throw badSeed(String(seed))
    return key(BigInt(seed))
  }
  if (!isArray(seed) || seed.ndim !== 0 || !(isInteger(seed.dtype) || isLoose(seed)))
    throw badSeed(isArray(seed) ? `${seed.dtype} of shape ${show(seed.shape)}` : String(seed))
  const low = reshape(lowWord(seed), [1])
  return concatenate([fillLike(scalar(0, 'uint32'), [1]), low], 0)
}

/**
 * As {@link key}, under JAX's older name.
 *
 * @example
 * random.PRNGKey(0) // => [0 0]
 *
 * @category keys
 * @since 0.1.0
 */
export const PRNGKey = key

/** The words of a key. Here keys are their words. Shape: kept. */
export const keyData = (keys: NdArray): NdArray => keys

/**
 * Keys from words. Shape: [..., 2], uint32, kept.
 *
 * @category keys
 * @since 0.1.0
 */
export const wrapKeyData = (given: NdArray): NdArray => {
  const words = leafArray(given)
  if (words.dtype === 'uint32' && words.shape.at(-1) === 2) return words
  throw new ShapeError('wrapKeyData', {
    problem: 'these are no words of keys',
    got: `${words.dtype} of shape ${show(words.shape)}`,
    expected: 'uint32 of shape [..., 2]',
    hint: 'keyData gives what wrapKeyData takes'
  })
}

/** The generator that keys are for. */
export const keyImpl = (_keys?: NdArray): string => 'threefry2x32'

/** The element type of keys. */
export const keyDtype = (): DType => 'uint32'

/**
 * The same key, for a second use that is meant: under `config({ checkKeyReuse: true })` it may be
 * consumed once more. Shape: kept.
 *
 * @category keys
 * @since 0.1.0
 */
export const clone = (keys: NdArray): NdArray => {
  forgive(keys)
  return keys
}

/** Two words per counter, hashed under one key. The high words of counters are zero. */
export const hash = (
  of: NdArray,
  counters: NdArray
): readonly [first: NdArray, second: NdArray] => {
  const word = (at: number): NdArray =>
    fillLike(reshape(sliceInDim(of, at, at + 1, 0), []), counters.shape)
  return threefry2x32(word(0), word(1), fillLike(scalar(0, 'uint32'), counters.shape), counters)
}

/**
 * The flat position of each element: the counters of a sample. No array has 2^32 elements, so the
 * high words are zero, and a sample of n numbers begins with the samples of fewer.
 */
export const countersOf = (shape: Shape): NdArray => reshape(iota('uint32', [sizeOf(shape)]), shape)

const pairs = ([first, second]: readonly [NdArray, NdArray]): NdArray => {
  const column = (x: NdArray): NdArray => reshape(x, [...x.shape, 1])
  return concatenate([column(first), column(second)], first.ndim)
}

/**
 * New keys from one, which must not be used again. More keys begin with the keys that fewer are.
 *
 * Shape:  [2] -> [num, 2], or [...shape, 2].
 * Source: JAX's partitionable mode: key i is the hash of the counter i.
 *
 * @example
 * random.split(random.key(0)) // =>
 * // [[1797259609 2579123966]
 * //  [ 928981903 3453687069]]
 *
 * @category keys
 * @since 0.1.0
 */
export const split = (of: NdArray, num: number | Shape = 2): NdArray =>
  consuming('split', of, () => {
    const shape = checkShape('split', typeof num === 'number' ? [num] : num)
    return pairs(hash(of, countersOf(shape)))
  })

/** The rows of `split(of, num)` as a list. */
export const subkeys = (of: NdArray, num = 2): readonly NdArray[] => {
  const keys = split(of, num)
  return Array.from({ length: num }, (_, i) => reshape(sliceInDim(keys, i, i + 1, 0), [2]))
}

const folded = (data: ArrayLike | string): NdArray => {
  if (typeof data === 'string') return scalar(crc32(data), 'uint32')
  if (typeof data === 'number') {
    if (!Number.isInteger(data) || data < -(2 ** 31) || data >= 2 ** 32)
      throw new ValueError('foldIn', {
        problem: 'the number to fold in is no integer of 32 bits',
        got: String(data),
        expected: 'an integer from −2^31 to 2^32 − 1, or a string',
        hint: 'fold longer numbers in two steps'
      })
    return scalar(data >>> 0, 'uint32')
  }
  const x = leafArray(data)
  if (!isInteger(x.dtype) && !(isTracer(x) && isLoose(x)))
    throw new DTypeError('foldIn', {
      problem: 'what is folded in is no integer',
      got: x.dtype,
      expected: 'an integer, an array of integers, or a string',
      hint: "convert with astype('uint32')"
    })
  return lowWord(x)
}

/**
 * A new key from a key and a number or a name: a stream of its own for every step or parameter. The
 * key itself is not consumed. A string folds the CRC-32 of its UTF-8 bytes.
 *
 * Shape:  [2] and data [...] -> [..., 2].
 * Errors: DTypeError, ValueError when the data are no integers of 32 bits.
 *
 * @example
 * random.foldIn(random.key(0), 123) // => [2247515013 2545468385]
 *
 * @category keys
 * @since 0.1.0
 */
export const foldIn = (of: NdArray, data: ArrayLike | string): NdArray => {
  checkKey('foldIn', of)
  return pairs(hash(of, folded(data)))
}
