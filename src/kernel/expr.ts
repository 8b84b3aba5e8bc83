/**
 * Scalar expressions: what a kernel computes at one point of its iteration space.
 *
 * An expression is an immutable typed graph. Nodes may be shared; every walk over a graph is
 * memoised by node, and generated code evaluates a shared node once. Complex numbers do not
 * occur here: a complex value is a pair of real expressions (see fuse.ts). float16 and bfloat16
 * values are stored wide, in float32 memory; a node of such a dtype is computed in float32 and
 * its result rounded to the dtype.
 */
import type { DType } from '../core/dtype.ts'
import type { Affine, Bound } from './affine.ts'

/** The dtypes of scalars. */
export type ScalarType = Exclude<DType, 'complex64' | 'complex128'>

/**
 * One operand, result of the same dtype (`isFinite`: bool). `round` is half away from zero,
 * `roundEven` half to even; `not` is logical on bool and bitwise on integers.
 */
// prettier-ignore
export const unaryOps = [
  'neg', 'abs', 'sign', 'floor', 'ceil', 'trunc', 'round', 'roundEven',
  'sqrt', 'rsqrt', 'cbrt', 'exp', 'exp2', 'expm1', 'log', 'log2', 'log1p',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan',
  'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh',
  'logistic', 'erf', 'erfc', 'erfInv', 'lgamma', 'digamma',
  'not', 'clz', 'populationCount', 'isFinite'
] as const
export type UnaryOp = (typeof unaryOps)[number]

/**
 * Two operands of one dtype, result of that dtype. Integer division and shifts are XLA's:
 * x / 0 is -1 (all ones), x % 0 is x, the lowest integer / -1 is itself, a shift by the width or
 * more gives 0 (or the sign). `max` and `min` propagate NaN; `pow` is for floats.
 */
// prettier-ignore
export const binaryOps = [
  'add', 'sub', 'mul', 'div', 'rem', 'pow', 'max', 'min', 'atan2', 'nextafter',
  'and', 'or', 'xor', 'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'
] as const
export type BinaryOp = (typeof binaryOps)[number]

/** Two operands of one dtype, result bool. NaN is unequal to everything. */
export const compareOps = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
export type CompareOp = (typeof compareOps)[number]

/** A number known when the kernel is built; booleans are 0 and 1. */
export interface Const {
  readonly _tag: 'const'
  readonly dtype: ScalarType
  readonly value: number
}

/**
 * buffer[index + base]. `base` (int32) carries what depends on data: the clamped index of a
 * gather, the start of a dynamic slice, a loop counter. The reader guarantees that the place
 * exists wherever the load is evaluated.
 */
export interface Load {
  readonly _tag: 'load'
  readonly dtype: ScalarType
  readonly buffer: number
  readonly index: Affine
  readonly base: Expr | null
}

/** An affine index as a value, converted to `dtype` (integers wrap). */
export interface Iota {
  readonly _tag: 'iota'
  readonly dtype: ScalarType
  readonly index: Affine
}

/** What an earlier reduction stage of the same nest found at this point of the parallel axes. */
export interface StageResult {
  readonly _tag: 'stage'
  readonly dtype: ScalarType
  readonly stage: number
  readonly reduction: number
  readonly part: 'value' | 'position'
}

/** The value being produced: the running value of a scan, the dot product in an epilogue. */
export interface Accumulator {
  readonly _tag: 'accumulator'
  readonly dtype: ScalarType
}

export interface Unary {
  readonly _tag: 'unary'
  readonly op: UnaryOp
  readonly dtype: ScalarType
  readonly x: Expr
}

export interface Binary {
  readonly _tag: 'binary'
  readonly op: BinaryOp
  readonly dtype: ScalarType
  readonly x: Expr
  readonly y: Expr
}

export interface Compare {
  readonly _tag: 'compare'
  readonly op: CompareOp
  readonly dtype: 'bool'
  readonly x: Expr
  readonly y: Expr
}

/** condition ? x : y. Both sides are evaluated. */
export interface Select {
  readonly _tag: 'select'
  readonly dtype: ScalarType
  readonly condition: Expr
  readonly x: Expr
  readonly y: Expr
}

/** Conversion of the value. Floats to integers truncate and saturate, NaN gives 0; integers wrap. */
export interface Cast {
  readonly _tag: 'cast'
  readonly dtype: ScalarType
  readonly x: Expr
}

/** The same bits under another dtype of the same width. */
export interface Bitcast {
  readonly _tag: 'bitcast'
  readonly dtype: ScalarType
  readonly x: Expr
}

/**
 * `value` where every bound holds, else `otherwise`. Only the chosen side is evaluated, so loads
 * inside `value` may lie outside their buffer elsewhere: this is padding and concatenation.
 */
export interface Guard {
  readonly _tag: 'guard'
  readonly dtype: ScalarType
  readonly bounds: readonly Bound[]
  readonly value: Expr
  readonly otherwise: Expr
}

/** A scalar function of the backend's host table, for what has no node of its own. */
export interface Call {
  readonly _tag: 'call'
  readonly dtype: ScalarType
  readonly name: string
  readonly args: readonly Expr[]
}

export type Expr =
  | Const
  | Load
  | Iota
  | StageResult
  | Accumulator
  | Unary
  | Binary
  | Compare
  | Select
  | Cast
  | Bitcast
  | Guard
  | Call

/** Whether `holds` is true of an expression that a node is computed from. */
export const someOperand = (e: Expr, holds: (operand: Expr) => boolean): boolean => {
  switch (e._tag) {
    case 'const':
    case 'iota':
    case 'stage':
    case 'accumulator':
      return false
    case 'load':
      return e.base !== null && holds(e.base)
    case 'unary':
    case 'cast':
    case 'bitcast':
      return holds(e.x)
    case 'binary':
    case 'compare':
      return holds(e.x) || holds(e.y)
    case 'select':
      return holds(e.condition) || holds(e.x) || holds(e.y)
    case 'guard':
      return holds(e.value) || holds(e.otherwise)
    case 'call':
      return e.args.some(holds)
  }
}

/** Calls `f` with every expression that a node is computed from. */
export const eachOperand = (e: Expr, f: (operand: Expr) => void): void => {
  someOperand(e, (operand) => {
    f(operand)
    return false
  })
}

/** The expressions that a node is computed from. */
export const operands = (e: Expr): readonly Expr[] => {
  switch (e._tag) {
    case 'const':
    case 'iota':
    case 'stage':
    case 'accumulator':
      return []
    case 'load':
      return e.base === null ? [] : [e.base]
    case 'unary':
    case 'cast':
    case 'bitcast':
      return [e.x]
    case 'binary':
    case 'compare':
      return [e.x, e.y]
    case 'select':
      return [e.condition, e.x, e.y]
    case 'guard':
      return [e.value, e.otherwise]
    case 'call':
      return e.args
  }
}
