/**
 * Constructors of expressions. They check dtypes, fold constants where the result is exact, and
 * drop operations that change nothing in IEEE arithmetic; use them instead of object literals.
 */
import { isFloat } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { addAffine, type Affine, affine, type Bound, constantIndex, rangeOf } from './affine.ts'
import type { BinaryOp, CompareOp, Expr, ScalarType, UnaryOp } from './expr.ts'
import { foldBinary, foldCast, foldCompare, foldUnary } from './fold.ts'

const mismatch = (op: string, got: readonly Expr[], expected: string): DTypeError =>
  new DTypeError(`kernel ${op}`, {
    problem: 'the operands have the wrong dtypes',
    got: got.map((e) => e.dtype).join(', '),
    expected,
    hint: 'a lowering rule should cast its operands first'
  })

/** A constant, converted to `dtype` as `cast` converts. */
export const constant = (dtype: ScalarType, value: number): Expr => ({
  _tag: 'const',
  dtype,
  value: foldCast(value, dtype)
})

/** buffer[index + base]. A constant base moves into the index. */
export const load = (
  dtype: ScalarType,
  buffer: number,
  index: Affine,
  base: Expr | null = null
): Expr => {
  if (base === null) return { _tag: 'load', dtype, buffer, index, base }
  if (base.dtype !== 'int32') throw mismatch('load', [base], 'an int32 base')
  const [moved, rest] = splitBase(base)
  return { _tag: 'load', dtype, buffer, index: addAffine(index, moved), base: rest }
}

/** base = affine + rest, as far as sums of constants and iotas show it. */
export const splitBase = (base: Expr): readonly [Affine, Expr | null] => {
  if (base._tag === 'const') return [constantIndex(base.value), null]
  if (base._tag === 'iota') return [base.index, null]
  if (base._tag === 'binary' && base.op === 'add') {
    const [a, x] = splitBase(base.x)
    const [b, y] = splitBase(base.y)
    return [addAffine(a, b), x === null ? y : y === null ? x : binary('add', x, y)]
  }
  return [constantIndex(0), base]
}

/** The affine index as a value of `dtype`. */
export const iota = (dtype: ScalarType, index: Affine): Expr =>
  index.coefficients.length === 0
    ? constant(dtype, index.offset)
    : { _tag: 'iota', dtype, index: affine(index.offset, index.coefficients) }

export const stageResult = (
  dtype: ScalarType,
  stage: number,
  reduction = 0,
  part: 'value' | 'position' = 'value'
): Expr => ({ _tag: 'stage', dtype, stage, reduction, part })

export const accumulator = (dtype: ScalarType): Expr => ({ _tag: 'accumulator', dtype })

export const unary = (op: UnaryOp, x: Expr): Expr => {
  const dtype = op === 'isFinite' ? 'bool' : x.dtype
  if (x._tag === 'const') {
    const folded = foldUnary(op, x.value, x.dtype)
    if (folded !== null) return constant(dtype, folded)
  }
  if (op === 'neg' && x._tag === 'unary' && x.op === 'neg') return x.x
  if (op === 'not' && x._tag === 'unary' && x.op === 'not') return x.x
  return { _tag: 'unary', op, dtype, x }
}

const isConst = (e: Expr, value: number): boolean => e._tag === 'const' && Object.is(e.value, value)

/** The operand that the operation returns unchanged whatever its value, if there is one. */
const identity = (op: BinaryOp, x: Expr, y: Expr): Expr | null => {
  const float = isFloat(x.dtype)
  switch (op) {
    case 'add': // x + -0 is x for every x, -0 included; x + 0 is not
      if (isConst(y, float ? -0 : 0)) return x
      return isConst(x, float ? -0 : 0) ? y : null
    case 'sub':
      return isConst(y, 0) ? x : null
    case 'mul':
      return isConst(y, 1) ? x : isConst(x, 1) ? y : null
    case 'div':
      return isConst(y, 1) ? x : null
    case 'and':
      if (x.dtype !== 'bool') return null
      return isConst(y, 1) ? x : isConst(x, 1) ? y : null
    case 'or':
      if (x.dtype !== 'bool') return null
      return isConst(y, 0) ? x : isConst(x, 0) ? y : null
    default:
      return null
  }
}

