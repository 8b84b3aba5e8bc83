import { describe, expect, test } from 'vitest'
import { avalOf, type NdArray } from '../../src/core/array.ts'
import { isComplex } from '../../src/core/dtype.ts'
import { isZero, type Primitive } from '../../src/trace/primitive.ts'
import { expectClose } from '../equality.ts'
import * as arithmetic from '../../src/primitives/arithmetic.ts'
import * as bitwise from '../../src/primitives/bitwise.ts'
import * as clamps from '../../src/primitives/clamp.ts'
import * as compare from '../../src/primitives/compare.ts'
import * as complexes from '../../src/primitives/complex.ts'
import * as conversion from '../../src/primitives/convert.ts'
import * as elementary from '../../src/primitives/elementary.ts'
import { add, instantiate, mul } from '../../src/primitives/elementwise.ts'
import * as errors from '../../src/primitives/error-function.ts'
import * as hyperbolic from '../../src/primitives/hyperbolic.ts'
import * as identities from '../../src/primitives/identity.ts'
import * as beta from '../../src/primitives/incomplete-beta.ts'
import * as negation from '../../src/primitives/negation.ts'
import * as roots from '../../src/primitives/roots.ts'
import * as rounding from '../../src/primitives/rounding.ts'
import * as special from '../../src/primitives/special.ts'
import * as trigonometry from '../../src/primitives/trigonometry.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { c128, differences, f64, make, values } from './arrays.ts'

type Operation = (...xs: readonly NdArray[]) => NdArray

const { abs, div, integerPow, max, min, rem, sign, square } = arithmetic
const { clamp } = clamps
const { exp, exp2, expm1, log, log1p, log2, logistic, pow } = elementary
const { acosh, asinh, atanh, cosh, sinh, tanh } = hyperbolic
const { acos, asin, atan, atan2, cos, sin, tan } = trigonometry
const { cbrt, rsqrt, sqrt } = roots
const { besselI0e, besselI1e, digamma, igamma, igammac, lgamma, polygamma, zeta } = special
const which = make('bool', [0, 1])

