/**
 * Element types, how their values lie in memory, and which type two of them meet in.
 *
 * Promotion is JAX's lattice. It has no 64-bit integers here, so uint32 meets the signed integers
 * in int32, as JAX does when 64-bit types are off.
 */
import { DTypeError, MemoryError, showArgument } from './errors.ts'
import { showBytes } from './show-bytes.ts'
import { inBlock, leastShared, mostShared } from './small-arrays.ts'

export const dtypes = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'int8',
  'int16',
  'int32',
  'bfloat16',
  'float16',
  'float32',
  'float64',
  'complex64',
  'complex128'
] as const

/** The type of every element of an array. */
export type DType = (typeof dtypes)[number]

export type Kind = 'bool' | 'unsigned' | 'signed' | 'float' | 'complex'

/**
 * Values in host memory, row-major. bool is 0 or 1 in bytes; float16 and bfloat16 hold exactly
 * representable values widened to float32 (docs/decisions/0001); complex numbers are interleaved.
 */
export type HostData =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array

/** What makes such values, in memory of their own or in a part of a buffer. */
export interface HostDataConstructor {
  new (length: number): HostData
  new (buffer: ArrayBuffer, byteOffset: number, length: number): HostData
}

interface Facts {
  readonly kind: Kind
  readonly bits: number
  readonly make: HostDataConstructor
  /** Typed-array slots per element: 2 for complex numbers. */
  readonly slots: 1 | 2
}

const facts: Readonly<Record<DType, Facts>> = {
  bool: { kind: 'bool', bits: 8, make: Uint8Array, slots: 1 },
  uint8: { kind: 'unsigned', bits: 8, make: Uint8Array, slots: 1 },
  uint16: { kind: 'unsigned', bits: 16, make: Uint16Array, slots: 1 },
  uint32: { kind: 'unsigned', bits: 32, make: Uint32Array, slots: 1 },
  int8: { kind: 'signed', bits: 8, make: Int8Array, slots: 1 },
  int16: { kind: 'signed', bits: 16, make: Int16Array, slots: 1 },
  int32: { kind: 'signed', bits: 32, make: Int32Array, slots: 1 },
  bfloat16: { kind: 'float', bits: 16, make: Float32Array, slots: 1 },
  float16: { kind: 'float', bits: 16, make: Float32Array, slots: 1 },
  float32: { kind: 'float', bits: 32, make: Float32Array, slots: 1 },
  float64: { kind: 'float', bits: 64, make: Float64Array, slots: 1 },
  complex64: { kind: 'complex', bits: 64, make: Float32Array, slots: 2 },
  complex128: { kind: 'complex', bits: 128, make: Float64Array, slots: 2 }
}

export const isDType = (x: unknown): x is DType => typeof x === 'string' && Object.hasOwn(facts, x)

const unknown = (d: unknown): DTypeError =>
  new DTypeError('dtype', {
    problem: 'no element type has this name',
    got: typeof d === 'string' ? `'${d}'` : showArgument(d),
    expected: `one of ${dtypes.join(', ')}`,
    hint: 'there are no 64-bit integers; floats are float32 unless said otherwise'
  })

const factsOf = (d: DType): Facts => {
  const known = facts[d] as Facts | undefined // JavaScript may pass any name
  if (known === undefined) throw unknown(d)
  return known
}

export const kindOf = (d: DType): Kind => factsOf(d).kind
export const bitsOf = (d: DType): number => factsOf(d).bits
export const slotsOf = (d: DType): 1 | 2 => factsOf(d).slots

/** Fresh zeroed storage for `size` elements. Errors: MemoryError where the host has no room. */
export const allocate = (d: DType, size: number): HostData => {
  const f = factsOf(d)
  try {
    const bytes = size * bytesOf(f)
    return bytes <= leastShared || bytes > mostShared
      ? new f.make(size * f.slots)
      : inBlock(f.make, size * f.slots, bytes)
  } catch (error) {
    if (error instanceof RangeError) throw hostMemoryError(d, size, error.message)
    throw error
  }
}

