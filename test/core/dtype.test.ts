import { describe, expect, test } from 'vitest'
import {
  abbreviate,
  allocate,
  bitsOf,
  complexOf,
  dtypes,
  hostBytes,
  inexactOf,
  integerRange,
  isDType,
  isInexact,
  promote,
  promoteWeak,
  realPart,
  slotsOf
} from '../../src/core/dtype.ts'

/**
 * jnp.promote_types of JAX with 64-bit floats on, in the order of `dtypes`, by abbreviation. Where
 * JAX gives i64, which does not exist here, the entry is i32.
 */
const table = `
bool u8   u16  u32  i8   i16  i32  bf16 f16  f32  f64  c64  c128
u8   u8   u16  u32  i16  i16  i32  bf16 f16  f32  f64  c64  c128
u16  u16  u16  u32  i32  i32  i32  bf16 f16  f32  f64  c64  c128
u32  u32  u32  u32  i32  i32  i32  bf16 f16  f32  f64  c64  c128
i8   i16  i32  i32  i8   i16  i32  bf16 f16  f32  f64  c64  c128
i16  i16  i32  i32  i16  i16  i32  bf16 f16  f32  f64  c64  c128
i32  i32  i32  i32  i32  i32  i32  bf16 f16  f32  f64  c64  c128
bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 f32  f32  f64  c64  c128
f16  f16  f16  f16  f16  f16  f16  f32  f16  f32  f64  c64  c128
f32  f32  f32  f32  f32  f32  f32  f32  f32  f32  f64  c64  c128
f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  c128 c128
c64  c64  c64  c64  c64  c64  c64  c64  c64  c64  c128 c64  c128
c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128
`

describe('promote', () => {
  test('is the table of JAX', () => {
    const ours = dtypes.map((a) => dtypes.map((b) => abbreviate(promote(a, b))))
    const wanted = table
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/))
    expect(ours).toEqual(wanted)
  })

  test('of a number without a type keeps inexact arrays as they are', () => {
    expect(dtypes.filter((d) => promoteWeak(d) === d)).toEqual(dtypes.filter(isInexact))
    expect(promoteWeak('int32')).toBe('float32')
  })
})

describe('element types', () => {
  test('know their complex, real and inexact relatives', () => {
    expect(complexOf('float32')).toBe('complex64')
    expect(complexOf('float64')).toBe('complex128')
    expect(complexOf('int8')).toBe('complex64')
    expect(dtypes.map((d) => realPart(complexOf(d))).filter((d) => d === 'float64')).toHaveLength(2)
    expect(inexactOf('bool')).toBe('float32')
    expect(inexactOf('bfloat16')).toBe('bfloat16')
  })

  test('have the ranges of two’s complement', () => {
    expect(integerRange('int8')).toEqual([-128, 127])
    expect(integerRange('uint32')).toEqual([0, 4294967295])
    expect(integerRange('int32')).toEqual([-2147483648, 2147483647])
    expect(integerRange('bool')).toEqual([0, 1])
  })

  test.each(dtypes.map((d) => [d] as const))('%s is stored as its facts say', (d) => {
    const data = allocate(d, 3)
    expect(data.length).toBe(3 * slotsOf(d))
    expect(data.byteLength).toBe(3 * hostBytes(d))
    const isWidened = d === 'float16' || d === 'bfloat16'
    expect(hostBytes(d)).toBe(isWidened ? 4 : bitsOf(d) / 8)
  })

  test('are told from other strings', () => {
    expect(dtypes.every(isDType)).toBe(true)
    expect(['int64', 'toString', '', 3, null].some(isDType)).toBe(false)
  })
})
