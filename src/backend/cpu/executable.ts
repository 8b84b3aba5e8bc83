/**
 * Calls of a compiled program: where its buffers lie, and what is copied.
 *
 * Small buffers and temporaries share one block of memory. Large arguments, constants and results
 * are cells of the residency: an argument that an earlier call returned, or that was an argument
 * before, is used where it lies, and a result stays where it was written.
 */
import { allocate, type HostData } from '../../core/dtype.ts'
import { MemoryError } from '../../core/errors.ts'
import type { Program } from '../../kernel/ir.ts'
import type { BufferPlaces, Executable, Values } from '../backend.ts'
import { createDonors, type Adoptable } from './memory/adoption.ts'
import { aligned } from './memory/arena.ts'
import { bufferBytes, planBuffers } from './memory/buffer-plan.ts'
import { carriedBuffers } from './memory/carried-buffers.ts'
import { runHostStep, viewAt } from './routines/host-steps.ts'
import { operandKeeper } from './product/kept-operands.ts'
import { hostStepImport, type ProgramCode } from './program-code.ts'
import type { Machine } from './machine.ts'
import type { Cell } from './memory/residency.ts'
import type { ScalarFunction } from './values/scalar-table.ts'
import { withLargest } from './memory/shortage.ts'
import { stallImport } from './threads/split-code.ts'
import { wasm, type WasmFunction, type WasmModule } from './wasm/runtime.ts'
import type { SharedProgram } from './threads/workers.ts'

/** Of a call that has all of its arrays inside of its block. */
const nowhere: readonly number[] = []
const nothing: readonly Cell[] = []

interface Surroundings extends Pick<Machine, 'arena' | 'residency' | 'scratch' | 'workers'> {
  readonly scalars: Readonly<Record<string, ScalarFunction>>
  readonly withFlags: SharedProgram['withFlags']
}

/** Smaller arrays cost less to copy than to keep account of. */
const leastResident = 4096

/** Where the values of an output come from. */
type Output =
  | { readonly _tag: 'view' | 'copy' }
  | { readonly _tag: 'argument'; readonly i: number }
  | { readonly _tag: 'constant'; readonly data: HostData }
  | { readonly _tag: 'result'; readonly i: number }
  | { readonly _tag: 'again'; readonly output: number }

