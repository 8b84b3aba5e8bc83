/**
 * One operation on vectors. A value is a few v128 locals side by side. Floats lie in their own
 * lanes, integers of every width in 32-bit lanes, bools as masks of 32-bit lanes. Beside float64
 * a vector has two lanes, and narrower values use the lower two of their four.
 */
import { bitsOf, isFloat } from '../../core/dtype.ts'
import type { BinaryOp, CompareOp, Expr, ScalarType, UnaryOp } from '../../kernel/expr.ts'
import {
  elementaryBinary,
  elementaryUnary,
  isElementaryBinary,
  isElementaryUnary
} from './elementary.ts'
import { laneMath } from './elementary/lanes.ts'
import type { Lanes } from './elementary/lanes.ts'
import {
  type CodeContext,
  isNarrowFloat,
  isUnsigned,
  machineType,
  scalarBinary,
  scalarBitcast,
  scalarCast,
  scalarUnary
} from './expr-scalar.ts'
import type { FunctionBuilder, Local } from './wasm/function.ts'

const shapeOf = (dtype: ScalarType): 'f32x4' | 'f64x2' | 'i32x4' => {
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
const wrapLanes = (f: FunctionBuilder, dtype: ScalarType): void => {
  const bits = bitsOf(dtype)
  if (dtype === 'bool' || bits === 32) return
  if (isUnsigned(dtype)) f.i32x4(2 ** bits - 1).op('v128.and')
  else
    f.i32(32 - bits)
      .op('i32x4.shl')
      .i32(32 - bits)
      .op('i32x4.shr_s')
}

/** Rounds the f32x4 on the stack to a narrow float, half to even. */
const roundLanes = (f: FunctionBuilder, dtype: ScalarType): void => {
  const x = f.local('v128')
  if (dtype === 'bfloat16') {
    f.tee(x).get(x).i32(16).op('i32x4.shr_u').i32x4(1).op('v128.and').i32x4(0x7fff)
    f.op('i32x4.add').op('i32x4.add').i32x4(-65536).op('v128.and')
    f.get(x).get(x).get(x).op('f32x4.eq').op('v128.bitselect')
    return
  }
  const magnitude = f.local('v128')
  f.tee(x).op('f32x4.abs').set(magnitude)
  // Normal: bits + 0xfff + lowest kept bit carries exactly when it rounds up; then overflow.
  f.get(magnitude).get(magnitude).i32(13).op('i32x4.shr_u').i32x4(1).op('v128.and').i32x4(0xfff)
  f.op('i32x4.add').op('i32x4.add').i32x4(-8192).op('v128.and')
  const normal = f.local('v128')
  f.set(normal).f32x4(Infinity).get(normal).get(normal).f32x4(65536).op('f32x4.ge')
  f.op('v128.bitselect').set(normal)
  // Subnormal: beside 0.5 the last place of float32 is 2^-24, float16's smallest number.
  f.get(magnitude).f32x4(0.5).op('f32x4.add').f32x4(0.5).op('f32x4.sub').get(normal)
  f.get(magnitude)
    .f32x4(2 ** -14)
    .op('f32x4.lt')
    .op('v128.bitselect')
  f.get(x).f32x4(-0).op('v128.and').op('v128.or').set(normal)
  f.get(normal).get(x).get(x).get(x).op('f32x4.eq').op('v128.bitselect')
}

const roundIfNarrow = (f: FunctionBuilder, dtype: ScalarType): void => {
  if (isNarrowFloat(dtype)) roundLanes(f, dtype)
}

/** Two 64-bit masks as two 32-bit masks in the lower lanes. */
const narrowMask = (f: FunctionBuilder): void => {
  const m = f.local('v128')
  f.tee(m).get(m).shuffle([0, 2, 0, 2])
}

/** A mask of 32-bit lanes as wide as the lanes of `dtype`. */
const widenMask = (f: FunctionBuilder, dtype: ScalarType): void => {
  if (machineType(dtype) === 'f64') f.op('i64x2.extend_low_i32x4_s')
}

/** Pushes a ? b : c for the operands on the stack [b, c, mask]. */
const blend = (f: FunctionBuilder, dtype: ScalarType): void => {
  widenMask(f, dtype)
  f.op('v128.bitselect')
}

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

/** `amount` is the right operand where it is a constant: shifts need it as a scalar. */
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
      case 'max':
      case 'min':
        return each((a, b) => f.get(a).get(b).op(`${shape}.${op}`))
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

export const vectorSelect = (
  { f }: CodeContext,
  dtype: ScalarType,
  condition: Lanes,
  x: Lanes,
  y: Lanes
): Lanes =>
  eachVector(f, x.length, (at) => {
    f.get(x[at]).get(y[at]).get(condition[at])
    blend(f, dtype)
  })

/** Clamps 32-bit lanes into a narrow integer. */
const saturateLanes = (f: FunctionBuilder, to: ScalarType): void => {
  const bits = bitsOf(to)
  if (bits === 32) return
  if (isUnsigned(to)) f.i32x4(2 ** bits - 1).op('i32x4.min_u')
  else {
    f.i32x4(2 ** (bits - 1) - 1).op('i32x4.min_s')
    f.i32x4(-(2 ** (bits - 1))).op('i32x4.max_s')
  }
}

export const vectorCast = (
  c: CodeContext,
  lanes: number,
  from: ScalarType,
  to: ScalarType,
  x: Lanes
): Lanes => {
  const { f } = c
  const [source, target] = [machineType(from), machineType(to)]
  if (from !== 'bool' && isNarrowFloat(to) && source === 'f64') {
    return perLane(c, lanes, [[x, from]], to, ([s]) => scalarCast(c, from, to, s))
  }
  const s = isUnsigned(from) ? 'u' : 's'
  return eachVector(f, x.length, (at) => {
    f.get(x[at])
    if (to === 'bool') {
      if (from === 'bool') return
      pushConstVector(f, from, 0)
      f.op(`${shapeOf(from)}.ne`)
      if (source === 'f64') narrowMask(f)
      return
    }
    if (from === 'bool') {
      if (target === 'f32') f.f32x4(1).op('v128.and')
      else {
        f.i32x4(1).op('v128.and')
        if (target === 'f64') f.op('f64x2.convert_low_i32x4_s')
      }
      return
    }
    if (source === 'i32') {
      if (target === 'i32') wrapLanes(f, to)
      else if (target === 'f32') f.op(`f32x4.convert_i32x4_${s}`)
      else f.op(`f64x2.convert_low_i32x4_${s}`)
    } else if (target === 'i32') {
      const t = isUnsigned(to) ? 'u' : 's'
      if (source === 'f32') f.op(`i32x4.trunc_sat_f32x4_${t}`)
      else f.op(`i32x4.trunc_sat_f64x2_${t}_zero`)
      saturateLanes(f, to)
      return
    } else if (source !== target) {
      f.op(target === 'f64' ? 'f64x2.promote_low_f32x4' : 'f32x4.demote_f64x2_zero')
    }
    if (from !== to) roundIfNarrow(f, to)
  })
}

export const vectorBitcast = (
  c: CodeContext,
  lanes: number,
  from: ScalarType,
  to: ScalarType,
  x: Lanes
): Lanes => {
  if (bitsOf(from) === 32 && from !== 'bool') return x
  if (isFloat(from) || isFloat(to) || from === 'bool' || to === 'bool') {
    return perLane(c, lanes, [[x, from]], to, ([s]) => scalarBitcast(c, from, to, s))
  }
  return eachVector(c.f, x.length, (at) => {
    c.f.get(x[at])
    wrapLanes(c.f, to)
  })
}
