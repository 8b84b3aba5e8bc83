/**
 * The remainder of a large number in the division by π/2, as a subroutine of the module.
 *
 * x = m 2^q with an integer m of 53 bits. Of the bits of 2/π those that m 2^q turns into multiples
 * of four are passed over, and the next 192 are multiplied by m: the top two bits of the product
 * count quarter turns, and the rest is the fraction of one, of which at least 64 bits are right
 * (no float64 comes nearer to a multiple of π/2 than 2^-62 of a turn).
 *
 * Source: Payne and Hanek 1983.
 */

import type { FunctionBuilder, FunctionRef, Local } from '../../wasm/function.ts'
import type { ModuleBuilder } from '../../wasm/module.ts'

/** 64 zeros, then 2/π in binary. */
const TWO_OVER_PI: readonly bigint[] = [
  0n,
  0xa2f9836e4e441529n,
  0xfc2757d1f534ddc0n,
  0xdb6295993c439041n,
  0xfe5163abdebbc561n,
  0xb7246e3a424dd2e0n,
  0x06492eea09d1921cn,
  0xfe1deb1cb129a73en,
  0xe88235f52ebb4484n,
  0xe99c7026b45f7e41n,
  0x3991d639835339f4n,
  0x9c845f8bbdf9283bn,
  0x1ff897ffde05980fn,
  0xef2f118b5a0a6d1fn,
  0x6d367ecf27cb09b7n,
  0x4f463f669e5fea2dn,
  0x7527bac7ebe5f17bn,
  0x3d0739f78a5292ean,
  0x6bfb5fb11f8d5d08n,
  0x56033046fc7b6babn
]

/** π/2 in two parts, and the first split in halves whose products are exact. */
const HALF_PI = [Math.PI / 2, 6.123233995736766e-17] as const
const SPLITTER = 2 ** 27 + 1
const HIGH = SPLITTER * HALF_PI[0] - (SPLITTER * HALF_PI[0] - HALF_PI[0])
const LOW = HALF_PI[0] - HIGH

/** word(i): 64 bits of the table. */
const tableWord = (module: ModuleBuilder): FunctionRef =>
  module.shared('word of 2/π', () =>
    module.define({ params: ['i32'], results: ['i64'] }, (f, index) => {
      const pick = (from: number, to: number): void => {
        if (to - from === 1) return void f.i64(BigInt.asIntN(64, TWO_OVER_PI[from]))
        const middle = (from + to) >> 1
        f.get(index).i32(middle).op('i32.lt_u')
        f.if(
          () => pick(from, middle),
          () => pick(middle, to),
          'i64'
        )
      }
      pick(0, TWO_OVER_PI.length)
    })
  )

/** The upper 64 bits of the product of two unsigned numbers. */
const multiplyHigh = (module: ModuleBuilder): FunctionRef =>
  module.shared('multiply high', () =>
    module.define({ params: ['i64', 'i64'], results: ['i64'] }, (f, a, b) => {
      const low = (x: Local): FunctionBuilder => f.get(x).i64(0xffffffffn).op('i64.and')
      const high = (x: Local): FunctionBuilder => f.get(x).i64(32n).op('i64.shr_u')
      const [u, v] = f.locals('i64', 2)
      low(a)
      low(b).op('i64.mul').i64(32n).op('i64.shr_u')
      high(a)
      low(b).op('i64.mul').op('i64.add').set(u)
      low(a)
      high(b).op('i64.mul')
      low(u).op('i64.add').set(v)
      high(a)
      high(b).op('i64.mul')
      high(u).op('i64.add')
      high(v).op('i64.add')
    })
  )

/** Pushes 64 bits of the table from bit `offset` of word `word` + `at` on. */
const pushBits = (
  f: FunctionBuilder,
  table: FunctionRef,
  word: Local,
  offset: Local,
  at: number
): void => {
  f.get(word).i32(at).op('i32.add').call(table).get(offset).op('i64.shl')
  // A shift by 64 would be one by 0, so it is made in two steps.
  f.get(word)
    .i32(at + 1)
    .op('i32.add')
    .call(table)
    .i64(1n)
    .op('i64.shr_u')
  f.i64(63n).get(offset).op('i64.sub').op('i64.shr_u').op('i64.or')
}

/**
 * remainder(x) for finite |x| ≥ 2^20: the lanes are r and e with r + e the remainder, |r| ≤ π/4,
 * and the two lowest bits of e replaced by the number of quarter turns.
 */
