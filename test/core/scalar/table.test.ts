import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as bessel from '../../../src/core/scalar/bessel.ts'
import * as combinatorial from '../../../src/core/scalar/combinatorial.ts'
import * as trigonometry from '../../../src/core/scalar/complex-trigonometry.ts'
import * as complex from '../../../src/core/scalar/complex.ts'
import { spence } from '../../../src/core/scalar/dilogarithm.ts'
import * as elementary from '../../../src/core/scalar/elementary.ts'
import * as error from '../../../src/core/scalar/error-function.ts'
import * as integral from '../../../src/core/scalar/exponential-integral.ts'
import { log1pmx } from '../../../src/core/scalar/gamma-kernel.ts'
import * as gamma from '../../../src/core/scalar/gamma.ts'
import * as beta from '../../../src/core/scalar/incomplete-beta.ts'
import * as gradient from '../../../src/core/scalar/incomplete-gamma-derivative.ts'
import * as incomplete from '../../../src/core/scalar/incomplete-gamma.ts'
import * as information from '../../../src/core/scalar/information.ts'
import * as pi from '../../../src/core/scalar/trigonometry-pi.ts'
import * as zeta from '../../../src/core/scalar/zeta.ts'

/** Rows [...arguments, value] by mpmath 1.2.1 at 50 digits and more; see make-table.py. */
const table = JSON.parse(
  readFileSync(new URL('./special-table.json', import.meta.url), 'utf8')
) as Readonly<Record<string, readonly (readonly number[])[]>>

type Real = (...x: number[]) => number

/** Bounds of the relative error. Math.* is listed since the evaluator rests on the engine's. */
const real: Readonly<Record<string, readonly [Real, number]>> = {
  gamma: [gamma.gamma, 2e-15],
  lgamma: [gamma.lgamma, 2e-15],
  digamma: [gamma.digamma, 3e-15],
  polygamma: [zeta.polygamma, 4e-15],
  zeta: [zeta.zeta, 2e-15],
  log1pmx: [log1pmx, 1e-15],
  igamma: [incomplete.igamma, 1e-13],
  igammac: [incomplete.igammac, 2e-14],
  igammaGradA: [gradient.igammaGradA, 1e-13],
  randomGammaGrad: [gradient.randomGammaGrad, 4e-15],
  betainc: [beta.betainc, 3e-14],
  lbeta: [beta.lbeta, 2e-15],
  erf: [error.erf, 5e-16],
  erfc: [error.erfc, 1e-15],
  erfcx: [error.erfcx, 1e-15],
  erfInv: [error.erfInv, 1e-15],
  erfcInv: [error.erfcInv, 1e-15],
  ndtri: [error.ndtri, 1e-15],
  ndtr: [error.ndtr, 1e-15],
  logNdtr: [error.logNdtr, 1e-15],
  besselI0e: [bessel.besselI0e, 1e-15],
  besselI1e: [bessel.besselI1e, 1.5e-15],
  besselI0: [bessel.besselI0, 1e-15],
  besselI1: [bessel.besselI1, 1.5e-15],
  expi: [integral.expi, 1e-14],
  exp1: [integral.exp1, 1e-14],
  expn: [integral.expn, 1e-14],
  spence: [spence, 1e-15],
  klDiv: [information.klDiv, 1e-15],
  relEntr: [information.relEntr, 1e-15],
  entr: [information.entr, 5e-16],
  factorial: [combinatorial.factorial, 1e-15],
  poch: [combinatorial.poch, 3e-14],
  multigammaln: [combinatorial.multigammaln, 1e-15],
  bernoulliNumber: [combinatorial.bernoulliNumber, 2e-14],
  sinpi: [pi.sinpi, 5e-16],
  cospi: [pi.cospi, 5e-16],
  sinc: [pi.sinc, 5e-16],
  logistic: [elementary.logistic, 5e-16],
  logaddexp: [elementary.logaddexp, 5e-16],
  exp2: [elementary.exp2, 5e-16],
  log2: [elementary.log2, 5e-16],
  log10: [Math.log10, 5e-16],
  pow: [elementary.pow, 5e-16],
  integerPow: [elementary.integerPow, 2e-15],
  hypot: [elementary.hypot, 5e-16],
  cbrt: [Math.cbrt, 5e-16],
  exp: [Math.exp, 5e-16],
  expm1: [Math.expm1, 5e-16],
  log: [Math.log, 5e-16],
  log1p: [Math.log1p, 5e-16],
  sin: [Math.sin, 5e-16],
  cos: [Math.cos, 5e-16],
  tan: [Math.tan, 5e-16],
  sinh: [Math.sinh, 5e-16],
  cosh: [Math.cosh, 5e-16],
  tanh: [Math.tanh, 5e-16],
  asin: [Math.asin, 5e-16],
  acos: [Math.acos, 5e-16],
  atan: [Math.atan, 5e-16],
  asinh: [Math.asinh, 5e-16],
  acosh: [Math.acosh, 5e-16],
  atanh: [Math.atanh, 5e-16]
}

