/**
 * Calls of a program on a machine.
 *
 * A call runs to its end at once unless something has to be waited for: values that an earlier call
 * has not made yet, a transfer to the CPU, a device to be restored. Then the rest runs as a promise
 * chain and the outputs are pending. Memory of a temporary goes back after its last use.
 */
import { DeviceError } from '../../core/errors.ts'
import { allocate, type HostData } from '../../core/dtype.ts'
import type { Branch, Program } from '../../kernel/ir.ts'
import type { Backend, Values } from '../backend.ts'
import type { Cell, Cells } from './cells.ts'
import { createFrames, type Frame, type Waiting } from './frame.ts'
import { hostKernel, type HostKernel } from './host-kernel.ts'
import type { Machine, Prepared } from './machine.ts'
import type { Legal } from './passes/legalize.ts'
import { buffersOfStep, type Step } from './passes/step.ts'

/** A step with what it needs to run, made on its first run on a device. */
type Ready =
  | {
      readonly _tag: 'pass'
      readonly step: Extract<Step, { _tag: 'pass' }>
      prepared: Prepared | null
    }
  | {
      readonly _tag: 'host'
      readonly step: Extract<Step, { _tag: 'host' }>
      kernel: HostKernel | null
    }
  | {
      readonly _tag: 'loop'
      readonly step: Extract<Step, { _tag: 'loop' }>
      readonly start: readonly Ready[]
      readonly body: readonly Ready[]
    }
  | {
      readonly _tag: 'branch'
      readonly kernel: Branch
      readonly branches: readonly (readonly Ready[])[]
    }

const readyOf = (step: Step): Ready => {
  switch (step._tag) {
    case 'pass':
      return { _tag: 'pass', step, prepared: null }
    case 'host':
      return { _tag: 'host', step, kernel: null }
    case 'loop':
      return { _tag: 'loop', step, start: step.start.map(readyOf), body: step.body.map(readyOf) }
    case 'branch':
      return {
        _tag: 'branch',
        kernel: step.kernel,
        branches: step.branches.map((b) => b.map(readyOf))
      }
  }
}

type Waits = Waiting<void>

export interface GpuExecutable {
  readonly call: (values: readonly Values[]) => readonly Values[]
  /** Characters of all shaders prepared so far. */
  readonly codeBytes: () => number
}

interface Parts {
  readonly machine: Machine
  readonly cells: Cells
  readonly cpu: Backend
}

const failed = (machine: Machine, why: string): DeviceError =>
  new DeviceError(`${machine.name} program`, {
    problem: 'the device refused a part of the program',
    got: why.split('\n')[0],
    expected: 'a program within the limits of the device',
    hint: 'run this part on the CPU with jit(f, { device: "cpu" }), and report the kernel'
  })

