/**
 * Immutable arrays. One class is the prototype of concrete arrays and of tracers, so that a
 * function cannot tell which it was given; its fields are private, so that nobody can change one.
 * The fluent methods are installed by the numpy layer (src/install.ts).
 */
import { allocate, type DType, type HostData } from './dtype.ts'
import { DTypeError, DeviceError, TracerError, showArgument } from './errors.ts'
import type { Fluent } from './fluent.ts'
import { roundToBfloat16, roundToFloat16 } from './scalar/rounding.ts'
import { sizeOf, type Shape } from './shape.ts'

/** What is known of an array before its values: shape, element type, and whether that is weak. */
export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
  /** True for a number that no array has given a type: it yields to any array beside it. */
  readonly weak: boolean
}

/** Values that live elsewhere (a device, a WebAssembly arena) until somebody reads them. */
export interface Resident {
  readonly _tag: 'resident'
  readonly device: string
  /** The values, row-major; throws a DeviceError where only `hostAsync` can bring them. */
  readonly host: () => HostData
  readonly hostAsync: () => Promise<HostData>
  /** Gives the memory back: the array was donated. */
  readonly release?: () => void
}

/** Who a tracer belongs to. `trace` knows more; core only needs to name it in messages. */
export interface TraceOwner {
  readonly name: string
}

/** Whatever a trace keeps in its tracers; only that trace can read it. */
export type Payload = object

interface Donated {
  readonly _tag: 'donated'
  readonly by: string
}

type Storage = HostData | Resident | Donated | null

const isHost = (s: Storage): s is HostData => ArrayBuffer.isView(s)

/** Numbers and booleans stand for scalars wherever an array is accepted. */
export type ArrayLike = NdArray | number | boolean

interface Access {
  readonly is: (x: unknown) => x is NdArray
  readonly aval: (x: NdArray) => Aval
  readonly owner: (x: NdArray) => TraceOwner | null
  readonly payload: (x: NdArray) => Payload | null
  readonly storage: (x: NdArray) => Storage
  readonly donate: (x: NdArray, by: string) => void
}

let access: Access

// The interface of the same name gives the class its fluent methods' types.
export interface NdArray extends Fluent {}

/** An immutable n-dimensional array, or a tracer that stands for one. */
export class NdArray {
  readonly #aval: Aval
  readonly #owner: TraceOwner | null
  readonly #payload: Payload | null
  #storage: Storage

  /** Internal: users make arrays by `np.array`, `np.zeros` … */
  constructor(aval: Aval, storage: Storage, owner: TraceOwner | null, payload: Payload | null) {
    this.#aval = aval
    this.#storage = storage
    this.#owner = owner
    this.#payload = payload
  }

  /** Extents per axis. */
  get shape(): Shape {
    return this.#aval.shape
  }

  get dtype(): DType {
    return this.#aval.dtype
  }

  get ndim(): number {
    return this.#aval.shape.length
  }

