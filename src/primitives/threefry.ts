/** The counter-based random function behind every key, as an operation on whole arrays. */
import type { NdArray } from '../core/array.ts'
import { DTypeError } from '../core/errors.ts'
import { threefry2x32 as hash } from '../core/scalar/threefry.ts'
import { makeAval } from '../trace/aval.ts'
import type { Expr } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { definePrimitive } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { checkSame, noParams, type NoParams } from './elementwise.ts'
import { lowered } from './lower.ts'
import { batchLeading, noTangents } from './several-results.ts'

const word = (value: number): Expr => kernel.constant('uint32', value)
const add = (x: Expr, y: Expr): Expr => kernel.binary('add', x, y)
const xor = (x: Expr, y: Expr): Expr => kernel.binary('xor', x, y)

/** The halves have no bit in common: a sum joins them as well as an or, and every machine has it. */
const rotateLeft = (x: Expr, n: number): Expr =>
  add(kernel.binary('shiftLeft', x, word(n)), kernel.binary('shiftRightLogical', x, word(32 - n)))

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24]
] as const

/**
 * Threefry-2x32 with 20 rounds: five groups of four rounds, each followed by key words.
 *
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
const expressions = (k0: Expr, k1: Expr, x0: Expr, x1: Expr): readonly [Expr, Expr] => {
  const keys = [k0, k1, xor(xor(k0, k1), word(0x1bd11bda))]
  return Array.from({ length: 5 }, (_, group) => group).reduce<readonly [Expr, Expr]>(
    (pair, group) => {
      const [a, b] = rotations[group % 2].reduce<readonly [Expr, Expr]>(([x, y], n) => {
        const sum = add(x, y)
        return [sum, xor(rotateLeft(y, n), sum)]
      }, pair)
      return [add(a, keys[(group + 1) % 3]), add(add(b, keys[(group + 2) % 3]), word(group + 1))]
    },
    [add(x0, k0), add(x1, k1)]
  )
}

/** Two random words from two words of a key and two of a counter, elementwise. */
export const threefry2x32P = definePrimitive<NoParams>({
  name: 'threefry2x32',

  abstractEval: (avals) => {
    checkSame('threefry2x32', avals)
    const [{ shape, dtype }] = avals
    if (dtype !== 'uint32')
      throw new DTypeError('threefry2x32', {
        problem: 'keys and counters are words of 32 bits',
        got: dtype,
        expected: 'uint32',
        hint: "convert with astype('uint32')"
      })
    return [makeAval(shape, dtype), makeAval(shape, dtype)]
  },

  reference: ([k0, k1, x0, x1]) => {
    const size = k0.data.length
    const [first, second] = [new Uint32Array(size), new Uint32Array(size)]
    const pair = new Uint32Array(2)
    for (let i = 0; i < size; i++) {
      hash(k0.data[i], k1.data[i], x0.data[i], x1.data[i], pair)
      first[i] = pair[0]
      second[i] = pair[1]
    }
    return [first, second]
  },

  lower: ([k0, k1, x0, x1], _params, [{ shape, dtype }]) =>
    expressions(k0.parts[0], k1.parts[0], x0.parts[0], x1.parts[0]).map((e) =>
      lowered(shape, dtype, [e])
    ),

  // Integers have no derivative.
  jvp: ([k0, k1, x0, x1]) => {
    const outs = threefry2x32(k0, k1, x0, x1)
    return [outs, noTangents(outs)]
  },

  batch: batchLeading(([k0, k1, x0, x1]) => threefry2x32(k0, k1, x0, x1))
})

/** Shape: four uint32 arrays of one shape -> two of it. */
export const threefry2x32 = (
  k0: NdArray,
  k1: NdArray,
  x0: NdArray,
  x1: NdArray
): readonly [NdArray, NdArray] => {
  const [first, second] = bind(threefry2x32P, [k0, k1, x0, x1], noParams)
  return [first, second]
}
