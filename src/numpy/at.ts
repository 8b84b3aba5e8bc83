/** Functional updates: x.at(index).set(values) is a copy of x with those elements replaced. */
import { isArray, isTracer, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import { ShapeError, checkOptions, checkFunction } from '../core/errors.ts'
import type { At, Index, IndexOptions } from '../core/fluent.ts'
import { show } from '../core/shape.ts'
import { scatterAdd } from '../primitives/gather.ts'
import { broadcastTo as stretch, reshape } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { rev } from '../primitives/reversal.ts'
import { scatter, scatterMax, scatterMin, scatterMul } from '../primitives/scatter.ts'
import type { Scatter } from '../primitives/scatter-rules.ts'
import * as arithmetic from './arithmetic.ts'
import { onesLike } from './creation.ts'
import { gatherMode } from './index-modes.ts'
import { readIndex, targetOf } from './indexing.ts'
import { asArray, asType } from './promotion.ts'
import { choice } from './selection.ts'

type Combine = (x: ArrayLike, y: ArrayLike) => NdArray

/** One mask over leading axes, and a value that every selected element takes: shapes stay known. */
const maskOf = (index: readonly Index[], values: NdArray): NdArray | null => {
  const [mask] = index
  if (index.length !== 1 || values.ndim !== 0 || !isArray(mask)) return null
  return isBool(mask.dtype) && isTracer(mask) ? mask : null
}

const whereMasked = (x: NdArray, mask: NdArray, values: NdArray, combine: Combine): NdArray => {
  const shape = [...mask.shape, ...new Array<number>(x.ndim - mask.ndim).fill(1)]
  return choice(
    'at',
    stretch(reshape(mask, shape), x.shape),
    asType(combine(x, values), x.dtype),
    x
  )
}

const updateAt = (
  operation: string,
  x: NdArray,
  index: readonly Index[],
  values: ArrayLike,
  options: IndexOptions,
  write: Scatter,
  combine: Combine
): NdArray => {
  const given = asType(asArray(values, operation), x.dtype)
  const mask = maskOf(index, given)
  if (mask !== null) return whereMasked(x, mask, given, combine)
  const mode = options.mode ?? 'drop'
  const target = targetOf(operation, x.shape, index, mode)
  if (given.ndim > target.shape.length || !fits(given.shape, target.shape))
    throw new ShapeError(operation, {
      problem: 'the values do not fit the place they go to',
      got: `values ${show(given.shape)} for a place of shape ${show(target.shape)}`,
      expected: `values that broadcast to ${show(target.shape)}`,
      hint: 'x.slice(…) with the same index has the shape of the place'
    })
  const updates = rev(reshape(stretch(given, target.shape), target.updates), target.backwards)
  return write(x, target.indices, updates, {
    dimensionNumbers: target.dimensionNumbers,
    mode: gatherMode(operation, mode),
    uniqueIndices: options.uniqueIndices ?? target.unique,
    indicesAreSorted: options.indicesAreSorted ?? target.unique
  })
}

const fits = (values: readonly number[], place: readonly number[]): boolean =>
  values.every((n, i) => n === 1 || n === place[place.length - values.length + i])

const latter: Combine = (_x, y) => asArray(y)

const indexOptions = ['mode', 'fillValue', 'indicesAreSorted', 'uniqueIndices']

/** The updates of `x` at `index`. */
export const at = (x: NdArray, index: readonly Index[]): At => {
  const update =
    (name: string, write: Scatter, combine: Combine) =>
    (values: ArrayLike, options: IndexOptions = {}): NdArray => {
      checkOptions(`at.${name}`, options, indexOptions)
      return updateAt(`at.${name}`, x, index, values, options, write, combine)
    }
  const add = update('add', scatterAdd, arithmetic.add)
  const multiply = update('multiply', scatterMul, arithmetic.multiply)
  const set = update('set', scatter, latter)
  const get = (options: IndexOptions = {}): NdArray => {
    checkOptions('at.get', options, indexOptions)
    return readIndex('at.get', x, index, options)
  }
  /** The product of the values at each place, 1 elsewhere. */
  const factors = (values: ArrayLike, options?: IndexOptions): NdArray =>
    at(onesLike(x), index).multiply(values, options)
  return {
    set,
    add,
    subtract: (values, options) =>
      add(neg(asType(asArray(values, 'at.subtract'), x.dtype)), options),
    multiply,
    mul: multiply,
    divide: (values, options) => asType(arithmetic.divide(x, factors(values, options)), x.dtype),
    power: (values, options) => asType(arithmetic.power(x, factors(values, options)), x.dtype),
    min: update('min', scatterMin, arithmetic.minimum),
    max: update('max', scatterMax, arithmetic.maximum),
    apply: (f, options) => {
      checkFunction('at.apply', f)
      return set(f(get(options)), options)
    },
    get
  }
}