/** Where each number of a list is first. */
const firstPositions = (ids: readonly number[]): ReadonlyMap<number, number> => {
  const first = new Map<number, number>()
  ids.forEach((id, at) => first.has(id) || first.set(id, at))
  return first
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

/** Instantiates the module; the result runs it. */
export const createExecutable = (
  program: Program,
  code: ProgramCode,
  module: WasmModule,
  { arena, residency, scratch, workers, scalars, withFlags }: Surroundings
): {
  readonly call: Executable['call']
  readonly peakBytes: number
  readonly places: BufferPlaces
} => {
  const { buffers, inputs, outputs } = program
  const isLarge = (id: number): boolean => bufferBytes(buffers[id]) >= leastResident
  const loopCarried = new Set(carriedBuffers(program.kernels))
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
  /** Buffers that a call puts outside of its block: arguments, constants, results. */
  const outside = [
    ...residentInputs.map(({ id }) => id),
    ...residentConstants.map((b) => b.id),
    ...residentOutputs,
    ...code.kept.map(({ buffer }) => buffer)
  ]
  /**
   * Writes addresses, those of what is outside of the block too, small arguments and small
   * constants; nothing is allocated from here on.
   */
  const fill = (values: readonly Values[], places: readonly number[]): Prepared => {
    const ready = prepare(base)
    const { table, addresses } = ready
    for (let b = 0; b < addresses.length; b++) table[b] = addresses[b]
    for (let p = 0; p < places.length; p++) table[outside[p]] = places[p]
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

  const resultAt = firstPositions(residentOutputs)
  const placeOf = new Map(residentInputs.map(({ id, i }, place) => [id, { argument: i, place }]))
  const donorsFor = createDonors(
    residentOutputs.length,
    plan.adoptable.flatMap(({ operand, result }) => {
      const [argument, r] = [placeOf.get(operand), resultAt.get(result)]
      return argument === undefined || r === undefined ? [] : [{ ...argument, result: r }]
    })
  )

  const argumentAt = firstPositions(inputs)
  const outputAt = firstPositions(outputs)
  const outputsAre = outputs.map((id, o): Output => {
    const { data } = buffers[id]
    const [argument, first, result] = [argumentAt.get(id), outputAt.get(id), resultAt.get(id)]
    if (isFixed(id)) return { _tag: 'view' }
    if (argument !== undefined) return { _tag: 'argument', i: argument }
    if (data !== null) return { _tag: 'constant', data }
    if (result === undefined) return { _tag: 'copy' }
    // A result that comes out twice has one handle.
    return first === o || first === undefined
      ? { _tag: 'result', i: result }
      : { _tag: 'again', output: first }
  })

  const copyOf = (view: HostData, id: number): HostData => {
    const copy = allocate(buffers[id].dtype, buffers[id].size)
    copy.set(view)
    return copy
  }

  /** Results as the caller gets them; cells that nobody has asked for before are published. */
  const collect = (values: readonly Values[], ready: Prepared, results: readonly Cell[]) => {
    const outs: Values[] = []
    for (let o = 0; o < outputs.length; o++) {
      const from = outputsAre[o]
      switch (from._tag) {
        case 'view':
          outs.push(copyOf(ready.outputs[o] as HostData, outputs[o])) // prepared where the place is fixed
          break
        case 'copy':
          outs.push(copyOf(viewOf(outputs[o]), outputs[o]))
          break
        case 'argument':
          residency.share(values[from.i])
          outs.push(values[from.i])
          break
        case 'constant':
          outs.push(from.data)
          break
        case 'result':
          outs.push(residency.publish(results[from.i]))
          break
        case 'again':
          residency.share(outs[from.output])
          outs.push(outs[from.output])
      }
    }
    return outs
  }

  /** A block of memory for a call, which is the running one until it ends. */
  const begin = (bytes: number): number => {
    base = scratch.take(bytes) || residency.allocate(bytes)
    return base
  }
  const end = (block: number, outer: number): void => {
    if (!scratch.give(block)) arena.free(block)
    base = outer
  }

  const callSmall: Executable['call'] = (values) => {
    const outer = base
    const block = begin(singleBytes)
    try {
      const ready = fill(values, nowhere)
      run(block + tableAt)
      return collect(values, ready, nothing)
    } finally {
      end(block, outer)
    }
  }

  const none: readonly boolean[] = []
  const reserve = (result: number, held: Cell[]): Cell => {
    const cell = residency.reserve(buffers[residentOutputs[result]])
    held.push(cell)
    return cell
  }
  /** `held` begins with the cells of arguments, by place. */
  const takeOver = (result: number, donor: Adoptable, held: Cell[]): Cell => {
    const cell = residency.adopt(held[donor.place], buffers[residentOutputs[result]])
    if (cell === null) return reserve(result, held)
    held.push(cell)
    return cell
  }

  const callLarge: Executable['call'] = (values, donated = none) => {
    const held: Cell[] = []
    const threads = isSplit ? workers.prepare(shared) : 1
    try {
      // Cells that a call holds do not move, but one may give its place to a result.
      const places: number[] = []
      const put = (cell: Cell): Cell => {
        held.push(cell)
        places.push(cell.address())
        return cell
      }
      for (const { id, i } of residentInputs) put(residency.enter(values[i], buffers[id]))
      for (const b of residentConstants)
        // The filter above leaves constants, which have data.
        put(residency.enter(b.data as HostData, b))
      const donors = donorsFor(donated)
      const results: (Cell | null)[] = []
      for (let r = 0; r < residentOutputs.length; r++)
        results.push(donors[r] === null ? reserve(r, held) : null)
      const outlives = (source: number): Cell | null => {
        const from = placeOf.get(source)
        return from === undefined || donated[from.argument] ? null : held[from.place]
      }
      const forms = operandKeeper().hold(residency, code.kept, outlives, held)
      const outer = base
      const block = begin(threads === 1 ? singleBytes : blockBytes(threads))
      try {
        const made: Cell[] = []
        // From here on little can fail, so arguments are given up only now.
        for (let r = 0; r < results.length; r++) {
          const donor = donors[r]
          const cell = results[r] ?? (donor === null ? reserve(r, held) : takeOver(r, donor, held))
          made.push(cell)
          places.push(cell.address())
        }
        places.push(...forms.places)
        const ready = fill(values, places)
        forms.fill(instance.exports, block + tableAt)
        if (isSplit) workers.during(shared, threads, () => run(block + tableAt))
        else run(block + tableAt)
        return collect(values, ready, made)
      } finally {
        end(block, outer)
      }
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
  return { call, peakBytes: blockBytes(1) + residentBytes, places: { ...plan, elsewhere } }
}
