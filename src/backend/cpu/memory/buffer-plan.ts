/**
 * Where the buffers of a program lie in one block of memory: buffers whose lifetimes do not meet
 * share places.
 */
import { hostBytes } from '../../../core/dtype.ts'
import type { Buffer, Kernel, Program } from '../../../kernel/ir.ts'
import { usesOf } from '../../../kernel/uses.ts'
import { aligned } from './arena.ts'
import { firstFit, type Interval } from './first-fit.ts'
import { type Pair, pairsOf } from './in-place.ts'

export interface BufferPlan {
  /** Byte offset of every buffer in the block. */
  readonly offsets: readonly number[]
  readonly bytes: number
  /** When each buffer is in use, in kernels from 1 on; null for those that are not. */
  readonly lifetimes: readonly (Interval | null)[]
  /** Results that lie where an operand lay, which no kernel reads later. */
  readonly inPlace: readonly Pair[]
  /** All pairs of buffers elsewhere that could do so: which do is for each call to say. */
  readonly adoptable: readonly Pair[]
}

export const bufferBytes = (b: Buffer): number => b.size * hostBytes(b.dtype)

interface Touch {
  readonly time: number
  readonly write: boolean
}

interface Timeline {
  readonly touches: readonly (readonly Touch[])[] // by buffer
  /** Innermost loops first. */
  readonly loops: readonly Interval[]
  /** Results that may lie where an operand lies, with the time of their kernel. */
  readonly pairs: readonly (Pair & { readonly time: number })[]
}

/** Numbers the kernels in order of execution, bodies of loops once. */
const timelineOf = (program: Program): Timeline => {
  const touches = program.buffers.map(() => [] as Touch[])
  const loops: Interval[] = []
  const pairs: (Pair & { readonly time: number })[] = []
  let time = 0
  const touch = (buffers: readonly number[], write: boolean): void =>
    buffers.forEach((b) => touches[b].push({ time, write }))
  const walk = (kernel: Kernel): void => {
    time++
    if (kernel._tag === 'loop') {
      const first = time
      const kept = [
        ...kernel.carries.flatMap((c) => [c.current, c.next]),
        ...[kernel.counter, kernel.predicate].filter((b) => b !== null)
      ]
      touch(kept, false)
      kernel.condition.forEach(walk)
      kernel.body.forEach(walk)
      time++
      touch(kept, false)
      loops.push({ first, last: time })
    } else if (kernel._tag === 'branch') {
      touch([kernel.index], false)
      kernel.branches.flat().forEach(walk)
    } else {
      const { reads, writes } = usesOf(kernel)
      touch(writes, true)
      touch(reads, false)
      for (const { operand, result } of pairsOf(kernel, program.buffers))
        pairs.push({ operand, result, time })
    }
  }
  touch(program.inputs, true)
  touch(
    program.buffers.flatMap((b) => (b.role === 'constant' ? [b.id] : [])),
    true
  )
  program.kernels.forEach(walk)
  time++
  touch(program.outputs, false)
  return { touches, loops, pairs }
}

/** What is read in a loop before it is written there must outlive every trip. */
const intervalOf = (touches: readonly Touch[], loops: readonly Interval[]): Interval =>
  loops.reduce<Interval>(
    (interval, loop) => {
      const inside = touches.filter((t) => t.time >= loop.first && t.time <= loop.last)
      if (inside.length === 0) return interval
      const local = inside.length === touches.length && inside[0].write
      if (local) return interval
      return {
        first: Math.min(interval.first, loop.first),
        last: Math.max(interval.last, loop.last)
      }
    },
    // Touches are in the order of time.
    { first: touches[0].time, last: touches[touches.length - 1].time }
  )

/** Buffers that exchange places while the program runs live equally long. */
const unionCarries = (kernels: readonly Kernel[], intervals: (Interval | null)[]): void => {
  for (const kernel of kernels) {
    if (kernel._tag === 'branch') kernel.branches.forEach((b) => unionCarries(b, intervals))
    if (kernel._tag !== 'loop') continue
    unionCarries(kernel.body, intervals)
    for (const { current, next } of kernel.carries) {
      const [a, b] = [intervals[current], intervals[next]]
      if (a === null || b === null) continue
      const both = { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) }
      intervals[current] = both
      intervals[next] = both
    }
  }
}

const none: ReadonlySet<number> = new Set()

/**
 * First fit, largest buffers first; `elsewhere` are buffers that need no place in the block. A
 * result that may take the place of an operand which is read for the last time shares its place.
 */
export const planBuffers = (
  program: Program,
  elsewhere: ReadonlySet<number> = none
): BufferPlan => {
  const { touches, loops, pairs } = timelineOf(program)
  const intervals = touches.map((t) => (t.length === 0 ? null : intervalOf(t, loops)))
  unionCarries(program.kernels, intervals)
  const lifetimes = [...intervals]
  const heads = program.buffers.map((b) => b.id) // the first buffer in each place
  const inPlace: Pair[] = []
  const adoptable: Pair[] = []
  const followed = new Set<number>()
  for (const { operand, result, time } of pairs) {
    const [before, after] = [lifetimes[operand], lifetimes[result]]
    if (before === null || after === null || before.last !== time || after.first !== time) continue
    if (elsewhere.has(operand) !== elsewhere.has(result)) continue
    if (elsewhere.has(operand)) adoptable.push({ operand, result })
    if (followed.has(operand) || heads[result] !== result) continue
    followed.add(operand)
    inPlace.push({ operand, result })
    if (elsewhere.has(operand)) continue
    heads[result] = heads[operand]
    // Places are kept until the last of the buffers in them is done with.
    intervals[heads[operand]] = { ...(intervals[heads[operand]] as Interval), last: after.last }
  }
  const order = program.buffers
    .filter((b) => heads[b.id] === b.id && intervals[b.id] !== null && !elsewhere.has(b.id))
    .sort((a, b) => bufferBytes(b) - bufferBytes(a))
  const { starts, bytes } = firstFit(
    order.map((b) => ({
      size: Math.max(64, aligned(bufferBytes(b))),
      interval: intervals[b.id] as Interval // filtered above
    }))
  )
  const offsets = new Array<number>(program.buffers.length).fill(0)
  order.forEach((b, i) => (offsets[b.id] = starts[i]))
  return {
    offsets: offsets.map((_, id) => offsets[heads[id]]),
    bytes,
    lifetimes,
    inPlace,
    adoptable
  }
}
