/**
 * One operation on scalars, as instructions. Operands come in locals, the result stays on the
 * stack. float16 and bfloat16 live in f32, bools and narrow integers in i32: bools as 0 and 1,
 * integers extended by their sign.
 */
import { bitsOf, isFloat } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, Expr, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import {
  elementaryBinary,
  elementaryUnary,
  isElementaryBinary,
  isElementaryUnary
} from './elementary.ts'
import { laneMath } from './elementary/lanes.ts'
import type { Lanes, LaneMath, LaneTarget } from './elementary/lanes.ts'
import { roundLanes } from './narrow-float.ts'
import { VECTOR } from './vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ValueType } from '../wasm/opcodes.ts'

/** Where code is emitted, and for which engine. */
export interface CodeContext extends LaneTarget {
  /** Powers of e that are known to be at most one, or NaN. */
  readonly vanishing?: ReadonlySet<Expr>
}

/** The wasm type that holds a scalar of the dtype. */
export const machineType = (dtype: ScalarType): 'i32' | 'f32' | 'f64' =>
  dtype === 'float32' ? 'f32' : dtype === 'float64' ? 'f64' : isFloat(dtype) ? 'f32' : 'i32'

export const isUnsigned = (dtype: ScalarType): boolean =>
  dtype === 'bool' || dtype === 'uint8' || dtype === 'uint16' || dtype === 'uint32'

export const isNarrowFloat = (dtype: ScalarType): dtype is 'float16' | 'bfloat16' =>
  dtype === 'float16' || dtype === 'bfloat16'

/** A host function on float64 numbers. */
export const hostScalar = (
  { module }: CodeContext,
  name: string,
  parameters: number
): FunctionRef =>
  module.importFunction(name, {
    params: new Array<ValueType>(parameters).fill('f64'),
    results: ['f64']
  })

/** Calls a host function on operands of `from`; the result is a rounded scalar of `to`. */
export const callHost = (
  c: CodeContext,
  name: string,
  args: readonly (readonly [Local, ScalarType])[],
  to: ScalarType
): void => {
  for (const [x, dtype] of args) {
    c.f.get(x)
    if (machineType(dtype) === 'f32') c.f.op('f64.promote_f32')
    else if (machineType(dtype) === 'i32') {
      c.f.op(isUnsigned(dtype) ? 'f64.convert_i32_u' : 'f64.convert_i32_s')
    }
  }
  c.f.call(hostScalar(c, name, args.length))
  if (machineType(to) === 'f32') c.f.op('f32.demote_f64')
  else if (machineType(to) === 'i32') {
    c.f.op(isUnsigned(to) ? 'i32.trunc_sat_f64_u' : 'i32.trunc_sat_f64_s')
  }
}

/** Pushes the constant. */
export const pushConst = (f: FunctionBuilder, dtype: ScalarType, value: number): void => {
  const type = machineType(dtype)
  if (type === 'f32') f.f32(value)
  else if (type === 'f64') f.f64(value)
  else f.i32(value | 0)
}

/** Brings an i32 on the stack back into the range of a narrow integer, by wrapping. */
export const wrapInteger = (f: FunctionBuilder, dtype: ScalarType): void => {
  switch (dtype) {
    case 'int8':
      f.op('i32.extend8_s')
      return
    case 'int16':
      f.op('i32.extend16_s')
      return
    case 'uint8':
      f.i32(0xff).op('i32.and')
      return
    case 'uint16':
      f.i32(0xffff).op('i32.and')
      return
    case 'bool':
      f.i32(1).op('i32.and')
      return
    default:
      return
  }
}

/** Rounds the f32 on the stack to a value of the narrow float, half to even. */
export const roundNarrow = ({ f }: CodeContext, dtype: ScalarType): void => {
  if (!isNarrowFloat(dtype)) return
  f.op('f32x4.splat')
  roundLanes(f, dtype)
  f.lane('f32x4.extract_lane', 0)
}

