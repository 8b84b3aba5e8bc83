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
import type { Kernel, Library, Loop, Nest, Program, Sort } from '../../kernel/ir.ts'
import type { SplitReport } from '../backend.ts'
import type { EngineProfile } from './engine.ts'
import { kernelTime } from './kernel-time.ts'
import { emitNest, leastUnits, tilesOfNest } from './nest.ts'
import { emitProduct, productPieces, productWorkspace, tilesOfProduct } from './product-code.ts'
import { emitScatter } from './scatter-code.ts'
import { createSplitCode } from './split-code.ts'
import { partsOfConvolution, splitConvolution } from './split-convolution.ts'
import { splitKernels } from './split-program.ts'
import { splitNest } from './split-reduction.ts'
import { control } from './thread-control.ts'
import type { TileRange } from './tile-range.ts'
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
  /** Entries of the table: the buffers, the workspace, and those for one kernel at a time. */
  readonly tableEntries: number
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
}

/** Nanoseconds of work that are worth sharing. */
const defaultLeast = 150_000

/** Nanoseconds of a tile: long beside what it costs to claim one, short beside a kernel. */
const tileTime = 50_000

/** Enough for many threads to end at about the same time. */
const mostTiles = 64

/** Good numbers of tiles for a kernel; 1 below the least time that is worth cutting. */
const wantedTiles = (kernel: CodeKernel, least: number): number => {
  const time = kernelTime(kernel)
  if (time < least) return 1
  return Math.min(mostTiles, Math.max(4, Math.round(time / tileTime)))
}

/** Tiles that a kernel should at least fall into, to keep a few threads busy to the end. */
const leastTiles = 8

/** Pieces in which the reductions of a nest have to be computed for threads to share it; 1: as it is. */
const piecesOfNest = (nest: Nest, leastSplit: number): number => {
  const wanted = wantedTiles(nest, leastSplit)
  if (wanted === 1 || nest.axes.includes(0)) return 1
  if (leastUnits(nest) >= Math.min(wanted, leastTiles)) return 1
  const points = nest.axes.reduce((n, d) => n * d, 1)
  const longest = Math.max(...nest.stages.flatMap((s) => s.extents), 0)
  const pieces = Math.min(Math.ceil(wanted / points), Math.floor(longest / 4))
  return nest.stages.some((s) => s._tag === 'scan') ? 1 : Math.max(1, pieces)
}

/** The program with long sums of few results in pieces that can be computed side by side. */
export const inPieces = (program: Program, leastSplit = defaultLeast): Program =>
  splitKernels(program, (k, allocate) => {
    if (k._tag === 'nest') return splitNest(k, piecesOfNest(k, leastSplit), allocate)
    if (k._tag !== 'convolution' || wantedTiles(k, leastSplit) === 1) return [k]
    const parts = partsOfConvolution(k)
    return parts > 1 ? splitConvolution(k, parts, allocate) : [k]
  })

/** Name of the import that runs a kernel on the host. */
export const hostStepImport = 'hostStep'

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

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64

const workspaceOf = (profile: EngineProfile, k: CodeKernel): number =>
  k._tag === 'contraction' || k._tag === 'convolution' ? roundUp(productWorkspace(profile, k)) : 0

