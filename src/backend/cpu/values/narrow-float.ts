/** Rounding to float16 and bfloat16, which live in float32 lanes. */
import type { ScalarType } from '../../../kernel/expr.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** Rounds the f32x4 on the stack to a narrow float, half to even. */
export const roundLanes = (f: FunctionBuilder, dtype: ScalarType): void => {
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

/** Two 64-bit masks as two 32-bit masks in the lower lanes. */
export const narrowMask = (f: FunctionBuilder): void => {
  const m = f.local('v128')
  f.tee(m).get(m).shuffle([0, 2, 0, 2])
}

/**
 * Pushes the f64x2 `x` as two narrow floats. Rounded to nearest twice it could be wrong, so it goes
 * to float32 by rounding to odd: an inexact result keeps a bit that says so.
 */
export const narrowLanes = (f: FunctionBuilder, x: Local, dtype: ScalarType): void => {
  const [near, back, even] = f.locals('v128', 3)
  f.get(x).op('f32x4.demote_f64x2_zero').tee(near).op('f64x2.promote_low_f32x4').set(back)
  f.get(back).get(x).op('f64x2.ne')
  narrowMask(f)
  f.get(near).i32x4(1).op('v128.and').i32x4(0).op('i32x4.eq').op('v128.and').set(even)
  // One step of the bits towards x: −1 where the magnitude grew, else 1.
  f.get(back).op('f64x2.abs').get(x).op('f64x2.abs').op('f64x2.gt')
  narrowMask(f)
  f.i32x4(1).op('v128.or').get(even).op('v128.and').get(near).op('i32x4.add')
  roundLanes(f, dtype)
}