/** Functions at points where they are smooth, two per argument. */
const smooth: readonly (readonly [name: string, f: Operation, ...points: readonly NdArray[]])[] = [
  ['add', add, f64(1, 2), f64(3, 4)],
  ['mul', mul, f64(1, 2), f64(3, 4)],
  ['sub', negation.sub, f64(1, 2), f64(3, 4)],
  ['neg', negation.neg, f64(1, -2)],
  ['div', div, f64(1, 2), f64(3, -4)],
  ['rem', rem, f64(7.3, -7.3), f64(2, 2.1)],
  ['abs', abs, f64(1.5, -2)],
  ['max', max, f64(1, 2), f64(3, -4)],
  ['min', min, f64(1, 2), f64(3, -4)],
  ['square', square, f64(1.5, -2)],
  ['integerPow', (x) => integerPow(x, 3), f64(1.5, -2)],
  ['integerPow', (x) => integerPow(x, -2), f64(1.5, -2)],
  ['pow', pow, f64(1.5, 2), f64(2.5, -0.7)],
  ['sqrt', sqrt, f64(1.5, 9)],
  ['rsqrt', rsqrt, f64(1.5, 9)],
  ['cbrt', cbrt, f64(1.5, -9)],
  ['clamp', clamp, f64(0, 0), f64(0.5, 3), f64(1, 1)],
  ['clamp', clamp, f64(0, 0), f64(-0.5, 3), f64(1, 1)],
  ['clamp', clamp, make('float64', [0], []), f64(-0.5, 3), make('float64', [1], [])],
  ['exp', exp, f64(-0.5, 1)],
  ['exp2', exp2, f64(-0.5, 1)],
  ['expm1', expm1, f64(-0.5, 1)],
  ['log', log, f64(0.5, 3)],
  ['log2', log2, f64(0.5, 3)],
  ['log1p', log1p, f64(-0.5, 3)],
  ['logistic', logistic, f64(-0.5, 3)],
  ['sin', sin, f64(-0.5, 3)],
  ['cos', cos, f64(-0.5, 3)],
  ['tan', tan, f64(-0.5, 1)],
  ['asin', asin, f64(-0.5, 0.3)],
  ['acos', acos, f64(-0.5, 0.3)],
  ['atan', atan, f64(-0.5, 3)],
  ['atan2', atan2, f64(1, -2), f64(-3, 0.5)],
  ['sinh', sinh, f64(-0.5, 2)],
  ['cosh', cosh, f64(-0.5, 2)],
  ['tanh', tanh, f64(-0.5, 2)],
  ['asinh', asinh, f64(-0.5, 2)],
  ['acosh', acosh, f64(1.5, 3)],
  ['atanh', atanh, f64(-0.5, 0.3)],
  ['erf', errors.erf, f64(-0.5, 2)],
  ['erfc', errors.erfc, f64(-0.5, 2)],
  ['erfInv', errors.erfInv, f64(-0.5, 0.7)],
  ['lgamma', lgamma, f64(0.7, 4)],
  ['digamma', digamma, f64(0.7, 4)],
  ['polygamma', (x) => polygamma(f64(1, 2), x), f64(0.7, 4)],
  ['zeta', (q) => zeta(f64(2, 3.5), q), f64(0.7, 4)],
  ['igamma', igamma, f64(0.7, 4), f64(1.2, 3)],
  ['igammac', igammac, f64(0.7, 4), f64(1.2, 3)],
  [
    'regularizedIncompleteBeta',
    (x) => beta.regularizedIncompleteBeta(f64(0.7, 4), f64(2, 0.5), x),
    f64(0.3, 0.6)
  ],
  ['besselI0e', besselI0e, f64(-0.7, 4)],
  ['besselI1e', besselI1e, f64(-0.7, 4)],
  ['selectN', (x, y) => compare.selectN(which, x, y), f64(1, 2), f64(3, 4)],
  ['complex', complexes.complex, f64(1, 2), f64(3, 4)],
  ['convertElementType', (x) => conversion.convertElementType(x, 'complex128'), f64(1, 2)],
  ['copy', identities.copy, f64(1, 2)]
]

/** Holomorphic functions, but for the last three: two complex numbers per argument. */
const complex: typeof smooth = [
  ...([add, mul, div, negation.sub, pow] as const).map(
    (f) => [f.name, f, c128(1, 2, 0.5, -1), c128(0.3, -0.4, 2, 1)] as const
  ),
  ...(
    [
      square,
      sqrt,
      rsqrt,
      exp,
      exp2,
      expm1,
      log,
      log2,
      log1p,
      logistic,
      sin,
      cos,
      tan,
      asin,
      acos,
      atan,
      sinh,
      cosh,
      tanh,
      asinh,
      acosh,
      atanh,
      negation.neg
    ] as const
  ).map((f) => [f.primitive.name, f as Operation, c128(0.6, 0.4, -0.5, -0.9)] as const),
  ['integerPow', (z) => integerPow(z, -3), c128(0.6, 0.4, -0.5, -0.9)],
  ['abs', abs, c128(0.6, 0.4, -0.5, -0.9)],
  ['real', complexes.real, c128(0.6, 0.4, -0.5, -0.9)],
  ['imag', complexes.imag, c128(0.6, 0.4, -0.5, -0.9)],
  ['conj', complexes.conj, c128(0.6, 0.4, -0.5, -0.9)],
  ['convertElementType', (z) => conversion.convertElementType(z, 'float64'), c128(1, 2)]
]

const directions = [0.7, -1.3, 0.4, 1.1]

const direction = (x: NdArray, n: number): NdArray =>
  make(
    x.dtype,
    values(x).map((_, i) => directions[(i + n) % 4]),
    x.shape
  )

/** Re Σ a·b without conjugation: the pairing that transposes are defined by. */
const pair = (a: NdArray, b: NdArray): number => {
  const [x, y] = [values(a), values(b)]
  const signs = isComplex(a.dtype) ? [1, -1] : [1]
  return x.reduce((sum, v, i) => sum + signs[i % signs.length] * v * y[i], 0)
}