/** Says that the host has no room for so many elements, in its own words. */
export const hostMemoryError = (d: DType, size: number, reason: string): MemoryError => {
  const asked = size * hostBytes(d)
  return new MemoryError(
    'host memory',
    {
      problem: 'the JavaScript heap cannot hold the array',
      got: `${size} elements of ${d}, ${showBytes(asked)}`,
      expected: `an array that the engine has room for (it says: ${reason})`,
      hint: 'compute in smaller pieces, or reduce on the way instead of storing the whole'
    },
    { asked, available: 0, largest: [{ name: `${d}[${size}]`, bytes: asked }] }
  )
}

const bytesOf = ({ bits, kind }: Facts): number => (kind === 'float' && bits === 16 ? 4 : bits / 8)

/** Bytes of host memory per element. */
export const hostBytes = (d: DType): number => bytesOf(factsOf(d))

export const isFloat = (d: DType): boolean => factsOf(d).kind === 'float'
export const isComplex = (d: DType): boolean => factsOf(d).kind === 'complex'
export const isInteger = (d: DType): boolean =>
  factsOf(d).kind === 'signed' || factsOf(d).kind === 'unsigned'
export const isBool = (d: DType): boolean => d === 'bool'

/** Floating or complex: what has tangents. */
export const isInexact = (d: DType): boolean => isFloat(d) || isComplex(d)

/** The real type of a complex one (itself otherwise): complex64 -> float32. */
export const realPart = (d: DType): DType =>
  d === 'complex64' ? 'float32' : d === 'complex128' ? 'float64' : d

/** The complex type that holds `d`: float64 -> complex128, everything smaller -> complex64. */
export const complexOf = (d: DType): DType =>
  d === 'float64' || d === 'complex128' ? 'complex128' : 'complex64'

/** The type functions such as sin and mean compute in: integers and bools become float32. */
export const inexactOf = (d: DType): DType => (isInexact(d) ? d : 'float32')

const joinInteger = (a: DType, b: DType): DType => {
  const [x, y] = [factsOf(a), factsOf(b)]
  if (x.kind === y.kind) return x.bits >= y.bits ? a : b
  const [signed, unsigned] = x.kind === 'signed' ? [x, y] : [y, x]
  const bits = Math.min(32, Math.max(signed.bits, unsigned.bits * 2))
  return `int${bits}` as DType // 8, 16 and 32 all exist
}

const joinFloat = (a: DType, b: DType): DType => {
  if (a === b) return a
  const [x, y] = [facts[a].bits, facts[b].bits]
  return x === y ? 'float32' : x > y ? a : b
}

/**
 * The least type both convert to: the join of JAX's promotion lattice.
 *
 * @example
 * promote('int8', 'uint8') // => 'int16'
 */
export const promote = (a: DType, b: DType): DType => {
  if (a === b) return a
  const [x, y] = [kindOf(a), kindOf(b)]
  if (x === 'bool') return b
  if (y === 'bool') return a
  if (x === 'complex' || y === 'complex')
    return a === 'complex128' || b === 'complex128' || a === 'float64' || b === 'float64'
      ? 'complex128'
      : 'complex64'
  if (x === 'float' && y === 'float') return joinFloat(a, b)
  if (x === 'float') return a
  if (y === 'float') return b
  return joinInteger(a, b)
}

/**
 * What a weak float32 (a number that no array gave a type) becomes beside `d`. The result stays
 * weak beside integers and bools.
 */
export const promoteWeak = (d: DType): DType => (isInexact(d) ? d : 'float32')

/** Smallest and largest value of an integer type. */
export const integerRange = (d: DType): readonly [min: number, max: number] => {
  const { kind, bits } = factsOf(d)
  if (kind === 'bool') return [0, 1]
  return kind === 'unsigned' ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
}

/** The type named by `d` in jaxprs: f32, i32, c64 … */
export const abbreviate = (d: DType): string =>
  d === 'bool'
    ? 'bool'
    : d === 'bfloat16'
      ? 'bf16'
      : d.replace('float', 'f').replace('complex', 'c').replace('uint', 'u').replace('int', 'i')
