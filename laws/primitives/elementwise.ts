/** Operations on elements: each is tried in every type that it accepts. */
import { dtypes, type DType } from '../../src/core/dtype.ts'
import { CotangentError } from '../../src/core/errors.ts'
import { makeAval } from '../../src/core/array.ts'
import * as a from '../../src/primitives/arithmetic.ts'
import * as b from '../../src/primitives/bitwise.ts'
import { clamp } from '../../src/primitives/clamp.ts'
import * as c from '../../src/primitives/compare.ts'
import { complex, conj, imag, real } from '../../src/primitives/complex.ts'
import { logaddexp } from '../../src/primitives/cumulative.ts'
import * as e from '../../src/primitives/elementary.ts'
import { add, mul, type Binary, type Unary } from '../../src/primitives/elementwise.ts'
import { erf, erfc, erfInv } from '../../src/primitives/error-function.ts'
import * as h from '../../src/primitives/hyperbolic.ts'
import { copy, stopGradient } from '../../src/primitives/identity.ts'
import { regularizedIncompleteBeta } from '../../src/primitives/incomplete-beta.ts'
import { neg, sub } from '../../src/primitives/negation.ts'
import * as r from '../../src/primitives/roots.ts'
import * as rounding from '../../src/primitives/rounding.ts'
import * as s from '../../src/primitives/special.ts'
import * as t from '../../src/primitives/trigonometry.ts'
import type { Domain } from '../arbitraries.ts'
import { inside, operand, positions, regular, sample, type Row, type Sample } from './row.ts'

type Except = NonNullable<Row['except']>

const discrete = 'the results are integers or booleans, which have no tangents'
const flat = 'it is piecewise constant: its derivative is zero and so is everything built on it'
const stepwise: Except = { secondDerivative: flat }
const noTangents: Except = { derivative: discrete, commute: discrete, secondDerivative: discrete }

/** Lengths below, at and above the width of a vector, a scalar, and nothing. */
const lengths: readonly (readonly number[])[] = [[], [0], [1, 3], [17]]

const accepts = (f: Unary | Binary, arity: number, dtype: DType): boolean => {
  try {
    f.primitive.abstractEval(new Array(arity).fill(makeAval([], dtype)), {})
    return true
  } catch (error) {
    if (error instanceof CotangentError) return false
    throw error
  }
}

interface Options {
  readonly linear?: readonly number[]
  readonly live?: readonly boolean[]
  readonly except?: Except
}

const row = (f: Unary | Binary, domains: readonly Domain[], o: Options): Row => {
  const call = (shape: readonly number[], dtype: DType): Sample => ({
    f: (...xs) => [f(xs[0], xs[1])], // a unary one ignores the second
    operands: domains.map((d, turn) => operand(shape, dtype, { turn, huge: true, ...d })),
    ...(o.live && { live: o.live })
  })
  const accepted = dtypes.filter((d) => accepts(f, domains.length, d))
  const { linear, except } = o
  const isOrdinary = (d: DType): boolean => d === 'float32' || d === 'float64'
  return {
    primitive: f.primitive.name,
    elementwise: true,
    samples: (float) => (accepted.includes(float) ? lengths.map((l) => call(l, float)) : []),
    others: accepted.filter((d) => !isOrdinary(d)).map((d) => call([9], d)),
    ...(linear && { linear }),
    ...(except && { except })
  }
}

const unary = (f: Unary, min = -2, max = 2, o: Options = {}): Row => row(f, [{ min, max }], o)
const binary = (f: Binary, x: Domain = {}, y: Domain = {}, o: Options = {}): Row =>
  row(f, [x, y], o)

const positive = [0.3, 3] as const
const unit = [-0.9, 0.9] as const
const linear = { linear: [0] } as const
const constant = { except: stepwise } as const

