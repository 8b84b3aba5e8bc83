/**
 * Where the content of the buffers of a call is: on the device, on the host, or on both, and how it
 * gets from one to the other.
 */
import type { HostData } from '../../core/dtype.ts'
import type { Machine, Memory, Packs, Span } from './machine.ts'
import type { PassBuffer } from './passes/pass.ts'

/** What may have to wait for promises, one after the other, until it has its result. */
export type Waiting<T> = Generator<Promise<unknown>, T, unknown>

export interface Frame {
  readonly table: (Memory | null)[]
  readonly hosts: (HostData | null)[]
  /** Memory that belongs to this call, so that it is freed with it. */
  readonly owned: boolean[]
}

/** What lies in a pack, and where. */
interface PackPlan {
  readonly parts: readonly number[]
  readonly spans: readonly Span[]
  readonly words: number
  /** Whether the program makes all of it, so that it can lie there from the start. */
  readonly isMade: boolean
}

const packPlans = (
  buffers: readonly PassBuffer[],
  inputs: readonly number[]
): ReadonlyMap<number, PackPlan> =>
  new Map(
    buffers.flatMap(({ id, size, parts }): (readonly [number, PackPlan])[] => {
      if (parts === undefined) return []
      const plan = {
        parts: parts.map((p) => p.buffer),
        spans: parts.map((p) => ({ offset: p.offset, words: buffers[p.buffer].size })),
        words: size,
        isMade: !parts.some((p) => inputs.includes(p.buffer))
      }
      return [[id, plan]]
    })
  )

interface FramesOptions {
  readonly buffers: readonly PassBuffer[]
  /** Buffers that the caller gives. */
  readonly inputs: readonly number[]
  /** Buffers that outlive a call. */
  readonly kept: ReadonlySet<number>
  readonly machine: Machine
}

export interface Frames {
  readonly open: () => Frame
  /** Brings the content of a buffer to the device, or makes room for it. */
  readonly place: (f: Frame, b: number) => void
  readonly release: (f: Frame, b: number) => void
  readonly swap: (f: Frame, a: number, b: number) => void
  /** The content of a buffer on the host. */
  readonly toHost: (f: Frame, b: number) => Waiting<HostData>
  /** Drops constants on a device that is gone. */
  readonly forget: () => void
}

export const createFrames = ({ buffers, inputs, kept, machine }: FramesOptions): Frames => {
  const plans = packPlans(buffers, inputs)
  const constants = new Map<number, Memory>()

  const open = (): Frame => ({
    table: buffers.map(() => null),
    hosts: buffers.map(() => null),
    owned: buffers.map(() => false)
  })

  const release = (f: Frame, b: number): void => {
    const memory = f.table[b]
    if (memory !== null && f.owned[b]) machine.free(memory)
    f.table[b] = null
    f.hosts[b] = null
    f.owned[b] = false
  }

  /** Makes room for a pack and what lies in it. */
  const makePack = (f: Frame, packs: Packs, { parts, spans, words }: PackPlan): void => {
    const use = parts.some((b) => kept.has(b)) ? 'result' : 'temporary'
    packs.allocate(spans, words, use).forEach((memory, i) => {
      f.table[parts[i]] = memory
      f.owned[parts[i]] = true
    })
  }

  /** Finds the memory in which the parts of a pack lie, or brings them together. */
  const placePack = (
    f: Frame,
    b: number,
    packs: Packs,
    { parts, spans, words }: PackPlan
  ): void => {
    for (const part of parts) place(f, part)
    const memories = parts.map((part) => f.table[part] as Memory) // placed
    const whole = packs.whole(memories, spans)
    f.table[b] = whole ?? packs.gather(memories, spans, words)
    f.owned[b] = whole === null
  }

  const place = (f: Frame, b: number): void => {
    if (f.table[b] !== null) return
    const { data, pack } = buffers[b]
    const { packs } = machine
    const plan = plans.get(pack ?? b)
    if (packs !== null && plan !== undefined) {
      if (pack === undefined) return placePack(f, b, packs, plan)
      if (plan.isMade) return makePack(f, packs, plan)
    }
    if (data !== null) {
      const known = constants.get(b) ?? machine.write(buffers[b], data)
      constants.set(b, known)
      f.table[b] = known
      return
    }
    const host = f.hosts[b]
    if (host !== null) f.table[b] = machine.write(buffers[b], host)
    else if (machine.writesInPlace)
      f.table[b] = machine.allocate(buffers[b], kept.has(b) ? 'result' : 'temporary')
    f.owned[b] = f.table[b] !== null
  }

  function* toHost(f: Frame, b: number): Waiting<HostData> {
    const { data } = buffers[b]
    if (data !== null) return data
    const known = f.hosts[b]
    if (known !== null) return known
    const memory = f.table[b]
    if (memory === null) throw new RangeError(`buffer ${b} is read before it is written`)
    if (machine.readNow !== null) f.hosts[b] = machine.readNow(memory, buffers[b])
    else {
      let result: HostData | null = null
      yield machine.read(memory, buffers[b]).then((v) => {
        result = v
      })
      f.hosts[b] = result
    }
    return f.hosts[b] as HostData // set on both ways
  }

  const swap = (f: Frame, a: number, b: number): void => {
    for (const list of [f.table, f.hosts, f.owned] as unknown[][]) {
      const old = list[a]
      list[a] = list[b]
      list[b] = old
    }
  }

  return { open, place, release, swap, toHost, forget: () => constants.clear() }
}
