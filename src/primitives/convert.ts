/** Values, or their bits, under another element type. */
import { avalOf, type NdArray } from '../core/array.ts'
import {
  allocate,
  bitsOf,
  integerRange,
  isBool,
  isComplex,
  isInexact,
  isInteger,
  kindOf,
  promote,
  realPart,
  type DType,
  type HostData
} from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { show, sizeOf } from '../core/shape.ts'
import type { ScalarType } from '../kernel/expr.ts'
import * as kernel from '../kernel/make.ts'
import { convert } from '../kernel/views.ts'
import { makeAval } from '../trace/aval.ts'
import { definePrimitive, isZero, zero, type Primitive, type Unknown } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { readBits, writeBits } from './bit-patterns.ts'
import { map1 } from './host.ts'
import { hostRoutine } from './lower.ts'
import { moveAxis } from './movement.ts'

interface ConvertParams {
  readonly dtype: DType
  /** Whether the result yields to arrays beside it, as a number does. */
  readonly weak: boolean
}

/** Toward zero, at most the extremes of the type; NaN is 0. */
const saturate = (dtype: DType): ((x: number) => number) => {
  const [low, high] = integerRange(dtype)
  return (x) => (x !== x ? 0 : Math.min(high, Math.max(low, Math.trunc(x))))
}

const everySecond = (data: HostData): HostData => data.filter((_, i) => i % 2 === 0)

const convertData = (x: HostData, from: DType, to: DType, size: number): HostData => {
  const out = makeAval([size], to)
  if (isComplex(to)) {
    const data = allocate(to, size)
    if (isComplex(from)) data.set(x)
    else for (let i = 0; i < size; i++) data[2 * i] = x[i]
    return data
  }
  if (isComplex(from)) {
    if (!isBool(to)) return convertData(everySecond(x), realPart(from), to, size)
    const data = allocate(to, size)
    for (let i = 0; i < size; i++) data[i] = Number(x[2 * i] !== 0 || x[2 * i + 1] !== 0)
    return data
  }
  if (isBool(to)) return map1(out, x, (v) => Number(v !== 0))
  if (isInteger(to) && kindOf(from) === 'float') return map1(out, x, saturate(to))
  return map1(out, x, (v) => v) // storing rounds floats and wraps integers
}

/** Whether every value of `from` is one of `to`. */
const widens = (from: DType, to: DType): boolean => {
  const [a, b] = [kindOf(from), kindOf(to)]
  if (a === 'bool') return b !== 'bool'
  if (a === b) return from !== to && a !== 'complex' && promote(from, to) === to
  if (a === 'unsigned' && b === 'signed') return bitsOf(to) > bitsOf(from)
  if (b === 'float' && (a === 'signed' || a === 'unsigned'))
    return to === 'float64' || (to === 'float32' && bitsOf(from) <= 16)
  return false
}

/**
 * Conversion as XLA's CPU does it: floats to integers truncate and saturate, NaN gives 0, integers
 * wrap, bool is x ≠ 0, complex to real takes the real part. Linear between floating types; there
 * is no derivative through integers.
 */
export const convertElementTypeP = definePrimitive<ConvertParams>({
  name: 'convertElementType',
  exact: true,

  simplify: (e, { dtype }) => {
    const [x] = e.inputs
    if (x.aval.dtype === dtype) return x
    // There and back again, where the way there keeps every value.
    const before = e.made(x, 'convertElementType')?.inputs[0]
    return before?.aval.dtype === dtype && widens(dtype, x.aval.dtype) ? before : null
  },

  abstractEval: ([x], { dtype, weak }) => [makeAval(x.shape, dtype, weak)],

  reference: ([x], { dtype }) => [convertData(x.data, x.dtype, dtype, sizeOf(x.shape))],

  jvp: ([x], [dx], { dtype, weak }) => {
    const y = convertElementType(x, dtype, weak)
    const flows = !isZero(dx) && isInexact(dtype)
    return [[y], [flows ? convertElementType(dx, dtype) : zero(avalOf(y))]]
  },

  // Linear only between types that have tangents, and then so is the way back.
  transpose: ([ct], [x]) => [
    isZero(ct) ? zero((x as Unknown).aval) : convertElementType(ct, x.dtype)
  ],

  batch: (_axis, [x], [at], { dtype, weak }) => [[convertElementType(x, dtype, weak)], [at]],

  lower: ([x], { dtype }) => [convert(x, dtype)]
})