const unaries: readonly Row[] = [
  unary(neg, -2, 2, linear),
  unary(copy, -2, 2, linear),
  unary(conj, -2, 2, linear),
  unary(real, -2, 2, linear),
  unary(imag, -2, 2, linear),
  unary(a.square),
  unary(a.abs, 0.2, 2),
  unary(a.sign, 0.2, 2, {
    except: {
      ...stepwise,
      complexDerivative: 'its rule is zero, as in JAX, though z/|z| turns as z does'
    }
  }),
  unary(rounding.floor, 0.1, 0.9, constant),
  unary(rounding.ceil, 0.1, 0.9, constant),
  unary(rounding.isFinite, -2, 2, { except: noTangents }),
  unary(b.not, 0, 1, { except: noTangents }),
  unary(b.clz, 0, 1, { except: noTangents }),
  unary(b.populationCount, 0, 1, { except: noTangents }),
  unary(e.exp),
  unary(e.exp2),
  unary(e.expm1),
  unary(e.log, ...positive),
  unary(e.log2, ...positive),
  unary(e.log1p, -0.5, 2),
  unary(e.logistic),
  unary(r.sqrt, ...positive),
  unary(r.rsqrt, ...positive),
  unary(r.cbrt, ...positive),
  unary(t.sin),
  unary(t.cos),
  unary(t.tan, -1, 1),
  unary(t.asin, ...unit),
  unary(t.acos, ...unit),
  unary(t.atan, ...unit),
  unary(h.sinh),
  unary(h.cosh),
  unary(h.tanh),
  unary(h.asinh, ...unit),
  unary(h.acosh, 1.2, 3),
  unary(h.atanh, ...unit),
  unary(erf),
  unary(erfc),
  unary(erfInv, ...unit),
  unary(s.lgamma, ...positive),
  unary(s.digamma, ...positive),
  unary(s.besselI0e, ...positive),
  unary(s.besselI1e, ...positive),
  unary(stopGradient, -2, 2, {
    except: {
      derivative: 'its derivative is zero by definition, not as a limit of differences',
      secondDerivative: 'its derivative is zero by definition'
    }
  })
]

const undifferentiated = 'it is a derivative itself and has none of its own, as in JAX'

const orderHasNone: Options = { live: [false, true] }

const binaries: readonly Row[] = [
  binary(add, {}, {}, { linear: [0, 1] }),
  binary(sub, {}, {}, { linear: [0, 1] }),
  binary(mul, {}, {}, { linear: [0] }),
  binary(a.div, {}, { min: 0.5, max: 2 }, { linear: [0] }),
  binary(a.rem, { min: 2.3, max: 2.7 }, { min: 1, max: 1.1 }, {}),
  binary(a.max),
  binary(a.min),
  binary(t.atan2, { min: 0.3, max: 2 }, { min: 0.3, max: 2 }),
  binary(complex, {}, {}, { linear: [0, 1] }),
  binary(logaddexp),
  binary(s.polygamma, { min: 1, max: 1 }, { min: 0.5, max: 4 }, orderHasNone),
  binary(s.zeta, { min: 1.5, max: 4 }, { min: 0.5, max: 3 }, orderHasNone),
  ...[s.igamma, s.igammac].map((f) =>
    binary(
      f,
      { min: 0.5, max: 3 },
      { min: 0.3, max: 3 },
      { except: { secondDerivative: 'its derivative in a is a function without derivative' } }
    )
  ),
  ...[s.igammaGradA, s.randomGammaGrad].map((f) =>
    binary(
      f,
      { min: 0.5, max: 3 },
      { min: 0.3, max: 3 },
      {
        except: {
          derivative: undifferentiated,
          secondDerivative: undifferentiated,
          commute: undifferentiated
        }
      }
    )
  ),
  binary(
    rounding.nextafter,
    {},
    {},
    {
      except: {
        derivative: 'its rule gives zero, as in JAX: the limit of differences would be 1',
        secondDerivative: flat
      }
    }
  ),
  ...[c.eq, c.ne, c.lt, c.le, c.gt, c.ge, c.ltTo, c.leTo].map((f) =>
    binary(f, {}, {}, { except: noTangents })
  ),
  ...[b.and, b.or, b.xor, b.shiftLeft, b.shiftRightLogical, b.shiftRightArithmetic].map((f) =>
    binary(f, {}, {}, { except: noTangents })
  ),
  binary(b.wrappingPow, {}, {}, { except: noTangents })
]

const three = (float: DType, shape: readonly number[]) =>
  [0, 1, 2].map((turn) => operand(shape, float, { turn, huge: true }))

