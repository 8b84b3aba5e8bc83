import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { NdArray } from '../src/core/array.ts'
import { isComplex } from '../src/core/dtype.ts'
import { npy, npz, safetensors } from '../src/io/index.ts'
import * as arbitrary from './arbitraries.ts'
import * as codec from './codec.ts'
import { exact } from './comparison.ts'

type Named = Readonly<Record<string, NdArray>>

const array = (accepts: (x: string) => boolean): fc.Arbitrary<NdArray> =>
  fc
    .tuple(arbitrary.shape(), arbitrary.dtype.filter(accepts))
    .chain(([shape, dtype]) => arbitrary.array(shape, dtype, { huge: true }))

const named = (accepts: (x: string) => boolean): fc.Arbitrary<Named> =>
  fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), array(accepts), { maxKeys: 4 })

const difference = (actual: Named, expected: Named): string | null => {
  const [a, b] = [Object.keys(actual).sort(), Object.keys(expected).sort()]
  if (a.join() !== b.join()) return `names ${a.join()} instead of ${b.join()}`
  return a.map((k) => exact(actual[k], expected[k])).find((d) => d !== null) ?? null
}

/** NumPy has no bfloat16. */
const ofNumPy = (d: string): boolean => d !== 'bfloat16'
/** safetensors has complex64 and no complex128. */
const ofSafetensors = (d: string): boolean => !isComplex(d as 'complex64')

describe('what is written is read back', () => {
  test('from .npy', () => {
    const files = { ...npy, values: array(ofNumPy), difference: exact }
    fc.assert(codec.roundTrip(files))
    fc.assert(codec.canonical(files))
  })

  test('from .npz', async () => {
    await fc.assert(codec.asyncRoundTrip({ ...npz, values: named(ofNumPy), difference }), {
      numRuns: 30
    })
  })

  test('from .safetensors', () => {
    const files = { ...safetensors, values: named(ofSafetensors), difference }
    fc.assert(codec.roundTrip(files))
    fc.assert(codec.canonical(files))
  })
})
