/**
 * The instructions of WebAssembly that the backend emits, by the names of the text format.
 *
 * Source: WebAssembly Core Specification 2.0, §5.4 and appendix "Index of Instructions"; the
 * relaxed SIMD and threads proposals for the ranges 0xfd100 and 0xfe.
 */

/** Value types by their names in the text format. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

export const VALUE_TYPE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b
}

/** The type of a block without a result. */
export const VOID = 0x40

/**
 * Codes of consecutive instructions: `run('i32', 0x6a, 'add', 'sub', 'mul')` is add 6a, sub 6b, mul 6c.
 * `_` leaves a code unused.
 */
const run = <P extends string, const N extends readonly string[]>(
  prefix: P,
  first: number,
  ...names: N
): { readonly [K in Exclude<N[number], '_'> as `${P}.${K}`]: number } => {
  const codes: Record<string, number> = {}
  names.forEach((name, i) => {
    if (name !== '_') codes[`${prefix}.${name}`] = first + i
  })
  // The mapped type above names exactly the keys that the loop has written.
  return codes as { readonly [K in Exclude<N[number], '_'> as `${P}.${K}`]: number }
}

/** A list of names from one string: `words('add sub')` is `['add', 'sub']`, in the type as well. */
type Words<S extends string> = S extends `${infer First} ${infer Rest}`
  ? readonly [First, ...Words<Rest>]
  : readonly [S]
const words = <const S extends string>(text: S): Words<S> => text.split(' ') as unknown as Words<S>

const INTEGER_COMPARE = words('eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u')
const FLOAT_COMPARE = words('eq ne lt gt le ge')
const INTEGER_ARITHMETIC = words(
  'clz _ popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u'
)
const FLOAT_ARITHMETIC = words(
  'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'
)
const FLOAT_LANES = words('_ sqrt add sub mul div min max pmin pmax')
const CONVERSIONS = words('convert_i32_s convert_i32_u convert_i64_s convert_i64_u')
const SATURATING = words('trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')

/** One byte prefixes, above the code itself. */
const MISC = 0xfc0000
const SIMD = 0xfd0000
const ATOMIC = 0xfe0000

/** Instructions without an immediate. */
export const PLAIN = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,

  ...run('i32', 0x45, 'eqz', ...INTEGER_COMPARE),
  ...run('i64', 0x50, 'eqz', ...INTEGER_COMPARE),
  ...run('f32', 0x5b, ...FLOAT_COMPARE),
  ...run('f64', 0x61, ...FLOAT_COMPARE),
  ...run('i32', 0x67, ...INTEGER_ARITHMETIC),
  ...run('i64', 0x79, ...INTEGER_ARITHMETIC),
  ...run('f32', 0x8b, ...FLOAT_ARITHMETIC),
  ...run('f64', 0x99, ...FLOAT_ARITHMETIC),
  ...run('i32', 0xa7, 'wrap_i64'),
  ...run('i64', 0xac, 'extend_i32_s', 'extend_i32_u'),
  ...run('f32', 0xb2, ...CONVERSIONS, 'demote_f64'),
  ...run('f64', 0xb7, ...CONVERSIONS, 'promote_f32'),
  ...run('i32', 0xbc, 'reinterpret_f32'),
  ...run('i64', 0xbd, 'reinterpret_f64'),
  ...run('f32', 0xbe, 'reinterpret_i32'),
  ...run('f64', 0xbf, 'reinterpret_i64'),
  ...run('i32', 0xc0, 'extend8_s', 'extend16_s'),
  ...run('i32', MISC, ...SATURATING),
  ...run('i64', MISC | 4, ...SATURATING),

  ...run('i32x4', SIMD | 0x11, 'splat'),
  ...run('f32x4', SIMD | 0x13, 'splat'),
  ...run('f64x2', SIMD | 0x14, 'splat'),
  ...run('i32x4', SIMD | 0x37, ...INTEGER_COMPARE),
  ...run('f32x4', SIMD | 0x41, ...FLOAT_COMPARE),
  ...run('f64x2', SIMD | 0x47, ...FLOAT_COMPARE),
  ...run('v128', SIMD | 0x4d, 'not', 'and', 'andnot', 'or', 'xor', 'bitselect', 'any_true'),
  ...run('f32x4', SIMD | 0x5e, 'demote_f64x2_zero'),
  ...run('f64x2', SIMD | 0x5f, 'promote_low_f32x4'),
  ...run('f32x4', SIMD | 0x67, 'ceil', 'floor', 'trunc', 'nearest'),
  ...run('f64x2', SIMD | 0x74, 'ceil', 'floor'),
  ...run('f64x2', SIMD | 0x7a, 'trunc'),
  ...run('i16x8', SIMD | 0x87, 'extend_low_i8x16_s'),
  ...run('i16x8', SIMD | 0x89, 'extend_low_i8x16_u'),
  ...run('f64x2', SIMD | 0x94, 'nearest'),
  ...run('i32x4', SIMD | 0xa0, 'abs', 'neg'),
  ...run('i32x4', SIMD | 0xa7, 'extend_low_i16x8_s'),
  ...run('i32x4', SIMD | 0xa9, 'extend_low_i16x8_u'),
  ...run('i32x4', SIMD | 0xab, 'shl', 'shr_s', 'shr_u', 'add', '_', '_', 'sub'),
  ...run('i32x4', SIMD | 0xb5, 'mul', 'min_s', 'min_u', 'max_s', 'max_u'),
  ...run('i64x2', SIMD | 0xc7, 'extend_low_i32x4_s'),
  ...run('i64x2', SIMD | 0xcb, 'shl', '_', 'shr_u', 'add', '_', '_', 'sub'),
  ...run('i64x2', SIMD | 0xd6, 'eq'),
  ...run('f32x4', SIMD | 0xe0, 'abs', 'neg', ...FLOAT_LANES),
  // No f64x2.neg: where V8 13 joins two of them it flips the upper 33 bits instead of the first.
  ...run('f64x2', SIMD | 0xec, 'abs', '_', ...FLOAT_LANES),
  ...run('i32x4', SIMD | 0xf8, 'trunc_sat_f32x4_s', 'trunc_sat_f32x4_u'),
  ...run('f32x4', SIMD | 0xfa, 'convert_i32x4_s', 'convert_i32x4_u'),
  ...run('i32x4', SIMD | 0xfc, 'trunc_sat_f64x2_s_zero', 'trunc_sat_f64x2_u_zero'),
  ...run('f64x2', SIMD | 0xfe, 'convert_low_i32x4_s', 'convert_low_i32x4_u'),
  ...run('f32x4', SIMD | 0x105, 'relaxed_madd', 'relaxed_nmadd'),
  ...run('f64x2', SIMD | 0x107, 'relaxed_madd', 'relaxed_nmadd')
} as const

