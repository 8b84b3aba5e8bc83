/** Conversions of vectors: of their values, and of their bits. */
import { bitsOf, isFloat } from '../../../core/dtype.ts'
import type { ScalarType } from '../../../kernel/expr.ts'
import { scalarBitcast } from './cast-scalar.ts'
import type { Lanes } from './elementary/lanes.ts'
import { type CodeContext, isNarrowFloat, isUnsigned, machineType } from './expr-scalar.ts'
import {
  eachVector,
  perLane,
  pushConstVector,
  roundIfNarrow,
  shapeOf,
  wrapLanes
} from './expr-vector.ts'
import { narrowLanes, narrowMask } from './narrow-float.ts'
import type { FunctionBuilder } from '../wasm/function.ts'

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

export const vectorCast = (c: CodeContext, from: ScalarType, to: ScalarType, x: Lanes): Lanes => {
  const { f } = c
  const [source, target] = [machineType(from), machineType(to)]
  if (isNarrowFloat(to) && source === 'f64')
    return eachVector(f, x.length, (at) => narrowLanes(f, x[at], to))
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
