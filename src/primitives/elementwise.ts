/**
 * Elementwise operations have one shape rule, one batching rule and one form of derivative; a
 * member of the family gives its scalar function and its derivative, and nothing else. Addition
 * and multiplication are at the end because every derivative is made of them.
 */
import { avalOf, fromHost, scalarAval, type Aval, type NdArray } from '../core/array.ts'
import { allocate, kindOf, type DType, type Kind } from '../core/dtype.ts'
import { settings } from '../core/config.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { ownFunction, type OwnType } from '../core/scalar/math.ts'
import { equals, show, sizeOf } from '../core/shape.ts'
import * as kernel from '../kernel/make.ts'
import { makeAval } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type BatchRule,
  type Primitive,
  type Tangent,
  type Unknown
} from '../trace/primitive.ts'
import type { Atom, Equation } from '../trace/jaxpr.ts'
import type { SimplifyRule } from '../trace/simplification.ts'
import { bind1 } from '../trace/tracer.ts'
import { map1, map2, mapComplex1, mapComplex2, settle, type Pair } from './host.ts'
import { zeroOf } from './linear.ts'
import { lowerElementwise, type ElementwiseLowering, type Parts } from './lower.ts'
import { productWithOne, sumWithZero } from './algebra.ts'
import {
  batchFirst,
  broadcastInDim,
  broadcastInDimP,
  fillLike,
  type BroadcastParams
} from './movement.ts'

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
export const ordered: Accepts = ['bool', 'unsigned', 'signed', 'float']
export const anything: Accepts = ['bool', 'unsigned', 'signed', 'float', 'complex']

const kindNames: Readonly<Record<Kind, string>> = {
  bool: 'bool',
  unsigned: 'an unsigned integer',
  signed: 'a signed integer',
  float: 'a float',
  complex: 'a complex type'
}

/** Errors: DTypeError when the kind of `dtype` is not among `accepts`. */
export const checkKind = (operation: string, dtype: DType, accepts: Accepts): void => {
  if (accepts.includes(kindOf(dtype))) return
  throw new DTypeError(operation, {
    problem: 'the operation is not defined for this element type',
    got: dtype,
    expected: accepts.map((k) => kindNames[k]).join(', '),
    hint: 'convert with astype; functions of np convert integers by themselves'
  })
}