  get size(): number {
    return sizeOf(this.#aval.shape)
  }

  // The class is reachable from outside as x.constructor; what reads or changes the fields is not.
  static {
    access = {
      is: (x): x is NdArray => typeof x === 'object' && x !== null && #aval in x,
      aval: (x) => x.#aval,
      owner: (x) => {
        // Every operation asks this of its arguments first.
        if (typeof x !== 'object' || x === null || !(#owner in x)) throw notAnArray('lax', x)
        return x.#owner
      },
      payload: (x) => x.#payload,
      storage: (x) => x.#storage,
      donate: (x, by) => {
        const storage = x.#storage
        x.#storage = { _tag: 'donated', by }
        if (storage !== null && !isHost(storage) && storage._tag === 'resident') storage.release?.()
      }
    }
  }
}

export const isArray = access.is
export const avalOf = access.aval
export const ownerOf = access.owner

/** What stands where an array, a number or a boolean should. */
export const notAnArray = (operation: string, x: unknown): DTypeError =>
  new DTypeError(operation, {
    problem: 'an argument is no array',
    got: showArgument(x),
    expected: 'an array, a number or a boolean',
    hint: 'np.array makes an array of nested lists and of typed arrays'
  })

/** Throws a DTypeError unless all are arrays: a number has no axes to work along. */
export const requireArrays = (operation: string, ...operands: readonly unknown[]): void => {
  for (const x of operands)
    if (!isArray(x))
      throw new DTypeError(operation, {
        problem: 'an argument is no array',
        got: showArgument(x),
        expected: operands.length === 1 ? 'an array' : `${operands.length} arrays`,
        hint: 'np.array makes an array of nested lists and of typed arrays'
      })
}

export const payloadOf = access.payload
/** Whatever holds the values, unread. */
export const storageOf = access.storage
export const isTracer = (x: NdArray): boolean => ownerOf(x) !== null

const freeze = (shape: Shape): Shape => (Object.isFrozen(shape) ? shape : Object.freeze([...shape]))

export const makeAval = (shape: Shape, dtype: DType, weak = false): Aval => ({
  shape: freeze(shape),
  dtype,
  weak
})

/** A concrete array over `data`, which the caller must never touch again. */
export const fromHost = (aval: Aval, data: HostData): NdArray => new NdArray(aval, data, null, null)

/** A concrete array whose values live elsewhere. */
export const fromResident = (aval: Aval, values: Resident): NdArray =>
  new NdArray(aval, values, null, null)

/** A tracer of `owner`. */
export const makeTracer = (aval: Aval, owner: TraceOwner, payload: Payload): NdArray =>
  new NdArray(aval, null, owner, payload)

/** Marks the values as given away; reading them from now on throws and names who took them. */
export const donate = access.donate

const leaked = (operation: string, owner: TraceOwner): TracerError =>
  new TracerError(operation, {
    problem: 'the value of a traced array is not known',
    got: `a tracer of ${owner.name}`,
    expected: 'a concrete array',
    hint: 'inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them'
  })

const donated = (operation: string, by: string): DeviceError =>
  new DeviceError(operation, {
    problem: 'the array was donated and its memory is used for something else now',
    got: `an array donated to ${by}`,
    expected: 'an array that is still owned',
    hint: 'use what the call returned, or leave the argument out of donateArgnums'
  })

const readable = (operation: string, x: NdArray): HostData | Resident => {
  const storage = storageOf(x)
  if (storage !== null && (isHost(storage) || storage._tag === 'resident')) return storage
  const owner = ownerOf(x)
  if (owner !== null) throw leaked(operation, owner)
  throw donated(operation, storage === null ? 'an unknown call' : storage.by)
}

/** The values on the host, shared with the array: readers must not write. */
export const hostOf = (x: NdArray, operation = 'data'): HostData => {
  const storage = storageOf(x)
  if (isHost(storage)) return storage
  const values = readable(operation, x)
  return isHost(values) ? values : values.host()
}

/** As `hostOf`, waiting for a device where it must. */
export const hostOfAsync = async (x: NdArray, operation = 'data'): Promise<HostData> => {
  const values = readable(operation, x)
  return isHost(values) ? values : values.hostAsync()
}

/** The values where they are plain host memory, else null. */
export const plainOf = (x: NdArray): HostData | null => {
  const storage = storageOf(x)
  return isHost(storage) ? storage : null
}

/**
 * The values where they can be read without waiting for a device, else null: checks of values look
 * at these, and let what is traced or on a device pass.
 */
export const knownOf = (x: NdArray): HostData | null => {
  if (ownerOf(x) !== null) return null
  const values = readable('data', x)
  if (isHost(values)) return values
  return values.device === 'cpu' ? values.host() : null
}

/** The resident storage of a concrete array, or null when its values are plain host memory. */
export const residentOf = (x: NdArray): Resident | null => {
  const storage = storageOf(x)
  return storage !== null && !isHost(storage) && storage._tag === 'resident' ? storage : null
}

/** Where the values are: 'cpu', or the name of a device. */
export const deviceOf = (x: NdArray): string => residentOf(x)?.device ?? 'cpu'

const rounded = (value: number, dtype: DType): number => {
  if (dtype === 'float16') return roundToFloat16(value)
  if (dtype === 'bfloat16') return roundToBfloat16(value)
  return dtype === 'bool' ? Number(value !== 0) : value
}

const committed = new WeakSet<NdArray>()

/** Says that the array was put where it is on purpose. */
export const commit = (x: NdArray): NdArray => {
  committed.add(x)
  return x
}

/** The device that an array is bound to: one other than the CPU, or where it was put on purpose. */
export const committedDeviceOf = (x: NdArray): string | null => {
  const device = deviceOf(x)
  return device !== 'cpu' || committed.has(x) ? device : null
}

/** A scalar of `dtype` holding `value`, rounded to it. */
export const scalar = (value: number | boolean, dtype: DType, weak = false): NdArray => {
  const data = allocate(dtype, 1)
  data[0] = rounded(Number(value), dtype)
  return fromHost(scalarAval(dtype, weak), data)
}

const scalarAvals = new Map<string, Aval>()

/** The one aval of a scalar of this type. */
export const scalarAval = (dtype: DType, weak = false): Aval => {
  const key = weak ? `${dtype}*` : dtype
  const known = scalarAvals.get(key)
  if (known !== undefined) return known
  const aval = makeAval([], dtype, weak)
  scalarAvals.set(key, aval)
  return aval
}