const floatUnary = (c: CodeContext, op: UnaryOp, dtype: ScalarType, x: Local): void => {
  const { f } = c
  const t = machineType(dtype) === 'f64' ? 'f64' : 'f32'
  const num = (value: number): void => pushConst(f, dtype, value)
  switch (op) {
    case 'neg':
    case 'abs':
    case 'floor':
    case 'ceil':
    case 'trunc':
    case 'sqrt':
      f.get(x).op(`${t}.${op}`)
      return
    case 'roundEven':
      f.get(x).op(`${t}.nearest`)
      return
    case 'round': {
      // Half away from zero: one more than the truncation where the rest reaches a half.
      const whole = f.local(t)
      f.get(x).op(`${t}.trunc`).tee(whole)
      num(1)
      f.get(x).op(`${t}.copysign`).op(`${t}.add`).get(whole)
      f.get(x).get(whole).op(`${t}.sub`).op(`${t}.abs`)
      num(0.5)
      f.op(`${t}.ge`).op('select')
      return
    }
    case 'sign':
      num(1)
      f.get(x).op(`${t}.copysign`).get(x).get(x).op(`${t}.abs`)
      num(0)
      f.op(`${t}.gt`).op('select')
      return
    case 'isFinite':
      f.get(x).op(`${t}.abs`)
      num(Infinity)
      f.op(`${t}.lt`)
      return
    default:
      if (!isElementaryUnary(op)) callHost(c, op, [[x, dtype]], dtype)
      else oneLane(c, t, (m) => elementaryUnary(m, op, splat(m, x)))
  }
}

const splat = (m: LaneMath, x: Local): Lanes => {
  const v = m.f.local('v128')
  m.f.get(x).op(`${m.type.shape}.splat`).set(v)
  return [v]
}

/** A vector function on a single value: the bits of a scalar are those of a lane. */
const oneLane = (c: CodeContext, t: 'f32' | 'f64', code: (m: LaneMath) => Lanes): void => {
  const dtype = t === 'f32' ? 'float32' : 'float64'
  const [result] = code(laneMath(c, dtype))
  c.f.get(result).lane(`${VECTOR[dtype].shape}.extract_lane`, 0)
}

const integerUnary = (c: CodeContext, op: UnaryOp, dtype: ScalarType, x: Local): void => {
  const { f } = c
  switch (op) {
    case 'neg':
      f.i32(0).get(x).op('i32.sub')
      return wrapInteger(f, dtype)
    case 'abs':
      if (isUnsigned(dtype)) return void f.get(x)
      f.i32(0).get(x).op('i32.sub').get(x).get(x).i32(0).op('i32.lt_s').op('select')
      return wrapInteger(f, dtype)
    case 'sign':
      if (isUnsigned(dtype)) return void f.get(x).i32(0).op('i32.ne')
      f.get(x).i32(0).op('i32.gt_s').get(x).i32(0).op('i32.lt_s').op('i32.sub')
      return
    case 'floor':
    case 'ceil':
    case 'trunc':
    case 'round':
    case 'roundEven':
      return void f.get(x)
    case 'not':
      f.get(x).i32(-1).op('i32.xor')
      return wrapInteger(f, dtype)
    case 'clz':
      f.get(x).i32(bitMask(dtype)).op('i32.and').op('i32.clz')
      f.i32(32 - bitsOf(dtype)).op('i32.sub')
      return
    case 'populationCount':
      f.get(x).i32(bitMask(dtype)).op('i32.and').op('i32.popcnt')
      return
    case 'isFinite':
      return void f.i32(1)
    default:
      callHost(c, op, [[x, dtype]], dtype)
  }
}

const bitMask = (dtype: ScalarType): number => (bitsOf(dtype) === 32 ? -1 : 2 ** bitsOf(dtype) - 1)

export const scalarUnary = (c: CodeContext, op: UnaryOp, dtype: ScalarType, x: Local): void => {
  if (isFloat(dtype)) {
    floatUnary(c, op, dtype, x)
    if (op !== 'isFinite') roundNarrow(c, dtype)
  } else integerUnary(c, op, dtype, x)
}

const floatBinary = (c: CodeContext, op: BinaryOp, dtype: ScalarType, x: Local, y: Local): void => {
  const t = machineType(dtype) === 'f64' ? 'f64' : 'f32'
  switch (op) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'max':
    case 'min':
      c.f.get(x).get(y).op(`${t}.${op}`)
      return
    default: {
      if (isElementaryBinary(op)) {
        oneLane(c, t, (m) => elementaryBinary(m, op, splat(m, x), splat(m, y)))
        return
      }
      callHost(
        c,
        op,
        [
          [x, dtype],
          [y, dtype]
        ],
        dtype
      )
    }
  }
}

