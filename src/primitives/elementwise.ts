/**
 * Elementwise operations have one shape rule, one batching rule and one form of derivative; a
 * member of the family gives its scalar function and its derivative, and nothing else. Addition
 * and multiplication are at the end because every derivative is made of them.
 */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { kindOf, type DType, type HostData, type Kind } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import type { BinaryOp, UnaryOp } from '../kernel/expr.ts'
import type { Lower } from '../kernel/fuse.ts'
import { makeAval } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type JvpRule,
  type Primitive,
  type Tangent,
  type Unknown
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { map1, map2, mapComplex1, mapComplex2, type Pair } from './host.ts'
import { lowerBinary, lowerUnary } from './lower.ts'
import { zeroOf } from './linear.ts'
import { batchFirst, broadcastInDim, fillLike } from './movement.ts'

export type NoParams = Record<never, never>
export const noParams: NoParams = {}

/** Types an operation takes, as the kinds it names. */
export type Accepts = readonly Kind[]

export const number: Accepts = ['unsigned', 'signed', 'float', 'complex']
export const real: Accepts = ['unsigned', 'signed', 'float']
export const inexact: Accepts = ['float', 'complex']
export const float: Accepts = ['float']
export const bits: Accepts = ['bool', 'unsigned', 'signed']
export const integer: Accepts = ['unsigned', 'signed']
export const anything: Accepts = ['bool', 'unsigned', 'signed', 'float', 'complex']

export const checkKind = (operation: string, dtype: DType, accepts: Accepts): void => {
  if (accepts.includes(kindOf(dtype))) return
  throw new DTypeError(operation, {
    problem: 'the operation is not defined for this element type',
    got: dtype,
    expected: accepts.map((k) => (k === 'bool' ? 'bool' : `${k} numbers`)).join(', '),
    hint: 'convert with astype; functions of np convert integers by themselves'
  })
}

/** Equal shapes and types: primitives never broadcast and never convert. */
export const checkSame = (operation: string, avals: readonly Aval[]): void => {
  const [first] = avals
  for (const a of avals) {
    if (!equals(a.shape, first.shape))
      throw new ShapeError(operation, {
        problem: 'the operands have different shapes',
        got: avals.map((v) => show(v.shape)).join(', '),
        expected: 'equal shapes (primitives never broadcast)',
        hint: `np functions broadcast; or call lax.broadcastInDim on one side`
      })
    if (a.dtype !== first.dtype)
      throw new DTypeError(operation, {
        problem: 'the operands have different element types',
        got: avals.map((v) => v.dtype).join(', '),
        expected: 'equal types (primitives never convert)',
        hint: 'np functions promote; or call astype on one side'
      })
  }
}

/** Lines mapped axes up, repeating operands that have none, and applies the operation as it is. */
export const elementwiseBatch =
  <P>(apply: (args: readonly NdArray[], params: P) => NdArray): BatchRule<P> =>
  (axis, args, dims, params) => {
    const at = dims.find((d) => d !== null) ?? 0
    const same = args.every((x, i) => dims[i] === at && x.ndim === args[0].ndim)
    return same
      ? [[apply(args, params)], [at]]
      : [[apply(args.map((x, i) => batchFirst(x, dims[i], axis.size)), params)], [0]]
  }

type ComplexUnary = (re: number, im: number, to: Pair) => void
type ComplexBinary = (xr: number, xi: number, yr: number, yi: number, to: Pair) => void

export interface UnaryOptions {
  readonly accepts: Accepts
  readonly scalar: (x: number) => number
  /** The same for integers and bools where floats differ; given the type for its width. */
  readonly integral?: (x: number, dtype: DType) => number
  readonly complex?: ComplexUnary
  /** dy/dx from x and y = f(x). Left out where the derivative is zero almost everywhere. */
  readonly derivative?: (x: NdArray, y: NdArray) => NdArray
  /** The whole rule, where the derivative is no factor. */
  readonly jvp?: JvpRule<NoParams>
  readonly linear?: boolean
  /** Type of the result; that of the operand by default. */
  readonly result?: (dtype: DType) => DType
  readonly op?: UnaryOp
  readonly lower?: Lower<NoParams>
}

export interface Unary {
  (x: NdArray): NdArray
  readonly primitive: Primitive<NoParams>
}

export const unary = (name: string, o: UnaryOptions): Unary => {
  const result = o.result ?? ((d: DType) => d)
  const derivative = o.derivative
  const apply = (x: NdArray): NdArray => bind1(primitive, [x], noParams)
  const lower = o.lower ?? (o.op === undefined ? undefined : lowerUnary(o.op))
  const primitive: Primitive<NoParams> = definePrimitive<NoParams>({
    name,
    abstractEval: ([x]) => {
      checkKind(name, x.dtype, o.accepts)
      return [makeAval(x.shape, result(x.dtype), x.weak)]
    },
    reference: ([x], _params, [out]) => {
      const kind = kindOf(x.dtype)
      const { integral } = o
      if (kind === 'complex' && o.complex !== undefined) return [mapComplex1(out, x.data, o.complex)]
      return [
        kind !== 'float' && kind !== 'complex' && integral !== undefined
          ? map1(out, x.data, (v) => integral(v, x.dtype))
          : map1(out, x.data, o.scalar)
      ]
    },
    jvp:
      o.jvp ??
      (([x], [dx]) => {
        const y = apply(x)
        if (isZero(dx) || (derivative === undefined && o.linear !== true))
          return [[y], [zero(avalOf(y))]]
        return [[y], [derivative === undefined ? apply(dx) : mul(dx, derivative(x, y))]]
      }),
    ...(o.linear === true ? { transpose: ([ct]: readonly Tangent[]) => [isZero(ct) ? ct : apply(ct)] } : {}),
    batch: (_axis, [x], [at]) => [[apply(x)], [at]],
    ...(lower === undefined ? {} : { lower })
  })
  return Object.assign(apply, { primitive })
}

