/** The buffers and kernel lists under construction: the only mutable state of a builder. */
import { equals, sizeOf } from '../core/shape.ts'
import { type DType, type HostData, isComplex } from '../core/dtype.ts'
import {
  type Affine,
  addAffine,
  coefficient,
  constantIndex,
  rowMajor,
  scaleAffine,
  sameAffine
} from './affine.ts'
import type { Expr } from './expr.ts'
import type { LoweredType, LoweredValue } from './fuse.ts'
import type { Buffer, BufferRole, Kernel, Place, Store } from './ir.ts'
import { load } from './make.ts'
import { partType, transpose } from './views.ts'
import { dependsOn, nodes } from './walk.ts'

export interface Emitter {
  readonly buffers: Buffer[]
  readonly allocate: (type: LoweredType, role?: BufferRole, data?: HostData | null) => number
  /** Adds a kernel to the innermost open list. */
  readonly emit: (kernel: Kernel) => void
  /** The kernels that `body` emits, kept out of the surrounding list. */
  readonly nested: <T>(body: () => T) => { readonly kernels: readonly Kernel[]; readonly result: T }
  /** Buffers allocated since the innermost open list began are those with an id of at least this. */
  readonly frameStart: () => number
  readonly setRole: (buffer: number, role: BufferRole) => void
  /** Where this very expression over this shape was stored before, seen from its own axes. */
  readonly known: (v: LoweredValue) => Place | null
  /** Remembers where, for the list that is open and those inside of it. */
  readonly remember: (v: LoweredValue, place: Place) => void
}

interface Remembered {
  readonly shape: readonly number[]
  readonly place: Place
}

export const createEmitter = (): Emitter & { readonly kernels: readonly Kernel[] } => {
  const buffers: Buffer[] = []
  const kernels: Kernel[] = []
  const frame = (list: Kernel[], start: number) => ({
    kernels: list,
    start,
    places: new Map<Expr, readonly Remembered[]>()
  })
  const open = [frame(kernels, 0)]
  let current = open[0]
  return {
    buffers,
    kernels,
    allocate: ({ shape, dtype }, role = 'temporary', data = null) =>
      buffers.push({ id: buffers.length, dtype, size: sizeOf(shape), role, data }) - 1,
    emit: (kernel) => void current.kernels.push(kernel),
    nested: (body) => {
      const outer = current
      const inner = frame([], buffers.length)
      current = inner
      open.push(inner)
      try {
        return { kernels: inner.kernels, result: body() }
      } finally {
        open.pop()
        current = outer
      }
    },
    frameStart: () => current.start,
    setRole: (buffer, role) => void (buffers[buffer] = { ...buffers[buffer], role }),
    known: ({ parts: [e], shape }) => {
      // A constant is the same expression over every shape.
      for (const { places } of open)
        for (const r of places.get(e) ?? []) if (equals(r.shape, shape)) return r.place
      return null
    },
    remember: ({ parts: [e], shape }, place) => {
      const others = current.places.get(e) ?? []
      current.places.set(e, [...others, { shape, place }])
    }
  }
}

/** Index of part `p` of an element: complex buffers interleave their parts. */
export const partIndex = (dtype: DType, index: Affine, part: number): Affine =>
  isComplex(dtype) ? addAffine(scaleAffine(index, 2), constantIndex(part)) : index

/** The whole of a row-major buffer. */
export const loadBuffer = (buffer: number, { shape, dtype }: LoweredType): LoweredValue => ({
  shape,
  dtype,
  parts: (isComplex(dtype) ? [0, 1] : [0]).map((p) =>
    load(partType(dtype), buffer, partIndex(dtype, rowMajor(shape), p))
  )
})

/** Stores of all parts of a value at an element index and base of a buffer. */
export const storesOf = (
  v: LoweredValue,
  buffer: number,
  index: Affine,
  base: Expr | null = null
): readonly Store[] =>
  v.parts.map((e, p) => ({ buffer, index: partIndex(v.dtype, index, p), base, value: e }))

