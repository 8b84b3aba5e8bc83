/**
 * Arithmetic on groups of vectors, for code that reads like the formula it computes.
 *
 * A value is a few 128-bit vectors processed side by side: every operation is emitted for all of
 * them before the next one, so that independent instructions hide each other's latency. Numbers
 * stand for constants in all lanes.
 */

import type { EngineProfile } from '../../engine/engine.ts'
import { VECTOR } from '../vector.ts'
import type { FloatType, VectorType } from '../vector.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../../wasm/function.ts'
import type { ModuleBuilder } from '../../wasm/module.ts'
import type { PlainInstruction } from '../../wasm/opcodes.ts'

/** v128 locals that are never written again. */
export type Lanes = readonly Local[]
/** A value, or a constant of all lanes. */
export type Operand = Lanes | number

/** Where code is emitted, and for which engine. */
export interface LaneTarget {
  readonly f: FunctionBuilder
  /** For subroutines. */
  readonly module: ModuleBuilder
  readonly profile: EngineProfile
}

/** Operations over lanes of one float type; results are new locals. */
export interface LaneMath extends LaneTarget {
  readonly type: VectorType
  readonly add: (a: Operand, b: Operand) => Lanes
  readonly sub: (a: Operand, b: Operand) => Lanes
  readonly mul: (a: Operand, b: Operand) => Lanes
  readonly div: (a: Operand, b: Operand) => Lanes
  /** a·b + c, fused where the profile allows it. */
  readonly madd: (a: Operand, b: Operand, c: Operand) => Lanes
  /** Σ c_i x^i with the highest coefficient first (Horner). */
  readonly polynomial: (x: Lanes, coefficients: readonly number[]) => Lanes
  readonly neg: (a: Operand) => Lanes
  readonly abs: (a: Operand) => Lanes
  readonly sqrt: (a: Operand) => Lanes
  readonly trunc: (a: Operand) => Lanes
  /** The smaller and the greater; `a` where either is NaN, so that min(x, 1) keeps NaN in x. */
  readonly min: (a: Operand, b: Operand) => Lanes
  readonly max: (a: Operand, b: Operand) => Lanes
  /** Comparisons give masks: all bits of a lane set, or none. False for NaN. */
  readonly lt: (a: Operand, b: Operand) => Lanes
  readonly le: (a: Operand, b: Operand) => Lanes
  readonly gt: (a: Operand, b: Operand) => Lanes
  readonly eq: (a: Operand, b: Operand) => Lanes
  readonly and: (a: Lanes, b: Lanes) => Lanes
  readonly or: (a: Lanes, b: Lanes) => Lanes
  readonly xor: (a: Lanes, b: Lanes) => Lanes
  /** `a` where the mask is set, else `b`. */
  readonly select: (mask: Lanes, a: Operand, b: Operand) => Lanes
  /** The sign bit of `x` alone: −0 or 0. */
  readonly signBit: (x: Lanes) => Lanes
  /** Integer operations on the bits of the lanes. */
  readonly bits: {
    readonly add: (a: Lanes, b: Lanes | bigint) => Lanes
    readonly sub: (a: Lanes, b: Lanes | bigint) => Lanes
    readonly and: (a: Lanes, b: bigint) => Lanes
    readonly or: (a: Lanes, b: bigint) => Lanes
    readonly eq: (a: Lanes, b: bigint) => Lanes
    readonly shiftLeft: (a: Lanes, count: number) => Lanes
    readonly shiftRight: (a: Lanes, count: number) => Lanes
  }
  /** `fast` but where the mask is set, and there a scalar function of float64 numbers. */
  readonly patch: (mask: Lanes, fast: Lanes, scalar: FunctionRef, ...args: Lanes[]) => Lanes
  /**
   * Two values, but where the mask is set, and there the two lanes of the vector that a subroutine
   * makes of a float64 number.
   */
  readonly patchPair: (
    mask: Lanes,
    fast: readonly [Lanes, Lanes],
    subroutine: FunctionRef,
    x: Lanes
  ) => readonly [Lanes, Lanes]
  /** `fast` but where the mask is set, and there `slow`, which is computed only if a lane needs it. */
  readonly rarely: (mask: Lanes, fast: Lanes, slow: () => Lanes) => Lanes
}

const scratch = new DataView(new ArrayBuffer(8))

