/**
 * A program as one module: a function per kernel and `run(table)`, which calls them in order.
 *
 * `table` is the address of the addresses of all buffers, and after them that of the workspace.
 * Nothing but the table says where a buffer lies, so inputs may be anywhere in memory, and the
 * carries of a loop change places by exchanging two addresses. Kernels that differ in their buffers
 * alone share a function: it gets a table of its own buffers, which the caller fills behind the
 * first one. Runs of kernels are data (steps-code.ts), loops and branches between them are code.
 */
import { sameAffine } from '../../kernel/affine.ts'
import { canonical, type Canonical, type CodeKernel, renumbered } from '../../kernel/canonical.ts'
import type { Kernel, Library, Loop, Program, Sort } from '../../kernel/ir.ts'
import type { SplitReport } from '../backend.ts'
import type { EngineProfile } from './engine/engine.ts'
import type { Kept } from './product/kept-operands.ts'
import { defaultLeast, wantedTiles } from './pieces.ts'
import { emitNest, nestWorkspace, tilesOfNest } from './nest/nest.ts'
import {
  emitProduct,
  productPieces,
  productWorkspace,
  tilesOfProduct
} from './product/product-code.ts'
import { aligned } from './memory/arena.ts'
import { emitScatter } from './nest/scatter-code.ts'
import { createSplitCode } from './threads/split-code.ts'
import { control } from './threads/thread-control.ts'
import { createStepsCode } from './steps-code.ts'
import type { TileRange } from './threads/tile-range.ts'
import type { FunctionBuilder, FunctionRef, Local } from './wasm/function.ts'
import type { ConstantPool } from './wasm/constant-pool.ts'
import { createModule, type MemoryImport, type ModuleBuilder } from './wasm/module.ts'

export interface ProgramCode {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Names of the scalar functions that the module imports. */
  readonly imports: readonly string[]
  /** What `hostStep(i)` has to run. */
  readonly hostSteps: readonly (Sort | Library)[]
  /** Bytes of workspace when so many threads take part. */
  readonly workspaceBytes: (threads: number) => number
  /** Entries of the table: the buffers, the workspace, the steps, those of one kernel at a time. */
  readonly tableEntries: number
  /** What `run` calls: the caller puts it into memory, and its address into the table. */
  readonly steps: Uint32Array
  /** Arguments that kernels may find packed. */
  readonly kept: readonly Kept[]
  /** Kernels in generated code. */
  readonly compiled: number
  /** How the kernels of generated code are cut for threads. */
  readonly splits: ReadonlyMap<Kernel, SplitReport>
}

export interface EmitOptions {
  readonly profile: EngineProfile
  readonly memory: MemoryImport
  readonly constants?: ConstantPool
  /** Kernels that take fewer nanoseconds than this stay whole. */
  readonly leastSplit?: number
  /** Present where the host is told when a kernel has ended: by its number, and −1 at first. */
  readonly numberOf?: (kernel: Kernel) => number
  readonly kept?: readonly Kept[]
}

/** Name of the import that runs a kernel on the host. */
export const hostStepImport = 'hostStep'

/** Name of the import that is told which kernel has ended. */
export const endedImport = 'ended'

interface Emission {
  readonly f: FunctionBuilder
  readonly table: Local
  /** Emits the calls of kernels that are waiting. */
  readonly flush: () => void
  /** Calls a kernel's own code, at the latest at the next flush. */
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
    if (k._tag === 'loop' || k._tag === 'branch') e.flush()
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
  e.flush()
}

/**
 * Maps in sequence share no loops, so each has a function, which equal ones have in common. Maps
 * over common axes, and a product and what is done to its sums, are taken apart only to be cut,
 * since the first must end everywhere before the next begins.
 */
const piecesOf = (kernel: CodeKernel, isCut: boolean): readonly CodeKernel[] => {
  if (kernel._tag === 'contraction' || kernel._tag === 'convolution')
    return isCut ? productPieces(kernel) : [kernel]
  if (kernel._tag !== 'nest' || kernel.stages.some((s) => s._tag !== 'map')) return [kernel]
  const isSequence =
    kernel.axes.length === 0 || (isCut && kernel.stages.every((s) => s.extents.length === 0))
  return isSequence ? kernel.stages.map((s) => ({ ...kernel, stages: [s] })) : [kernel]
}

