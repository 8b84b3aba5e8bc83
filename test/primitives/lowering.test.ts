import { describe, expect, test } from 'vitest'
import { avalOf, fromHost, hostOf, type NdArray } from '../../src/core/array.ts'
import { allocate, bitsOf, isFloat, kindOf, slotsOf, type HostData } from '../../src/core/dtype.ts'
import * as scalars from '../../src/core/scalar/elementary.ts'
import { erf, erfc, erfInv } from '../../src/core/scalar/error-function.ts'
import * as gammas from '../../src/core/scalar/gamma.ts'
import * as bits from '../../src/core/scalar/rounding.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import type { BinaryOp, Expr, UnaryOp } from '../../src/kernel/expr.ts'
import { foldBinary, foldCast, foldCompare, foldUnary } from '../../src/kernel/fold.ts'
import type { Primitive } from '../../src/trace/primitive.ts'
import * as arithmetic from '../../src/primitives/arithmetic.ts'
import * as bitwise from '../../src/primitives/bitwise.ts'
import { clampP } from '../../src/primitives/clamp.ts'
import * as compare from '../../src/primitives/compare.ts'
import * as complexes from '../../src/primitives/complex.ts'
import { bitcastConvertTypeP, convertElementTypeP } from '../../src/primitives/convert.ts'
import * as elementary from '../../src/primitives/elementary.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import * as errors from '../../src/primitives/error-function.ts'
import * as hyperbolic from '../../src/primitives/hyperbolic.ts'
import * as identities from '../../src/primitives/identity.ts'
import * as negation from '../../src/primitives/negation.ts'
import * as roots from '../../src/primitives/roots.ts'
import * as rounding from '../../src/primitives/rounding.ts'
import { digamma, lgamma } from '../../src/primitives/special.ts'
import * as trigonometry from '../../src/primitives/trigonometry.ts'
import { expectClose } from '../equality.ts'
import { bool, c128, f32, f64, i32, make } from './arrays.ts'

// What the operations of kernel expressions mean, as expr.ts says; constants fold by themselves.
const unaryMeaning: Partial<Record<UnaryOp, (x: number, width: number) => number>> = {
  round: bits.roundHalfAway,
  roundEven: bits.roundHalfEven,
  rsqrt: scalars.rsqrt,
  exp2: scalars.exp2,
  log2: scalars.log2,
  logistic: scalars.logistic,
  erf,
  erfc,
  erfInv,
  lgamma: gammas.lgamma,
  digamma: gammas.digamma,
  clz: bits.countLeadingZeros,
  populationCount: bits.populationCount
}

const floatMeaning: Partial<Record<BinaryOp, (x: number, y: number) => number>> = {
  pow: scalars.pow,
  rem: scalars.rem,
  atan2: Math.atan2,
  nextafter: bits.nextafter64
}

const integerMeaning: Partial<Record<BinaryOp, (x: number, y: number, width: number) => number>> = {
  div: (x, y) => (y === 0 ? -1 : Math.trunc(x / y)),
  rem: (x, y) => (y === 0 ? x : x % y),
  shiftLeft: (x, y, width) => (y < 0 || y >= width ? 0 : x << y),
  shiftRightLogical: (x, y, width) =>
    y < 0 || y >= width ? 0 : (width === 32 ? x >>> 0 : x & (2 ** width - 1)) >>> y,
  shiftRightArithmetic: (x, y, width) => x >> (y < 0 || y >= width ? 31 : y)
}

/** One element of an expression over vectors, rounded at each node. */
const evaluate = (e: Expr, at: number, inputs: readonly HostData[]): number => {
  const value = (x: Expr): number => evaluate(x, at, inputs)
  const settle = (x: number): number => foldCast(x, e.dtype)
  switch (e._tag) {
    case 'const':
      return e.value
    case 'load':
      return inputs[e.buffer][e.index.offset + (e.index.coefficients[0] ?? 0) * at]
    case 'cast':
      return settle(value(e.x))
    case 'bitcast': {
      const from = allocate(e.x.dtype, 1)
      from[0] = value(e.x)
      const to = allocate(e.dtype, 1)
      new Uint8Array(to.buffer).set(new Uint8Array(from.buffer))
      return to[0]
    }
    case 'select':
      return value(e.condition) === 0 ? value(e.y) : value(e.x)
    case 'compare':
      return foldCompare(e.op, value(e.x), value(e.y))
    case 'unary': {
      const x = value(e.x)
      const meaning = unaryMeaning[e.op] ?? (Math as unknown as typeof unaryMeaning)[e.op] // sin …
      return foldUnary(e.op, x, e.x.dtype) ?? settle(meaning?.(x, bitsOf(e.dtype)) ?? NaN)
    }
    case 'binary': {
      const [x, y] = [value(e.x), value(e.y)]
      const meaning = (isFloat(e.dtype) ? floatMeaning : integerMeaning)[e.op]
      return foldBinary(e.op, x, y, e.dtype) ?? settle(meaning?.(x, y, bitsOf(e.dtype)) ?? NaN)
    }
    default:
      throw new Error(`an elementwise rule made a node ${e._tag}`)
  }
}

