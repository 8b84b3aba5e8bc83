import { describe, expect, test } from 'vitest'
import '../../../src/install-arc-functions.ts'
import '../../../src/install-error-functions.ts'
import '../../../src/install-hyperbolic-functions.ts'
import '../../../src/install-special-functions.ts'
import { detectProfile } from '../../../src/backend/cpu/engine/engine.ts'
import type { EngineProfile } from '../../../src/backend/cpu/engine/engine.ts'
import {
  elementaryBinary,
  elementaryNames,
  elementaryUnary
} from '../../../src/backend/cpu/values/elementary.ts'
import type {
  ElementaryBinary,
  ElementaryUnary
} from '../../../src/backend/cpu/values/elementary.ts'
import type { FloatType } from '../../../src/backend/cpu/values/vector.ts'
import { createConstantPool } from '../../../src/backend/cpu/wasm/constant-pool.ts'
import { wasm } from '../../../src/backend/cpu/wasm/runtime.ts'
import { erf, erfInv, erfc } from '../../../src/core/scalar/error-function.ts'
import { exp2, log2, logistic, pow, rsqrt } from '../../../src/core/scalar/elementary.ts'
import { digamma, lgamma } from '../../../src/core/scalar/gamma.ts'
import { compileLanes, type Emit } from '../../ulp/lane-code.ts'

/** Values per call of a kernel. */
const COUNT = 4096

type Numbers = readonly number[] | Float64Array
type Apply = (x: Numbers, y?: Numbers) => Float64Array

/** Runs the emitted code over arrays of any length. */
const compile = (
  profile: EngineProfile,
  dtype: FloatType,
  emit: Emit,
  pooled: boolean = false
): Apply => {
  const code = compileLanes(profile, dtype, emit, COUNT, pooled)
  return (x, y = []) => {
    const result = new Float64Array(x.length)
    for (let i = 0; i < x.length; i += COUNT) {
      code.x.set(x.slice(i, i + COUNT))
      code.y.set(y.slice(i, i + COUNT))
      code.run()
      result.set(code.result.subarray(0, Math.min(COUNT, x.length - i)), i)
    }
    return result
  }
}

const unary = (profile: EngineProfile, dtype: FloatType, name: ElementaryUnary): Apply =>
  compile(profile, dtype, (m, x) => elementaryUnary(m, name, x))
const binary = (profile: EngineProfile, dtype: FloatType, name: ElementaryBinary): Apply =>
  compile(profile, dtype, (m, x, y) => elementaryBinary(m, name, x, y))

/** References in float64: V8's Math (a port of fdlibm, below 1 ulp) and `core/scalar`. */
const reference: Readonly<Record<ElementaryUnary, (x: number) => number>> = {
  exp: Math.exp,
  exp2,
  expm1: Math.expm1,
  logistic,
  tanh: Math.tanh,
  sinh: Math.sinh,
  cosh: Math.cosh,
  log: Math.log,
  log2,
  log1p: Math.log1p,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  cbrt: Math.cbrt,
  rsqrt,
  erf,
  erfc,
  erfInv,
  lgamma,
  digamma
}

const bits32 = new Float32Array(1)
const asInt32 = new Int32Array(bits32.buffer)
const bits64 = new Float64Array(1)
const asInt64 = new BigInt64Array(bits64.buffer)

/** The gap between the float32 numbers round a float64 value. */
const ulp32 = (value: number): number => {
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  return 2 ** (Math.max(-126, Math.min(127, exponent)) - 23)
}
const ulp64 = (value: number): number => {
  bits64[0] = Math.abs(value)
  asInt64[0] += 1n
  return bits64[0] - Math.abs(value)
}

/**
 * Error in units in the last place; infinite where only one side is NaN, infinite or −0. Results
 * below `least` are measured in its units.
 */
const error = (got: number, exact: number, dtype: FloatType, least = 0): number => {
  const rounded = dtype === 'float32' ? Math.fround(exact) : exact
  if (Object.is(got, rounded)) return 0
  if (Number.isNaN(got) || Number.isNaN(rounded)) return Infinity
  if (got === 0 && rounded === 0) return Infinity
  if (!Number.isFinite(got) || !Number.isFinite(rounded)) {
    // One step beyond the largest number is one unit in the last place.
    return Math.abs(exact) > 3.40282e38 && Math.abs(got) > 3.40282e38 ? 1 : Infinity
  }
  const size = Math.max(least, Math.abs(exact))
  return Math.abs(got - exact) / (dtype === 'float32' ? ulp32(size) : ulp64(size))
}

/** Every 4093rd float32, both signs: subnormals, infinities and NaN among them. */
const sample32 = Float64Array.from({ length: Math.ceil(2 ** 32 / 4093) }, (_, i) => {
  asInt32[0] = i * 4093
  return bits32[0]
})
/** float64: the same spread over exponents and mantissas, and the neighbourhood of 1. */
const sample64 = Float64Array.from({ length: 50_000 }, (_, i) => {
  if (i % 2 === 0) return Math.sin(i) * 10 ** (((i * 7) % 60) / 10 - 3)
  asInt64[0] = BigInt.asIntN(64, BigInt(i) * 368_934_881_474_191n)
  return bits64[0]
})
const specials = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 1e10, 3.4e38]