export const largeRemainder = (module: ModuleBuilder): FunctionRef =>
  module.shared('remainder by π/2', () => {
    const table = tableWord(module)
    const high = multiplyHigh(module)
    return module.define({ params: ['f64'], results: ['v128'] }, (f, x) => {
      const [bits, mantissa, top, middle, fraction, rest] = f.locals('i64', 6)
      const [position, word] = f.locals('i32', 2)
      const offset = f.local('i64')
      f.get(x).op('f64.abs').op('i64.reinterpret_f64').tee(bits)
      f.i64(0xfffffffffffffn).op('i64.and').i64(0x10000000000000n).op('i64.or').set(mantissa)
      // q = exponent − 1075; the weight of the first bit wanted is 2, at q + 62 in the table.
      f.get(bits).i64(52n).op('i64.shr_u').op('i32.wrap_i64')
      f.i32(1075 - 62)
        .op('i32.sub')
        .set(position)
      f.get(position).i32(6).op('i32.shr_u').set(word)
      f.get(position).i32(63).op('i32.and').op('i64.extend_i32_u').set(offset)

      const [w0, w1, w2] = f.locals('i64', 3)
      ;[w2, w1, w0].forEach((w, i) => {
        pushBits(f, table, word, offset, i)
        f.set(w)
      })
      f.get(mantissa).get(w1).op('i64.mul').get(mantissa).get(w0).call(high)
      f.op('i64.add').set(middle)
      f.get(mantissa).get(w2).op('i64.mul').get(mantissa).get(w1).call(high).op('i64.add')
      // The carry of the sum above: it is less than what was added.
      f.get(middle).get(mantissa).get(w1).op('i64.mul').op('i64.lt_u')
      f.op('i64.extend_i32_u').op('i64.add').set(top)

      // Rounded to whole turns, the fraction is signed.
      f.get(top).i64(2n).op('i64.shl').get(middle).i64(62n).op('i64.shr_u').op('i64.or')
      f.set(fraction)
      f.get(middle).i64(2n).op('i64.shl').set(rest)
      const turns = f.local('i64')
      f.get(top)
        .i64(1n << 61n)
        .op('i64.add')
        .i64(62n)
        .op('i64.shr_u')
        .set(turns)

      const [h, l, p, r, e] = f.locals('f64', 5)
      f.get(fraction).op('f64.convert_i64_s').set(h)
      f.get(fraction).get(h).op('i64.trunc_sat_f64_s').op('i64.sub').op('f64.convert_i64_s')
      f.get(rest)
        .op('f64.convert_i64_u')
        .f64(2 ** -64)
      f.op('f64.mul').op('f64.add').set(l)
      f.get(h).get(l).op('f64.add').tee(p).get(h).op('f64.sub').set(e)
      f.get(l).get(e).op('f64.sub').set(l)
      // p + l times π/2 in two parts, exactly up to the last few bits of the second.
      const [a, b] = f.locals('f64', 2)
      f.get(p).f64(SPLITTER).op('f64.mul').tee(a).get(a).get(p).op('f64.sub').op('f64.sub').set(a)
      f.get(p).get(a).op('f64.sub').set(b)
      f.get(p).f64(HALF_PI[0]).op('f64.mul').set(r)
      f.get(a).f64(HIGH).op('f64.mul').get(r).op('f64.sub')
      f.get(a).f64(LOW).op('f64.mul').op('f64.add')
      f.get(b).f64(HIGH).op('f64.mul').op('f64.add')
      f.get(b).f64(LOW).op('f64.mul').op('f64.add')
      f.get(p).f64(HALF_PI[1]).op('f64.mul').op('f64.add')
      f.get(l).f64(HALF_PI[0]).op('f64.mul').op('f64.add').set(e)
      f.get(r).get(e).op('f64.add').set(p)
      f.get(r).get(p).op('f64.sub').get(e).op('f64.add').set(e)

      // With the scale of the fraction, and the sign of x.
      const scale = f.local('f64')
      f.f64(2 ** -64)
        .get(x)
        .op('f64.copysign')
        .set(scale)
      f.i64(0n).get(turns).op('i64.sub').get(turns).get(x).f64(0).op('f64.lt').op('select')
      f.i64(3n).op('i64.and').set(turns)
      f.get(e).get(scale).op('f64.mul').op('i64.reinterpret_f64').i64(-4n).op('i64.and')
      f.get(turns).op('i64.or').op('f64.reinterpret_i64').set(e)
      f.get(p).get(scale).op('f64.mul').op('f64x2.splat')
      f.get(e).lane('f64x2.replace_lane', 1)
    })
  })