const cases = [...smooth, ...complex].map(([name, f, ...xs]) => ({
  name: `${name} of ${xs[0].dtype} at ${xs.map((x) => values(x).join()).join('; ')}`,
  f,
  xs,
  dxs: xs.map(direction)
}))

describe('the derivative of', () => {
  test.each(cases)('$name is that by differences', ({ f, xs, dxs }) => {
    const [[y], [dy]] = jvpFlat((...a) => [f(...a)], xs, dxs)
    expectClose(y, f(...xs), { rtol: 0 })
    expectClose(instantiate(dy), differences(f, xs, dxs), { rtol: 1e-8, atol: 1e-9 })
  })

  test.each(cases)('$name has the adjoint ⟨ct, J dx⟩ = ⟨Jᵀ ct, dx⟩', ({ f, xs, dxs }) => {
    const { outs, pullback } = vjpFlat((...a) => [f(...a)], xs, 'f')
    const ct = direction(outs[0], 1)
    const [, [dy]] = jvpFlat((...a) => [f(...a)], xs, dxs)
    const back = pullback([ct]).map(instantiate)
    const right = back.reduce((sum, t, i) => sum + pair(t, dxs[i]), 0)
    expect(right).toBeCloseTo(pair(ct, instantiate(dy)), 10)
    expect(back.map((t) => avalOf(t).shape)).toEqual(xs.map((x) => x.shape))
  })

  test.each(cases.filter(({ f, xs }) => xs.length === 1 && f !== digamma))(
    '$name has a derivative again',
    ({ f, xs, dxs }) => {
      const push = (x: NdArray): NdArray => instantiate(jvpFlat((a) => [f(a)], [x], dxs)[1][0])
      const [, [d2]] = jvpFlat((a) => [push(a)], xs, dxs)
      expectClose(instantiate(d2), differences(push, xs, dxs), { rtol: 1e-7, atol: 1e-8 })
    }
  )
})

/** Zero derivative, or none by nature. */
const flat: readonly (readonly [name: string, f: Operation])[] = [
  ['floor', rounding.floor],
  ['ceil', rounding.ceil],
  ['round', (x) => rounding.round(x)],
  ['isFinite', rounding.isFinite],
  ['sign', sign],
  ['stopGradient', identities.stopGradient],
  ['nextafter', (x) => rounding.nextafter(x, f64(9, 9))],
  ['bitcastConvertType', (x) => conversion.bitcastConvertType(x, 'int32')],
  ...Object.values(compare).flatMap((f) =>
    'primitive' in f ? [[f.primitive.name, (x: NdArray) => f(x, f64(1, 1))] as const] : []
  )
]

describe('a zero derivative', () => {
  test.each(flat)('of %s is never computed', (_name, f) => {
    const x = f64(0.5, -1.5)
    const [[y], [dy]] = jvpFlat((a) => [f(a)], [x], [f64(1, 1)])
    expect(isZero(dy) && dy.aval).toEqual(avalOf(y))
  })
})

describe('the list of derivatives', () => {
  /** Tested elsewhere: reducePrecision rounds its tangents, igammaGradA and randomGammaGrad have none. */
  const elsewhere = ['reducePrecision', 'igammaGradA', 'randomGammaGrad']

  test('has every primitive of these files', () => {
    const modules = [
      arithmetic,
      clamps,
      compare,
      complexes,
      conversion,
      elementary,
      errors,
      hyperbolic,
      identities,
      beta,
      negation,
      roots,
      rounding,
      special,
      trigonometry
    ]
    const members: readonly unknown[] = modules.flatMap((m) => Object.values(m))
    const names = members.flatMap((m) => {
      // Members are user functions with their primitive, primitives, or plain functions.
      const p = m as Primitive & { readonly primitive?: Primitive }
      return p.primitive?.name ?? (typeof p === 'object' ? p.name : [])
    })
    const tested = new Set([...smooth, ...complex, ...flat].map(([name]) => name))
    expect([...new Set(names)].filter((n) => !tested.has(n) && !elsewhere.includes(n))).toEqual([])
    expect(Object.values(bitwise).every((f) => f.primitive.jvp !== undefined)).toBe(true)
  })
})

