/** Greatest common divisors and least common multiples. */
import type { NdArray } from '../core/array.ts'
import { isInteger, kindOf } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { iota as axesOf } from '../core/shape.ts'
import { whileLoop } from '../control/loops.ts'
import { abs, div, rem } from '../primitives/arithmetic.ts'
import { eq, ne } from '../primitives/compare.ts'
import { constant, mul } from '../primitives/elementwise.ts'
import { reduceOr } from '../primitives/reduction.ts'
import { binary } from './lift.ts'
import { selectOf } from './selection.ts'

const requireIntegers = (name: string, x: NdArray): void => {
  if (isInteger(x.dtype)) return
  throw new DTypeError(`np.${name}`, {
    problem: 'only integers have divisors',
    got: x.dtype,
    expected: 'an integer type',
    hint: "convert with astype('int32')"
  })
}

const magnitude = (x: NdArray): NdArray => (kindOf(x.dtype) === 'unsigned' ? x : abs(x))

/** Euclid's algorithm on all elements at once, until every remainder is 0. */
const divisor = (x: NdArray, y: NdArray): NdArray => {
  const [result] = whileLoop(
    ([, b]: readonly [NdArray, NdArray]) => reduceOr(ne(b, constant(b, 0)), axesOf(b.ndim)),
    ([a, b]: readonly [NdArray, NdArray]): readonly [NdArray, NdArray] => {
      const zero = constant(b, 0)
      const done = eq(b, zero)
      const r = rem(a, selectOf(done, constant(b, 1), b))
      return [selectOf(done, a, b), selectOf(done, b, r)]
    },
    [magnitude(x), magnitude(y)] as readonly [NdArray, NdArray]
  )
  return result
}

/** Greatest common divisor of |x| and |y|; gcd(0, 0) is 0. */
export const gcd = binary('gcd', (x, y) => {
  requireIntegers('gcd', x)
  return divisor(x, y)
})

/** Least common multiple of |x| and |y|; 0 beside 0. */
export const lcm = binary('lcm', (x, y) => {
  requireIntegers('lcm', x)
  const [a, b] = [magnitude(x), magnitude(y)]
  const d = divisor(a, b)
  const zero = constant(d, 0)
  const none = eq(d, zero)
  return selectOf(none, zero, mul(a, div(b, selectOf(none, constant(d, 1), d))))
})