interface Run {
  readonly result: NdArray
  /** Whether the rule made an expression, or ran the reference rule. */
  readonly by: 'expression' | 'host routine'
}

const runLowered = <P>(primitive: Primitive<P>, args: readonly NdArray[], params: P): Run => {
  const builder = createProgramBuilder()
  const inputs = args.map((x) => builder.input(x))
  const outs = primitive.abstractEval(args.map(avalOf), params)
  const lowered = primitive.lower?.(inputs, params, outs, builder.context)
  if (lowered === undefined) throw new Error(`${primitive.name} has no lowering rule`)
  const [value] = lowered
  const [out] = outs
  expect(value.shape).toEqual(out.shape)
  expect(value.dtype).toBe(out.dtype)
  const routine = builder.finish(lowered).kernels.find((k) => k._tag === 'library')
  const size = out.shape.reduce((n, d) => n * d, 1)
  const data = allocate(out.dtype, size)
  if (routine !== undefined)
    routine.run(
      args.map((x) => hostOf(x)),
      [data]
    )
  else {
    const slots = slotsOf(out.dtype)
    expect(value.parts.length).toBe(slots)
    for (let i = 0; i < data.length; i++)
      data[i] = evaluate(
        value.parts[i % slots],
        Math.floor(i / slots),
        args.map((x) => hostOf(x))
      )
  }
  return { result: fromHost(out, data), by: routine === undefined ? 'expression' : 'host routine' }
}

const referenceOf = <P>(primitive: Primitive<P>, args: readonly NdArray[], params: P): NdArray => {
  const outs = primitive.abstractEval(args.map(avalOf), params)
  const hosts = args.map((x) => ({ shape: x.shape, dtype: x.dtype, data: hostOf(x) }))
  const data = primitive.reference?.(hosts, params, outs)
  return fromHost(outs[0], data?.[0] ?? allocate(outs[0].dtype, 0))
}

type Case = readonly [primitive: Primitive, params: unknown, args: readonly NdArray[]]

const reals = f64(0.3, -0.7, 1.5, -2.5, 0, -0, NaN, Infinity, -Infinity)
const others = f64(0.9, 2, -0.5, -2.5, -0, 0, 1, Infinity, 3)
const ints = i32(0, 1, -1, 7, -128, 2 ** 31 - 1, -(2 ** 31), 12345, 6)
const shifts = i32(0, 31, 1, 2, 32, -1, -1, 0, 3)
const bytes = make('uint8', [0, 1, 255, 7, 128])
const amounts = make('uint8', [1, 0, 4, 8, 1])
const zs = c128(0.6, 0.4, -0.5, -0.9, 1, 0)
const ws = c128(0.3, -0.4, 2, 1, 0, -1)

const { and, or, xor, not, shiftLeft, shiftRightLogical, shiftRightArithmetic } = bitwise
const { floor, ceil, isFinite, nextafter } = rounding
const { eq, ne, lt, le, gt, ge, ltTo, leTo, selectNP } = compare

const unaryOfFloats = [
  ...Object.values(hyperbolic),
  ...Object.values(errors),
  ...Object.values(roots),
  ...Object.values(identities),
  trigonometry.sin,
  trigonometry.cos,
  trigonometry.tan,
  trigonometry.asin,
  trigonometry.acos,
  trigonometry.atan,
  elementary.exp,
  elementary.exp2,
  elementary.expm1,
  elementary.log,
  elementary.log2,
  elementary.log1p,
  elementary.logistic,
  lgamma,
  digamma,
  floor,
  ceil,
  isFinite,
  negation.neg,
  arithmetic.abs,
  arithmetic.sign,
  arithmetic.square
]
const { div, rem, max, min } = arithmetic
const comparisons = [eq, ne, lt, le, gt, ge, ltTo, leTo]

