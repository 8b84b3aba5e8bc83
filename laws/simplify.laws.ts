/**
 * A simplified program is the program: every bit of every result, NaN, infinities, signed zeros and
 * subnormal numbers included.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avalOf, hostOf, type NdArray } from '../src/core/array.ts'
import type { DType } from '../src/core/dtype.ts'
import { simplify } from '../src/compile/simplify.ts'
import { evaluateByReference } from '../src/compile/reference.ts'
import '../src/install.ts'
import { array } from '../src/numpy/array.ts'
import { div, integerPow, max, min } from '../src/primitives/arithmetic.ts'
import { and, not, or } from '../src/primitives/bitwise.ts'
import { gt, selectN } from '../src/primitives/compare.ts'
import { convertElementType } from '../src/primitives/convert.ts'
import { add, constant, mul } from '../src/primitives/elementwise.ts'
import { concatenate } from '../src/primitives/concatenate-split.ts'
import { broadcastInDim, reshape, sum, transpose } from '../src/primitives/movement.ts'
import { neg, sub } from '../src/primitives/negation.ts'
import { slice } from '../src/primitives/slicing.ts'
import { evaluate, countEquations, type Jaxpr } from '../src/trace/jaxpr.ts'
import { traceToJaxpr } from '../src/trace/make-jaxpr.ts'

const values = [0, -0, 1, -1, 0.1, 1e-45, -1e-40, 3.4e38, 16777217, NaN, Infinity, -Infinity]

const special = (dtype: DType, n: number, seed: number): NdArray =>
  array(
    Array.from({ length: n }, (_, i) => values[(i * 5 + seed) % values.length]),
    { dtype }
  )

/** The results by the reference rules, which know nothing of kernels. */
const results = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly (readonly number[])[] =>
  evaluate((p, xs, params) => evaluateByReference(p, xs, params), jaxpr, args).map((x) => [
    ...hostOf(x)
  ])

const programOf = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  args: readonly NdArray[]
): Jaxpr => traceToJaxpr(f, args.map(avalOf), 'law', true).jaxpr

type Unary = (x: NdArray) => NdArray

/** Shape [3, 4] to itself, each by an operation that algebra may take away. */
const steps: Readonly<Record<string, Unary>> = {
  'x · 1': (x) => mul(x, constant(x, 1)),
  '1 · x': (x) => mul(constant(x, 1), x),
  'x · 0': (x) => mul(x, constant(x, 0)),
  'x / 1': (x) => div(x, constant(x, 1)),
  'x + 0': (x) => add(x, constant(x, 0)),
  'x + (−0)': (x) => add(x, constant(x, -0)),
  '(−0) + x': (x) => add(constant(x, -0), x),
  'x − 0': (x) => sub(x, constant(x, 0)),
  'x − (−0)': (x) => sub(x, constant(x, -0)),
  '0 − x': (x) => sub(constant(x, 0), x),
  '−x': neg,
  '−−x': (x) => neg(neg(x)),
  'max(x, x)': (x) => max(x, x),
  'min(x, x)': (x) => min(x, x),
  'max(x, 0)': (x) => max(x, constant(x, 0)),
  'x¹': (x) => integerPow(x, 1),
  xᵀᵀ: (x) => transpose(transpose(x, [1, 0]), [1, 0]),
  'reshapes that come back': (x) => reshape(reshape(x, [12]), [3, 4]),
  'flipped and reshaped': (x) => reshape(transpose(x, [1, 0]), [3, 4]),
  'the sum over no axes': (x) => sum(x, []),
  'a slice of everything': (x) => slice(x, [0, 0], [3, 4], [1, 1]),
  'one array concatenated': (x) => concatenate([x], 0),
  'a choice of equals': (x) => selectN(gt(x, constant(x, 0)), x, x),
  'a choice by a constant': (x) => selectN(gt(constant(x, 1), constant(x, 0)), neg(x), x),
  'to float64 and back': (x) => convertElementType(convertElementType(x, 'float64'), x.dtype),
  'to float16 and back': (x) => convertElementType(convertElementType(x, 'float16'), x.dtype),
  'to int32 and back': (x) => convertElementType(convertElementType(x, 'int32'), x.dtype),
  'a row spread twice': (x) => {
    const row = reshape(slice(x, [1, 0], [2, 4], [1, 1]), [4])
    const spread = broadcastInDim(broadcastInDim(row, [1, 4], [1]), [3, 4], [0, 1])
    return add(x, mul(neg(spread), add(spread, constant(spread, 1))))
  },
  'not not': (x) => {
    const positive = gt(x, constant(x, 0))
    return convertElementType(not(not(and(positive, or(positive, positive)))), x.dtype)
  }
}

const names = Object.keys(steps)
const types: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16', 'int32', 'uint8']

const isSame = (f: Unary, x: NdArray): number => {
  const program = programOf((y) => [f(y)], [x])
  const simple = simplify(program)
  expect(results(simple, [x])).toEqual(results(program, [x])) // toEqual tells −0 from 0
  return countEquations(program) - countEquations(simple)
}

const argument = (dtype: DType, seed: number): NdArray => {
  const whole = array(
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 250, 100, 11]
    ],
    { dtype }
  )
  const isWhole = dtype === 'int32' || dtype === 'uint8'
  return isWhole ? whole : reshape(special(dtype, 12, seed), [3, 4])
}

describe('simplified = original', () => {
  test.each(names)('%s', (name) => {
    for (const dtype of types) for (const seed of [0, 3]) isSame(steps[name], argument(dtype, seed))
  })

  test('one after the other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...types),
        fc.nat(11),
        (chain, dtype, seed) => {
          isSame((x) => chain.reduce((y, name) => steps[name](y), x), argument(dtype, seed))
        }
      ),
      { numRuns: 60 }
    )
  })
})
