import { describe, expect, test } from 'vitest'
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import { avalOf, fromHost, hostOf, type NdArray } from '../../src/core/array.ts'
import { DTypeError, ShapeError } from '../../src/core/errors.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import { threefry2x32, threefry2x32P } from '../../src/primitives/threefry.ts'
import { expectArray } from '../equality.ts'
import { arbitrary, checkBatch, make } from './checks.ts'

const words = (...values: readonly number[]) => make([values.length], values, 'uint32')

/** The three lines "threefry2x32 20" of kat_vectors of Random123 1.09, one per element. */
const known = {
  k0: words(0, 0xffffffff, 0x13198a2e),
  k1: words(0, 0xffffffff, 0x03707344),
  x0: words(0, 0xffffffff, 0x243f6a88),
  x1: words(0, 0xffffffff, 0x85a308d3),
  first: words(0x6b200159, 0x1cb996fc, 0xc4923a9c),
  second: words(0x99ba4efe, 0xbb002be7, 0x483df7a0)
}

/** Words spread over all 32 bits (the steps of a Weyl sequence). */
const arbitraryWords = (size: number, seed: number): NdArray =>
  words(...Array.from({ length: size }, (_, i) => Math.imul(i + 17 * seed, 0x9e3779b9) >>> 0))

const cpu = createCpuBackend()

describe('threefry2x32', () => {
  test('meets the known answers elementwise', () => {
    const { k0, k1, x0, x1 } = known
    const [first, second] = threefry2x32(k0, k1, x0, x1)
    expectArray(first, known.first)
    expectArray(second, known.second)
  })

  test('has a kernel that gives the same words', () => {
    for (const size of [1, 3, 4, 9, 1000]) {
      const xs = [1, 2, 3, 4].map((seed) => arbitraryWords(size, seed))
      const builder = createProgramBuilder()
      const { shape, dtype } = xs[0]
      const type = { shape, dtype }
      const inputs = xs.map(() => builder.input(type))
      const outs = threefry2x32P.lower?.(inputs, {}, [type, type], builder.context) ?? []
      const program = builder.finish(outs)
      expect(program.kernels).toHaveLength(1) // both words come out of one loop
      const found = cpu.compile(program).run(xs.map((x) => hostOf(x)))
      const [first, second] = threefry2x32(xs[0], xs[1], xs[2], xs[3])
      expectArray(fromHost(avalOf(first), found[0]), first)
      expectArray(fromHost(avalOf(second), found[1]), second)
    }
  })

  test('under vmap is a loop', () => {
    const x = arbitrary([2], 1, 'uint32')
    checkBatch((k, y) => threefry2x32(k, k, y, y), [x, x])
  })

  test('refuses other types and shapes', () => {
    const x = words(1, 2)
    const signed = make([2], [1, 2], 'int32')
    expect(() => threefry2x32(signed, signed, signed, signed)).toThrow(DTypeError)
    expect(() => threefry2x32(x, x, x, words(1))).toThrow(ShapeError)
  })
})