const cases: readonly Case[] = [
  ...unaryOfFloats.map((f): Case => [f.primitive, {}, [reals]]),
  ...[
    add,
    mul,
    negation.sub,
    div,
    rem,
    max,
    min,
    nextafter,
    trigonometry.atan2,
    ...comparisons
  ].map((f): Case => [f.primitive, {}, [reals, others]]),
  ...[add, mul, negation.sub, div, rem, max, min, and, or, xor, ...comparisons].flatMap(
    (f): readonly Case[] => [
      [f.primitive, {}, [ints, shifts]],
      [f.primitive, {}, [bytes, amounts]]
    ]
  ),
  ...[shiftLeft, shiftRightLogical, shiftRightArithmetic].flatMap((f): readonly Case[] => [
    [f.primitive, {}, [ints, shifts]],
    [f.primitive, {}, [bytes, amounts]]
  ]),
  ...[
    not,
    bitwise.clz,
    bitwise.populationCount,
    negation.neg,
    arithmetic.abs,
    arithmetic.sign,
    arithmetic.square
  ].flatMap((f): readonly Case[] => [
    [f.primitive, {}, [ints]],
    [f.primitive, {}, [bytes]]
  ]),
  ...[and, or, xor, max, min, ...comparisons].map((f): Case => [
    f.primitive,
    {},
    [bool(false, false, true, true), bool(false, true, false, true)]
  ]),
  [not.primitive, {}, [bool(false, true)]],
  [elementary.powP, {}, [reals, others]],
  [elementary.powP, {}, [f32(2, -3, -1), make('uint32', [3, 0, 2 ** 32 - 1])]],
  ...[-3, -1, 0, 1, 2, 5].map((y): Case => [arithmetic.integerPowP, { y }, [reals]]),
  ...[0, 1, 3, 6].map((y): Case => [arithmetic.integerPowP, { y }, [ints]]),
  [rounding.roundP, { roundingMethod: 'toNearestEven' }, [reals]],
  [rounding.roundP, { roundingMethod: 'awayFromZero' }, [reals]],
  [rounding.reducePrecisionP, { exponentBits: 8, mantissaBits: 7 }, [f32(1 / 3, 1e-40, NaN)]],
  [clampP, {}, [make('float64', [-1], []), reals, make('float64', [1], [])]],
  [clampP, {}, [others, reals, others]],
  [selectNP, {}, [make('bool', [1], []), reals, others]],
  [selectNP, {}, [bool(false, true, true), f64(1, 2, 3), f64(4, 5, 6)]],
  [
    selectNP,
    {},
    [i32(2, -1, 9, 1), ints, shifts, ints].map((x, i) =>
      i === 0 ? x : i32(...[1, 2, 3, 4].map((v) => v * 10 ** i))
    )
  ],
  [selectNP, {}, [bool(false, true, false), zs, ws]],
  ...(['int32', 'uint8', 'float32', 'float16', 'bfloat16', 'bool', 'complex128'] as const).flatMap(
    (dtype): readonly Case[] => [
      [convertElementTypeP, { dtype, weak: false }, [reals]],
      [convertElementTypeP, { dtype, weak: false }, [ints]],
      [convertElementTypeP, { dtype, weak: false }, [bool(false, true)]],
      [convertElementTypeP, { dtype, weak: false }, [zs]]
    ]
  ),
  [bitcastConvertTypeP, { dtype: 'int32' }, [f32(1, -2, 0, -0)]],
  ...[add, mul, negation.sub, eq, ne].map((f): Case => [f.primitive, {}, [zs, ws]]),
  [arithmetic.abs.primitive, {}, [zs]],
  ...[negation.neg, identities.copy, complexes.real, complexes.imag, complexes.conj].map(
    (f): Case => [f.primitive, {}, [zs]]
  ),
  [complexes.complex.primitive, {}, [reals, others]],
  ...[elementary.exp, elementary.exp2, roots.sqrt, arithmetic.square].map((f): Case => [
    f.primitive,
    {},
    [zs]
  ]),
  [div.primitive, {}, [zs, ws]],
  [arithmetic.integerPowP, { y: -2 }, [zs]]
]

const nameOf = ([primitive, params, args]: Case): string =>
  `${primitive.name} ${JSON.stringify(params)} of ${args.map((x) => x.dtype).join(', ')}`

describe('the expression of', () => {
  test.each(cases.map((c) => [nameOf(c), ...c] as const))(
    '%s means what the reference rule computes',
    (_name, primitive, params, args) => {
      const { result, by } = runLowered(primitive, args, params)
      expect(by).toBe('expression')
      const exact = kindOf(result.dtype) !== 'float' && kindOf(result.dtype) !== 'complex'
      expectClose(result, referenceOf(primitive, args, params), { rtol: exact ? 0 : 1e-14 })
    }
  )
})

describe('a host routine', () => {
  const routines: readonly Case[] = [
    ...[elementary.log, trigonometry.sin, hyperbolic.tanh].map((f): Case => [
      f.primitive,
      {},
      [zs]
    ]),
    [elementary.powP, {}, [zs, i32(1, 2, 3)]],
    [bitcastConvertTypeP, { dtype: 'uint8' }, [ints]],
    [bitcastConvertTypeP, { dtype: 'uint16' }, [make('float16', [1, -2])]],
    [rounding.reducePrecisionP, { exponentBits: 5, mantissaBits: 10 }, [f32(1 / 3, 1e-6)]]
  ]

  test.each(routines.map((c) => [nameOf(c), ...c] as const))(
    'computes %s',
    (_name, primitive, params, args) => {
      const { result, by } = runLowered(primitive, args, params)
      expect(by).toBe('host routine')
      expectClose(result, referenceOf(primitive, args, params), { rtol: 0 })
    }
  )
})
