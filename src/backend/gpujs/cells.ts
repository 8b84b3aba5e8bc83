/**
 * Arrays on a device. A cell is the memory with its state; arrays hold a handle that refers to it,
 * so that memory nobody holds goes back when the engine says so, or at once by donation.
 */
import type { Resident } from '../../core/array.ts'
import { DeviceError } from '../../core/errors.ts'
import type { HostData } from '../../core/dtype.ts'
import type { Values } from '../backend.ts'
import type { Layout, Machine, Memory } from './machine.ts'
import { lost } from './memory.ts'

export interface Cell {
  readonly layout: Layout
  memory: Memory | null
  /** The device that the memory belongs to. */
  generation: number
  host: HostData | null
  /** Settles when the values are there; null once they are. Never rejects. */
  pending: Promise<void> | null
  failure: Error | null
  /** Settles when the device has said whether the first run of a program was valid. */
  checked: Promise<void> | null
  /** Calls that run on it now. */
  pins: number
  /** Given back, or collected, while calls run on it. */
  released: boolean
  /** Several arrays hold the handle, so that none of them may give the memory away. */
  shared: boolean
}

export interface Cells {
  readonly create: (layout: Layout) => Cell
  readonly publish: (cell: Cell) => Resident
  /** The cell behind a handle of this machine. */
  readonly cellOf: (values: Values) => Cell | null
  readonly pin: (cell: Cell) => void
  readonly unpin: (cell: Cell) => void
  /** Gives the memory back, once no call needs it. */
  readonly drop: (cell: Cell) => void
  /** The memory, or a DeviceError that says why there is none. */
  readonly memoryOf: (cell: Cell) => Memory
}

const cannotWait = (device: string, got: string): DeviceError =>
  new DeviceError('data', {
    problem: `the values are on ${device}, which can only be read asynchronously`,
    got,
    expected: 'an array on the host, or an await',
    hint: 'write await x.data(), or await deviceGet(tree) for many; once every few steps is enough'
  })

const released = (device: string): DeviceError =>
  new DeviceError(`${device} memory`, {
    problem: 'the array was donated under another name',
    got: 'an array whose memory was given back',
    expected: 'an array that is still owned',
    hint: 'donate an argument only where nothing else holds the same array'
  })

interface Registry {
  readonly register: (target: object, held: Cell) => void
}

const createRegistry = (cleanup: (cell: Cell) => void): Registry => {
  const { FinalizationRegistry: Finalization } = globalThis
  return Finalization === undefined
    ? { register: () => undefined }
    : new Finalization<Cell>(cleanup)
}

export const createCells = (machine: Machine): Cells => {
  const handles = new WeakMap<object, Cell>()

  const drop = (cell: Cell): void => {
    cell.released = true
    if (cell.pins > 0 || cell.pending !== null || cell.memory === null) return
    if (cell.generation === machine.generation()) machine.free(cell.memory)
    cell.memory = null
  }

  const registry = createRegistry(drop)

  const create = (layout: Layout): Cell => ({
    layout,
    memory: null,
    generation: machine.generation(),
    host: null,
    pending: null,
    failure: null,
    checked: null,
    pins: 0,
    released: false,
    shared: false
  })

  /** The memory, or why there is none. */
  const memoryOf = (cell: Cell): Memory => {
    if (cell.memory === null) throw released(machine.name)
    if (cell.generation !== machine.generation() || machine.isLost()) throw lost(machine.name)
    return cell.memory
  }

  const read = async (cell: Cell): Promise<HostData> => {
    if (cell.pending !== null) await cell.pending
    if (cell.checked !== null) await cell.checked
    if (cell.failure !== null) throw cell.failure
    if (cell.host !== null) return cell.host
    const memory = memoryOf(cell)
    pin(cell)
    try {
      cell.host = await machine.read(memory, cell.layout)
    } finally {
      unpin(cell)
    }
    return cell.host
  }

  const readNow = (cell: Cell): HostData => {
    if (cell.failure !== null) throw cell.failure
    if (cell.host !== null) return cell.host
    const { dtype, size } = cell.layout
    if (cell.pending !== null || machine.readNow === null)
      throw cannotWait(machine.name, `${dtype} values, ${size} of them, read without await`)
    cell.host = machine.readNow(memoryOf(cell), cell.layout)
    return cell.host
  }

  const pin = (cell: Cell): void => {
    cell.pins++
  }
  const unpin = (cell: Cell): void => {
    cell.pins--
    if (cell.pins === 0 && cell.released) drop(cell)
  }

  const publish = (cell: Cell): Resident => {
    const handle: Resident = {
      _tag: 'resident',
      device: machine.name,
      host: () => readNow(cell),
      hostAsync: () => read(cell),
      release: () => {
        if (!cell.shared) drop(cell)
      }
    }
    handles.set(handle, cell)
    registry.register(handle, cell)
    return handle
  }

  return {
    create,
    publish,
    cellOf: (values) => handles.get(values) ?? null,
    pin,
    unpin,
    drop,
    memoryOf
  }
}
