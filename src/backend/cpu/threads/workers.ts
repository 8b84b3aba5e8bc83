/**
 * The threads of one memory: started when a program first has work for them, used once they say
 * that they run, and given up when they stop answering.
 */
import { mayBlock, parallelism, spawnWorker } from '#host'
import { DeviceError } from '../../../core/errors.ts'
import type { ThreadsReport } from '../../backend.ts'
import type { Arena } from '../memory/arena.ts'
import type { HostWorker } from '../engine/host.ts'
import { control } from './thread-control.ts'
import { workerSource } from './worker-source.ts'

/** A program whose code workers can run. */
export interface SharedProgram {
  readonly bytes: Uint8Array
  /** Runs something while the engine accepts the program's instructions. */
  readonly withFlags: <T>(compile: () => T) => T
}

export interface Workers {
  /** Sets the number of threads: 0 means as many as the machine has, at most {@link mostThreads}. */
  readonly setThreads: (threads: number) => void
  /** Threads that a call of the program may use now: 1 while workers are not ready for it. */
  readonly prepare: (program: SharedProgram) => number
  /** Runs a call with the threads that `prepare` has found. */
  readonly during: <T>(program: SharedProgram, threads: number, call: () => T) => T
  /** What generated code calls when it has waited for some time, or a worker has failed. */
  readonly stall: () => number
  /** Starts the workers and waits until they run, where a thread may wait; whether they do. */
  readonly start: (milliseconds: number) => boolean
  readonly statistics: () => ThreadsReport
  readonly terminate: () => void
}

export interface WorkersOptions {
  readonly source?: string
  /** Milliseconds without a finished tile after which a worker is given up. */
  readonly patience?: number
}

/** More threads than this fight over the memory. */
export const mostThreads = 8

/** Programs that workers keep; beyond, the least recently used is forgotten. */
const slots = 256

/** Milliseconds that a call waits for workers to compile its program. */
const compilePatience = 200

/** What workers have been told of a program: bits of threads. */
interface Known {
  readonly slot: number
  asked: number
  compiled: number
}

/** The one request under way: the code lies at `address` until it is answered. */
interface Request {
  readonly entry: Known
  readonly address: number
  readonly asked: number
}

const word = (address: number): number => address >> 2

const noSharedMemory =
  'memory cannot be shared here: a page has to be cross-origin isolated (COOP and COEP)'