/** Equal shapes and types: primitives never broadcast and never convert. */
export const checkSame = (operation: string, avals: readonly Aval[]): void => {
  const first = avals[0]
  for (let i = 1; i < avals.length; i++) {
    const a = avals[i]
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
      : [
          [
            apply(
              args.map((x, i) => batchFirst(x, dims[i], axis.size)),
              params
            )
          ],
          [0]
        ]
  }

/** Operands are computed on as integers: storing wraps their results. */
const isIntegral = (dtype: DType): boolean => {
  const kind = kindOf(dtype)
  return kind !== 'float' && kind !== 'complex'
}

/** The type of an elementwise result. Weak when all operands are; comparisons are plain bool. */
const resultOf = (x: Aval, dtype: DType, weak: boolean): Aval =>
  dtype === x.dtype && weak === x.weak
    ? x
    : makeAval(x.shape, dtype, weak && (dtype !== 'bool' || x.dtype === 'bool'))

const same = (dtype: DType): DType => dtype

/** Computed on what is broadcast, and then repeated: f(broadcast(x)) = broadcast(f(x)). */
const beforeBroadcast =
  (primitive: () => Primitive<NoParams>): SimplifyRule<NoParams> =>
  (e) => {
    const broadcasts: Equation[] = []
    for (const a of e.inputs) {
      const b = e.made(a, broadcastInDimP.name)
      if (b === null) return null
      broadcasts.push(b)
    }
    const sourceOf = (b: Equation): Atom => b.inputs[0] // the one operand
    const lead = broadcasts.find((b) => sourceOf(b).aval.shape.length > 0) ?? broadcasts[0]
    const params = lead.params as BroadcastParams // what broadcastInDim has
    const from = sourceOf(lead).aval.shape
    if (sizeOf(from) === sizeOf(params.shape)) return null
    const small: Atom[] = []
    for (const b of broadcasts) {
      const { dimensions } = b.params as BroadcastParams
      const { shape } = sourceOf(b).aval
      if (equals(dimensions, params.dimensions) && equals(shape, from)) small.push(sourceOf(b))
      else if (shape.length > 0) return null
      else small.push(e.equation(broadcastInDimP, [sourceOf(b)], { shape: from, dimensions: [] }))
    }
    return e.equation(broadcastInDimP, [e.equation(primitive(), small, noParams)], params)
  }

const simplifyElementwise = (
  primitive: () => Primitive<NoParams>,
  own: SimplifyRule<NoParams> | undefined
): SimplifyRule<NoParams> => {
  const sink = beforeBroadcast(primitive)
  return (e, params) => own?.(e, params) ?? sink(e, params)
}

interface Family {
  readonly accepts: Accepts
  /** Type of the result; that of the operands by default. */
  readonly result?: (dtype: DType) => DType
  readonly lower?: ElementwiseLowering
  /** Why there is no `lower`. */
  readonly host?: string
  readonly simplify?: SimplifyRule<NoParams>
  /** See {@link Primitive.exact}. */
  readonly exact?: true
  /** Replaces the loop over `scalar`, `integral` and `complex`. */
  readonly reference?: Primitive<NoParams>['reference']
}

export interface UnaryOptions extends Family {
  /** On floats; on complex numbers too, part by part, unless `complex` is given. */
  readonly scalar: (x: number) => number
  /** On integers and bools where that differs. */
  readonly integral?: (x: number, dtype: DType) => number
  readonly complex?: (re: number, im: number, to: Pair) => void
  /** dy from dx, x and y = f(x). Left out where the derivative is zero almost everywhere. */
  readonly jvp?: (dx: NdArray, x: NdArray, y: NdArray) => NdArray
  /** The adjoint, for linear operations. */
  readonly transpose?: (ct: NdArray, x: Unknown) => NdArray
}

export interface Unary {
  (x: NdArray): NdArray
  readonly primitive: Primitive<NoParams>
}

/** What kernels compute in: narrower floats are rounded afterwards. */
export const ownType = (dtype: DType): OwnType => (dtype === 'float64' ? 'float64' : 'float32')

const loop1 =
  (
    name: string,
    { scalar, integral, complex }: UnaryOptions
  ): NonNullable<Primitive<NoParams>['reference']> =>
  ([x], _params, [out]) => {
    const kind = kindOf(x.dtype)
    if (complex !== undefined && kind === 'complex') return [mapComplex1(out, x.data, complex)]
    if (integral !== undefined && isIntegral(x.dtype))
      return [map1(out, x.data, (v) => integral(v, x.dtype))]
    const own = kind === 'float' ? ownFunction(name, ownType(x.dtype)) : undefined
    return [map1(out, x.data, own ?? scalar)]
  }

/** An elementwise operation on one operand. */
export const unary = (name: string, o: UnaryOptions): Unary => {
  const { jvp, transpose, lower, result = same, reference = loop1(name, o) } = o
  const apply = (x: NdArray): NdArray => bind1(primitive, [x], noParams)
  const primitive: Primitive<NoParams> = definePrimitive<NoParams>({
    name,
    abstractEval: (avals) => {
      const x = avals[0] // of one operand
      checkKind(name, x.dtype, o.accepts)
      return [resultOf(x, result(x.dtype), x.weak)]
    },
    reference,
    jvp: ([x], [dx]) => {
      const y = apply(x)
      return [[y], [jvp === undefined || isZero(dx) ? zero(avalOf(y)) : jvp(dx, x, y)]]
    },
    ...(transpose && {
      transpose: ([ct], [x]) =>
        // Asked only when the operand is unknown; a zero cotangent stays zero.
        isZero(ct) ? [zero((x as Unknown).aval)] : [transpose(ct, x as Unknown)]
    }),
    batch: (_axis, [x], [at]) => [[apply(x)], [at]],
    ...(lower && { lower: lowerElementwise(name, lower, reference) }),
    ...(o.host !== undefined && { host: o.host }),
    simplify: simplifyElementwise(() => primitive, o.simplify),
    ...(o.exact && { exact: true })
  })
  return Object.assign(apply, { primitive })
}

/** dz from the tangent of one operand. */
type Partial = (d: NdArray, x: NdArray, y: NdArray, z: NdArray) => NdArray

export interface BinaryOptions extends Family {
  readonly scalar: (x: number, y: number) => number
  /** As the kernel computes it, of several operations each rounded; for reproducible results. */
  readonly stepwise?: (dtype: DType) => (x: number, y: number) => number
  readonly integral?: (x: number, y: number, dtype: DType) => number
  readonly complex?: (xr: number, xi: number, yr: number, yi: number, to: Pair) => void
  /** Contributions of dx and dy to dz, each from x, y and z = f(x, y) too. */
  readonly jvp?: readonly [fromX: Partial, fromY: Partial]
  /** Adjoints in x and in y while the other is known; null where the operation is not linear. */
  readonly transpose?: readonly [
    inX: (ct: NdArray, y: NdArray) => NdArray,
    inY: ((ct: NdArray, x: NdArray) => NdArray) | null
  ]
  /** The adjoints read the other operand, so it must be known. */
  readonly multilinear?: boolean
}

export interface Binary {
  (x: NdArray, y: NdArray): NdArray
  readonly primitive: Primitive<NoParams>
}

const loop2 =
  (
    name: string,
    { scalar, integral, complex, stepwise }: BinaryOptions
  ): NonNullable<Primitive<NoParams>['reference']> =>
  ([x, y], _params, [out]) => {
    const kind = kindOf(x.dtype)
    if (complex !== undefined && kind === 'complex')
      return [mapComplex2(out, x.data, y.data, complex)]
    if (integral !== undefined && isIntegral(x.dtype))
      return [map2(out, x.data, y.data, (a, b) => integral(a, b, x.dtype))]
    if (stepwise !== undefined && settings().deterministic)
      return [map2(out, x.data, y.data, stepwise(x.dtype))]
    const own = kind === 'float' ? ownFunction(name, ownType(x.dtype)) : undefined
    return [map2(out, x.data, y.data, own ?? scalar)]
  }

/** An elementwise operation on two operands of one shape and type. */
export const binary = (name: string, o: BinaryOptions): Binary => {
  const { jvp, transpose, lower, result = same, reference = loop2(name, o) } = o
  const apply = (x: NdArray, y: NdArray): NdArray => bind1(primitive, [x, y], noParams)
  const primitive: Primitive<NoParams> = definePrimitive<NoParams>({
    name,
    abstractEval: (avals) => {
      const x = avals[0] // of two operands
      const y = avals[1]
      if (x !== y) checkSame(name, avals)
      checkKind(name, x.dtype, o.accepts)
      return [resultOf(x, result(x.dtype), x.weak && y.weak)]
    },
    reference,
    jvp: ([x, y], [dx, dy]) => {
      const z = apply(x, y)
      const out = zero(avalOf(z))
      if (jvp === undefined) return [[z], [out]]
      const fromX = isZero(dx) ? out : jvp[0](dx, x, y, z)
      const fromY = isZero(dy) ? out : jvp[1](dy, x, y, z)
      return [[z], [addTangents(fromX, fromY)]]
    },
    ...(transpose && {
      transpose: ([ct], [x, y]) => {
        const [inX, inY] = transpose
        const adjoint = (
          operand: NdArray | Unknown,
          other: NdArray | Unknown,
          rule: typeof inX | null
        ): Tangent | null => {
          if (!isUnknown(operand) || rule === null) return null
          return isZero(ct) ? zero(operand.aval) : rule(ct, other as NdArray) // known, or not read
        }
        return [adjoint(x, y, inX), adjoint(y, x, inY)]
      }
    }),
    ...(o.multilinear && { multilinear: true }),
    batch: elementwiseBatch(([x, y]) => apply(x, y)),
    ...(lower && { lower: lowerElementwise(name, lower, reference) }),
    ...(o.host !== undefined && { host: o.host }),
    simplify: simplifyElementwise(() => primitive, o.simplify),
    ...(o.exact && { exact: true })
  })
  return Object.assign(apply, { primitive })
}

/** A scalar repeated over the shape of `x`. */
export const spread = (value: NdArray, x: NdArray): NdArray =>
  x.ndim === 0 ? value : broadcastInDim(value, x.shape, [])

/** `value` in the shape and type of `x`, rounded as the type has it. */
export const constant = (x: NdArray, value: number): NdArray => {
  const { dtype, weak } = avalOf(x)
  const data = allocate(dtype, 1)
  data[0] = value
  return spread(fromHost(scalarAval(dtype, weak), settle(dtype, data)), x)
}

/** x + y. Integers wrap. */
export const add = binary('add', {
  accepts: number,
  scalar: (x, y) => x + y,
  complex: (xr, xi, yr, yi, to) => {
    to[0] = xr + yr
    to[1] = xi + yi
  },
  jvp: [(dx) => dx, (dy) => dy],
  transpose: [(ct) => ct, (ct) => ct],
  simplify: sumWithZero,
  exact: true,
  lower: {
    expr: (x, y) => kernel.binary('add', x, y),
    parts: ([xr, xi], [yr, yi]) => [kernel.binary('add', xr, yr), kernel.binary('add', xi, yi)]
  }
})

/** The product of complex numbers in parts. */
export const timesParts = ([xr, xi]: Parts, [yr, yi]: Parts): Parts => [
  kernel.binary('sub', kernel.binary('mul', xr, yr), kernel.binary('mul', xi, yi)),
  kernel.binary('add', kernel.binary('mul', xr, yi), kernel.binary('mul', xi, yr))
]

/** x · y. Integers wrap. */
export const mul = binary('mul', {
  accepts: number,
  scalar: (x, y) => x * y,
  integral: (x, y) => Math.imul(x, y),
  complex: (xr, xi, yr, yi, to) => {
    to[0] = xr * yr - xi * yi
    to[1] = xr * yi + xi * yr
  },
  jvp: [(dx, _x, y) => mul(dx, y), (dy, x) => mul(x, dy)],
  transpose: [(ct, y) => mul(ct, y), (ct, x) => mul(x, ct)],
  multilinear: true,
  simplify: productWithOne,
  exact: true,
  lower: {
    expr: (x, y) => kernel.binary('mul', x, y),
    parts: timesParts
  }
})

/** Sum of two tangents; zeros are not added. */
export const addTangents = (x: Tangent, y: Tangent): Tangent =>
  isZero(x) ? y : isZero(y) ? x : add(x, y)

/** A tangent as an array, zeros and all. */
export const instantiate = (t: Tangent): NdArray =>
  isZero(t) ? fillLike(zeroOf(t.aval), t.aval.shape) : t