/** Emits the module. */
export const emitProgram = (
  program: Program,
  { profile, memory, constants, leastSplit = defaultLeast }: EmitOptions
): ProgramCode => {
  const module = createModule(memory, constants)
  const hostSteps: (Sort | Library)[] = []
  const host = (): FunctionRef =>
    module.importFunction(hostStepImport, { params: ['i32'], results: [] })
  const splitCode = lazily(() => createSplitCode(module))
  const splits = new Map<Kernel, SplitReport>()
  const tilesByKey = new Map<string, number>()
  let compiled = 0
  let [whole, perThread] = [0, 0] // bytes of workspace
  const own = program.buffers.length + 1
  let tableEntries = own
  /** By key: the kernel with buffers of its own, the same for all that share its code. */
  const renamed = new Map<string, CodeKernel>()
  const renamedOf = (kernel: CodeKernel, { key, buffers }: Canonical): CodeKernel => {
    const known = renamed.get(key)
    if (known !== undefined) return known
    const own = renumbered(kernel, buffers)
    renamed.set(key, own)
    return own
  }
  const tilesOf = (kernel: CodeKernel, key: string): number => {
    const known = tilesByKey.get(key)
    if (known !== undefined) return known
    const wanted = wantedTiles(kernel, leastSplit)
    const tiles =
      wanted === 1 || kernel._tag === 'scatter'
        ? 1
        : kernel._tag === 'nest'
          ? tilesOfNest({ profile }, kernel, wanted)
          : tilesOfProduct({ profile }, kernel, wanted)
    tilesByKey.set(key, tiles)
    return tiles
  }
  const kernelFunction = (
    kernel: CodeKernel,
    { key, buffers }: Canonical,
    tiles: number
  ): FunctionRef =>
    module.shared(key, () =>
      tiles === 1
        ? module.define({ params: ['i32'], results: [] }, (f, table) => {
            const workspace = f.local('i32')
            if (workspaceOf(profile, kernel) > 0)
              f.get(table)
                .memory('i32.load', 4 * buffers.length)
                .set(workspace)
            emitKernel({ f, module, profile }, table, workspace, kernel, null)
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
    )
  const run = module.define({ params: ['i32'], results: [] }, (f, table) => {
    const entry = (to: number, from: number): void => {
      f.get(table)
        .get(table)
        .memory('i32.load', 4 * from)
        .memory('i32.store', 4 * (own + to))
    }
    const pushTable = (): FunctionBuilder =>
      f
        .get(table)
        .i32(4 * own)
        .op('i32.add')
    const callKernel = (kernel: CodeKernel): SplitReport => {
      const shape = canonical(kernel)
      const workspaceEntry = shape.buffers.length
      shape.buffers.forEach((buffer, i) => entry(i, buffer))
      entry(workspaceEntry, program.buffers.length)
      tableEntries = Math.max(tableEntries, own + workspaceEntry + 1)
      const alike = renamedOf(kernel, shape)
      const tiles = tilesOf(alike, shape.key)
      const code = kernelFunction(alike, shape, tiles)
      const workspaceBytes = workspaceOf(profile, kernel)
      whole = Math.max(whole, workspaceBytes)
      if (tiles === 1) {
        pushTable().call(code)
        const isSmall = wantedTiles(kernel, leastSplit) === 1
        return { tiles, reason: isSmall ? 'small' : 'serial' }
      }
      const alone = (): void => {
        pushTable().i32(0).i32(tiles)
        pushTable()
          .memory('i32.load', 4 * workspaceEntry)
          .call(code)
      }
      // Workers have no functions of the host.
      if (memory.shared !== true || module.callsHost(code)) {
        alone()
        return { tiles: 1, reason: memory.shared === true ? 'host function' : 'serial' }
      }
      perThread = Math.max(perThread, workspaceBytes)
      const { dispatch, add } = splitCode.get()
      const id = add({ code, tiles, workspaceEntry, workspaceBytes })
      f.i32(0).memory('i32.load', control.active)
      f.if(() => {
        f.i32(id)
        pushTable().i32(tiles).call(dispatch)
      }, alone)
      return { tiles, reason: 'split' }
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
        const parts = piecesOf(kernel, wantedTiles(kernel, leastSplit) > 1).map(callKernel)
        splits.set(
          kernel,
          parts.reduce((a, b) => (b.tiles > a.tiles ? b : a))
        )
      }
    }
    emitList(emission, program.kernels)
  })
  module.export('run', run)
  splitCode.made()?.finish()
  const bytes = module.build()
  return {
    bytes,
    imports: module.imports(),
    hostSteps,
    workspaceBytes: (threads) => Math.max(whole, perThread * threads),
    tableEntries,
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
      return emitNest(c, table, kernel, range)
    case 'scatter':
      return emitScatter(c, table, kernel)
    case 'contraction':
    case 'convolution':
      return emitProduct(c, table, workspace, kernel, range)
  }
}
