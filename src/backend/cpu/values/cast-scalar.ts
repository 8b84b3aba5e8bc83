/** Conversions of one scalar: of its value, and of its bits. */
import { bitsOf } from '../../../core/dtype.ts'
import type { ScalarType } from '../../../kernel/expr.ts'
import {
  type CodeContext,
  hostScalar,
  isNarrowFloat,
  isUnsigned,
  machineType,
  pushConst,
  roundNarrow,
  wrapInteger
} from './expr-scalar.ts'
import { narrowLanes } from './narrow-float.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** The value in `x` (of `from`) converted to `to`. */
export const scalarCast = (c: CodeContext, from: ScalarType, to: ScalarType, x: Local): void => {
  const { f } = c
  const [source, target] = [machineType(from), machineType(to)]
  if (to === 'bool') {
    f.get(x)
    pushConst(f, from, 0)
    f.op(`${source}.ne`)
    return
  }
  if (isNarrowFloat(to) && source === 'f64') {
    const wide = f.local('v128')
    f.get(x).op('f64x2.splat').set(wide)
    narrowLanes(f, wide, to)
    f.lane('f32x4.extract_lane', 0)
    return
  }
  f.get(x)
  if (source === 'i32' && target === 'i32') return wrapInteger(f, to)
  if (source === 'i32' && target !== 'i32') {
    f.op(`${target}.convert_i32_${isUnsigned(from) ? 'u' : 's'}`)
  } else if (source !== 'i32' && target === 'i32') {
    f.op(`i32.trunc_sat_${source}_${isUnsigned(to) ? 'u' : 's'}`)
    saturate(f, to)
    return
  } else if (source === 'f32' && target === 'f64') f.op('f64.promote_f32')
  else if (source === 'f64' && target === 'f32') f.op('f32.demote_f64')
  if (from !== to) roundNarrow(c, to)
}

/** Clamps the i32 on the stack into the range of a narrow integer. */
const saturate = (f: FunctionBuilder, to: ScalarType): void => {
  if (bitsOf(to) === 32) return
  const bits = bitsOf(to)
  const v = f.local('i32')
  /** Replaces the value by the limit where it lies beyond it. */
  const clamp = (limit: number, beyond: 'i32.gt_u' | 'i32.gt_s' | 'i32.lt_s'): void => {
    f.set(v).i32(limit).get(v).get(v).i32(limit).op(beyond).op('select')
  }
  if (isUnsigned(to)) return clamp(2 ** bits - 1, 'i32.gt_u')
  clamp(2 ** (bits - 1) - 1, 'i32.gt_s')
  clamp(-(2 ** (bits - 1)), 'i32.lt_s')
}

/** The bits of `x` as another dtype. */
export const scalarBitcast = (c: CodeContext, from: ScalarType, to: ScalarType, x: Local): void => {
  const { f } = c
  const [source, target] = [machineType(from), machineType(to)]
  f.get(x)
  if (from === 'bfloat16') {
    f.op('i32.reinterpret_f32')
      .i32(16)
      .op(isUnsigned(to) ? 'i32.shr_u' : 'i32.shr_s')
  } else if (to === 'bfloat16') f.i32(16).op('i32.shl').op('f32.reinterpret_i32')
  else if (from === 'float16') {
    f.op('f64.promote_f32')
      .call(hostScalar(c, 'float16ToBits', 1))
      .op('i32.trunc_sat_f64_s')
    wrapInteger(f, to)
  } else if (to === 'float16') {
    f.i32(0xffff)
      .op('i32.and')
      .op('f64.convert_i32_u')
      .call(hostScalar(c, 'bitsToFloat16', 1))
    f.op('f32.demote_f64')
  } else if (source === 'i32' && target === 'f32') f.op('f32.reinterpret_i32')
  else if (source === 'f32' && target === 'i32') f.op('i32.reinterpret_f32')
  else if (source === 'i32') wrapInteger(f, to)
}