export const createWorkers = (
  arena: Arena,
  { source = workerSource, patience = 30_000 }: WorkersOptions = {}
): Workers => {
  const words = arena.options.shared ? new Int32Array(arena.memory.buffer, 0, 1024) : null
  const workers: HostWorker[] = []
  const known = new Map<SharedProgram, Known>() // least recently used first
  let request: Request | null = null
  let wanted = 1
  let problem = ''

  const load = (address: number): number =>
    words === null ? 0 : Atomics.load(words, word(address))

  const giveUp = (why: string): void => {
    problem = why
    workers.forEach((w) => w.terminate())
    workers.length = 0
    if (words !== null) Atomics.store(words, word(control.ready), 0)
  }

  const spawn = (): void => {
    if (words === null || problem !== '') return
    for (let thread = workers.length + 1; thread < wanted; thread++) {
      const worker = spawnWorker(source, { memory: arena.memory, thread })
      if (worker === undefined) return giveUp('workers cannot be started here')
      workers.push(worker)
      worker.onEnd((why) => {
        if (workers.includes(worker)) giveUp(`a worker ended: ${why}`)
      })
    }
  }

  /** Workers below the wanted number that run. */
  const readyMask = (): number => load(control.ready) & ((1 << wanted) - 2)

  /** Threads from 0 to the highest in the mask. */
  const countOf = (mask: number): number => 32 - Math.clz32(mask | 1)

  /** Takes note of the answers to the request under way; false while some are missing. */
  const settle = (mask: number): boolean => {
    if (request === null) return true
    const { entry, address, asked } = request
    const compiled = load(control.compiled)
    if (((compiled | load(control.refused)) & asked & mask) !== (asked & mask)) return false
    entry.compiled = compiled
    arena.free(address)
    request = null
    return true
  }

  /** Has the workers compile a program. Waits for them where a thread may wait. */
  const ask = ({ bytes, withFlags }: SharedProgram, entry: Known, mask: number): void => {
    if (words === null || !settle(mask)) return
    const address = arena.allocate(bytes.length)
    new Uint8Array(arena.memory.buffer, address, bytes.length).set(bytes)
    entry.asked = mask
    request = { entry, address, asked: mask }
    words[word(control.address)] = address
    words[word(control.length)] = bytes.length
    words[word(control.slot)] = entry.slot
    Atomics.store(words, word(control.compiled), 0)
    Atomics.store(words, word(control.refused), 0)
    withFlags(() => {
      Atomics.add(words, word(control.request), 1)
      Atomics.add(words, word(control.epoch), 1)
      Atomics.notify(words, word(control.epoch))
      const end = performance.now() + compilePatience
      while (mayBlock() && !settle(mask) && performance.now() < end)
        Atomics.wait(words, word(control.compiled), load(control.compiled), 5)
    })
  }

  /** What is known of a program, which is now the most recently used. */
  const entryOf = (program: SharedProgram): Known => {
    const found = known.get(program)
    if (found !== undefined) {
      known.delete(program)
      known.set(program, found)
      return found
    }
    let slot = known.size
    if (slot >= slots)
      for (const [oldest, entry] of known) {
        slot = entry.slot
        known.delete(oldest)
        break
      }
    const entry: Known = { slot, asked: 0, compiled: 0 }
    known.set(program, entry)
    return entry
  }

  const prepare = (program: SharedProgram): number => {
    if (wanted < 2 || words === null || problem !== '') return 1
    spawn()
    const mask = readyMask()
    if (mask === 0) return 1
    const entry = entryOf(program)
    if ((entry.asked & mask) !== mask) ask(program, entry, mask)
    else if (request?.entry === entry) settle(mask)
    return countOf(entry.compiled & mask)
  }

  const during = <T>(program: SharedProgram, threads: number, call: () => T): T => {
    if (words === null) return call()
    const [active, running] = [words[word(control.active)], words[word(control.program)]]
    const entry = threads === 1 ? undefined : known.get(program)
    words[word(control.program)] = entry?.slot ?? 0
    words[word(control.active)] = entry === undefined ? 0 : entry.compiled & readyMask()
    try {
      return call()
    } finally {
      words[word(control.active)] = active
      words[word(control.program)] = running
    }
  }

  const failed = (what: string, got: string): DeviceError =>
    new DeviceError('cpu threads', {
      problem: what,
      got,
      expected: 'every worker to finish the tiles that it takes',
      hint: 'the library goes on with one thread; config({ threads: 1 }) does so from the start'
    })

  // Tiles that were finished when the main thread last began to wait, and since when it waits.
  let [seen, waited] = [-1, 0]
  let [seenAt, epochSeen] = [0, -1]
  const stall = (): number => {
    if (words === null) return 0
    if (load(control.failed) !== 0) {
      Atomics.store(words, word(control.failed), 0)
      giveUp('a worker failed')
      throw failed('a worker failed in a kernel', 'an exception in generated code')
    }
    const done = load(control.done)
    // The last tile may have been finished on the way here: nothing would wake us.
    if (done === load(control.tiles)) return 0
    const epoch = load(control.epoch)
    if (done !== seen || epoch !== epochSeen)
      [seen, epochSeen, waited, seenAt] = [done, epoch, 0, performance.now()]
    if (mayBlock()) {
      Atomics.store(words, word(control.waiting), 1)
      // Slices, so that the time a computer sleeps does not count.
      const result = Atomics.wait(words, word(control.done), done, 100)
      Atomics.store(words, word(control.waiting), 0)
      if (result === 'timed-out') waited += 100
    } else waited = performance.now() - seenAt
    if (waited > patience) {
      giveUp('a worker stopped answering')
      throw failed('a worker stopped answering', `no tile finished for ${patience} ms`)
    }
    return 0
  }

  return {
    setThreads: (threads) => {
      wanted = threads === 0 ? Math.min(mostThreads, parallelism()) : Math.min(31, threads)
    },
    prepare,
    during,
    stall,
    start: (milliseconds) => {
      spawn()
      const all = (1 << wanted) - 2
      const end = performance.now() + milliseconds
      while (words !== null && readyMask() !== all && problem === '' && performance.now() < end) {
        if (!mayBlock()) break
        Atomics.wait(words, word(control.ready), load(control.ready), 20)
      }
      return readyMask() === all
    },
    statistics: () => ({
      wanted,
      ready: words === null ? 0 : countOf(readyMask()) - 1,
      kernels: load(control.kernels),
      tiles: load(control.byWorkers),
      problem: words === null && wanted > 1 ? noSharedMemory : problem
    }),
    terminate: () => giveUp('the workers were ended')
  }
}