/** `x` as `dtype`; itself when it has that type and weakness. Shape: kept. */
export const convertElementType = (x: NdArray, dtype: DType, weak = false): NdArray =>
  x.dtype === dtype && avalOf(x).weak === weak
    ? x
    : bind1(convertElementTypeP, [x], { dtype, weak })

interface BitcastParams {
  readonly dtype: DType
}

const reread: NonNullable<Primitive<BitcastParams>['reference']> = ([x], { dtype }) => [
  x.dtype === dtype ? x.data.slice() : readBits(writeBits(x.data, x.dtype), dtype)
]

/**
 * The same bits read as another type. A wider type takes the last axis, a narrower one adds it:
 * float64 [3] is int32 [3, 2], lowest bits first.
 */
export const bitcastConvertTypeP = definePrimitive<BitcastParams>({
  name: 'bitcastConvertType',

  abstractEval: ([x], { dtype }) => {
    const plain = (d: DType): boolean => !isBool(d) && !isComplex(d)
    if (x.dtype !== dtype && !(plain(x.dtype) && plain(dtype)))
      throw new DTypeError('bitcastConvertType', {
        problem: 'the bits of this type have no other reading',
        got: `${x.dtype} to ${dtype}`,
        expected: 'integers and floats, or the same type twice',
        hint: 'convertElementType converts values; real and imag take complex numbers apart'
      })
    const [from, to] = [bitsOf(x.dtype), bitsOf(dtype)]
    if (from === to) return [makeAval(x.shape, dtype)]
    if (from > to) return [makeAval([...x.shape, from / to], dtype)]
    if (x.shape.at(-1) !== to / from)
      throw new ShapeError('bitcastConvertType', {
        problem: 'the last axis does not hold the bits of one element',
        got: `${x.dtype} ${show(x.shape)} to ${dtype}`,
        expected: `a last axis of extent ${to / from}`,
        hint: 'reshape so that the parts of one element are on the last axis'
      })
    return [makeAval(x.shape.slice(0, -1), dtype)]
  },

  reference: reread,

  // Bits have no derivative.
  jvp: ([x], _tangents, { dtype }) => {
    const y = bitcastConvertType(x, dtype)
    return [[y], [zero(avalOf(y))]]
  },

  batch: (_axis, [x], [at], { dtype }) => {
    // The axis that appears or vanishes is the last one, which the mapped axis must not be.
    const first = moveAxis(x, at as number, 0) // the one operand is mapped
    return [[bitcastConvertType(first, dtype)], [0]]
  },

  lower: ([x], { dtype }, [out], context) => {
    const half = (d: DType): boolean => d === 'float16' || d === 'bfloat16' // stored wide
    if (x.dtype !== dtype && (bitsOf(x.dtype) !== bitsOf(dtype) || half(x.dtype) || half(dtype)))
      return hostRoutine(
        'bitcastConvertType',
        'an element becomes several, or several one; 16-bit floats are stored wide',
        reread
      )([x], { dtype }, [out], context)
    const to = dtype as ScalarType // complex only to itself, which changes nothing
    return [x.dtype === dtype ? x : { ...out, parts: x.parts.map((e) => kernel.bitcast(e, to)) }]
  }
})

/** The bits of `x` as `dtype`. Shape: kept for equal widths; see {@link bitcastConvertTypeP}. */
export const bitcastConvertType = (x: NdArray, dtype: DType): NdArray =>
  bind1(bitcastConvertTypeP, [x], { dtype })
