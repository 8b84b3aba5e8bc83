import fc from 'fast-check'
import { describe, test } from 'vitest'
import { bits, exponential, normal, split, uniform } from '../src/random/index.ts'
import {
  hasDistribution,
  splitKeysDiffer,
  streamHasNoLength,
  streamIgnoresShape
} from './random.ts'
import type { Sampler } from './random.ts'
import { ndtr } from '../src/core/scalar/error-function.ts'

const clamped = (x: number): number => Math.min(1, Math.max(0, x))

const samplers: readonly (readonly [name: string, Sampler])[] = [
  ['bits', (key, shape) => bits(key, shape)],
  ['uniform', (key, shape) => uniform(key, shape)],
  ['normal', (key, shape) => normal(key, shape)]
]

describe('samples', () => {
  test('of uniform are uniform on [0, 1)', () => {
    fc.assert(
      hasDistribution((key, shape) => uniform(key, shape), clamped),
      { numRuns: 20 }
    )
  })

  test('of bits are uniform words', () => {
    const word = (x: number): number => clamped((x + 1) / 2 ** 32)
    fc.assert(
      hasDistribution((key, shape) => bits(key, shape), word),
      { numRuns: 20 }
    )
  })

  test('of normal have the normal distribution', () => {
    const cdf = (x: number): number => ndtr(x)
    fc.assert(
      hasDistribution((key, shape) => normal(key, shape), cdf),
      { numRuns: 10 }
    )
  })

  test('of exponential have the exponential distribution', () => {
    const cdf = (x: number): number => -Math.expm1(-x)
    fc.assert(
      hasDistribution((key, shape) => exponential(key, shape), cdf),
      { numRuns: 10 }
    )
  })

  test.each(samplers)('of %s do not depend on the shape', (_name, sample) => {
    fc.assert(streamIgnoresShape(sample))
    fc.assert(streamHasNoLength(sample))
  })
})

describe('split', () => {
  test('gives keys that differ', () => fc.assert(splitKeysDiffer(split), { numRuns: 20 }))

  test('gives the same first keys however many are asked', () => {
    fc.assert(streamHasNoLength((key, [n]) => split(key, n)))
  })
})