/** f at x along dx gives exactly t: JAX's choices where there is no derivative. */
const corners: readonly (readonly [
  string,
  Operation,
  readonly NdArray[],
  readonly NdArray[],
  NdArray
])[] = [
  ['abs at 0 is 0', abs, [f64(0, -0)], [f64(1, 1)], f64(0, -0)],
  ['max of equal numbers is shared', max, [f64(2), f64(2)], [f64(1), f64(0)], f64(0.5)],
  ['min of equal numbers is shared', min, [f64(2), f64(2)], [f64(0), f64(1)], f64(0.5)],
  ['max beside NaN is 0', max, [f64(NaN), f64(1)], [f64(1), f64(1)], f64(0)],
  ['sqrt at 0 is infinite', sqrt, [f64(0)], [f64(1)], f64(Infinity)],
  ['cbrt at 0 is infinite', cbrt, [f64(0)], [f64(1)], f64(Infinity)],
  ['x^0 at 0 is 0 in x', pow, [f64(0), f64(0)], [f64(1), f64(0)], f64(0)],
  ['0^y at 0 is 0 in y', pow, [f64(0), f64(0)], [f64(0), f64(1)], f64(0)],
  ['0^y above 0 is 0 in y', pow, [f64(0), f64(2)], [f64(0), f64(1)], f64(0)],
  ['x^1 at 0 is 1 in x', pow, [f64(0), f64(1)], [f64(1), f64(0)], f64(1)],
  ['x² at 0 by integerPow is 0', (x) => integerPow(x, 2), [f64(0)], [f64(1)], f64(0)],
  ['x¹ at 0 by integerPow is 1', (x) => integerPow(x, 1), [f64(0)], [f64(1)], f64(1)],
  ['log at 0 is infinite', log, [f64(0)], [f64(1)], f64(Infinity)],
  [
    'clamp at its bound is 0',
    clamp,
    [f64(0, 0), f64(0, 1), f64(1, 1)],
    [f64(0, 0), f64(1, 1), f64(0, 0)],
    f64(0, 0)
  ],
  ['|z| at 0 is 0', abs, [c128(0, 0)], [c128(1, 1)], f64(0)],
  ['atan2 at the origin is NaN', atan2, [f64(0), f64(0)], [f64(1), f64(0)], f64(NaN)],
  ['tanh far out is 0', tanh, [f64(400)], [f64(1)], f64(0)],
  ['logistic far out is 0', logistic, [f64(-800)], [f64(1)], f64(0)]
]

describe('the derivative in a corner:', () => {
  test.each(corners)('%s', (_name, f, xs, dxs, expected) => {
    const [, [t]] = jvpFlat((...a) => [f(...a)], xs, dxs)
    expect(instantiate(t)).toEqual(expected)
  })

  test('x⁰ by integerPow has none', () => {
    expect(isZero(jvpFlat((x) => [integerPow(x, 0)], [f64(0)], [f64(1)])[1][0])).toBe(true)
  })

  test('reducePrecision rounds tangents as it rounds values', () => {
    const bfloat16 = { exponentBits: 8, mantissaBits: 7 }
    const third = make('float32', [1 / 3])
    const round = (x: NdArray): NdArray => rounding.reducePrecision(x, bfloat16)
    expect(jvpFlat((x) => [round(x)], [third], [third])[1][0]).toEqual(round(third))
    expect(vjpFlat((x) => [round(x)], [third], 'f').pullback([third])).toEqual([round(third)])
  })

  test('integers have zero derivative through arithmetic', () => {
    const n = make('int32', [3])
    const f = (x: NdArray): NdArray => mul(pow(x, n), conversion.convertElementType(n, 'float64'))
    expect(jvpFlat((x) => [f(x)], [f64(2)], [f64(1)])[1][0]).toEqual(f64(36)) // 3·3·2²
  })
})
