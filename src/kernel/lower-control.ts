/** Loops and branches: bodies lower into kernel lists of their own. */
import { sizeOf } from '../core/shape.ts'
import { affine, constantIndex, rowMajor } from './affine.ts'
import { at } from './lower-movement.ts'
import { copy, type Emitter, loadBuffer, storedIn, storeInto, storesOf } from './emit.ts'
import type { Expr } from './expr.ts'
import type { LoweredType, LoweredValue, LoopOptions } from './fuse.ts'
import type { Carry } from './ir.ts'
import { binary, constant, iota, load } from './make.ts'
import { only } from './views.ts'

const scalarInt: LoweredType = { shape: [], dtype: 'int32' }

/** Element `position` (int32, in bounds) of the leading axis. */
const row = (c: Emitter, xs: LoweredValue, position: Expr): LoweredValue => {
  const shape = xs.shape.slice(1)
  const rest = shape.map((_, a) => iota('int32', affine(0, [...new Array<number>(a).fill(0), 1])))
  return at(c, xs, shape, [position, ...rest])
}

/**
 * A buffer that holds `v` after the body: the one the body already filled, when nothing else
 * claims it, else a copy.
 */
const nextBuffer = (c: Emitter, v: LoweredValue, claimed: Set<number>): number => {
  const stored = storedIn(c, v)
  const own = stored !== null && stored >= c.frameStart() && !claimed.has(stored)
  const buffer = own ? stored : copy(c, v)
  claimed.add(buffer)
  return buffer
}

export const loop = (c: Emitter, o: LoopOptions): readonly LoweredValue[] => {
  const currents = o.carry.map((v) => copy(c, v))
  const state = o.carry.map((v, i) => loadBuffer(currents[i], v))
  const trips = o.trips ?? 0 // xs and stacked results exist only where trips are counted
  const types = o.stacked.map((t) => ({ shape: [trips, ...t.shape], dtype: t.dtype }))
  const stacks = types.map((t) => c.allocate(t))
  const stacked = stacks.map((b, i) => loadBuffer(b, types[i]))
  if (o.trips === 0) return [...state, ...stacked]

  // Rows are read on every trip, so what they are read from is stored before the loop.
  const counter = c.allocate(scalarInt)
  const trip = load('int32', counter, constantIndex(0))
  const position = o.reverse ? binary('sub', constant('int32', trips - 1), trip) : trip
  const sources = o.xs.map((x) => {
    const isView = x.parts.every((e) => e._tag === 'load' && e.base === null)
    return isView ? x : loadBuffer(copy(c, x), x)
  })

  const predicate = o.condition === null ? null : c.allocate({ shape: [], dtype: 'bool' })
  const condition = c.nested(() => {
    if (o.condition === null || predicate === null) return
    storeInto(c, o.condition(state), predicate)
  })
  const body = c.nested((): readonly Carry[] => {
    const rows = sources.map((x) => row(c, x, position))
    const results = o.body(state, rows, { ...scalarInt, parts: [trip] })
    results.stacked.forEach((v, i) => {
      const size = sizeOf(v.shape)
      if (size === 0) return
      const base = binary('mul', position, constant('int32', size * v.parts.length))
      const stores = storesOf(v, stacks[i], rowMajor(v.shape), base)
      c.emit({ _tag: 'nest', axes: v.shape, stages: [{ _tag: 'map', extents: [], stores }] })
    })
    const claimed = new Set<number>()
    return results.carry.flatMap((v, i) => {
      if (storedIn(c, v) === currents[i]) return [] // unchanged by the body
      return [{ current: currents[i], next: nextBuffer(c, v, claimed) }]
    })
  })
  c.emit({
    _tag: 'loop',
    trips: o.trips,
    condition: condition.kernels,
    predicate,
    counter,
    carries: body.result,
    body: body.kernels
  })
  return [...state, ...stacked]
}

export const branch = (
  c: Emitter,
  index: LoweredValue,
  types: readonly LoweredType[],
  branches: readonly (() => readonly LoweredValue[])[]
): readonly LoweredValue[] => {
  const chosen = copy(c, { ...index, parts: [only(index)] })
  const outs = types.map((t) => c.allocate(t))
  const lists = branches.map(
    (lower) => c.nested(() => lower().forEach((v, i) => storeInto(c, v, outs[i]))).kernels
  )
  c.emit({ _tag: 'branch', index: chosen, branches: lists })
  return types.map((t, i) => loadBuffer(outs[i], t))
}
