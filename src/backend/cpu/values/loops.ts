/**
 * Loops over axes with pointers that move along. A pointer belongs to all accesses of one buffer
 * with one set of strides; a loop adds a constant to the pointers that its axis moves, so no
 * address is ever multiplied out.
 */
import { type Affine, coefficient } from '../../../kernel/affine.ts'
import type { Expr, ScalarType } from '../../../kernel/expr.ts'
import { byteSize } from './memory-access.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'

/** An access: where it is, without the part that depends on data. */
export interface Access {
  readonly buffer: number
  readonly dtype: ScalarType
  readonly index: Affine
}

/** Accesses closer than this share a pointer, the rest of their offset being an immediate. */
const window = 2048

interface Group extends Access {
  /** Byte offset of the pointer in the buffer. */
  readonly start: number
}

const offsetBytes = (a: Access): number => a.index.offset * byteSize(a.dtype)

const startOf = (a: Access): number => Math.floor(offsetBytes(a) / window) * window

const keyOf = (a: Access): string =>
  `${a.buffer}/${byteSize(a.dtype)}/${startOf(a)}/${a.index.coefficients.join()}`

/** Pointers and counters at one place of a loop nest. */
export interface Cursor {
  /** Counter of an axis; undefined where the axis has no loop (extent 1). */
  readonly counters: ReadonlyMap<number, Local>
  /** Pushes the address of an access; the result is the immediate offset in bytes. */
  readonly address: (a: Access) => number
  /**
   * Loops over an axis, from `start` on where one is given, or from where a loop over the same axis
   * outside of this one stands; `segments` emits inner loops with the tools of {@link AxisLoop}.
   */
  readonly overAxis: (axis: number, segments: (loop: AxisLoop) => void, start?: Local) => void
}

/** An axis that is being walked: a counter, and pointers that follow it. */
export interface AxisLoop {
  readonly counter: Local
  /** The cursor inside of the axis. */
  readonly cursor: Cursor
  /** Moves the counter and the pointers. */
  readonly advance: (steps: number) => void
  /** Repeats `body`, which advances, until the counter reaches the limit; at least once. */
  readonly until: (limit: number, body: () => void) => void
  /** As `until`, to a limit in a local. */
  readonly to: (limit: Local, body: () => void) => void
  /** As `to`, but not at all where the counter is at the limit. */
  readonly below: (limit: Local, body: () => void) => void
}

/** The cursor at the start of a function whose buffer addresses lie in a table. */
export const createCursor = (
  f: FunctionBuilder,
  table: Local,
  accesses: readonly Access[]
): Cursor => {
  const groups = new Map<string, Group>()
  const keys = new Map<Access, string>()
  for (const a of accesses) {
    const key = keyOf(a)
    keys.set(a, key)
    if (!groups.has(key)) {
      const { buffer, dtype, index } = a
      groups.set(key, { buffer, dtype, index, start: startOf(a) })
    }
  }
  const pointers = new Map<string, Local>()
  for (const [key, g] of groups) {
    const pointer = f.local('i32')
    f.get(table).memory('i32.load', 4 * g.buffer)
    if (g.start !== 0) f.i32(g.start).op('i32.add')
    f.set(pointer)
    pointers.set(key, pointer)
  }

  const cursorAt = (
    counters: ReadonlyMap<number, Local>,
    pointers: ReadonlyMap<string, Local>
  ): Cursor => ({
    counters,
    address: (a) => {
      f.get(pointers.get(keys.get(a) ?? keyOf(a)) as Local) // every access was announced
      return offsetBytes(a) - startOf(a)
    },
    overAxis: (axis, segments, start) => {
      const moving = [...groups].filter(([, g]) => coefficient(g.index, axis) !== 0)
      const inner = new Map(pointers)
      for (const [key, g] of moving) {
        const pointer = f.local('i32')
        f.get(pointers.get(key) as Local)
        if (start !== undefined) {
          const bytes = coefficient(g.index, axis) * byteSize(g.dtype)
          f.get(start)
            .i32(bytes | 0)
            .op('i32.mul')
            .op('i32.add')
        }
        f.set(pointer)
        inner.set(key, pointer)
      }
      const counter = f.local('i32')
      const from = start ?? counters.get(axis)
      if (from === undefined) f.i32(0)
      else f.get(from)
      f.set(counter)
      const to: AxisLoop['to'] = (limit, body) =>
        f.doWhile(body, () => f.get(counter).get(limit).op('i32.lt_s'))
      segments({
        counter,
        cursor: cursorAt(new Map([...counters, [axis, counter]]), inner),
        advance: (steps) => {
          f.increment(counter, steps)
          for (const [key, g] of moving) {
            const bytes = coefficient(g.index, axis) * byteSize(g.dtype) * steps
            f.increment(inner.get(key) as Local, bytes)
          }
        },
        until: (limit, body) => f.doWhile(body, () => f.get(counter).i32(limit).op('i32.lt_s')),
        to,
        below: (limit, body) => {
          f.get(counter).get(limit).op('i32.lt_s')
          f.if(() => to(limit, body))
        }
      })
    }
  })
  return cursorAt(new Map(), pointers)
}

/** Pushes an affine index of the counters. */
export const pushIndex = (
  f: FunctionBuilder,
  counters: ReadonlyMap<number, Local>,
  index: Affine
): void => {
  f.i32(index.offset | 0)
  index.coefficients.forEach((c, axis) => {
    const counter = counters.get(axis)
    if (c === 0 || counter === undefined) return
    f.get(counter)
    if (c !== 1) f.i32(c | 0).op('i32.mul')
    f.op('i32.add')
  })
}

/** Accesses of the loads among these nodes. */
export const loadsOf = (nodes: readonly Expr[]): readonly Access[] =>
  nodes.flatMap((e) => (e._tag === 'load' ? [e] : []))