/** `op` of two operands of one dtype. On bool, `add` and `max` are or, `mul` and `min` are and. */
export const binary = (op: BinaryOp, x: Expr, y: Expr): Expr => {
  if (x.dtype !== y.dtype) throw mismatch(op, [x, y], 'two operands of one dtype')
  if (x.dtype === 'bool') {
    if (op === 'add' || op === 'max') return binary('or', x, y)
    if (op === 'mul' || op === 'min') return binary('and', x, y)
  }
  if (x._tag === 'const' && y._tag === 'const') {
    const folded = foldBinary(op, x.value, y.value, x.dtype)
    if (folded !== null) return constant(x.dtype, folded)
  }
  const same = identity(op, x, y)
  if (same !== null) return same
  return { _tag: 'binary', op, dtype: x.dtype, x, y }
}

export const compare = (op: CompareOp, x: Expr, y: Expr): Expr => {
  if (x.dtype !== y.dtype) throw mismatch(op, [x, y], 'two operands of one dtype')
  if (x._tag === 'const' && y._tag === 'const') {
    return constant('bool', foldCompare(op, x.value, y.value))
  }
  return { _tag: 'compare', op, dtype: 'bool', x, y }
}

/** condition ? x : y. */
export const select = (condition: Expr, x: Expr, y: Expr): Expr => {
  if (condition.dtype !== 'bool' || x.dtype !== y.dtype) {
    throw mismatch('select', [condition, x, y], 'bool, then two operands of one dtype')
  }
  if (condition._tag === 'const') return condition.value === 0 ? y : x
  if (x === y) return x
  return { _tag: 'select', dtype: x.dtype, condition, x, y }
}

export const cast = (x: Expr, dtype: ScalarType): Expr => {
  if (x.dtype === dtype) return x
  if (x._tag === 'const') return constant(dtype, x.value)
  if (x._tag === 'iota' && x.dtype === 'int32') return { ...x, dtype }
  return { _tag: 'cast', dtype, x }
}

/** The same bits read as another dtype of the same width. */
export const bitcast = (x: Expr, dtype: ScalarType): Expr =>
  x.dtype === dtype ? x : { _tag: 'bitcast', dtype, x }

/**
 * `value` inside the bounds, `otherwise` outside, over a space of these extents. Bounds that
 * always hold are dropped, one that never holds decides.
 */
export const guard = (
  extents: readonly number[],
  bounds: readonly Bound[],
  value: Expr,
  otherwise: Expr
): Expr => {
  if (value.dtype !== otherwise.dtype) {
    throw mismatch('guard', [value, otherwise], 'two operands of one dtype')
  }
  const ranges = bounds.map((b) => ({ bound: b, range: rangeOf(b.index, extents) }))
  if (ranges.some(({ bound: b, range: [lo, hi] }) => hi < b.lower || lo >= b.upper)) {
    return otherwise
  }
  const needed = ranges
    .filter(({ bound: b, range: [lo, hi] }) => lo < b.lower || hi >= b.upper)
    .map(({ bound }) => bound)
  return needed.length === 0
    ? value
    : { _tag: 'guard', dtype: value.dtype, bounds: needed, value, otherwise }
}

/** A function of the host's scalar table. */
export const call = (name: string, dtype: ScalarType, args: readonly Expr[]): Expr => ({
  _tag: 'call',
  dtype,
  name,
  args
})

/** Sums of narrow floats are made in float32 and rounded once. */
export const wideType = (dtype: ScalarType): ScalarType =>
  dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : dtype