const severals: readonly Row[] = [
  {
    primitive: 'pow',
    elementwise: true,
    samples: (float) => [
      ...lengths.map((l) =>
        sample(e.pow, operand(l, float, { min: 0.3, max: 2, huge: true }), operand(l, float))
      ),
      sample(e.pow, operand([5], float, { min: 0.3 }), positions([5], 4))
    ],
    others: [sample(e.pow, regular([5], 'complex128'), regular([5], 'complex128', { turn: 1 }))]
  },
  {
    primitive: 'integerPow',
    elementwise: true,
    samples: (float) =>
      [-3, -1, 0, 1, 2, 5].map((y) =>
        sample((x) => a.integerPow(x, y), operand([5], float, { min: 0.5, huge: true }))
      ),
    others: [
      sample((x) => a.integerPow(x, 3), operand([5], 'int32')),
      sample((x) => a.integerPow(x, 3), regular([5], 'complex128'))
    ]
  },
  {
    primitive: 'round',
    elementwise: true,
    samples: (float) =>
      (['toNearestEven', 'awayFromZero'] as const).map((method) =>
        sample((x) => rounding.round(x, method), operand([5], float, { min: 0.6, max: 1.4 }))
      ),
    except: stepwise
  },
  {
    primitive: 'reducePrecision',
    elementwise: true,
    samples: (float) =>
      [
        { exponentBits: 8, mantissaBits: 7 },
        { exponentBits: 5, mantissaBits: 10 },
        { exponentBits: 4, mantissaBits: 3 }
      ].map((p) => sample((x) => rounding.reducePrecision(x, p), operand([5], float))),
    except: {
      derivative: 'its rule rounds tangents, as XLA does: the limit of differences is a staircase',
      secondDerivative: 'its rule rounds tangents',
      adjoint: 'both sides are rounded, so they agree only to the bits that are kept',
      commute: 'rounding gradients before or after they are summed differs in the bits kept'
    }
  },
  {
    primitive: 'clamp',
    elementwise: true,
    // Inside the bounds, below and above them: bounds that cross have JAX's corner, not a limit.
    samples: (float) =>
      [-0.4, 2, -3].flatMap((least) =>
        [
          [[], []],
          [[5], [5]],
          [[], [2, 3]],
          [[0], [0]]
        ].map(([bound, shape]) =>
          sample(
            clamp,
            operand(bound, float, { min: -1, max: -0.5, huge: true }),
            operand(shape, float, { min: least, max: least + 0.8, huge: true }),
            operand(bound, float, { min: 0.5, max: 1, huge: true })
          )
        )
      ),
    others: [sample(clamp, operand([5], 'int32'), operand([5], 'int32'), operand([5], 'int32'))]
  },
  {
    primitive: 'selectN',
    elementwise: true,
    linear: [1, 2],
    samples: (float) => [
      ...lengths.map((l) => sample(c.selectN, operand(l, 'bool'), ...three(float, l).slice(0, 2))),
      sample(c.selectN, operand([], 'bool'), ...three(float, [3]).slice(0, 2)),
      sample(
        (i, x, y) => c.selectN(i, x, y, neg(x)),
        inside([5], 3),
        ...three(float, [5]).slice(0, 2)
      )
    ],
    others: [
      sample(
        c.selectN,
        operand([5], 'bool'),
        regular([5], 'complex128'),
        regular([5], 'complex128')
      ),
      sample(c.selectN, operand([5], 'bool'), operand([5], 'int8'), operand([5], 'int8'))
    ]
  },
  {
    primitive: 'regularizedIncompleteBeta',
    elementwise: true,
    samples: (float) =>
      lengths.map((l) => ({
        ...sample(
          regularizedIncompleteBeta,
          regular(l, float, { min: 0.5, max: 3 }),
          regular(l, float, { min: 0.5, max: 3, turn: 1 }),
          regular(l, float, { min: 0.1, max: 0.9, turn: 2 })
        ),
        live: [false, false, true]
      }))
  }
]

/** Rows of all elementwise primitives. */
export const elementwise: readonly Row[] = [...unaries, ...binaries, ...severals]
