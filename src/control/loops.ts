/** Loops as users write them, over trees: scan, whileLoop, foriLoop, map. */
import {
  avalOf,
  hostOf,
  isArray,
  isTracer,
  scalar,
  type ArrayLike,
  type NdArray
} from '../core/array.ts'
import { DTypeError, ShapeError, ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { add } from '../primitives/elementwise.ts'
import { lt } from '../primitives/compare.ts'
import { convertElementType } from '../primitives/convert.ts'
import { isInteger } from '../core/dtype.ts'
import { makeAval, strong } from '../trace/aval.ts'
import { arraysOf, leafArray } from '../trace/flat.ts'
import { outputAvals } from '../trace/jaxpr.ts'
import { bind } from '../trace/tracer.ts'
import { checkCarry, traceBody, type AnyFunction } from './closed.ts'
import { cond } from './cond.ts'
import { scanP } from './scan.ts'
import { repeatWhile, settleCarry } from './repeat-while.ts'
import { checkpoint } from './checkpoint.ts'

export interface ScanOptions {
  /** Number of steps, needed when nothing is scanned over. */
  readonly length?: number
  /** From the last slice to the first. Results are stacked in the order of the slices. */
  readonly reverse?: boolean
  /** Recompute each step in the backward pass instead of keeping its intermediate values. */
  readonly checkpoint?: boolean
}

/**
 * Runs `f(carry, x) → [carry, y]` over the leading axis of every leaf of `xs`, and returns the last
 * carry with the stacked y.
 *
 * Shape:  xs leaves [length, …], y leaves […] -> [length, …]; the carry keeps its shapes and types.
 * Errors: StructureError with a tree diff when the carry changes; ShapeError for unequal lengths.
 *
 * @example
 * const [total, sums] = lax.scan((c, x) => [c.add(x), c.add(x)], np.array(0), np.array([1, 2, 3]))
 * sums // => [1. 3. 6.]
 */
export const scan = <C, X, Y>(
  f: (carry: C, x: X) => readonly [carry: C, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {}
): readonly [carry: C, ys: Y] => {
  checkOptions('scan', options, ['length', 'reverse', 'checkpoint'])
  return scanAs('scan', f, init, xs, options)
}

/**
 * A scan that messages call `operation`. The first `counters` entries of its carry are not the
 * user's, and with them the carry is a list of those and the user's.
 */
const scanAs = <C, X, Y>(
  operation: string,
  f: (carry: C, x: X) => readonly [carry: C, y: Y],
  init: C,
  xs: X,
  options: ScanOptions,
  counters = 0
): readonly [carry: C, ys: Y] => {
  checkFunction(operation, f)
  const [initArrays, carryStructure] = arraysOf(init, 'scan')
  const [xArrays] = arraysOf(xs === null ? [] : xs, 'scan')
  const length = scanLength(options.length, xArrays)
  const [, argStructure] = arraysOf([init, xs === null ? [] : xs], 'scan')
  const step = options.checkpoint === true ? checkpoint(f as AnyFunction) : f
  const slices = xArrays.map((x) => makeAval(x.shape.slice(1), x.dtype, avalOf(x).weak))
  const settled = settleCarry(
    initArrays,
    (carry) =>
      traceBody(operation, step, [...carry.map((x) => strong(avalOf(x))), ...slices], argStructure),
    initArrays.length
  )
  const { body } = settled
  const s = body.structure
  if (s._tag !== 'tuple' || s.children.length !== 2)
    throw new ValueError('scan', {
      problem: 'the body does not return a pair',
      got: s.key,
      expected: '[carry, y]',
      hint: 'return [carry, {}] when there is nothing to stack'
    })
  const [nextStructure, yStructure] = s.children
  const outs = outputAvals(body.jaxpr)
  checkCarry(
    operation,
    carryStructure,
    settled.init.map(avalOf),
    nextStructure,
    outs.slice(0, nextStructure.leafCount),
    counters
  )
  const results = bind(scanP, [...body.consts, ...settled.init, ...xArrays], {
    jaxpr: body.jaxpr,
    length,
    reverse: options.reverse ?? false,
    constCount: body.consts.length,
    carryCount: settled.init.length
  })
  return [
    unflatten(carryStructure, results.slice(0, settled.init.length)) as C,
    unflatten(yStructure, results.slice(settled.init.length)) as Y
  ]
}

const scanLength = (given: number | undefined, xs: readonly NdArray[]): number => {
  const lengths = xs.map((x) => x.shape[0])
  const length = given ?? lengths[0]
  if (length === undefined || !Number.isInteger(length) || length < 0)
    throw new ValueError('scan', {
      problem: 'the number of steps is not known',
      got: given === undefined ? 'nothing to scan over, or scalars' : String(given),
      expected: 'arrays with a leading axis, or { length }',
      hint: 'pass null for xs and { length: n } to repeat a step'
    })
  if (lengths.some((n) => n !== length))
    throw new ShapeError('scan', {
      problem: 'the scanned arrays have different lengths',
      got: lengths.join(', '),
      expected: `${length} on the leading axis of each`,
      hint: 'close over arrays that every step shares'
    })
  return length
}

export interface WhileOptions {
  /** The most trips the loop can take. With it the loop has reverse mode, and stops there. */
  readonly maxTrips?: number
}

/**
 * Repeats `body` while `condition` holds.
 *
 * Forward mode works as it is; reverse mode needs `{ maxTrips }`, which keeps the carry of every
 * trip. Errors: StructureError when the carry changes structure or types.
 *
 * @example
 * lax.whileLoop((x) => x.less(100), (x) => x.mul(2), np.array(3)).item() // => 192
 */
export const whileLoop = <C>(
  condition: (carry: C) => ArrayLike,
  body: (carry: C) => C,
  init: C,
  options: WhileOptions = {}
): C => {
  checkOptions('whileLoop', options, ['maxTrips'])
  for (const f of [condition, body]) checkFunction('whileLoop', f)
  if (options.maxTrips !== undefined) return boundedWhile(condition, body, init, options.maxTrips)
  return repeatWhile(condition, body, init)
}

const boundedWhile = <C>(
  condition: (carry: C) => ArrayLike,
  body: (carry: C) => C,
  init: C,
  maxTrips: number
): C =>
  scanAs(
    'whileLoop',
    (carry: C, _x: readonly never[]) =>
      [cond(condition(carry), body, (c: C) => c, carry), []] as const,
    init,
    [],
    { length: maxTrips }
  )[0]

/**
 * carry = body(i, carry) for i from `lower` to `upper` − 1. With numbers for both the loop has
 * reverse mode; with traced bounds it is a whileLoop.
 *
 * @example
 * lax.foriLoop(0, 5, (i, x) => x.add(i), np.array(0)).item() // => 10
 */
export const foriLoop = <C>(
  lower: ArrayLike,
  upper: ArrayLike,
  body: (i: NdArray, carry: C) => C,
  init: C
): C => {
  checkFunction('foriLoop', body)
  const bounds = [lower, upper].map(loopBound)
  const [from, to] = bounds
  if (typeof from === 'number' && typeof to === 'number') {
    const [[, carry]] = scanAs(
      'foriLoop',
      ([i, c]: readonly [NdArray, C], _x: readonly never[]) =>
        [[add(i, scalar(1, 'int32')), body(i, c)] as const, []] as const,
      [scalar(from, 'int32'), init] as const,
      [],
      { length: Math.max(0, to - from) },
      1
    )
    return carry
  }
  const array = (b: number | NdArray): NdArray => (typeof b === 'number' ? scalar(b, 'int32') : b)
  const end = array(to)
  const [, carry] = whileLoop(
    ([i]: readonly [NdArray, C]) => lt(i, end),
    ([i, c]) => [add(i, scalar(1, 'int32')), body(i, c)] as const,
    [array(from), init] as const
  )
  return carry
}

/** A number where the bound is known now, else an int32 scalar. */
const loopBound = (b: ArrayLike): number | NdArray => {
  const x = leafArray(b)
  if (!isInteger(x.dtype) && !avalOf(x).weak)
    throw new DTypeError('foriLoop', {
      problem: 'a loop bound is no integer',
      got: x.dtype,
      expected: 'a number or an int32 scalar',
      hint: "convert with astype('int32')"
    })
  if (!isArray(b)) return Math.trunc(Number(b))
  return isTracer(x) ? convertElementType(x, 'int32') : Math.trunc(hostOf(x, 'foriLoop')[0])
}

/**
 * `f` of each slice along the leading axis, one after the other, stacked: vmap's result in less
 * memory. With `batchSize`, that many at once.
 *
 * @example
 * lax.map((x) => x.mul(x), np.array([1, 2, 3])) // => [1. 4. 9.]
 */
export const map = <X, Y>(f: (x: X) => Y, xs: X): Y => {
  checkFunction('map', f)
  return scan(
    (carry: readonly never[], x: X) => [carry, f(x)] as const,
    [] as readonly never[],
    xs
  )[1]
}
