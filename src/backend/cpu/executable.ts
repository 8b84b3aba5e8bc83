/**
 * Calls of a compiled program: where its buffers lie, and what is copied.
 *
 * Small buffers and temporaries share one block of memory. Large arguments, constants and results
 * are cells of the residency: an argument that an earlier call returned, or that was an argument
 * before, is used where it lies, and a result stays where it was written.
 */
import type { HostData } from '../../core/dtype.ts'
import { MemoryError } from '../../core/errors.ts'
import type { Kernel, Program } from '../../kernel/ir.ts'
import type { BufferReport, Executable, Values } from '../backend.ts'
import { aligned } from './arena.ts'
import { bufferBytes, planBuffers } from './buffer-plan.ts'
import { runHostStep, viewAt } from './host-steps.ts'
import { hostStepImport, type ProgramCode } from './program-code.ts'
import type { Machine } from './machine.ts'
import type { Cell } from './residency.ts'
import type { ScalarFunction } from './scalar-table.ts'
import { withLargest } from './shortage.ts'
import { stallImport } from './split-code.ts'
import { wasm, type WasmFunction, type WasmModule } from './wasm/runtime.ts'
import type { SharedProgram } from './workers.ts'

interface Surroundings extends Pick<Machine, 'arena' | 'residency' | 'scratch' | 'workers'> {
  readonly scalars: Readonly<Record<string, ScalarFunction>>
  readonly withFlags: SharedProgram['withFlags']
}

/** Smaller arrays cost less to copy than to keep account of. */
const leastResident = 4096

const carried = (kernels: readonly Kernel[]): readonly number[] =>
  kernels.flatMap((k) => {
    if (k._tag === 'branch') return k.branches.flatMap(carried)
    if (k._tag !== 'loop') return []
    return [
      ...k.carries.flatMap((c) => [c.current, c.next]),
      ...carried(k.condition),
      ...carried(k.body)
    ]
  })

/** An input of the program and its position in the call. */
interface Argument {
  readonly operand: number
  readonly i: number
}

/** Views into the memory as it was, for as long as neither it nor the block moves. */
interface Prepared {
  readonly memory: ArrayBufferLike
  readonly base: number
  readonly table: Uint32Array
  readonly steps: Uint32Array
  readonly addresses: Uint32Array
  /** Views of small arguments, of small constants, and of results, by position among them. */
  readonly inputs: readonly HostData[]
  readonly constants: readonly HostData[]
  readonly outputs: readonly (HostData | null)[]
}

/**
 * The memory of a buffer that a call has put outside of its block. Its address stays, also when its
 * cell gives it to that of a result.
 */
interface Place {
  readonly id: number
  readonly cell: Cell
  readonly address: number
}

const placeOf = (id: number, cell: Cell): Place => ({ id, cell, address: cell.address() })

