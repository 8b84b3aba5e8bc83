/** The format of golden files: arrays and programs as JAX wrote them down. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, isDType, type DType } from '../../src/core/dtype.ts'
import { ValueError } from '../../src/core/errors.ts'
import { sizeOf } from '../../src/core/shape.ts'

/** Row-major; complex numbers interleaved; what is not finite by name. */
export interface ArrayRecord {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly (number | boolean | string)[]
}

export interface VariableRecord {
  readonly var: string
  readonly shape: readonly number[]
  readonly dtype: string
}

export type AtomRecord = string | { readonly lit: ArrayRecord }

export interface EquationRecord {
  readonly prim: string
  readonly in: readonly AtomRecord[]
  readonly out: readonly VariableRecord[]
  readonly params: Readonly<Record<string, unknown>>
}

export interface JaxprRecord {
  readonly consts: readonly { readonly var: string; readonly value: ArrayRecord }[]
  readonly in: readonly VariableRecord[]
  readonly eqns: readonly EquationRecord[]
  readonly out: readonly AtomRecord[]
}

/** A number or name as the value that an element of this type holds. */
const element = (x: number | boolean | string): number => Number(x)

/** What we hold where JAX holds 64-bit integers: they become 32-bit ones. */
export const typeOf = (dtype: string): DType => {
  const held = dtype === 'int64' ? 'int32' : dtype === 'uint64' ? 'uint32' : dtype
  // Keys are their two words.
  const plain = held.startsWith('key<') ? 'uint32' : held
  if (isDType(plain)) return plain
  throw new ValueError('conformance', {
    problem: 'an array has a type that we do not know',
    got: dtype,
    expected: 'a dtype of JAX',
    hint: 'is this a golden file?'
  })
}

export const decode = (x: ArrayRecord): NdArray => {
  const dtype = typeOf(x.dtype)
  const data = allocate(dtype, sizeOf(x.shape))
  for (let i = 0; i < data.length; i++) data[i] = element(x.data[i])
  return fromHost(makeAval(x.shape, dtype), data)
}

/** A golden file, compressed or not. */
export const load = (path: string): unknown => {
  const bytes = readFileSync(path)
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  return JSON.parse((isCompressed ? gunzipSync(bytes) : bytes).toString('utf8')) as unknown
}
