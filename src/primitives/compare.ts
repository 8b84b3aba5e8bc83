/** Comparisons, whose results are bool and have no derivative, and the choice they are made for. */
import { avalOf, type NdArray } from '../core/array.ts'
import { allocate, isBool, isComplex, kindOf, slotsOf } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { equals, show, sizeOf } from '../core/shape.ts'
import type { CompareOp, Expr } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { makeAval } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Dim,
  type Tangent
} from '../trace/primitive.ts'
import type { SimplifyRule } from '../trace/simplification.ts'
import { bind1 } from '../trace/tracer.ts'
import {
  anything,
  binary,
  checkSame,
  constant,
  instantiate,
  noParams,
  ordered,
  type Binary,
  type NoParams
} from './elementwise.ts'
import { zeroOf } from './linear.ts'
import { atEveryPlace } from './lower.ts'
import { batchFirst, broadcastInDim, fillLike } from './movement.ts'

type Holds = (x: number, y: number) => boolean

/** On complex numbers both parts decide: together for eq, apart for ne. */
const equality = (name: 'eq' | 'ne', holds: Holds, join: 'and' | 'or'): Binary =>
  binary(name, {
    accepts: anything,
    result: () => 'bool',
    scalar: (x, y) => Number(holds(x, y)),
    reference: ([x, y], _params, [out]) => {
      const data = allocate('bool', sizeOf(out.shape))
      const [a, b] = [x.data, y.data]
      const both = (i: number): boolean =>
        join === 'and'
          ? holds(a[i], b[i]) && holds(a[i + 1], b[i + 1])
          : holds(a[i], b[i]) || holds(a[i + 1], b[i + 1])
      const complex = isComplex(x.dtype)
      for (let i = 0; i < data.length; i++)
        data[i] = Number(complex ? both(2 * i) : holds(a[i], b[i]))
      return [data]
    },
    lower: {
      expr: (x, y) => kernel.compare(name, x, y),
      parts: ([xr, xi], [yr, yi]) => [
        kernel.binary(join, kernel.compare(name, xr, yr), kernel.compare(name, xi, yi))
      ]
    }
  })

const ordering = (name: CompareOp, holds: Holds): Binary =>
  binary(name, {
    accepts: ordered,
    result: () => 'bool',
    scalar: (x, y) => Number(holds(x, y)),
    lower: { expr: (x, y) => kernel.compare(name, x, y) }
  })

/** x = y; false beside NaN. Complex numbers are equal when both parts are. */
export const eq = equality('eq', (x, y) => x === y, 'and')
/** x ≠ y; true beside NaN. */
export const ne = equality('ne', (x, y) => x !== y, 'or')
/** x < y; false beside NaN, as are the three below. */
export const lt = ordering('lt', (x, y) => x < y)
export const le = ordering('le', (x, y) => x <= y)
export const gt = ordering('gt', (x, y) => x > y)
export const ge = ordering('ge', (x, y) => x >= y)

/** Sign of x − y in the total order of IEEE 754: −0 before 0, NaN (of either sign) after ∞. */
const totalOrder = (x: number, y: number): number => {
  if (x !== x || y !== y) return Number(x !== x) - Number(y !== y)
  if (x === 0 && y === 0) return Number(Object.is(y, -0)) - Number(Object.is(x, -0))
  return x - y
}

const c32 = (value: number): Expr => kernel.constant('int32', value)

/** x < y or x = y in the total order, of expressions; integers have no other. */
const lowerTotal =
  (op: 'lt' | 'le') =>
  (x: Expr, y: Expr): Expr => {
    if (kindOf(x.dtype) !== 'float') return kernel.compare(op, x, y)
    const isNaN = (e: Expr): Expr => kernel.compare('ne', e, e)
    const sign = (e: Expr): Expr =>
      kernel.compare(
        'gt',
        kernel.binary('div', kernel.constant(e.dtype, 1), e),
        kernel.constant(e.dtype, 0)
      )
    const zeros = kernel.compare(op, kernel.cast(sign(x), 'int32'), kernel.cast(sign(y), 'int32'))
    const nans = kernel.compare(op, kernel.cast(isNaN(x), 'int32'), kernel.cast(isNaN(y), 'int32'))
    const zero = kernel.constant(x.dtype, 0)
    const both = kernel.binary('and', kernel.compare('eq', x, zero), kernel.compare('eq', y, zero))
    const numbers = kernel.select(both, zeros, kernel.compare(op, x, y))
    return kernel.select(kernel.binary('or', isNaN(x), isNaN(y)), nans, numbers)
  }

const totalOrdering = (name: string, op: 'lt' | 'le', holds: (order: number) => boolean): Binary =>
  binary(name, {
    accepts: ordered,
    result: () => 'bool',
    scalar: (x, y) => Number(holds(x === y && x !== 0 ? 0 : totalOrder(x, y))),
    lower: { expr: lowerTotal(op) }
  })

/** x before y in the order that sort uses: −∞ < −0 < 0 < ∞ < NaN. */
export const ltTo = totalOrdering('ltTo', 'lt', (order) => order < 0)
/** x before or beside y in that order. */
export const leTo = totalOrdering('leTo', 'le', (order) => order <= 0)

/** A case that is taken everywhere: the only one there is, or the one that is always chosen. */
const theCase: SimplifyRule<NoParams> = (e) => {
  const [which, ...cases] = e.inputs
  if (cases.every((c) => c === cases[0])) return cases[0]
  const chosen = e.uniform(which)
  return chosen === null ? null : cases[Math.min(cases.length - 1, Math.max(0, chosen))]
}

