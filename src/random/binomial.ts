/** Binomial and multinomial samples: waiting times for small means, rejection for large ones. */
import { leafArray } from '../trace/flat.ts'
import { fromHost, makeAval, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { scan, whileLoop } from '../control/loops.ts'
import { abs } from '../primitives/arithmetic.ts'
import { and, not, or } from '../primitives/bitwise.ts'
import { clamp } from '../primitives/clamp.ts'
import { convertElementType } from '../primitives/convert.ts'
import { cumsum } from '../primitives/cumulative.ts'
import { constant } from '../primitives/elementwise.ts'
import { log, log1p } from '../primitives/elementary.ts'
import { broadcastTo, fillLike, moveAxis } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { sqrt } from '../primitives/roots.ts'
import { ceil, floor } from '../primitives/rounding.ts'
import {
  checkShape,
  floatOption,
  floatType,
  parameter,
  sampleShape,
  shapeOf,
  typed,
  type SamplerOptions,
  type SampleShape
} from './arguments.ts'
import { add, div, eq, ge, gt, le, lt, mul, ne, sub, where } from './arithmetic.ts'
import { compiledPerType } from './compiled.ts'
import { consuming } from './key-reuse.ts'
import { split, subkeys } from './keys.ts'
import { take } from './movement.ts'
import { any } from './poisson.ts'
import { uniformIn } from './uniform.ts'

/** Successes are counted by the waiting times between them, until these exceed the trials. */
const byWaiting = (key: NdArray, count: NdArray, p: NdArray): NdArray => {
  const failure = log1p(neg(p))
  const [successes] = whileLoop(
    ([, trials]) => any(le(trials, count)),
    ([successes, trials, k]) => {
      const [own, next] = subkeys(k)
      const wait = ceil(div(log(uniformIn(own, p.shape, p.dtype)), failure))
      return [
        where(le(trials, count), add(successes, 1), successes),
        add(trials, wait),
        next
      ] as const
    },
    [constant(p, 0), constant(p, 0), key] as const
  )
  return sub(successes, 1)
}

/** log k! − (its approximation by Stirling) for k from 0 to 9; Hörmann 1993, table 1. */
const tails = Float64Array.of(
  0.0810614667953272,
  0.0413406959554092,
  0.0276779256849983,
  0.02079067210376509,
  0.0166446911898211,
  0.0138761288230707,
  0.0118967099458917,
  0.010411265261972,
  0.00925546218271273,
  0.00833056343336287
)

/** The tail beyond 9 is that at 9, as in JAX, whose samples these are. */
const stirlingTail = (k: NdArray): NdArray => {
  const table = convertElementType(fromHost(makeAval([tails.length], 'float64'), tails), k.dtype)
  const from = (limit: number): NdArray => scalar(limit, k.dtype)
  const kept = clamp(from(0), k, from(9))
  const square = mul(add(kept, 1), add(kept, 1))
  const inner = div(sub(1 / 360, div(1 / 1260, square)), square)
  const series = div(sub(1 / 12, inner), add(kept, 1))
  return where(le(k, 9), take(table, convertElementType(floor(kept), 'int32'), 0), series)
}

/**
 * Transformed rejection with a squeeze ("BTRS").
 *
 * Source: Hörmann 1993, "The generation of binomial random variates".
 */
const byRejection = (key: NdArray, n: NdArray, p: NdArray): NdArray => {
  const { shape, dtype } = p
  const deviation = sqrt(mul(mul(n, p), sub(1, p)))
  const b = add(mul(deviation, 2.53), 1.15)
  const a = add(add(mul(b, 0.0248), -0.0873), mul(p, 0.01))
  const center = add(mul(n, p), 0.5)
  const squeeze = sub(0.92, div(4.2, b))
  const odds = div(p, sub(1, p))
  const alpha = mul(add(div(5.1, b), 2.83), deviation)
  const mode = floor(mul(add(n, 1), p))
  const misses = add(sub(n, mode), 1)

  const [samples] = whileLoop(
    ([, accepted]) => any(not(accepted)),
    ([kept, accepted, k0]) => {
      const [next, forU, forV] = subkeys(k0, 3)
      const v = uniformIn(forV, shape, dtype)
      const u = sub(uniformIn(forU, shape, dtype), 0.5)
      const us = sub(0.5, abs(u))
      const quickly = and(ge(us, 0.07), le(v, squeeze))
      const k = floor(add(mul(add(div(mul(a, 2), us), b), u), center))
      const outside = or(lt(k, 0), gt(k, n))
      const height = log(div(mul(v, alpha), add(div(a, mul(us, us)), b)))
      const left = add(sub(n, k), 1)
      // log P(k) − log P(mode), factorials by Stirling.
      const terms = [
        mul(add(mode, 0.5), log(div(add(mode, 1), mul(odds, misses)))),
        mul(add(n, 1), log(div(misses, left))),
        mul(add(k, 0.5), log(div(mul(odds, left), add(k, 1)))),
        stirlingTail(mode),
        stirlingTail(sub(n, mode)),
        neg(stirlingTail(k)),
        neg(stirlingTail(sub(n, k)))
      ]
      const bound = terms.reduce((sum, term) => add(sum, term))
      const accept = or(quickly, and(not(outside), le(height, bound)))
      return [where(accept, k, kept), or(accepted, accept), next] as const
    },
    [constant(p, -1), fillLike(scalar(false, 'bool'), shape), key] as const
  )
  return samples
}

const isNaN = (x: NdArray): NdArray => ne(x, x)

/** Counts of successes; n and p are of one shape and floating type. */
const samples = (dtype: DType, key: NdArray, n: NdArray, p: NdArray): NdArray => {
  const isRare = lt(p, 0.5)
  const q = where(isRare, p, sub(1, p))
  const noCount = or(isNaN(n), lt(n, 0))
  const noChance = or(isNaN(q), lt(q, 0))
  const isEndless = eq(abs(n), Infinity)
  const chance = where(noChance, constant(q, 0.01), q)
  const isSmall = or(noCount, le(mul(n, chance), 10))
  const trials = floor(n)
  // Each method sees arguments that it can end for, also where the other one is used.
  const counts = where(
    isSmall,
    byWaiting(key, where(isSmall, trials, 0), chance),
    byRejection(key, where(isSmall, 1e4, trials), where(isSmall, 0.5, chance))
  )
  const isInvalid = or(noChance, noCount)
  const valid = where(isInvalid, constant(counts, NaN), counts)
  const counted = where(and(isEndless, not(isInvalid)), constant(valid, Infinity), valid)
  const asIs = or(or(isRare, noCount), or(isNaN(q), isEndless))
  return convertElementType(where(asIs, counted, sub(trials, counted)), dtype)
}

const binomialOf = compiledPerType('binomial', samples)

/**
 * The number of successes in `n` trials, each with probability `p`. NaN where n or p is no number
 * of trials or no probability.
 *
 * Shape: n and p broadcast to shape, by default to the shape they have together; float32.
 *
 * @example
 * random.binomial(random.key(0), 10, 0.5, [3]).shape // => [3]
 *
 * @category samplers
 * @since 0.1.0
 */
export const binomial = (
  key: NdArray,
  n: ArrayLike,
  p: ArrayLike,
  shape?: SampleShape,
  options: SamplerOptions = {}
): NdArray =>
  consuming('binomial', key, () => {
    const dtype = floatOption('binomial', options, [n, p])
    const inner = floatType('binomial', undefined, [p])
    const out = sampleShape('binomial', shape, [shapeOf(n), shapeOf(p)])
    return binomialOf(dtype)(key, parameter(n, inner, out), parameter(p, inner, out))
  })

export interface MultinomialOptions extends SamplerOptions {
  /** Shape of the result, the axis of categories included; that of p by default. */
  readonly shape?: Shape
}

/**
 * How often each category comes up in `n` draws: one binomial sample per category, of the draws
 * that the categories before it have left.
 *
 * Shape: p [..., k] and n [...] -> [..., k]; float32 by default.
 *
 * @category samplers
 * @since 0.1.0
 */
export const multinomial = (
  key: NdArray,
  n: ArrayLike,
  chance: ArrayLike,
  options: MultinomialOptions = {}
): NdArray =>
  consuming('multinomial', key, () => {
    const p = leafArray(chance)
    checkOptions('multinomial', options, ['shape', 'dtype'])
    const dtype = floatType('multinomial', options.dtype, [n, p])
    const out = options.shape ?? p.shape
    checkShape('multinomial', out)
    const inner = floatType('multinomial', undefined, [n, p])
    const total = broadcastTo(typed(n, inner), out.slice(0, -1))
    const chances = moveAxis(broadcastTo(typed(p, inner), out), out.length - 1, 0)
    const remaining = cumsum(chances, 0, true)
    const ratios = div(chances, where(eq(remaining, 0), constant(remaining, 1), remaining))
    const [zero, one] = [scalar(0, inner), scalar(1, inner)]
    const [, counts] = scan(
      (left: NdArray, [ratio, own]: readonly [NdArray, NdArray]) => {
        const count = binomialOf(inner)(own, left, clamp(zero, ratio, one))
        return [sub(left, count), count] as const
      },
      total,
      [ratios, split(key, chances.shape[0])] as const
    )
    return convertElementType(moveAxis(counts, 0, out.length - 1), dtype)
  })
