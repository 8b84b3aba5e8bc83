/**
 * One operation on vectors. A value is a few v128 locals side by side. Floats lie in their own
 * lanes, integers of every width in 32-bit lanes, bools as masks of 32-bit lanes. Beside float64
 * a vector has two lanes, and narrower values use the lower two of their four.
 */
import { bitsOf } from '../../../core/dtype.ts'
import type { BinaryOp, CompareOp, Expr, ScalarType, UnaryOp } from '../../../kernel/expr.ts'
import {
  elementaryBinary,
  elementaryUnary,
  isElementaryBinary,
  isElementaryUnary
} from './elementary.ts'
import { expAtMostZero } from './elementary/exponential.ts'
import { laneMath } from './elementary/lanes.ts'
import type { Lanes } from './elementary/lanes.ts'
import {
  type CodeContext,
  isNarrowFloat,
  isUnsigned,
  machineType,
  scalarBinary,
  scalarUnary
} from './expr-scalar.ts'
import { narrowMask, roundLanes } from './narrow-float.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

export const shapeOf = (dtype: ScalarType): 'f32x4' | 'f64x2' | 'i32x4' => {
  const type = machineType(dtype)
  return type === 'f64' ? 'f64x2' : type === 'f32' ? 'f32x4' : 'i32x4'
}

/** Runs `code` for each vector of a group; it leaves the result on the stack. */
export const eachVector = (
  f: FunctionBuilder,
  count: number,
  code: (at: number) => void
): Lanes => {
  const results = f.locals('v128', count)
  results.forEach((result, at) => {
    code(at)
    f.set(result)
  })
  return results
}

/** Pushes a vector with the constant in every lane. */
export const pushConstVector = (f: FunctionBuilder, dtype: ScalarType, value: number): void => {
  const shape = shapeOf(dtype)
  if (shape === 'f32x4') f.f32x4(value)
  else if (shape === 'f64x2') f.f64x2(value)
  else f.i32x4(dtype === 'bool' ? (value === 0 ? 0 : -1) : value | 0)
}

/** Pushes a vector with the scalar in every lane. */
export const pushSplat = (f: FunctionBuilder, dtype: ScalarType, x: Local): void => {
  if (dtype === 'bool') f.i32(0).get(x).op('i32.sub').op('i32x4.splat')
  else f.get(x).op(`${shapeOf(dtype)}.splat`)
}

/** Pushes lane `lane` as a scalar. */
export const pushLane = (f: FunctionBuilder, dtype: ScalarType, x: Local, lane: number): void => {
  f.get(x).lane(`${shapeOf(dtype)}.extract_lane`, lane)
  if (dtype === 'bool') f.i32(1).op('i32.and')
}

/** Sets a lane of the vector below the scalar on the stack. */
export const replaceLane = (f: FunctionBuilder, dtype: ScalarType, lane: number): void => {
  if (dtype === 'bool') {
    const v = f.local('i32')
    f.set(v).i32(0).get(v).op('i32.sub')
  }
  f.lane(`${shapeOf(dtype)}.replace_lane`, lane)
}

/** Computes lane by lane with scalar code; for what has no vector instructions. */
export const perLane = (
  c: CodeContext,
  lanes: number,
  args: readonly (readonly [Lanes, ScalarType])[],
  to: ScalarType,
  code: (scalars: readonly Local[]) => void
): Lanes =>
  eachVector(c.f, args[0][0].length, (at) => {
    const scalars = args.map(([, dtype]) => c.f.local(machineType(dtype)))
    c.f.i32x4(0)
    for (let lane = 0; lane < lanes; lane++) {
      args.forEach(([x, dtype], i) => {
        pushLane(c.f, dtype, x[at], lane)
        c.f.set(scalars[i])
      })
      code(scalars)
      replaceLane(c.f, to, lane)
    }
  })

/** Wraps 32-bit lanes to a narrow integer. */
export const wrapLanes = (f: FunctionBuilder, dtype: ScalarType): void => {
  const bits = bitsOf(dtype)
  if (dtype === 'bool' || bits === 32) return
  if (isUnsigned(dtype)) f.i32x4(2 ** bits - 1).op('v128.and')
  else
    f.i32(32 - bits)
      .op('i32x4.shl')
      .i32(32 - bits)
      .op('i32x4.shr_s')
}

