/** Loads and stores of every dtype, as scalars and as vectors of two or four lanes. */
import { bitsOf } from '../../../core/dtype.ts'
import type { ScalarType } from '../../../kernel/expr.ts'
import { isUnsigned, machineType } from './expr-scalar.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** Bytes of a stored element; float16 and bfloat16 are stored wide, bools in bytes. */
export const byteSize = (dtype: ScalarType): number => {
  const type = machineType(dtype)
  return type === 'f64' ? 8 : type === 'f32' ? 4 : dtype === 'bool' ? 1 : bitsOf(dtype) / 8
}

/** Pushes the element at the address on the stack. */
export const loadScalar = (f: FunctionBuilder, dtype: ScalarType, offset: number): void => {
  const type = machineType(dtype)
  if (type !== 'i32') f.memory(`${type}.load`, offset)
  else if (byteSize(dtype) === 4) f.memory('i32.load', offset)
  else {
    const width = byteSize(dtype) === 1 ? '8' : '16'
    f.memory(`i32.load${width}_${isUnsigned(dtype) ? 'u' : 's'}`, offset)
  }
}

/** Stores [address, element] from the stack. */
export const storeScalar = (f: FunctionBuilder, dtype: ScalarType, offset: number): void => {
  const type = machineType(dtype)
  if (type !== 'i32') f.memory(`${type}.store`, offset)
  else if (byteSize(dtype) === 4) f.memory('i32.store', offset)
  else f.memory(byteSize(dtype) === 1 ? 'i32.store8' : 'i32.store16', offset)
}

/** Pushes `lanes` consecutive elements at the address on the stack. */
export const loadVector = (
  f: FunctionBuilder,
  dtype: ScalarType,
  lanes: number,
  offset: number
): void => {
  const s = isUnsigned(dtype) ? 'u' : 's'
  switch (byteSize(dtype)) {
    case 8:
      f.memory('v128.load', offset)
      return
    case 4:
      f.memory(lanes === 4 ? 'v128.load' : 'v128.load64_zero', offset)
      return
    case 2:
      if (lanes === 4) f.memory(`v128.load16x4_${s}`, offset)
      else f.memory('v128.load32_zero', offset).op(`i32x4.extend_low_i16x8_${s}`)
      return
    default:
      if (lanes === 4) f.memory('v128.load32_zero', offset)
      else f.memory('v128.load16_splat', offset)
      f.op(`i16x8.extend_low_i8x16_${s}`).op(`i32x4.extend_low_i16x8_${s}`)
      if (dtype === 'bool') f.i32x4(0).op('i32x4.ne')
  }
}

/** Stores the lanes of `x` at the address on the stack. */
export const storeVector = (
  f: FunctionBuilder,
  dtype: ScalarType,
  lanes: number,
  x: Local,
  offset: number
): void => {
  f.get(x)
  switch (byteSize(dtype)) {
    case 8:
      f.memory('v128.store', offset)
      return
    case 4:
      if (lanes === 4) f.memory('v128.store', offset)
      else f.laneMemory('v128.store64_lane', 0, offset)
      return
    case 2:
      f.get(x).shuffle([0, 1, 4, 5, 8, 9, 12, 13, 0, 0, 0, 0, 0, 0, 0, 0])
      f.laneMemory(lanes === 4 ? 'v128.store64_lane' : 'v128.store32_lane', 0, offset)
      return
    default:
      if (dtype === 'bool') f.i32x4(1).op('v128.and')
      f.get(x).shuffle([0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      f.laneMemory(lanes === 4 ? 'v128.store32_lane' : 'v128.store16_lane', 0, offset)
  }
}