/** Made when it is first asked for. */
const lazily = <T>(make: () => T): { readonly get: () => T; readonly made: () => T | null } => {
  let value: T | null = null
  return { get: () => (value ??= make()), made: () => value }
}

const workspaceOf = (profile: EngineProfile, k: CodeKernel): number =>
  k._tag === 'scatter'
    ? 0
    : aligned(k._tag === 'nest' ? nestWorkspace(k) : productWorkspace(profile, k))

/** The buffers of a kernel that copies one as it lies, or null. */
const copiedBy = (kernel: CodeKernel): { readonly from: number; readonly to: number } | null => {
  if (kernel._tag !== 'nest' || kernel.stages.length !== 1) return null
  const [stage] = kernel.stages
  if (stage._tag !== 'map' || stage.stores.length !== 1) return null
  const [{ buffer, index, base, value }] = stage.stores
  return base === null &&
    value._tag === 'load' &&
    value.base === null &&
    sameAffine(value.index, index)
    ? { from: value.buffer, to: buffer }
    : null
}

/** Emits `body`; a copy is left out at run time where its result lies where its operand lies. */
const unlessInPlace = (
  f: FunctionBuilder,
  table: Local,
  kernel: CodeKernel,
  body: () => void
): void => {
  const copied = copiedBy(kernel)
  if (copied === null) return body()
  f.get(table).memory('i32.load', 4 * copied.from)
  f.get(table).memory('i32.load', 4 * copied.to)
  f.op('i32.ne').if(body)
}