export const roundIfNarrow = (f: FunctionBuilder, dtype: ScalarType): void => {
  if (isNarrowFloat(dtype)) roundLanes(f, dtype)
}

/** A mask of 32-bit lanes as one of 64-bit lanes. */
export const widenMask = (f: FunctionBuilder): FunctionBuilder => f.op('i64x2.extend_low_i32x4_s')

/** Rounded where the dtype is narrow: elementary functions give float32. */
const roundAll = (f: FunctionBuilder, dtype: ScalarType, x: Lanes): Lanes =>
  isNarrowFloat(dtype)
    ? eachVector(f, x.length, (at) => {
        f.get(x[at])
        roundLanes(f, dtype)
      })
    : x

export const vectorUnary = (
  c: CodeContext,
  lanes: number,
  op: UnaryOp,
  dtype: ScalarType,
  x: Lanes
): Lanes => {
  const { f } = c
  const shape = shapeOf(dtype)
  const each = (code: (v: Local) => void): Lanes =>
    eachVector(f, x.length, (at) => {
      code(x[at])
      if (op !== 'isFinite') roundIfNarrow(f, dtype)
    })
  const num = (value: number): void => pushConstVector(f, dtype, value)
  const slow = (): Lanes =>
    perLane(c, lanes, [[x, dtype]], op === 'isFinite' ? 'bool' : dtype, ([s]) =>
      scalarUnary(c, op, dtype, s)
    )
  if (shape === 'i32x4') {
    if (dtype === 'bool') return op === 'not' ? each((v) => f.get(v).op('v128.not')) : slow()
    switch (op) {
      case 'neg':
        return each((v) => {
          f.get(v).op('i32x4.neg')
          wrapLanes(f, dtype)
        })
      case 'abs':
        if (isUnsigned(dtype)) return x
        return each((v) => {
          f.get(v).op('i32x4.abs')
          wrapLanes(f, dtype)
        })
      case 'not':
        return each((v) => {
          f.get(v).op('v128.not')
          wrapLanes(f, dtype)
        })
      default:
        return slow()
    }
  }
  switch (op) {
    case 'neg':
      return laneMath(c, shape === 'f64x2' ? 'float64' : 'float32').neg(x)
    case 'abs':
    case 'sqrt':
    case 'floor':
    case 'ceil':
    case 'trunc':
      return each((v) => f.get(v).op(`${shape}.${op}`))
    case 'roundEven':
      return each((v) => f.get(v).op(`${shape}.nearest`))
    case 'round':
      return each((v) => {
        const whole = f.local('v128')
        f.get(v).op(`${shape}.trunc`).tee(whole)
        num(1)
        f.get(v)
        num(-0)
        f.op('v128.and').op('v128.or').op(`${shape}.add`).get(whole)
        f.get(v).get(whole).op(`${shape}.sub`).op(`${shape}.abs`)
        num(0.5)
        f.op(`${shape}.ge`).op('v128.bitselect')
      })
    case 'sign':
      return each((v) => {
        num(1)
        f.get(v)
        num(-0)
        f.op('v128.and').op('v128.or').get(v).get(v).op(`${shape}.abs`)
        num(0)
        f.op(`${shape}.gt`).op('v128.bitselect')
      })
    case 'isFinite':
      return each((v) => {
        f.get(v).op(`${shape}.abs`)
        num(Infinity)
        f.op(`${shape}.lt`)
        if (shape === 'f64x2') narrowMask(f)
      })
    default:
      if (!isElementaryUnary(op)) return slow()
      return roundAll(
        f,
        dtype,
        elementaryUnary(laneMath(c, shape === 'f64x2' ? 'float64' : 'float32'), op, x)
      )
  }
}

/** e^x of an x that is known to be at most 0, or NaN. */
export const vanishingPower = (c: CodeContext, dtype: ScalarType, x: Lanes): Lanes =>
  roundAll(
    c.f,
    dtype,
    expAtMostZero(laneMath(c, machineType(dtype) === 'f64' ? 'float64' : 'float32'), x)
  )

/**
 * Engines need some nine instructions to let NaN and −0 through a maximum or minimum. A constant on
 * the right that is no NaN takes one, which gives its left operand where they are equal or either
 * is NaN; adding 0 then makes max(−0, 0) a 0.
 */