/** Instantiates the module; the result runs it. */
export const createExecutable = (
  program: Program,
  code: ProgramCode,
  module: WasmModule,
  { arena, residency, scratch, workers, scalars, withFlags }: Surroundings
): {
  readonly call: Executable['call']
  readonly peakBytes: number
  readonly buffers: readonly BufferReport[]
} => {
  const { buffers, inputs, outputs } = program
  const isLarge = (id: number): boolean => bufferBytes(buffers[id]) >= leastResident
  const loopCarried = new Set(carried(program.kernels))
  const given = new Set(inputs)
  const constants = buffers.filter((b) => b.data !== null)
  const isMade = (id: number): boolean => !given.has(id) && buffers[id].data === null
  const residentInputs = inputs.flatMap((id, i) => (isLarge(id) ? [{ id, i }] : []))
  const residentConstants = constants.filter((b) => isLarge(b.id))
  // Carries exchange places while the program runs, so theirs are inside of the block.
  const residentOutputs = [...new Set(outputs)].filter(
    (id) => isLarge(id) && isMade(id) && !loopCarried.has(id)
  )
  const smallInputs = inputs.flatMap((id, i) => (isLarge(id) ? [] : [{ id, i }]))
  const smallConstants = constants.filter((b) => !isLarge(b.id))

  const elsewhere = new Set([
    ...residentInputs.map(({ id }) => id),
    ...residentConstants.map(({ id }) => id),
    ...residentOutputs
  ])
  const plan = planBuffers(program, elsewhere)
  const tableAt = aligned(plan.bytes)
  const stepsAt = tableAt + aligned(4 * code.tableEntries)
  const workspaceAt = stepsAt + aligned(4 * code.steps.length)
  const blockBytes = (threads: number): number =>
    workspaceAt + aligned(code.workspaceBytes(threads))
  const singleBytes = blockBytes(1)
  const isSplit = [...code.splits.values()].some((s) => s.reason === 'split')
  const shared: SharedProgram = { bytes: code.bytes, withFlags }
  const offsets = Uint32Array.of(...plan.offsets, workspaceAt, stepsAt)

  // Where the running call put its block; host steps look buffers up through the table.
  let base = 0
  const viewOf = (buffer: number): HostData => {
    const memory = arena.buffer()
    const [address] = new Uint32Array(memory, base + tableAt + 4 * buffer, 1)
    return viewAt(memory, buffers[buffer], address)
  }
  const hostStep: WasmFunction = (step) => {
    const here = base
    runHostStep(code.hostSteps[step], (buffer) => {
      base = here // a callback may have run this program again
      return viewOf(buffer)
    })
    base = here
    return 0
  }
  const functions = code.imports.map((name) => [
    name,
    name === hostStepImport ? hostStep : name === stallImport ? workers.stall : scalars[name]
  ])
  const instance = new wasm.Instance(module, {
    env: { ...Object.fromEntries(functions), memory: arena.memory }
  })
  const { run } = instance.exports

  /** Results in the block that stay where the plan has put them. */
  const isFixed = (id: number): boolean =>
    isMade(id) && !elsewhere.has(id) && !loopCarried.has(id) && code.hostSteps.length === 0

  let prepared: Prepared | null = null
  const prepare = (at: number): Prepared => {
    const memory = arena.buffer()
    if (prepared?.base === at && prepared.memory === memory) return prepared
    const view = (id: number): HostData => viewAt(memory, buffers[id], at + plan.offsets[id])
    prepared = {
      memory,
      base: at,
      table: new Uint32Array(memory, at + tableAt, offsets.length),
      steps: new Uint32Array(memory, at + stepsAt, code.steps.length),
      addresses: offsets.map((offset) => at + offset),
      inputs: smallInputs.map(({ id }) => view(id)),
      constants: smallConstants.map(({ id }) => view(id)),
      outputs: outputs.map((id) => (isFixed(id) ? view(id) : null))
    }
    return prepared
  }
  /** Writes addresses, small arguments and small constants; nothing is allocated from here on. */
  const fill = (values: readonly Values[], places: readonly Place[]): Prepared => {
    const ready = prepare(base)
    const { table, addresses } = ready
    for (let b = 0; b < addresses.length; b++) table[b] = addresses[b]
    for (let p = 0; p < places.length; p++) table[places[p].id] = places[p].address
    if (code.steps.length > 0) ready.steps.set(code.steps)
    for (let n = 0; n < smallInputs.length; n++) {
      const v = values[smallInputs[n].i]
      ready.inputs[n].set(ArrayBuffer.isView(v) ? v : v.host())
    }
    for (let n = 0; n < smallConstants.length; n++)
      // The filter above leaves constants, which have data.
      ready.constants[n].set(smallConstants[n].data as HostData)
    return ready
  }

  // Arguments that make room for a result where they are donated, by result.
  const positions = new Map(residentInputs.map(({ id, i }) => [id, i]))
  const adoptable = new Map(residentOutputs.map((id) => [id, [] as Argument[]]))
  for (const { operand, result } of plan.inPlace) {
    const i = positions.get(operand)
    if (i !== undefined) adoptable.get(result)?.push({ operand, i })
  }

  const argumentOf = outputs.map((id) => inputs.indexOf(id))
  const none: readonly Place[] = []

  /** Results as the caller gets them; cells that nobody has asked for before are published. */
  const collect = (values: readonly Values[], ready: Prepared, results: readonly Place[]) => {
    const outs: Values[] = []
    const publish = (id: number, o: number): Values => {
      const made = results.find((r) => r.id === id)
      if (made === undefined) return viewOf(id).slice()
      // A result that comes out twice has one handle.
      const before = outputs.indexOf(id)
      if (before === o) return residency.publish(made.cell)
      residency.share(outs[before])
      return outs[before]
    }
    for (let o = 0; o < outputs.length; o++) {
      const [id, at, view] = [outputs[o], argumentOf[o], ready.outputs[o]]
      const { data } = buffers[id]
      if (at >= 0) residency.share(values[at])
      outs.push(view?.slice() ?? (at >= 0 ? values[at] : (data ?? publish(id, o))))
    }
    return outs
  }

  /** Runs `body` with a block of memory of its own. */
  const withBlock = <T>(bytes: number, body: () => T): T => {
    const outer = base
    const block = scratch.take(bytes) || residency.allocate(bytes)
    base = block
    try {
      return body()
    } finally {
      if (!scratch.give(block)) arena.free(block)
      base = outer
    }
  }

  const callSmall: Executable['call'] = (values) =>
    withBlock(singleBytes, () => {
      const ready = fill(values, none)
      run(base + tableAt)
      return collect(values, ready, none)
    })

  const callLarge: Executable['call'] = (values, donated = []) => {
    const held: Cell[] = []
    const hold = (cell: Cell): Cell => {
      held.push(cell)
      return cell
    }
    const threads = isSplit ? workers.prepare(shared) : 1
    try {
      // Cells that a call holds do not move, but one may give its place to a result.
      const places: Place[] = []
      for (const { id, i } of residentInputs)
        places.push(placeOf(id, hold(residency.enter(values[i], buffers[id]))))
      for (const b of residentConstants)
        // The filter above leaves constants, which have data.
        places.push(placeOf(b.id, hold(residency.enter(b.data as HostData, b))))
      const results: Place[] = []
      const waiting: [result: number, argument: Cell][] = []
      for (const id of residentOutputs) {
        const from = donated.length === 0 ? [] : adoptable.get(id)
        const operand = from?.find(({ i }) => donated[i])?.operand
        const argument = places.find((p) => p.id === operand)
        if (argument === undefined) results.push(placeOf(id, hold(residency.reserve(buffers[id]))))
        else waiting.push([id, argument.cell])
      }
      return withBlock(threads === 1 ? singleBytes : blockBytes(threads), () => {
        // From here on little can fail, so arguments are given up only now.
        for (const [id, argument] of waiting) {
          const buffer = buffers[id]
          const cell = residency.adopt(argument, buffer) ?? residency.reserve(buffer)
          results.push(placeOf(id, hold(cell)))
        }
        const ready = fill(values, [...places, ...results])
        if (isSplit) workers.during(shared, threads, () => run(base + tableAt))
        else run(base + tableAt)
        return collect(values, ready, results)
      })
    } finally {
      held.forEach(residency.leave)
    }
  }
  const isSmall =
    residentInputs.length + residentConstants.length + residentOutputs.length === 0 && !isSplit
  const call: Executable['call'] = (values, donated) => {
    try {
      return isSmall ? callSmall(values) : callLarge(values, donated)
    } catch (error) {
      const own = error instanceof MemoryError && error.largest.length === 0
      throw own ? withLargest(error, program) : error
    }
  }
  const residentBytes = [...elsewhere].reduce((n, id) => n + bufferBytes(buffers[id]), 0)
  const replaced = new Map(plan.inPlace.map((p) => [p.result, p.operand]))
  const report = buffers.flatMap((b): readonly BufferReport[] => {
    const life = plan.lifetimes[b.id]
    if (life === null) return []
    return [
      {
        id: b.id,
        role: b.role,
        dtype: b.dtype,
        bytes: bufferBytes(b),
        offset: elsewhere.has(b.id) ? null : plan.offsets[b.id],
        ...life,
        inPlaceOf: replaced.get(b.id) ?? null
      }
    ]
  })
  return { call, peakBytes: blockBytes(1) + residentBytes, buffers: report }
}
