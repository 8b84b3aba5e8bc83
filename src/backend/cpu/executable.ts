/**
 * Calls of a compiled program: where its buffers lie, and what is copied.
 *
 * Small buffers and temporaries share one block of memory. Large arguments, constants and results
 * are cells of the residency: an argument that an earlier call returned, or that was an argument
 * before, is used where it lies, and a result stays where it was written.
 */
import type { Resident } from '../../core/array.ts'
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

interface Surroundings extends Pick<Machine, 'arena' | 'residency' | 'workers'> {
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
  readonly views: ReadonlyMap<number, HostData>
}

/** Instantiates the module; the result runs it. */
export const createExecutable = (
  program: Program,
  code: ProgramCode,
  module: WasmModule,
  { arena, residency, workers, scalars, withFlags }: Surroundings
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
  const isSplit = [...code.splits.values()].some((s) => s.reason === 'split')
  const shared: SharedProgram = { bytes: code.bytes, withFlags }
  const offsets = Uint32Array.of(...plan.offsets, workspaceAt, stepsAt)

  // Where the running call put its block; host steps look buffers up through the table.
  let base = 0
  const viewOf = (buffer: number): HostData => {
    const { memory } = arena
    const [address] = new Uint32Array(memory.buffer, base + tableAt + 4 * buffer, 1)
    return viewAt(memory.buffer, buffers[buffer], address)
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

  let prepared: Prepared | null = null
  const prepare = (at: number): Prepared => {
    const memory = arena.memory.buffer
    if (prepared?.base === at && prepared.memory === memory) return prepared
    const small = [...smallInputs.map(({ id }) => id), ...smallConstants.map(({ id }) => id)]
    const views = new Map(
      small.map((id) => [id, viewAt(memory, buffers[id], at + plan.offsets[id])])
    )
    const table = new Uint32Array(memory, at + tableAt, offsets.length)
    const steps = new Uint32Array(memory, at + stepsAt, code.steps.length)
    const addresses = offsets.map((offset) => at + offset)
    prepared = { memory, base: at, table, addresses, steps, views }
    return prepared
  }

  // Arguments that make room for a result where they are donated, by result.
  const positions = new Map(residentInputs.map(({ id, i }) => [id, i]))
  const adoptable = new Map(residentOutputs.map((id) => [id, [] as Argument[]]))
  for (const { operand, result } of plan.inPlace) {
    const i = positions.get(operand)
    if (i !== undefined) adoptable.get(result)?.push({ operand, i })
  }

  const call: Executable['call'] = (values, donated = []) => {
    const held: Cell[] = []
    const hold = (cell: Cell): Cell => {
      held.push(cell)
      return cell
    }
    const outer = base
    const threads = isSplit ? workers.prepare(shared) : 1
    let block = 0
    try {
      // Cells that a call holds do not move, but one may give its place to a result.
      const places: (readonly [id: number, address: number, cell: Cell])[] = []
      const put = (id: number, cell: Cell): void => {
        places.push([id, cell.address(), cell])
      }
      for (const { id, i } of residentInputs) put(id, hold(residency.enter(values[i], buffers[id])))
      for (const b of residentConstants)
        // The filter above leaves constants, which have data.
        put(b.id, hold(residency.enter(b.data as HostData, b)))
      const results = new Map<number, Cell>()
      const give = (id: number, cell: Cell): void => {
        results.set(id, hold(cell))
        put(id, cell)
      }
      const waiting: [result: number, argument: Cell][] = []
      for (const id of residentOutputs) {
        const from = donated.length === 0 ? [] : adoptable.get(id)
        const operand = from?.find(({ i }) => donated[i])?.operand
        const argument = places.find(([input]) => input === operand)
        if (argument === undefined) give(id, residency.reserve(buffers[id]))
        else waiting.push([id, argument[2]])
      }
      block = residency.allocate(blockBytes(threads))
      base = block
      // From here on little can fail, so arguments are given up only now.
      for (const [id, argument] of waiting)
        give(id, residency.adopt(argument, buffers[id]) ?? residency.reserve(buffers[id]))
      // Nothing is allocated from here on, so the views hold until the code runs.
      const { table, addresses, steps, views } = prepare(block)
      table.set(addresses)
      steps.set(code.steps)
      for (const [id, address] of places) table[id] = address
      for (const { id, i } of smallInputs) {
        const v = values[i]
        views.get(id)?.set('_tag' in v ? v.host() : v)
      }
      for (const { id, data } of smallConstants) if (data !== null) views.get(id)?.set(data)
      if (isSplit) workers.during(shared, threads, () => run(block + tableAt))
      else run(block + tableAt)
      const handles = new Map<number, Resident>()
      return outputs.map((id): Values => {
        const at = inputs.indexOf(id)
        if (at >= 0) {
          residency.share(values[at])
          return values[at]
        }
        const { data } = buffers[id]
        if (data !== null) return data
        const known = handles.get(id)
        if (known !== undefined) {
          residency.share(known)
          return known
        }
        const cell = results.get(id)
        if (cell === undefined) return viewOf(id).slice()
        const handle = residency.publish(cell)
        handles.set(id, handle)
        return handle
      })
    } catch (error) {
      const own = error instanceof MemoryError && error.largest.length === 0
      throw own ? withLargest(error, program) : error
    } finally {
      if (block !== 0) arena.free(block)
      base = outer
      held.forEach(residency.leave)
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