const maxOrMin = (
  f: FunctionBuilder,
  shape: 'f32x4' | 'f64x2',
  op: 'max' | 'min',
  [x, y]: readonly [Local, Local],
  right: Expr
): void => {
  f.get(x).get(y)
  const value = right._tag === 'const' ? right.value : NaN
  if (Number.isNaN(value) || (op === 'min' && Object.is(value, -0))) f.op(`${shape}.${op}`)
  else {
    f.op(`${shape}.p${op}`)
    if (op === 'max' && Object.is(value, 0)) {
      if (shape === 'f32x4') f.f32x4(0)
      else f.f64x2(0)
      f.op(`${shape}.add`)
    }
  }
}

/** `right` is the right operand's expression: constants allow for shorter code. */
export const vectorBinary = (
  c: CodeContext,
  lanes: number,
  op: BinaryOp,
  dtype: ScalarType,
  x: Lanes,
  y: Lanes,
  right: Expr
): Lanes => {
  const { f } = c
  const shape = shapeOf(dtype)
  const each = (code: (a: Local, b: Local) => void): Lanes =>
    eachVector(f, x.length, (at) => {
      code(x[at], y[at])
      roundIfNarrow(f, dtype)
    })
  const slow = (): Lanes =>
    perLane(
      c,
      lanes,
      [
        [x, dtype],
        [y, dtype]
      ],
      dtype,
      ([a, b]) => scalarBinary(c, op, dtype, a, b)
    )
  if (shape !== 'i32x4') {
    switch (op) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'div':
        return each((a, b) => f.get(a).get(b).op(`${shape}.${op}`))
      case 'max':
      case 'min':
        return each((a, b) => maxOrMin(f, shape, op, [a, b], right))
      default:
        if (!isElementaryBinary(op)) return slow()
        return roundAll(
          f,
          dtype,
          elementaryBinary(laneMath(c, shape === 'f64x2' ? 'float64' : 'float32'), op, x, y)
        )
    }
  }
  switch (op) {
    case 'and':
    case 'or':
    case 'xor':
      return each((a, b) => f.get(a).get(b).op(`v128.${op}`))
    case 'add':
    case 'sub':
    case 'mul':
      return each((a, b) => {
        f.get(a).get(b).op(`i32x4.${op}`)
        wrapLanes(f, dtype)
      })
    case 'max':
    case 'min':
      return each((a, b) =>
        f
          .get(a)
          .get(b)
          .op(`i32x4.${op}_${isUnsigned(dtype) ? 'u' : 's'}`)
      )
    case 'shiftLeft':
    case 'shiftRightLogical':
    case 'shiftRightArithmetic': {
      const width = bitsOf(dtype)
      const amount = right._tag === 'const' ? right.value : -1
      const plain = amount >= 0 && amount < width && (width === 32 || op === 'shiftLeft')
      if (!plain) return slow()
      const code = { shiftLeft: 'shl', shiftRightLogical: 'shr_u', shiftRightArithmetic: 'shr_s' }
      return each((a) => {
        f.get(a)
          .i32(amount)
          .op(`i32x4.${code[op] as 'shl' | 'shr_u' | 'shr_s'}`)
        wrapLanes(f, dtype)
      })
    }
    default:
      return slow()
  }
}

export const vectorCompare = (
  { f }: CodeContext,
  op: CompareOp,
  dtype: ScalarType,
  x: Lanes,
  y: Lanes
): Lanes => {
  const shape = shapeOf(dtype)
  return eachVector(f, x.length, (at) => {
    // As numbers false < true; as masks 0 > −1.
    const [a, b] = dtype === 'bool' && op !== 'eq' && op !== 'ne' ? [y[at], x[at]] : [x[at], y[at]]
    f.get(a).get(b)
    if (shape !== 'i32x4') f.op(`${shape}.${op}`)
    else if (op === 'eq' || op === 'ne') f.op(`i32x4.${op}`)
    else f.op(`i32x4.${op}_${isUnsigned(dtype) && dtype !== 'bool' ? 'u' : 's'}`)
    if (shape === 'f64x2') narrowMask(f)
  })
}