/** The reference at all samples, computed once for all profiles. */
const expected = new Map<string, Float64Array>()
const expectedOf = (name: ElementaryUnary, dtype: FloatType): Float64Array => {
  const key = `${name} ${dtype}`
  const found = expected.get(key)
  if (found !== undefined) return found
  const made = (dtype === 'float32' ? sample32 : sample64).map(reference[name])
  expected.set(key, made)
  return made
}

const worst = (profile: EngineProfile, name: ElementaryUnary, dtype: FloatType) => {
  const xs = dtype === 'float32' ? sample32 : sample64
  const exact = expectedOf(name, dtype)
  let result = { ulp: 0, x: 0, got: 0 }
  unary(
    profile,
    dtype,
    name
  )(xs).forEach((got, i) => {
    // These pass through zero, where only their absolute error is small.
    const oscillates = name === 'digamma' || (name === 'lgamma' && xs[i] < 0)
    const ulp = error(got, exact[i], dtype, oscillates ? 1 : 0)
    if (ulp > result.ulp) result = { ulp, x: xs[i], got }
  })
  return result
}

const profiles: readonly (readonly [string, EngineProfile])[] = [
  ['fused', detectProfile()],
  ['deterministic', detectProfile({ deterministic: true })]
]

describe.each(profiles)('elementary functions, %s', (_name, profile) => {
  test.each(elementaryNames())('%s is within 2 ulp of every 4093rd float32', (name) => {
    const result = worst(profile, name, 'float32')
    expect(result.ulp, JSON.stringify(result)).toBeLessThanOrEqual(2)
  })

  test.each(elementaryNames())('%s is within 4 ulp in float64, digamma within 32', (name) => {
    const result = worst(profile, name, 'float64')
    // Far from zero ψ of a negative number is a difference of larger terms.
    const bound = name === 'digamma' ? 32 : 4
    expect(result.ulp, JSON.stringify(result)).toBeLessThanOrEqual(bound)
  })

  test.each(elementaryNames())('%s has exact special values', (name) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const xs = specials.map((x) => (dtype === 'float32' ? Math.fround(x) : x))
      const special = unary(profile, dtype, name)(xs)
      special.forEach((got, i) => {
        const exact = reference[name](xs[i])
        if (exact === 0 || exact === 1 || !Number.isFinite(exact))
          expect([xs[i], got]).toEqual([xs[i], dtype === 'float32' ? Math.fround(exact) : exact])
      })
    }
  })

  test.each(['pow', 'atan2'] as const)('%s is within 2 ulp, all corners exact', (name) => {
    const exact = name === 'pow' ? pow : Math.atan2
    const corners = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e30, -1e30]
    const all = [...corners, Infinity, -Infinity, NaN].map(Math.fround)
    const pairs = all.flatMap((x) => all.map((y) => [x, y] as const))
    for (let i = 0; i < 100_000; i++)
      pairs.push([
        Math.fround(Math.exp(Math.sin(i) * (i % 40))),
        Math.fround(Math.tan(i * 1.7) * (i % 5))
      ])
    for (const dtype of ['float32', 'float64'] as const) {
      const got = binary(
        profile,
        dtype,
        name
      )(
        pairs.map(([x]) => x),
        pairs.map(([, y]) => y)
      )
      const bad = pairs.filter(([x, y], i) => !(error(got[i], exact(x, y), dtype) <= 2))
      expect(bad).toEqual([])
    }
  })
})

describe('constants from a pool', () => {
  const profile: EngineProfile = { ...detectProfile(), compiler: 'turboshaft' }
  test.each(['float32', 'float64'] as const)('give the bits of immediate ones in %s', (dtype) => {
    const xs = Float64Array.from({ length: 512 }, (_, i) => Math.fround(Math.tan(i)))
    const differ = elementaryNames().filter((name) => {
      const emit: Emit = (m, x) => elementaryUnary(m, name, x)
      const pooled = compile(profile, dtype, emit, true)(xs)
      const immediate = compile(profile, dtype, emit)(xs)
      return pooled.some((y, i) => !Object.is(y, immediate[i]))
    })
    expect(differ).toEqual([])
  })

  test('are stored once, and immediate when the pool is full', () => {
    const memory = new wasm.Memory({ initial: 8 })
    const small = createConstantPool(memory, 7 * 65536, 16)
    const addresses = [small.address(1n, 4), small.address(1n, 8), small.address(1n, 4)]
    expect(addresses).toEqual([458752, 458760, 458752])
    expect(small.address(2n, 4)).toBe(undefined)
  })
})

describe('lanes', () => {
  test('do not depend on their neighbours, beyond the fast range of sin too', () => {
    const sin = unary(detectProfile(), 'float32', 'sin')
    const alone = sin([1, 1, 1, 1, 1, 1, 1, 1])
    const beside = sin([1, 1e30, 1, NaN, 1, Infinity, 1, -3e7])
    expect([0, 2, 4, 6].map((i) => beside[i])).toEqual(Array.from(alone.slice(0, 4)))
  })
})
