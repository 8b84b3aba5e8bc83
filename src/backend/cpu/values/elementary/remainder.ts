/** The remainder of a division towards zero, and the neighbours of a number: both exact. */

import type { FunctionRef } from '../../wasm/function.ts'
import type { ModuleBuilder } from '../../wasm/module.ts'
import { twoProduct } from './double-double.ts'
import { throughDouble } from './lanes.ts'
import type { LaneFunction } from './lanes.ts'

/**
 * |x| mod |y| for all float64 numbers: long division, one bit of the quotient a turn.
 */
const longDivision = (module: ModuleBuilder): FunctionRef =>
  module.shared('remainder', () =>
    module.define({ params: ['f64', 'f64'], results: ['f64'] }, (f, x, y) => {
      const [a, b, left] = f.locals('i64', 3)
      const [ea, eb] = f.locals('i32', 2)
      const [size, divisor] = f.locals('f64', 2)
      f.get(x).op('f64.abs').set(size)
      f.get(y).op('f64.abs').set(divisor)
      // x/0, ∞/y and what has a NaN.
      f.get(divisor).f64(0).op('f64.eq').get(size).f64(Infinity).op('f64.lt').op('i32.eqz')
      f.op('i32.or').get(divisor).get(divisor).op('f64.ne').op('i32.or')
      f.if(() => f.f64(NaN).op('return'))
      f.get(size).get(divisor).op('f64.lt')
      f.if(() => f.get(size).op('return'))
      /** Splits a number into a mantissa with its leading bit at 52, and an exponent. */
      const split = (value: typeof size, mantissa: typeof a, exponent: typeof ea): void => {
        const scaled = f.local('f64')
        const tiny = f.local('i32')
        f.get(value)
          .f64(2 ** -1022)
          .op('f64.lt')
          .set(tiny)
        f.get(value)
          .f64(2 ** 54)
          .op('f64.mul')
          .get(value)
          .get(tiny)
          .op('select')
          .set(scaled)
        f.get(scaled).op('i64.reinterpret_f64').set(mantissa)
        f.get(mantissa).i64(52n).op('i64.shr_u').op('i32.wrap_i64')
        f.i32(54).i32(0).get(tiny).op('select').op('i32.sub').set(exponent)
        f.get(mantissa).i64(0xfffffffffffffn).op('i64.and')
        f.i64(0x10000000000000n).op('i64.or').set(mantissa)
      }
      split(size, a, ea)
      split(divisor, b, eb)
      f.block((end) =>
        f.loop((again) => {
          f.get(a).get(b).op('i64.sub').tee(left).get(a)
          f.get(left).i64(0n).op('i64.ge_s').op('select').set(a)
          f.get(ea).get(eb).op('i32.le_s').brIf(end)
          f.get(a).i64(1n).op('i64.shl').set(a)
          f.increment(ea, -1)
          f.br(again)
        })
      )
      // a 2^(eb − 1075), in two exact steps that do not leave the normal numbers before the last.
      const power = (push: () => void): void => {
        push()
        f.i32(1023).op('i32.add').op('i64.extend_i32_s').i64(52n).op('i64.shl')
        f.op('f64.reinterpret_i64')
      }
      const half = f.local('i32')
      f.get(eb).i32(1075).op('i32.sub').tee(eb).i32(1).op('i32.shr_s').set(half)
      f.get(a).op('f64.convert_i64_s')
      power(() => f.get(half))
      f.op('f64.mul')
      power(() => f.get(eb).get(half).op('i32.sub'))
      f.op('f64.mul')
    })
  )

/**
 * x − y trunc(x/y). While the quotient is below 2^52 its product with y is formed exactly, and the
 * quotient is off by one at most; other numbers are divided bit by bit.
 */
const remainder64: LaneFunction = (m, x, y) => {
  const [a, b] = [m.abs(x), m.abs(y)]
  const quotient = m.trunc(m.div(a, b))
  const product = twoProduct(m, quotient, b)
  const first = m.sub(m.sub(a, product.high), product.low)
  const raised = m.select(m.lt(first, 0), m.add(first, b), first)
  const fast = m.select(m.le(b, raised), m.sub(raised, b), raised)
  const plain = m.and(
    m.and(m.lt(quotient, 2 ** 52), m.lt(a, 2 ** 990)),
    m.and(m.lt(b, 2 ** 990), m.gt(b, 2 ** -900))
  )
  const others = m.gt(m.select(plain, 0, 1), 0)
  return m.or(m.abs(m.patch(others, fast, longDivision(m.module), a, b)), m.signBit(x))
}

const remainder32 = throughDouble(remainder64)

/** The remainder with the sign of x, C's fmod. */
export const rem: LaneFunction = (m, x, y) =>
  (m.type.bytes === 4 ? remainder32 : remainder64)(m, x, y)

/** The next number after x towards y, by a step of the bits. */
export const nextafter: LaneFunction = (m, x, y) => {
  // All bits set where the magnitude grows: the step is then +1, else −1.
  const outwards = m.select(m.gt(x, 0), m.gt(y, x), m.lt(y, x))
  const step = m.bits.sub(m.bits.sub(m.bits.sub(x, outwards), outwards), 1n)
  const least = m.type.bytes === 4 ? 2 ** -149 : 2 ** -1074
  const fromZero = m.or(m.select(m.eq(x, x), least, least), m.signBit(y))
  const moved = m.select(m.eq(x, 0), fromZero, step)
  const ordered = m.and(m.eq(x, x), m.eq(y, y))
  return m.select(ordered, m.select(m.eq(x, y), y, moved), NaN)
}