/** Emits the module. */
export const emitProgram = (
  program: Program,
  { profile, memory, constants, leastSplit = defaultLeast, numberOf, kept = [] }: EmitOptions
): ProgramCode => {
  const module = createModule(memory, constants)
  const hostSteps: (Sort | Library)[] = []
  const host = (name: string): FunctionRef =>
    module.importFunction(name, { params: ['i32'], results: [] })
  const splitCode = lazily(() => createSplitCode(module))
  const splits = new Map<Kernel, SplitReport>()
  let compiled = 0
  let [whole, perThread] = [0, 0] // bytes of workspace
  const count = program.buffers.length
  const layout = { workspace: count, steps: count + 1, own: count + 2 }
  const steps = createStepsCode(module, layout)
  let tableEntries = layout.own
  const tilesOf = (kernel: CodeKernel): number => {
    const wanted = wantedTiles(kernel, leastSplit)
    if (wanted === 1 || kernel._tag === 'scatter') return 1
    return kernel._tag === 'nest'
      ? tilesOfNest({ profile }, kernel, wanted)
      : tilesOfProduct({ profile }, kernel, wanted)
  }
  const kernelFunction = (
    kernel: CodeKernel,
    { buffers }: Canonical,
    tiles: number
  ): FunctionRef =>
    tiles === 1
      ? module.define({ params: ['i32'], results: [] }, (f, table) => {
          const workspace = f.local('i32')
          if (workspaceOf(profile, kernel) > 0)
            f.get(table)
              .memory('i32.load', 4 * buffers.length)
              .set(workspace)
          unlessInPlace(f, table, kernel, () =>
            emitKernel({ f, module, profile }, table, workspace, kernel, null)
          )
        })
      : module.define(
          { params: ['i32', 'i32', 'i32', 'i32'], results: [] },
          (f, table, from, to, workspace) =>
            emitKernel({ f, module, profile }, table, workspace, kernel, {
              from,
              to,
              count: tiles
            })
        )
  /** A kernel as `(table) → ()`: all of it, by as many threads as take part. */
  const wholeKernel = (
    kernel: CodeKernel,
    shape: Canonical
  ): { readonly code: FunctionRef; readonly report: SplitReport } => {
    const tiles = tilesOf(kernel)
    const code = kernelFunction(kernel, shape, tiles)
    const workspaceBytes = workspaceOf(profile, kernel)
    whole = Math.max(whole, workspaceBytes)
    if (tiles === 1) {
      const isSmall = wantedTiles(kernel, leastSplit) === 1
      return { code, report: { tiles, reason: isSmall ? 'small' : 'serial' } }
    }
    const workspaceEntry = shape.buffers.length
    const alone = (f: FunctionBuilder, table: Local): void => {
      f.get(table).i32(0).i32(tiles)
      f.get(table)
        .memory('i32.load', 4 * workspaceEntry)
        .call(code)
    }
    const define = (emit: (f: FunctionBuilder, table: Local) => void): FunctionRef =>
      module.define({ params: ['i32'], results: [] }, (f, table) =>
        unlessInPlace(f, table, kernel, () => emit(f, table))
      )
    // Workers have no functions of the host.
    if (memory.shared !== true || module.callsHost(code)) {
      const reason = memory.shared === true ? 'host function' : 'serial'
      return { code: define(alone), report: { tiles: 1, reason } }
    }
    perThread = Math.max(perThread, workspaceBytes)
    const { dispatch, add } = splitCode.get()
    const id = add({ code, tiles, workspaceEntry, workspaceBytes })
    const shared = define((f, table) => {
      f.i32(0).memory('i32.load', control.active)
      f.if(
        () => f.i32(id).get(table).i32(tiles).call(dispatch),
        () => alone(f, table)
      )
    })
    return { code: shared, report: { tiles, reason: 'split' } }
  }
  const wholeKernels = new Map<string, ReturnType<typeof wholeKernel>>()
  const callKernel = (kernel: CodeKernel): SplitReport => {
    const shape = canonical(kernel)
    const { key, buffers } = shape
    // With buffers numbered as its own table has them, the same for all kernels of one key.
    const made = wholeKernels.get(key) ?? wholeKernel(renumbered(kernel, buffers), shape)
    wholeKernels.set(key, made)
    steps.add(made.code, [...buffers, layout.workspace])
    tableEntries = Math.max(tableEntries, layout.own + buffers.length + 1)
    return made.report
  }
  const run = module.define({ params: ['i32'], results: [] }, (f, table) => {
    const flush = (): void => steps.flush(f, table)
    const tell = (name: string, number: number): void => {
      flush()
      f.i32(number).call(host(name))
    }
    const leaf: Emission['leaf'] = (kernel) => {
      if (kernel._tag === 'sort' || kernel._tag === 'library')
        return tell(hostStepImport, hostSteps.push(kernel) - 1)
      compiled++
      const parts = piecesOf(kernel, wantedTiles(kernel, leastSplit) > 1).map(callKernel)
      splits.set(
        kernel,
        parts.reduce((a, b) => (b.tiles > a.tiles ? b : a))
      )
    }
    const told: Emission['leaf'] = (kernel) => {
      leaf(kernel)
      if (numberOf !== undefined) tell(endedImport, numberOf(kernel))
    }
    if (numberOf !== undefined) tell(endedImport, -1)
    emitList({ f, table, flush, leaf: told }, program.kernels)
  })
  steps.finish()
  module.export('run', run)
  for (const { emit } of kept) emit(module)
  splitCode.made()?.finish()
  const bytes = module.build()
  return {
    bytes,
    imports: module.imports(),
    hostSteps,
    workspaceBytes: (threads) => Math.max(whole, perThread * threads),
    tableEntries,
    steps: steps.words(),
    kept,
    compiled,
    splits
  }
}

const emitKernel = (
  c: {
    readonly f: FunctionBuilder
    readonly module: ModuleBuilder
    readonly profile: EngineProfile
  },
  table: Local,
  workspace: Local,
  kernel: CodeKernel,
  range: TileRange | null
): void => {
  switch (kernel._tag) {
    case 'nest':
      return emitNest(c, table, workspace, kernel, range)
    case 'scatter':
      return emitScatter(c, table, kernel)
    case 'contraction':
    case 'convolution':
      return emitProduct(c, table, workspace, kernel, range)
  }
}