/** The buffer whose whole content, row-major, is this value; null when it is not stored so. */
export const storedIn = (c: Emitter, v: LoweredValue): number | null => {
  const first = v.parts[0]
  if (first._tag !== 'load') return null
  const buffer = c.buffers[first.buffer]
  if (buffer.dtype !== v.dtype || buffer.size !== sizeOf(v.shape)) return null
  const index = rowMajor(v.shape)
  const whole = v.parts.every(
    (e, p) =>
      e._tag === 'load' &&
      e.buffer === buffer.id &&
      e.base === null &&
      sameAffine(e.index, partIndex(v.dtype, index, p))
  )
  return whole ? buffer.id : null
}

/** Emits the elementwise kernel that fills `buffer` with the value. */
export const storeInto = (c: Emitter, v: LoweredValue, buffer: number): void => {
  if (sizeOf(v.shape) === 0) return
  const stores = storesOf(v, buffer, rowMajor(v.shape))
  c.emit({ _tag: 'nest', axes: v.shape, stages: [{ _tag: 'map', extents: [], stores }] })
}

/** A fresh buffer with the value in it. */
export const copy = (c: Emitter, v: LoweredValue): number => {
  const buffer = c.allocate(v)
  storeInto(c, v, buffer)
  return buffer
}

/** A load of a contiguous buffer with the value; stores it unless that has been done. */
export const store = (c: Emitter, v: LoweredValue): LoweredValue => {
  if (storedIn(c, v) !== null) return v
  if (v.parts.length > 1) return loadBuffer(copy(c, v), v)
  const [e] = v.parts
  const place = c.known(v)
  if (place !== null) {
    const before = { ...v, parts: [load(e.dtype, place.buffer, place.index, place.base)] }
    if (storedIn(c, before) !== null) return before
  }
  const stored = loadBuffer(copy(c, v), v)
  c.remember(v, asPlace(stored.parts[0]) as Place) // a stored value is a load without base
  return stored
}

/** The expression as a place that moves affinely with its axes, or null. */
export const asPlace = (e: Expr): Place | null =>
  e._tag === 'load' && (e.base === null || dependsOn([e.base]).size === 0)
    ? { buffer: e.buffer, index: e.index, base: e.base }
    : null

/** Axes from the slowest to the fastest of the load that reads most of them; null if it misses one. */
const naturalOrder = (v: LoweredValue): readonly number[] | null => {
  const moving = v.shape.flatMap((n, a) => (n === 1 ? [] : [a]))
  const leader = nodes(v.parts).find(
    (e) => e._tag === 'load' && moving.every((a) => coefficient(e.index, a) !== 0)
  )
  if (leader?._tag !== 'load') return null
  const stride = (a: number): number => Math.abs(coefficient(leader.index, a))
  const units = v.shape.flatMap((n, a) => (n === 1 ? [a] : []))
  return [...units, ...moving.sort((a, b) => stride(b) - stride(a))]
}

/** Whether each group of axes still lies together and in its order. */
const keepsGroups = (
  order: readonly number[],
  groups: readonly (readonly number[])[],
  shape: readonly number[]
): boolean => {
  const moving = order.filter((a) => shape[a] !== 1)
  return groups.every((group) => {
    const own = group.filter((a) => shape[a] !== 1)
    return own.every((a, i) => moving.indexOf(a) === moving.indexOf(own[0]) + i)
  })
}

/** How a value is laid out that has to be stored: its axes in order, and which must stay together. */
export interface Arrangement {
  readonly order: readonly number[]
  readonly groups: readonly (readonly number[])[]
}

/**
 * The real value as a place over its own axes. One that is none is stored the way it is read, where
 * that keeps the groups together, else in the order given.
 */
export const placeOf = (c: Emitter, v: LoweredValue, arrangement?: Arrangement): Place => {
  const place = asPlace(v.parts[0]) ?? c.known(v)
  if (place !== null) return place
  const natural = arrangement === undefined ? null : naturalOrder(v)
  const axes =
    natural !== null && keepsGroups(natural, arrangement?.groups ?? [], v.shape)
      ? natural
      : (arrangement?.order ?? v.shape.map((_, a) => a))
  const stored = store(c, transpose(v, axes))
  const back = transpose(
    stored,
    v.shape.map((_, a) => axes.indexOf(a))
  )
  const found = asPlace(back.parts[0]) as Place // a stored value is a load without base
  c.remember(v, found)
  return found
}