export interface BinaryOptions {
  readonly accepts: Accepts
  readonly scalar: (x: number, y: number) => number
  readonly integral?: (x: number, y: number, dtype: DType) => number
  readonly complex?: ComplexBinary
  /** Partial derivatives (∂/∂x, ∂/∂y) from x, y and z = f(x, y). */
  readonly derivatives?: readonly [
    (x: NdArray, y: NdArray, z: NdArray) => NdArray,
    (x: NdArray, y: NdArray, z: NdArray) => NdArray
  ]
  readonly jvp?: JvpRule<NoParams>
  readonly transpose?: Primitive<NoParams>['transpose']
  readonly result?: (dtype: DType) => DType
  readonly op?: BinaryOp
  readonly lower?: Lower<NoParams>
}

export interface Binary {
  (x: NdArray, y: NdArray): NdArray
  readonly primitive: Primitive<NoParams>
}

export const binary = (name: string, o: BinaryOptions): Binary => {
  const result = o.result ?? ((d: DType) => d)
  const { derivatives } = o
  const apply = (x: NdArray, y: NdArray): NdArray => bind1(primitive, [x, y], noParams)
  const lower = o.lower ?? (o.op === undefined ? undefined : lowerBinary(o.op))
  const primitive: Primitive<NoParams> = definePrimitive<NoParams>({
    name,
    abstractEval: (avals) => {
      const [x, y] = avals
      checkSame(name, avals)
      checkKind(name, x.dtype, o.accepts)
      return [makeAval(x.shape, result(x.dtype), x.weak && y.weak)]
    },
    reference: ([x, y], _params, [out]) => [binaryLoop(out, x.dtype, x.data, y.data, o)],
    jvp:
      o.jvp ??
      (([x, y], [dx, dy]) => {
        const z = apply(x, y)
        if (derivatives === undefined) return [[z], [zero(avalOf(z))]]
        const term = (d: Tangent, i: 0 | 1): Tangent =>
          isZero(d) ? zero(avalOf(z)) : mul(d, derivatives[i](x, y, z))
        return [[z], [addTangents(term(dx, 0), term(dy, 1))]]
      }),
    batch: elementwiseBatch(([x, y]) => apply(x, y)),
    ...(o.transpose === undefined ? {} : { transpose: o.transpose }),
    ...(lower === undefined ? {} : { lower })
  })
  return Object.assign(apply, { primitive })
}

const binaryLoop = (out: Aval, dtype: DType, x: HostData, y: HostData, o: BinaryOptions): HostData => {
  const kind = kindOf(dtype)
  const { integral } = o
  if (kind === 'complex' && o.complex !== undefined) return mapComplex2(out, x, y, o.complex)
  return kind !== 'float' && kind !== 'complex' && integral !== undefined
    ? map2(out, x, y, (a, b) => integral(a, b, dtype))
    : map2(out, x, y, o.scalar)
}

/** A scalar repeated over the shape of `x`. */
export const spread = (value: NdArray, x: NdArray): NdArray =>
  x.ndim === 0 ? value : broadcastInDim(value, x.shape, [])

/** x + y. Integers wrap. */
export const add = binary('add', {
  accepts: number,
  scalar: (x, y) => x + y,
  complex: (xr, xi, yr, yi, to) => {
    to[0] = xr + yr
    to[1] = xi + yi
  },
  op: 'add',
  jvp: ([x, y], [dx, dy]) => [[add(x, y)], [addTangents(dx, dy)]],
  transpose: ([ct], [x, y]) => [isUnknown(x) ? ct : null, isUnknown(y) ? ct : null]
})

/** x · y. Integers wrap. */
export const mul = binary('mul', {
  accepts: number,
  scalar: (x, y) => x * y,
  integral: (x, y) => Math.imul(x, y),
  complex: (xr, xi, yr, yi, to) => {
    to[0] = xr * yr - xi * yi
    to[1] = xr * yi + xi * yr
  },
  op: 'mul',
  derivatives: [(_x, y) => y, (x) => x],
  transpose: ([ct], [x, y]) => {
    const by = (factor: NdArray | Unknown): Tangent =>
      isZero(ct) ? ct : mul(ct, factor as NdArray) // linear in one argument: the other is known
    return [isUnknown(x) ? by(y) : null, isUnknown(y) ? by(x) : null]
  }
})

/** Sum of two tangents; zeros are not added. */
export const addTangents = (x: Tangent, y: Tangent): Tangent =>
  isZero(x) ? y : isZero(y) ? x : add(x, y)

/** A tangent as an array, zeros and all. */
export const instantiate = (t: Tangent): NdArray =>
  isZero(t) ? fillLike(zeroOf(t.aval), t.aval.shape) : t