/**
 * Takes case `which` at each place. Linear in the cases: a cotangent goes to the case that was
 * taken, zero to the others.
 */
export const selectNP = definePrimitive<NoParams>({
  name: 'selectN',
  simplify: theCase,
  exact: true,

  abstractEval: ([which, ...cases]) => {
    if (!isBool(which.dtype) && which.dtype !== 'int32')
      throw new DTypeError('selectN', {
        problem: 'the selector has the wrong element type',
        got: which.dtype,
        expected: 'bool (false takes the first case, true the second) or int32',
        hint: 'compare first, as in x.notEqual(0)'
      })
    if (cases.length === 0 || (isBool(which.dtype) && cases.length > 2))
      throw new ShapeError('selectN', {
        problem: 'the number of cases does not fit the selector',
        got: `${cases.length} cases for a selector of type ${which.dtype}`,
        expected: isBool(which.dtype) ? 'one or two cases' : 'at least one case',
        hint: 'an int32 selector takes any number of cases'
      })
    checkSame('selectN', cases)
    const [first] = cases
    if (which.shape.length !== 0 && !equals(which.shape, first.shape))
      throw new ShapeError('selectN', {
        problem: 'the selector has another shape than the cases',
        got: `selector ${show(which.shape)}, cases ${show(first.shape)}`,
        expected: 'a scalar, or the shape of the cases',
        hint: 'np.where broadcasts all three'
      })
    return [
      makeAval(
        first.shape,
        first.dtype,
        cases.every((c) => c.weak)
      )
    ]
  },

  reference: ([which, ...cases], _params, [out]) => {
    const slots = slotsOf(out.dtype)
    const data = allocate(out.dtype, sizeOf(out.shape))
    const last = cases.length - 1
    for (let i = 0; i < data.length; i++) {
      const k = which.data[which.shape.length === 0 ? 0 : Math.floor(i / slots)]
      data[i] = cases[Math.min(last, Math.max(0, k))].data[i]
    }
    return [data]
  },

  jvp: ([which, ...cases], [, ...tangents]) => {
    const y = selectN(which, ...cases)
    return [
      [y],
      [tangents.every(isZero) ? zero(avalOf(y)) : selectN(which, ...tangents.map(instantiate))]
    ]
  },

  transpose: ([ct], [which, ...cases]) => {
    const known = which as NdArray // the selector is no number, so it is never unknown
    const share = (k: number): Tangent => {
      if (isZero(ct)) return ct
      const none = fillLike(zeroOf(avalOf(ct)), ct.shape)
      if (isBool(known.dtype)) return k === 0 ? selectN(known, ct, none) : selectN(known, none, ct)
      return selectN(takes(known, k, cases.length), none, ct)
    }
    return [null, ...cases.map((c, k) => (isUnknown(c) ? share(k) : null))]
  },

  batch: (axis, [which, ...cases], [at, ...dims]) => {
    const common = dims.find((d) => d !== null) ?? null
    const aligned = dims.every((d) => d === common)
    // A selector for the whole example stays one number when every example has the same one.
    if (at === null && which.ndim === 0 && aligned) return [[selectN(which, ...cases)], [common]]
    if (at === common && aligned && which.ndim === cases[0].ndim)
      return [[selectN(which, ...cases)], [common]]
    const first = cases.map((c, i) => batchFirst(c, dims[i], axis.size))
    return [[selectN(selectorFirst(which, at, axis.size, first[0]), ...first)], [0]]
  },

  lower: ([which, ...cases], _params, [out]) => {
    const k = atEveryPlace(which, out.shape).parts[0]
    const isCase = (i: number): Expr =>
      k.dtype === 'bool' ? kernel.unary('not', k) : kernel.compare('le', k, c32(i))
    const choose = (part: number): Expr =>
      cases
        .slice(0, -1)
        .reduceRight(
          (rest, c, i) => kernel.select(isCase(i), c.parts[part], rest),
          cases[cases.length - 1].parts[part]
        )
    return [{ ...out, parts: cases[0].parts.map((_, part) => choose(part)) }]
  }
})

/** Where case `k` is taken; a selector outside the cases takes the nearest. */
const takes = (which: NdArray, k: number, count: number): NdArray =>
  k === 0
    ? le(which, constant(which, 0))
    : k === count - 1
      ? ge(which, constant(which, k))
      : eq(which, constant(which, k))

const selectorFirst = (which: NdArray, at: Dim, size: number, like: NdArray): NdArray => {
  if (at === null) return which.ndim === 0 ? which : batchFirst(which, null, size)
  return which.ndim === 1 && like.ndim > 1
    ? broadcastInDim(which, like.shape, [0])
    : batchFirst(which, at, size)
}

/**
 * cases[which], elementwise: XLA's select_n. A bool selector takes the first case where it is
 * false and the second where it is true.
 *
 * Shape: which [] or the shape of the cases; cases all of one shape and type, that of the result.
 */
export const selectN = (which: NdArray, ...cases: readonly NdArray[]): NdArray =>
  bind1(selectNP, [which, ...cases], noParams)

/** onTrue where `predicate` holds, else onFalse. */
export const select = (predicate: NdArray, onTrue: NdArray, onFalse: NdArray): NdArray =>
  selectN(predicate, onFalse, onTrue)
