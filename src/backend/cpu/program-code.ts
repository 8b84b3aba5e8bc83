/**
 * A program as one module: a function per kernel and `run(table)`, which calls them in order.
 *
 * `table` is the address of the addresses of all buffers, and after them that of the workspace.
 * Nothing but the table says where a buffer lies, so inputs may be anywhere in memory, and the
 * carries of a loop change places by exchanging two addresses. Kernels that differ in their buffers
 * alone share a function: it gets a table of its own buffers, which the caller fills behind the
 * first one.
 */
import { canonical, type Canonical, type CodeKernel, renumbered } from '../../kernel/canonical.ts'
import type { Kernel, Library, Loop, Program, Sort } from '../../kernel/ir.ts'
import type { EngineProfile } from './engine.ts'
import { emitNest } from './nest.ts'
import { emitProduct, productWorkspace } from './product-code.ts'
import { emitScatter } from './scatter-code.ts'
import type { FunctionBuilder, FunctionRef, Local } from './wasm/function.ts'
import type { ConstantPool } from './wasm/constant-pool.ts'
import { createModule, type MemoryImport, type ModuleBuilder } from './wasm/module.ts'

export interface ProgramCode {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Names of the scalar functions that the module imports. */
  readonly imports: readonly string[]
  /** What `hostStep(i)` has to run. */
  readonly hostSteps: readonly (Sort | Library)[]
  readonly workspaceBytes: number
  /** Entries of the table: the buffers, the workspace, and those for one kernel at a time. */
  readonly tableEntries: number
  /** Kernels in generated code. */
  readonly compiled: number
}

/** Name of the import that runs a kernel on the host. */
export const hostStepImport = 'hostStep'

const allKernels = (kernels: readonly Kernel[]): readonly Kernel[] =>
  kernels.flatMap((k) => {
    if (k._tag === 'loop') return [k, ...allKernels(k.condition), ...allKernels(k.body)]
    return k._tag === 'branch' ? [k, ...k.branches.flatMap(allKernels)] : [k]
  })

interface Emission {
  readonly f: FunctionBuilder
  readonly table: Local
  /** Emits a call of a kernel's own code. */
  readonly leaf: (kernel: Exclude<Kernel, { readonly _tag: 'loop' | 'branch' }>) => void
}

const pushBuffer = ({ f, table }: Emission, buffer: number): FunctionBuilder =>
  f.get(table).memory('i32.load', 4 * buffer)

/** Exchanges the addresses of two buffers. */
const swap = (e: Emission, a: number, b: number): void => {
  const { f, table } = e
  const old = f.local('i32')
  pushBuffer(e, a).set(old)
  f.get(table)
  pushBuffer(e, b).memory('i32.store', 4 * a)
  f.get(table)
    .get(old)
    .memory('i32.store', 4 * b)
}

const emitLoop = (e: Emission, k: Loop): void => {
  const { f } = e
  const trip = f.local('i32')
  const writeCounter = (): void => {
    if (k.counter !== null) pushBuffer(e, k.counter).get(trip).memory('i32.store')
  }
  f.i32(0).set(trip)
  writeCounter()
  f.block((end) =>
    f.loop((again) => {
      if (k.trips !== null) f.get(trip).i32(k.trips).op('i32.ge_s').brIf(end)
      if (k.predicate !== null) {
        emitList(e, k.condition)
        pushBuffer(e, k.predicate).memory('i32.load8_u').op('i32.eqz').brIf(end)
      }
      emitList(e, k.body)
      k.carries.forEach((c) => swap(e, c.current, c.next))
      f.increment(trip, 1)
      writeCounter()
      f.br(again)
    })
  )
}