/** The bits of a float constant. */
const bitsOf = (type: VectorType, value: number): bigint => {
  if (type.bytes === 4) {
    scratch.setFloat32(0, value)
    return BigInt(scratch.getUint32(0))
  }
  scratch.setFloat64(0, value)
  return scratch.getBigUint64(0)
}

/** Pushes `bits` in all lanes: from the pool where the engine prefers that, else immediate. */
const pushBits = (
  { f, module, profile }: LaneTarget,
  type: VectorType,
  bits: bigint
): FunctionBuilder => {
  const pool = profile.compiler === 'turboshaft' ? module.constants : undefined
  const address = pool?.address(BigInt.asUintN(8 * type.bytes, bits), type.bytes)
  if (address !== undefined) return f.i32(0).memory(type.loadSplat, address)
  return type.bytes === 4
    ? f.i32x4(Number(BigInt.asIntN(32, bits)))
    : f.i64x2(BigInt.asIntN(64, bits))
}

export const laneMath = (target: LaneTarget, dtype: FloatType): LaneMath => {
  const { f, profile } = target
  const type = VECTOR[dtype]
  const { shape } = type
  const integer = type.bytes === 4 ? 'i32x4' : 'i64x2'

  const push = (x: Operand, at: number): FunctionBuilder => {
    if (typeof x !== 'number') return f.get(x[at])
    return pushBits(target, type, bitsOf(type, x))
  }
  /** Emits `code` once per vector and keeps its result. */
  const each = (operands: readonly Operand[], code: (at: number) => void): Lanes => {
    const count = operands.reduce<number>((n, x) => (typeof x === 'number' ? n : x.length), 1)
    const results = f.locals('v128', count)
    results.forEach((result, at) => {
      code(at)
      f.set(result)
    })
    return results
  }
  const apply = (op: PlainInstruction, ...operands: readonly Operand[]): Lanes =>
    each(operands, (at) => {
      for (const x of operands) push(x, at)
      f.op(op)
    })
  const applyBits = (op: PlainInstruction, a: Lanes, b: Lanes | bigint): Lanes =>
    each([a], (at) => {
      f.get(a[at])
      if (typeof b === 'bigint') pushBits(target, type, b)
      else f.get(b[at])
      f.op(op)
    })
  const shift = (op: PlainInstruction, a: Lanes, count: number): Lanes =>
    each([a], (at) => f.get(a[at]).i32(count).op(op))

  const madd = (a: Operand, b: Operand, c: Operand): Lanes =>
    profile.fusedMultiplyAdd
      ? apply(`${shape}.relaxed_madd`, a, b, c)
      : each([a, b, c], (at) => {
          push(a, at)
          push(b, at)
          f.op(`${shape}.mul`)
          push(c, at)
          f.op(`${shape}.add`)
        })

  /** Pushes a vector of `scalar` applied to each lane. */
  const callLanes = (scalar: FunctionRef, args: readonly Lanes[], at: number): void => {
    f.i32x4(0)
    for (let lane = 0; lane < type.lanes; lane++) {
      for (const x of args) {
        f.get(x[at]).lane(`${shape}.extract_lane`, lane)
        if (type.bytes === 4) f.op('f64.promote_f32')
      }
      f.call(scalar)
      if (type.bytes === 4) f.op('f32.demote_f64')
      f.lane(`${shape}.replace_lane`, lane)
    }
  }

  return {
    ...target,
    type,
    add: (a, b) => apply(`${shape}.add`, a, b),
    sub: (a, b) => apply(`${shape}.sub`, a, b),
    mul: (a, b) => apply(`${shape}.mul`, a, b),
    div: (a, b) => apply(`${shape}.div`, a, b),
    madd,
    polynomial: (x, [highest, next, ...rest]) =>
      rest.reduce<Lanes>((sum, c) => madd(sum, x, c), madd(x, highest, next)),
    neg: (a) => (type.bytes === 4 ? apply('f32x4.neg', a) : apply('v128.xor', a, -0)),
    abs: (a) => apply(`${shape}.abs`, a),
    sqrt: (a) => apply(`${shape}.sqrt`, a),
    trunc: (a) => apply(`${shape}.trunc`, a),
    min: (a, b) => apply(`${shape}.pmin`, a, b),
    max: (a, b) => apply(`${shape}.pmax`, a, b),
    lt: (a, b) => apply(`${shape}.lt`, a, b),
    le: (a, b) => apply(`${shape}.le`, a, b),
    gt: (a, b) => apply(`${shape}.gt`, a, b),
    eq: (a, b) => apply(`${shape}.eq`, a, b),
    and: (a, b) => apply('v128.and', a, b),
    or: (a, b) => apply('v128.or', a, b),
    xor: (a, b) => apply('v128.xor', a, b),
    select: (mask, a, b) =>
      each([mask], (at) => {
        push(a, at)
        push(b, at)
        f.get(mask[at]).op('v128.bitselect')
      }),
    signBit: (x) =>
      each([x], (at) => {
        f.get(x[at])
        pushBits(target, type, 1n << BigInt(8 * type.bytes - 1)).op('v128.and')
      }),
    bits: {
      add: (a, b) => applyBits(`${integer}.add`, a, b),
      sub: (a, b) => applyBits(`${integer}.sub`, a, b),
      and: (a, b) => applyBits('v128.and', a, b),
      or: (a, b) => applyBits('v128.or', a, b),
      eq: (a, b) => applyBits(`${integer}.eq`, a, b),
      shiftLeft: (a, count) => shift(`${integer}.shl`, a, count),
      shiftRight: (a, count) => shift(`${integer}.shr_u`, a, count)
    },
    patch: (mask, fast, scalar, ...args) =>
      each([fast], (at) => {
        f.get(mask[at]).op('v128.any_true')
        f.if(
          () => {
            callLanes(scalar, args, at)
            // Lanes off the mask keep the fast result: a lane never depends on its neighbours.
            f.get(fast[at]).get(mask[at]).op('v128.bitselect')
          },
          () => f.get(fast[at]),
          'v128'
        )
      }),
    patchPair: (mask, [first, second], subroutine, x) => {
      const results = [first, second].map((fast) => each([fast], (at) => f.get(fast[at])))
      const pair = f.local('v128')
      first.forEach((_, at) => {
        f.get(mask[at]).op('v128.any_true')
        f.if(() => {
          for (let lane = 0; lane < type.lanes; lane++) {
            f.get(mask[at]).lane('i32x4.extract_lane', (lane * 4) / type.lanes)
            f.if(() => {
              f.get(x[at]).lane(`${shape}.extract_lane`, lane).call(subroutine).set(pair)
              results.forEach((result, part) => {
                f.get(result[at]).get(pair).lane('f64x2.extract_lane', part)
                f.lane(`${shape}.replace_lane`, lane).set(result[at])
              })
            })
          }
        })
      })
      return [results[0], results[1]]
    },
    rarely: (mask, fast, slow) => {
      const results = each([fast], (at) => f.get(fast[at]))
      mask.forEach((set, at) => {
        f.get(set)
        if (at > 0) f.op('v128.or')
      })
      f.op('v128.any_true')
      f.if(() =>
        slow().forEach((value, at) =>
          f.get(value).get(fast[at]).get(mask[at]).op('v128.bitselect').set(results[at])
        )
      )
      return results
    }
  }
}

