/**
 * Arrays that stay in the arena between calls: results of programs, and host arrays that programs
 * were given. One least-recently-used list bounds both. Under pressure a result is copied to the
 * host heap and its slot given to somebody else; a host array just loses its copy.
 *
 * A cell is what the list keeps; arrays hold a handle that refers to the cell, so an array nobody
 * holds can be collected, and then frees its slot without a copy: when the event loop runs, or when
 * memory is short and {@link Garbage} finds it. Where neither happens, dead results are the oldest
 * cells.
 */
import type { Resident } from '../../../core/array.ts'
import { hostBytes, hostMemoryError, type HostData } from '../../../core/dtype.ts'
import type { Buffer } from '../../../kernel/ir.ts'
import { DeviceError } from '../../../core/errors.ts'
import { createRecent } from '../../../core/recent.ts'
import type { Values } from '../../backend.ts'
import type { Arena } from './arena.ts'
import type { Garbage } from '../engine/garbage.ts'
import { viewAt } from '../routines/host-steps.ts'
import { sizeClass } from './size-class.ts'

/** Type and number of elements of an array; its shape does not matter here. */
type Layout = Pick<Buffer, 'dtype' | 'size'>

/** What an array holds whose values are in the arena. */
interface Handle extends Resident {
  /** The residency that made it, by its table of host arrays. */
  readonly home: object
  readonly cell: MutableCell
}

/** An array in the arena. */
export interface Cell {
  readonly layout: Layout
  /** Size of the slot. */
  readonly bytes: number
  /** 0 when the array is not in the arena. */
  readonly address: () => number
}

interface MutableCell extends Cell {
  place: number
  /** The values on the host, once they have been evicted. */
  host: HostData | null
  /** A host array that is still held by its owner: nothing is lost with the slot. */
  readonly isCopy: boolean
  /** Calls that run on it now. */
  pins: number
  published: boolean
  /** The handle or host array, where something can tell that it is gone. */
  owner: WeakRef<object> | null
  /** Several arrays hold the handle, so that none of them may give the slot away. */
  shared: boolean
}

export interface ResidencyStatistics {
  /** Bytes of slots that hold arrays, and of those kept for the next one. */
  readonly live: number
  readonly pooled: number
  /** What they may come to. */
  readonly budget: number
  readonly cells: number
  /** Slots taken from arrays that were still held, and from those found to be garbage. */
  readonly evictions: number
  readonly reclaimed: number
}

export interface Residency {
  /** The cell of an argument, brought into the arena if need be, and held until `leave`. */
  readonly enter: (values: Values, layout: Layout) => Cell
  /** An empty cell for a result, held until `leave`. */
  readonly reserve: (layout: Layout) => Cell
  /** A result in the place of an argument that only this call holds; null where others do. */
  readonly adopt: (argument: Cell, layout: Layout) => Cell | null
  /** Ends the hold of a call. An unpublished result is freed. */
  readonly leave: (cell: Cell) => void
  /** The handle of a result; once per cell. */
  readonly publish: (cell: Cell) => Resident
  /** Says that one more array holds these values. */
  readonly share: (values: Values) => void
  /** Memory for the duration of a call, made free by evictions if need be. */
  readonly allocate: (bytes: number) => number
  readonly statistics: () => ResidencyStatistics
}

const released = (): DeviceError =>
  new DeviceError('cpu memory', {
    problem: 'the array was donated under another name',
    got: 'an array whose memory was given back',
    expected: 'an array that is still owned',
    hint: 'donate an argument only where nothing else holds the same array'
  })

/** Errors: MemoryError where the heap has no room. */
const copyOf = (values: HostData, { dtype, size }: Layout): HostData => {
  try {
    return values.slice()
  } catch (error) {
    throw error instanceof RangeError ? hostMemoryError(dtype, size, error.message) : error
  }
}

/** Part of the budget that empty slots may take. */
const pooledPart = 4

/** What is told of owners that are gone, some time after, and can be told to forget one. */
type Registry = Pick<FinalizationRegistry<MutableCell>, 'register' | 'unregister'>

