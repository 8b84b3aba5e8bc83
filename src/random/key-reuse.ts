/**
 * Finds keys that are used twice. Two samples from one key are the same randomness: the mistake
 * gives wrong statistics and no error. `config({ checkKeyReuse: true })` makes it one.
 *
 * A key is consumed by a sampler or a split that a program calls outside of transformations; inside
 * of them a key is a variable, and what it will hold is not known. `foldIn` consumes nothing: many
 * streams are folded from one key. `clone` says that the second use is meant.
 */
import { hostOf, isArray, isTracer, type NdArray } from '../core/array.ts'
import { settings } from '../core/config.ts'
import { DTypeError, ShapeError, ValueError } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { currentTrace, evalTrace } from '../trace/tracer.ts'

/** Consumed keys by their two words. The oldest are forgotten: the check must not eat memory. */
const consumed = new Map<string, string>()
const maximumKept = 100_000

/** Samplers are made of samplers; what they do with their own keys is their affair. */
let inside = false

/** Errors: DTypeError or ShapeError unless `key` is one key. */
export const checkKey = (operation: string, key: NdArray): void => {
  if (!isArray(key) || key.dtype !== 'uint32')
    throw new DTypeError(operation, {
      problem: 'the first argument is no key',
      got: isArray(key) ? `an array of type ${key.dtype}` : String(key),
      expected: 'a key: two words of type uint32',
      hint: 'random.key(0) makes a key from a seed; random.split and random.foldIn make more'
    })
  if (key.ndim !== 1 || key.shape[0] !== 2)
    throw new ShapeError(operation, {
      problem: 'the first argument is not one key',
      got: `shape ${show(key.shape)}`,
      expected: 'shape [2]',
      hint: 'several keys are an axis to map over: vmap((key) => …)(keys)'
    })
}

const wordsOf = (key: NdArray): string => hostOf(key, 'checkKeyReuse').join()

const consume = (operation: string, key: NdArray): void => {
  if (isTracer(key) || currentTrace() !== evalTrace) return
  const words = wordsOf(key)
  const before = consumed.get(words)
  if (before !== undefined)
    throw new ValueError(operation, {
      problem: 'the key has been used before',
      got: `key [${words.replace(',', ', ')}], which ${before} consumed`,
      expected: 'a fresh key for every sampler and every split',
      hint: 'split the key first and use each part once; random.clone(key) where the same values are wanted again'
    })
  consumed.set(words, operation)
  if (consumed.size > maximumKept) consumed.delete(consumed.keys().next().value as string)
}

/** Forgets that the key was used. */
export const forgive = (key: NdArray): void => {
  if (settings().checkKeyReuse && !isTracer(key)) consumed.delete(wordsOf(key))
}

/** Runs a sampler's body with its key checked. */
export const consuming = (operation: string, key: NdArray, body: () => NdArray): NdArray => {
  checkKey(operation, key)
  if (inside) return body()
  if (settings().checkKeyReuse) consume(operation, key)
  else if (consumed.size > 0) consumed.clear()
  inside = true
  try {
    return body()
  } finally {
    inside = false
  }
}