/** Quotient or remainder as XLA has it: never a trap. */
const divide = (
  f: FunctionBuilder,
  op: 'div' | 'rem',
  dtype: ScalarType,
  x: Local,
  y: Local
): void => {
  const s = isUnsigned(dtype) ? 'u' : 's'
  const overflow = (): void => {
    // The lowest int32 / −1 traps; −x and 0 are right for every x / −1 and x % −1.
    f.get(y).i32(-1).op('i32.eq')
    f.if(
      () => (op === 'div' ? f.i32(0).get(x).op('i32.sub') : f.i32(0)),
      () => f.get(x).get(y).op(`i32.${op}_s`),
      'i32'
    )
  }
  f.get(y).op('i32.eqz')
  f.if(
    () => (op === 'div' ? f.i32(-1) : f.get(x)),
    () => (s === 's' ? overflow() : f.get(x).get(y).op(`i32.${op}_u`)),
    'i32'
  )
  wrapInteger(f, dtype)
}

const shift = (
  f: FunctionBuilder,
  op: 'shiftLeft' | 'shiftRightLogical' | 'shiftRightArithmetic',
  dtype: ScalarType,
  x: Local,
  y: Local
): void => {
  const width = bitsOf(dtype)
  const inRange = (): FunctionBuilder => f.get(y).i32(width).op('i32.lt_u')
  if (op === 'shiftRightArithmetic') {
    // Shifting by the width less one leaves only the sign, as every longer shift does.
    const unsigned = isUnsigned(dtype)
    f.get(x)
    if (unsigned && width < 32)
      f.i32(32 - width)
        .op('i32.shl')
        .i32(32 - width)
        .op('i32.shr_s')
    f.get(y).i32(width - 1)
    inRange().op('select').op('i32.shr_s')
  } else {
    f.get(x)
    if (op === 'shiftRightLogical' && width < 32) f.i32(2 ** width - 1).op('i32.and')
    f.get(y)
      .op(op === 'shiftLeft' ? 'i32.shl' : 'i32.shr_u')
      .i32(0)
    inRange().op('select')
  }
  wrapInteger(f, dtype)
}

const integerBinary = (
  c: CodeContext,
  op: BinaryOp,
  dtype: ScalarType,
  x: Local,
  y: Local
): void => {
  const { f } = c
  switch (op) {
    case 'add':
    case 'sub':
    case 'mul':
      f.get(x).get(y).op(`i32.${op}`)
      return wrapInteger(f, dtype)
    case 'and':
    case 'or':
    case 'xor':
      f.get(x).get(y).op(`i32.${op}`)
      return
    case 'max':
    case 'min': {
      const less = isUnsigned(dtype) ? 'i32.lt_u' : 'i32.lt_s'
      f.get(op === 'min' ? x : y)
        .get(op === 'min' ? y : x)
        .get(x)
        .get(y)
        .op(less)
        .op('select')
      return
    }
    case 'div':
    case 'rem':
      return divide(f, op, dtype, x, y)
    case 'shiftLeft':
    case 'shiftRightLogical':
    case 'shiftRightArithmetic':
      return shift(f, op, dtype, x, y)
    default:
      callHost(
        c,
        op,
        [
          [x, dtype],
          [y, dtype]
        ],
        dtype
      )
  }
}

export const scalarBinary = (
  c: CodeContext,
  op: BinaryOp,
  dtype: ScalarType,
  x: Local,
  y: Local
): void => {
  if (isFloat(dtype)) {
    floatBinary(c, op, dtype, x, y)
    roundNarrow(c, dtype)
  } else integerBinary(c, op, dtype, x, y)
}

/** Pushes 0 or 1. */
export const scalarCompare = (
  { f }: CodeContext,
  op: CompareOp,
  dtype: ScalarType,
  x: Local,
  y: Local
): void => {
  const type = machineType(dtype)
  f.get(x).get(y)
  if (type !== 'i32') f.op(`${type}.${op}`)
  else if (op === 'eq' || op === 'ne') f.op(`i32.${op}`)
  else f.op(`i32.${op}_${isUnsigned(dtype) ? 'u' : 's'}`)
}