/** Calls `cleanup` where the engine has such a thing. */
const createRegistry = (cleanup: (cell: MutableCell) => void): Registry => {
  const { FinalizationRegistry: Finalization } = globalThis
  return Finalization === undefined
    ? { register: () => undefined, unregister: () => false }
    : new Finalization<MutableCell>(cleanup)
}

/** Owners are watched while more than this part of the budget is live. */
const watchedPart = 8

export const createResidency = (
  arena: Arena,
  baseBudget: () => number,
  garbage: Garbage
): Residency => {
  const cells = new WeakMap<object, MutableCell>() // by host array
  const copies = new WeakMap<object, HostData>() // by handle
  const recent = createRecent<MutableCell, true>()
  const pool = new Map<number, number[]>()
  let [live, pooled, pinned, evictions, reclaimed] = [0, 0, 0, 0, 0]
  let grown = 0 // what single calls have needed
  const budget = (): number => Math.max(grown, Math.min(baseBudget(), arena.options.maximumBytes))

  const isOwn = (values: Values): values is Handle => 'home' in values && values.home === cells
  const cellOf = (values: Values): MutableCell | undefined =>
    isOwn(values) ? values.cell : cells.get(values)

  const view = (cell: MutableCell): HostData =>
    viewAt(
      arena.memory.buffer,
      { id: 0, role: 'temporary', data: null, ...cell.layout },
      cell.place
    )

  /**
   * The values of a result as a host array of its own. A copy of what is in the arena is kept for
   * as long as the handle is, which the cell does not know.
   */
  const readBy = (handle: object, cell: MutableCell): HostData => {
    const known = cell.host ?? copies.get(handle)
    if (known !== undefined) return known
    if (cell.place === 0) throw released()
    const copy = copyOf(view(cell), cell.layout)
    copies.set(handle, copy)
    return copy
  }

  /** Keeps the values of a result that is about to leave the arena. */
  const save = (cell: MutableCell): void => {
    const owner = cell.owner?.deref()
    const known = owner === undefined ? undefined : copies.get(owner)
    cell.host = known ?? garbage.copying(cell.bytes, () => copyOf(view(cell), cell.layout))
  }

  const registry = createRegistry((cell) => {
    if (cell.pins === 0) drop(cell)
  })

  /**
   * Has a cell freed once its owner is gone. Only while it is in the arena: what is registered
   * stays until the event loop runs, and would keep the values on the host with it.
   */
  const attach = (cell: MutableCell, owner: object): void => {
    registry.register(owner, cell, cell)
    if (watchedPart * live > budget()) cell.owner = garbage.watch(owner, cell.bytes)
  }

  /** Takes a cell off all lists. */
  const detach = (cell: MutableCell): void => {
    cell.place = 0
    cell.owner = null
    recent.delete(cell)
    registry.unregister(cell)
  }

  const drop = (cell: MutableCell): void => {
    if (cell.place === 0) return
    const slots = pool.get(cell.bytes)
    if (slots === undefined) pool.set(cell.bytes, [cell.place])
    else slots.push(cell.place)
    live -= cell.bytes
    pooled += cell.bytes
    detach(cell)
  }

  const flushPool = (): void => {
    for (const slots of pool.values()) slots.forEach(arena.free)
    pool.clear()
    pooled = 0
  }

  /** Frees the slot of the array that was not used for longest; false when all are in use. */
  const evict = (): boolean => {
    for (const cell of recent.oldestFirst()) {
      if (cell.pins > 0) continue
      evictions++
      if (!cell.isCopy && cell.host === null) save(cell)
      drop(cell)
      return true
    }
    return false
  }

  /** Frees the slots of results that nobody holds. */
  const sweep = (): number => {
    const before = live
    for (const cell of recent.oldestFirst()) {
      if (cell.pins > 0 || cell.owner === null || cell.owner.deref() !== undefined) continue
      reclaimed++
      drop(cell)
    }
    return before - live
  }

  /** Frees slots, one of them at least; false when all are in use. */
  const relieve = (): boolean => garbage.reclaim(sweep) > 0 || evict()

  const allocate = (bytes: number): number => {
    for (;;) {
      try {
        return arena.allocate(bytes)
      } catch (error) {
        if (pooled > 0) flushPool()
        else if (!relieve()) throw error
      }
    }
  }

  const takeSlot = (bytes: number): number => {
    for (;;) {
      const place = pool.get(bytes)?.pop()
      if (place !== undefined) {
        pooled -= bytes
        return place
      }
      if (live + pooled + bytes <= budget()) return allocate(bytes)
      if (pooled > budget() / pooledPart) flushPool()
      else if (!relieve()) return allocate(bytes)
    }
  }

  const place = (cell: MutableCell): void => {
    cell.place = takeSlot(cell.bytes)
    live += cell.bytes
    recent.set(cell, true)
  }

  /** Programs that need much at once get room for two rounds of it. */
  const pin = (cell: MutableCell): void => {
    if (cell.pins++ > 0) return
    pinned += cell.bytes
    if (2 * pinned > budget()) grown = Math.min(2 * pinned, arena.options.maximumBytes / 2)
  }

  const makeCell = (layout: Layout, isCopy: boolean): MutableCell => {
    const cell: MutableCell = {
      layout: { dtype: layout.dtype, size: layout.size },
      bytes: sizeClass(layout.size * hostBytes(layout.dtype)),
      address: () => cell.place,
      place: 0,
      host: null,
      isCopy,
      pins: 0,
      published: false,
      owner: null,
      shared: false
    }
    return cell
  }

  const cellFor = (values: Values, layout: Layout): MutableCell => {
    const known = cellOf(values)
    if (known !== undefined) return known
    const cell = makeCell(layout, true)
    cells.set(values, cell)
    return cell
  }

  const enter = (values: Values, layout: Layout): Cell => {
    // A handle of another machine is read once; its host array is remembered there.
    const source = ArrayBuffer.isView(values) || isOwn(values) ? values : values.host()
    const cell = cellFor(source, layout)
    pin(cell)
    if (cell.place !== 0) {
      recent.set(cell, true)
      return cell
    }
    try {
      place(cell)
    } catch (error) {
      leave(cell)
      throw error
    }
    attach(cell, source)
    view(cell).set(ArrayBuffer.isView(source) ? source : (cell.host as HostData)) // evicted results have a host copy
    return cell
  }

  const reserve = (layout: Layout): Cell => {
    const cell = makeCell(layout, false)
    place(cell)
    pin(cell)
    return cell
  }

  const adopt = (given: Cell, layout: Layout): Cell | null => {
    const old = given as MutableCell // every cell is made here
    const cell = makeCell(layout, false)
    if (old.pins !== 1 || old.shared || old.place === 0 || old.bytes !== cell.bytes) return null
    cell.place = old.place
    detach(old)
    recent.set(cell, true)
    pin(cell)
    return cell
  }

  const leave = (given: Cell): void => {
    const cell = given as MutableCell // every cell is made here
    if (--cell.pins > 0) return
    pinned -= cell.bytes
    if (!cell.isCopy && !cell.published) drop(cell)
  }

  // Shared by all handles: results are made often, and closures of their own would be most of one.
  const methods = {
    host(this: Handle): HostData {
      return readBy(this, this.cell)
    },
    hostAsync(this: Handle): Promise<HostData> {
      return Promise.resolve(this.host())
    },
    release(this: Handle): void {
      if (!this.cell.shared && this.cell.pins === 0) drop(this.cell)
    }
  }

  const publish = (given: Cell): Resident => {
    const cell = given as MutableCell // every cell is made here
    const handle: Handle = { _tag: 'resident', device: 'cpu', home: cells, cell, ...methods }
    cell.published = true
    attach(cell, handle)
    return handle
  }

  const share = (values: Values): void => {
    const cell = cellOf(values)
    if (cell !== undefined) cell.shared = true
  }

  return {
    enter,
    reserve,
    adopt,
    leave,
    publish,
    share,
    allocate,
    statistics: () => ({
      live,
      pooled,
      budget: budget(),
      cells: recent.size(),
      evictions,
      reclaimed
    })
  }
}