export const createGpuExecutable = (
  program: Program,
  { buffers, steps }: Legal,
  { machine, cells, cpu }: Parts
): GpuExecutable => {
  let ready = steps.map(readyOf)
  let generation = machine.generation()
  let codeBytes = 0
  let isChecked = false
  const { inputs, outputs } = program
  const kept = new Set([...inputs, ...outputs])
  const isConstant = (b: number): boolean => buffers[b].data !== null
  const frames = createFrames({ buffers, inputs, kept, machine })
  const { place, release, swap, toHost } = frames

  // Temporaries by the step after which nobody needs them.
  const lastUse = new Map<number, number>()
  steps.forEach((s, i) => buffersOfStep(s).forEach((b) => lastUse.set(b, i)))
  const endsAt: number[][] = steps.map(() => [])
  for (const [b, i] of lastUse) if (!kept.has(b) && !isConstant(b)) endsAt[i].push(b)

  /** Prepared passes and uploaded constants of a device that is gone are made again. */
  const renew = (): void => {
    if (generation === machine.generation()) return
    ready = steps.map(readyOf)
    frames.forget()
    generation = machine.generation()
    isChecked = false
  }

  const runPass = (f: Frame, r: Extract<Ready, { _tag: 'pass' }>): void => {
    if (r.prepared === null) {
      r.prepared = machine.prepare(r.step.pass, buffers)
      codeBytes += r.prepared.codeBytes
    }
    for (const b of r.prepared.bindings) place(f, b)
    r.prepared.run(f.table)
    for (const b of r.step.writes) {
      f.hosts[b] = null
      f.owned[b] = true
    }
  }

  function* runHost(f: Frame, r: Extract<Ready, { _tag: 'host' }>): Waits {
    const exists = (b: number): boolean =>
      isConstant(b) || f.table[b] !== null || f.hosts[b] !== null
    r.kernel ??= hostKernel(r.step.kernel, buffers, exists, cpu)
    const data: HostData[] = []
    for (const b of r.kernel.inputs) data.push(yield* toHost(f, b))
    const results = r.kernel.run(data)
    r.kernel.outputs.forEach((b, i) => {
      release(f, b)
      f.hosts[b] = results[i]
    })
  }

  function* run(f: Frame, list: readonly Ready[], top: boolean): Waits {
    for (let i = 0; i < list.length; i++) {
      const r = list[i]
      switch (r._tag) {
        case 'pass':
          runPass(f, r)
          break
        case 'host':
          yield* runHost(f, r)
          break
        case 'loop': {
          const { trips, carries } = r.step
          if (trips > 0) yield* run(f, r.start, false)
          for (let t = 0; t < trips; t++) {
            yield* run(f, r.body, false)
            for (const { current, next } of carries) swap(f, current, next)
          }
          break
        }
        case 'branch': {
          const { branches, kernel } = r
          const [index] = yield* toHost(f, kernel.index)
          const at = Math.min(branches.length - 1, Math.max(0, index))
          if (branches.length > 0) yield* run(f, branches[at], false)
          break
        }
      }
      if (top) for (const b of endsAt[i]) release(f, b)
    }
  }

  /** One call: from inputs to filled cells. */
  function* execute(
    values: readonly Values[],
    given: readonly (Cell | null)[],
    made: ReadonlyMap<number, Cell>
  ): Waits {
    for (const cell of given) if (cell !== null && cell.pending !== null) yield cell.pending
    const restored = machine.isLost() ? machine.restore() : null
    if (restored !== null) yield restored
    renew()
    for (const cell of given) if (cell !== null && cell.failure !== null) throw cell.failure
    const check = isChecked ? null : machine.watch()
    const f = frames.open()
    try {
      inputs.forEach((b, i) => enter(f, b, values[i], given[i]))
      yield* run(f, ready, true)
      for (const [b, cell] of made) {
        // Nothing writes what has no elements.
        if (f.table[b] === null) f.hosts[b] ??= allocate(buffers[b].dtype, buffers[b].size)
        cell.memory = f.table[b]
        cell.generation = machine.generation()
        cell.host = f.hosts[b]
        f.owned[b] = false
      }
      machine.endCall()
    } finally {
      for (let b = 0; b < buffers.length; b++) if (f.owned[b]) release(f, b)
      const verdict = check === null ? null : check()
      if (check !== null) isChecked = true
      const doubts = given.filter((c) => c !== null && c.checked !== null)
      if (verdict !== null || doubts.length > 0) settle(made, doubts as readonly Cell[], verdict) // filtered
    }
  }

  /** What was made is good when the program was valid and what it was made of is good. */
  const settle = (
    made: ReadonlyMap<number, Cell>,
    doubts: readonly Cell[],
    verdict: Promise<string | null> | null
  ): void => {
    const results = [...made.values()]
    const checked = Promise.all([verdict, ...doubts.map((c) => c.checked)]).then(
      ([why]) => {
        const inherited = doubts.find((c) => c.failure !== null)?.failure ?? null
        const own = typeof why === 'string' && !machine.isLost() ? failed(machine, why) : null
        for (const cell of results) {
          cell.failure ??= own ?? inherited
          cell.checked = null
        }
      },
      () => undefined
    )
    for (const cell of results) cell.checked = checked
  }

  const enter = (f: Frame, b: number, value: Values, cell: Cell | null): void => {
    if (cell === null) f.hosts[b] = '_tag' in value ? value.host() : value
    else if (cell.memory === null && cell.host !== null) f.hosts[b] = cell.host
    else f.table[b] = cells.memoryOf(cell)
  }

  const call = (values: readonly Values[]): readonly Values[] => {
    const given = values.map((v) => ('_tag' in v ? cells.cellOf(v) : null))
    const made = new Map<number, Cell>()
    for (const b of outputs)
      if (!inputs.includes(b) && !isConstant(b) && !made.has(b))
        made.set(b, cells.create(buffers[b]))
    for (const cell of given) if (cell !== null) cells.pin(cell)
    const leave = (): void => {
      for (const cell of given) if (cell !== null) cells.unpin(cell)
    }
    const waits = execute(values, given, made)
    let step: IteratorResult<Promise<unknown>, void>
    try {
      step = waits.next()
    } catch (error) {
      leave()
      throw error
    }
    if (step.done !== true) {
      const rest = finish(waits, step.value).then(
        () => undefined,
        (error: unknown) => {
          // A callback of the user fails with an error of the user.
          const why = error instanceof Error ? error : failed(machine, String(error))
          for (const cell of made.values()) cell.failure = why
        }
      )
      const settled = rest.then(() => {
        for (const cell of made.values()) {
          cell.pending = null
          if (cell.released) cells.drop(cell)
        }
        leave()
      })
      for (const cell of made.values()) cell.pending = settled
    } else leave()
    const handles = new Map<number, Values>()
    return outputs.map((b): Values => {
      const at = inputs.indexOf(b)
      if (at >= 0) {
        const cell = given[at]
        if (cell !== null) cell.shared = true
        return values[at]
      }
      const { data } = buffers[b]
      if (data !== null) return data
      const cell = made.get(b) as Cell // every other output has one
      const known = handles.get(b)
      if (known !== undefined) {
        cell.shared = true
        return known
      }
      const handle = cells.publish(cell)
      handles.set(b, handle)
      return handle
    })
  }

  return { call, codeBytes: () => codeBytes }
}

/** Waits for each promise and goes on, to the end. */
const finish = async (waits: Waits, first: Promise<unknown>): Promise<void> => {
  let next: Promise<unknown> = first
  for (;;) {
    try {
      await next
    } catch (error) {
      const step = waits.throw(error)
      if (step.done === true) return
      next = step.value
      continue
    }
    const step = waits.next()
    if (step.done === true) return
    next = step.value
  }
}