type Unary = (re: number, im: number, out: complex.ComplexOut) => void
type Binary = (a: number, b: number, c: number, d: number, out: complex.ComplexOut) => void

/** Bounds of the relative error of the modulus, and of each part (null: a part may cancel). */
const unary: Readonly<Record<string, readonly [Unary, number, number | null]>> = {
  csqrt: [complex.csqrt, 5e-16, 5e-16],
  cexp: [complex.cexp, 5e-16, 5e-16],
  cexpm1: [complex.cexpm1, 5e-16, null],
  clog: [complex.clog, 5e-16, 1e-15],
  clog1p: [complex.clog1p, 5e-16, 1e-15],
  csin: [trigonometry.csin, 5e-16, 1e-15],
  ccos: [trigonometry.ccos, 5e-16, 1e-15],
  ctan: [trigonometry.ctan, 1e-15, 1e-15],
  csinh: [trigonometry.csinh, 5e-16, 1e-15],
  ccosh: [trigonometry.ccosh, 5e-16, 1e-15],
  ctanh: [trigonometry.ctanh, 1e-15, 1e-15],
  casin: [trigonometry.casin, 5e-16, 1e-15],
  cacos: [trigonometry.cacos, 5e-16, 1e-15],
  catan: [trigonometry.catan, 5e-16, 1e-15],
  casinh: [trigonometry.casinh, 5e-16, 1e-15],
  cacosh: [trigonometry.cacosh, 5e-16, 1e-15],
  catanh: [trigonometry.catanh, 5e-16, 1e-15]
}

const binary: Readonly<Record<string, readonly [Binary, number, number | null]>> = {
  cmul: [complex.cmul, 5e-16, null],
  cdiv: [complex.cdiv, 1e-15, null],
  cpow: [complex.cpow, 1e-14, null]
}

const relativeError = (got: number, want: number): number =>
  got === want ? 0 : Math.abs(got - want) / Math.abs(want)

/** The worst of the errors with the row it occurs in, so that a failure names its point. */
const worst = (
  rows: readonly (readonly number[])[],
  error: (row: readonly number[]) => number
): { readonly error: number; readonly row: readonly number[] } =>
  rows.map((row) => ({ error: error(row), row })).reduce((a, b) => (b.error <= a.error ? a : b)) // NaN wins, and then fails

describe('float64 functions agree with mpmath', () => {
  test.each(Object.entries(real))('%s', (name, [f, bound]) => {
    const result = worst(table[name], (row) => relativeError(f(...row.slice(0, -1)), row.at(-1)!))
    expect(result.error, `${name}(${result.row.slice(0, -1).join(', ')})`).toBeLessThan(bound)
  })

  test.each(Object.entries({ ...unary, ...binary }))('%s', (name, [f, modulus, part]) => {
    const out = new Float64Array(2)
    const evaluate = (row: readonly number[]): void =>
      (f as (...args: readonly unknown[]) => void)(...row.slice(0, -2), out) // arity 3 or 5, as the rows
    const whole = worst(table[name], (row) => {
      evaluate(row)
      const [re, im] = row.slice(-2)
      const size = Math.max(Math.abs(re), Math.abs(im))
      return Math.hypot((out[0] - re) / size, (out[1] - im) / size)
    })
    expect(whole.error, `${name}(${whole.row.slice(0, -2).join(', ')})`).toBeLessThan(modulus)
    if (part === null) return
    const parts = worst(table[name], (row) => {
      evaluate(row)
      return Math.max(
        relativeError(out[0], row[row.length - 2]),
        relativeError(out[1], row[row.length - 1])
      )
    })
    expect(parts.error, `${name}(${parts.row.slice(0, -2).join(', ')})`).toBeLessThan(part)
  })

  test('every row of the table is used, and each function has at least 50', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys({ ...real, ...unary, ...binary }).sort())
    for (const rows of Object.values(table)) expect(rows.length).toBeGreaterThanOrEqual(50)
  })
})