const emitList = (e: Emission, kernels: readonly Kernel[]): void => {
  const { f } = e
  for (const k of kernels) {
    if (k._tag === 'loop') emitLoop(e, k)
    else if (k._tag === 'branch') {
      const chosen = f.local('i32')
      pushBuffer(e, k.index).memory('i32.load').set(chosen)
      const choose = (i: number): void => {
        if (i === k.branches.length - 1) return emitList(e, k.branches[i])
        // Everything up to i: an index below the range takes the first branch.
        f.get(chosen).i32(i).op('i32.le_s')
        f.if(
          () => emitList(e, k.branches[i]),
          () => choose(i + 1)
        )
      }
      if (k.branches.length > 0) choose(0)
    } else e.leaf(k)
  }
}

/** Maps in sequence share nothing, so each has a function, which equal ones have in common. */
const piecesOf = (kernel: CodeKernel): readonly CodeKernel[] =>
  kernel._tag === 'nest' && kernel.axes.length === 0 && kernel.stages.every((s) => s._tag === 'map')
    ? kernel.stages.map((s) => ({ ...kernel, stages: [s] }))
    : [kernel]

/** Emits the module. */
export const emitProgram = (
  program: Program,
  profile: EngineProfile,
  memory: MemoryImport,
  constants?: ConstantPool
): ProgramCode => {
  const module = createModule(memory, constants)
  const hostSteps: (Sort | Library)[] = []
  const host = (): FunctionRef =>
    module.importFunction(hostStepImport, { params: ['i32'], results: [] })
  let compiled = 0
  const own = program.buffers.length + 1
  let tableEntries = own
  const kernelFunction = (kernel: CodeKernel, { key, buffers }: Canonical): FunctionRef =>
    module.shared(key, () =>
      module.define({ params: ['i32'], results: [] }, (f, table) =>
        emitKernel({ f, module, profile }, table, renumbered(kernel, buffers), buffers.length)
      )
    )
  const run = module.define({ params: ['i32'], results: [] }, (f, table) => {
    const entry = (to: number, from: number): void => {
      f.get(table)
        .get(table)
        .memory('i32.load', 4 * from)
        .memory('i32.store', 4 * (own + to))
    }
    const callKernel = (kernel: CodeKernel): void => {
      const shape = canonical(kernel)
      shape.buffers.forEach((buffer, i) => entry(i, buffer))
      entry(shape.buffers.length, program.buffers.length)
      tableEntries = Math.max(tableEntries, own + shape.buffers.length + 1)
      f.get(table)
        .i32(4 * own)
        .op('i32.add')
        .call(kernelFunction(kernel, shape))
    }
    const emission: Emission = {
      f,
      table,
      leaf: (kernel) => {
        if (kernel._tag === 'sort' || kernel._tag === 'library') {
          f.i32(hostSteps.push(kernel) - 1).call(host())
          return
        }
        compiled++
        piecesOf(kernel).forEach(callKernel)
      }
    }
    emitList(emission, program.kernels)
  })
  module.export('run', run)
  const products = allKernels(program.kernels).flatMap((k) =>
    k._tag === 'contraction' || k._tag === 'convolution' ? [productWorkspace(profile, k)] : []
  )
  const bytes = module.build()
  return {
    bytes,
    imports: module.imports(),
    hostSteps,
    workspaceBytes: products.reduce((a, b) => Math.max(a, b), 0),
    tableEntries,
    compiled
  }
}

const emitKernel = (
  c: {
    readonly f: FunctionBuilder
    readonly module: ModuleBuilder
    readonly profile: EngineProfile
  },
  table: Local,
  kernel: CodeKernel,
  workspaceEntry: number
): void => {
  switch (kernel._tag) {
    case 'nest':
      return emitNest(c, table, kernel)
    case 'scatter':
      return emitScatter(c, table, kernel)
    case 'contraction':
    case 'convolution': {
      const workspace = c.f.local('i32')
      c.f
        .get(table)
        .memory('i32.load', 4 * workspaceEntry)
        .set(workspace)
      return emitProduct(c, table, workspace, kernel)
    }
  }
}