export type PlainInstruction = keyof typeof PLAIN

/** Instructions with a memory operand: `[code, log2 of the natural alignment]`. */
export const MEMORY = {
  'i32.load': [0x28, 2],
  'f32.load': [0x2a, 2],
  'f64.load': [0x2b, 3],
  'i32.load8_s': [0x2c, 0],
  'i32.load8_u': [0x2d, 0],
  'i32.load16_s': [0x2e, 1],
  'i32.load16_u': [0x2f, 1],
  'i32.store': [0x36, 2],
  'i64.store': [0x37, 3],
  'f32.store': [0x38, 2],
  'f64.store': [0x39, 3],
  'i32.store8': [0x3a, 0],
  'i32.store16': [0x3b, 1],
  'v128.load': [SIMD, 4],
  'v128.load16x4_s': [SIMD | 0x03, 3],
  'v128.load16x4_u': [SIMD | 0x04, 3],
  'v128.load16_splat': [SIMD | 0x08, 1],
  'v128.load32_splat': [SIMD | 0x09, 2],
  'v128.load64_splat': [SIMD | 0x0a, 3],
  'v128.store': [SIMD | 0x0b, 4],
  'v128.load32_zero': [SIMD | 0x5c, 2],
  'v128.load64_zero': [SIMD | 0x5d, 3],
  'memory.atomic.notify': [ATOMIC, 2],
  'memory.atomic.wait32': [ATOMIC | 0x01, 2],
  'i32.atomic.load': [ATOMIC | 0x10, 2],
  'i64.atomic.load': [ATOMIC | 0x11, 3],
  'i32.atomic.store': [ATOMIC | 0x17, 2],
  'i64.atomic.store': [ATOMIC | 0x18, 3],
  'i32.atomic.rmw.add': [ATOMIC | 0x1e, 2],
  'i64.atomic.rmw.cmpxchg': [ATOMIC | 0x49, 3]
} as const

export type MemoryInstruction = keyof typeof MEMORY

/** Instructions with a memory operand and a lane: `[code, log2 of the natural alignment]`. */
export const LANE_MEMORY = {
  'v128.store16_lane': [SIMD | 0x59, 1],
  'v128.store32_lane': [SIMD | 0x5a, 2],
  'v128.store64_lane': [SIMD | 0x5b, 3]
} as const

export type LaneMemoryInstruction = keyof typeof LANE_MEMORY

/** Instructions whose immediate is a lane index. */
export const LANE = {
  ...run('i32x4', SIMD | 0x1b, 'extract_lane', 'replace_lane'),
  ...run('i64x2', SIMD | 0x1d, 'extract_lane'),
  ...run('f32x4', SIMD | 0x1f, 'extract_lane', 'replace_lane'),
  ...run('f64x2', SIMD | 0x21, 'extract_lane', 'replace_lane')
} as const

export type LaneInstruction = keyof typeof LANE

/** `v128.const` and `i8x16.shuffle`: sixteen immediate bytes. */
export const V128_CONST = SIMD | 0x0c
export const SHUFFLE = SIMD | 0x0d
/** Bulk memory instructions; their memory indices follow. */
export const MEMORY_COPY = MISC | 10
export const MEMORY_FILL = MISC | 11