/** The lanes of float32 vectors as twice as many float64 vectors. */
export const widen = (m: LaneMath, x: Lanes): Lanes =>
  x.flatMap((vector) => {
    const [low, high] = m.f.locals('v128', 2)
    m.f.get(vector).op('f64x2.promote_low_f32x4').set(low)
    m.f.get(vector).get(vector).shuffle([2, 3, 2, 3]).op('f64x2.promote_low_f32x4').set(high)
    return [low, high]
  })

/** The inverse of {@link widen}: rounds float64 lanes to float32. */
export const narrow = (m: LaneMath, x: Lanes): Lanes =>
  Array.from({ length: x.length / 2 }, (_, i) => {
    const result = m.f.local('v128')
    m.f.get(x[2 * i]).op('f32x4.demote_f64x2_zero')
    m.f.get(x[2 * i + 1]).op('f32x4.demote_f64x2_zero')
    m.f.shuffle([0, 1, 4, 5]).set(result)
    return result
  })

/** A function of one or two values, in whatever type `m` has. */
export type LaneFunction = (m: LaneMath, ...x: readonly Lanes[]) => Lanes

/** Computes float32 lanes in float64 and rounds once: the error stays near half an ulp. */
export const throughDouble =
  (compute: LaneFunction): LaneFunction =>
  (m, ...x) =>
    narrow(m, compute(laneMath(m, 'float64'), ...x.map((value) => widen(m, value))))
