/**
 * The part of a module that shares a kernel's tiles among threads: `dispatch`, which the main
 * thread calls, and the export `work`, in which workers look for tiles. Neither enters JavaScript
 * while there is work.
 */
import { control } from './thread-control.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Name of the import that waits: it returns when tiles were finished, and throws when none are. */
export const stallImport = 'stall'

/**
 * Looks at a word before a thread stops looking: about a millisecond. Programs have kernels that
 * stay whole between those that are cut; a thread that slept through them would have to be woken,
 * which takes longer than many a kernel.
 */
const spins = 400_000

/** A kernel whose code takes `(table, from, to, workspace)`. */
export interface SplitKernel {
  readonly code: FunctionRef
  readonly tiles: number
  /** Entry of the kernel's table with the address of the workspace; its bytes per thread. */
  readonly workspaceEntry: number
  readonly workspaceBytes: number
}

export interface SplitCode {
  /** `(kernel, table) → ()`: all tiles of the kernel, by all threads that take part. */
  readonly dispatch: FunctionRef
  /** Number of the kernel, which further calls of the same code share. */
  readonly add: (kernel: SplitKernel) => number
  /** Emits what could not be known before the last kernel was added. */
  readonly finish: () => void
}

const atomicLoad = (f: FunctionBuilder, address: number): FunctionBuilder =>
  f.i32(0).memory('i32.atomic.load', address)

const pushNext = (f: FunctionBuilder, address: number): FunctionBuilder =>
  f.i32(0).i32(1).memory('i32.atomic.rmw.add', address)

export const createSplitCode = (module: ModuleBuilder): SplitCode => {
  const kernels: SplitKernel[] = []
  const stall = module.importFunction(stallImport, { params: [], results: [] })
  const tile = module.declare({ params: ['i32', 'i32', 'i32', 'i32'], results: [] })

  /** Lowers the claim from `claim` by one; leaves whether that was ours to do. */
  const pushClaimed = (f: FunctionBuilder, claim: Local): FunctionBuilder =>
    f
      .i32(0)
      .get(claim)
      .get(claim)
      .i64(1n)
      .op('i64.sub')
      .memory('i64.atomic.rmw.cmpxchg', control.claim)
      .get(claim)
      .op('i64.eq')

  /** Reads the claim; leaves how many tiles nobody has taken. */
  const pushLeft = (f: FunctionBuilder, claim: Local): FunctionBuilder =>
    f.i32(0).memory('i64.atomic.load', control.claim).tee(claim).op('i32.wrap_i64')

  const publish = (f: FunctionBuilder, kernel: Local, table: Local, tiles: Local): void => {
    const epoch = f.local('i32')
    f.i32(0).get(kernel).memory('i32.store', control.kernel)
    f.i32(0).get(table).memory('i32.store', control.table)
    f.i32(0).get(tiles).memory('i32.store', control.tiles)
    f.i32(0).i32(0).memory('i32.atomic.store', control.done)
    atomicLoad(f, control.epoch).i32(1).op('i32.add').set(epoch)
    f.i32(0).get(epoch).op('i64.extend_i32_u').i64(32n).op('i64.shl')
    f.get(tiles).op('i64.extend_i32_u').op('i64.or').memory('i64.atomic.store', control.claim)
    f.i32(0).get(epoch).memory('i32.atomic.store', control.epoch)
    atomicLoad(f, control.sleepers)
    f.if(() => f.i32(0).i32(-1).memory('memory.atomic.notify', control.epoch).op('drop'))
  }

  const dispatch = module.define(
    { params: ['i32', 'i32', 'i32'], results: [] },
    (f, kernel, table, tiles) => {
      const claim = f.local('i64')
      const [left, turns] = f.locals('i32', 2)
      pushNext(f, control.kernels).op('drop')
      publish(f, kernel, table, tiles)
      f.while(
        () => pushLeft(f, claim).tee(left),
        () => {
          pushClaimed(f, claim)
          f.if(() => {
            f.get(kernel).get(table).get(tiles).get(left).op('i32.sub').i32(0).call(tile)
            pushNext(f, control.done).op('drop')
          })
        }
      )
      f.while(
        () => atomicLoad(f, control.done).get(tiles).op('i32.ne'),
        () => {
          f.get(turns).i32(spins).op('i32.ge_u')
          f.if(
            () => f.call(stall),
            () => f.increment(turns, 1)
          )
        }
      )
      atomicLoad(f, control.failed)
      f.if(() => f.call(stall))
    }
  )

  /** `(thread, program, request)`: tiles of this program, until there are none for some time. */
  const work = module.define(
    { params: ['i32', 'i32', 'i32'], results: [] },
    (f, thread, program, request) => {
      const claim = f.local('i64')
      const [left, turns] = f.locals('i32', 2)
      f.block((end) =>
        f.loop((again) => {
          pushLeft(f, claim).tee(left).op('i32.eqz')
          f.if(() => {
            f.increment(turns, 1)
            f.get(turns).i32(spins).op('i32.ge_u').brIf(end)
            atomicLoad(f, control.request).get(request).op('i32.ne').brIf(end)
            f.br(again)
          })
          f.i32(0).memory('i32.load', control.program).get(program).op('i32.ne').brIf(end)
          f.i32(0).memory('i32.load', control.active).get(thread).op('i32.shr_u')
          f.i32(1).op('i32.and').op('i32.eqz').brIf(end)
          pushClaimed(f, claim).op('i32.eqz').brIf(again)
          f.i32(0).memory('i32.load', control.kernel)
          f.i32(0).memory('i32.load', control.table)
          f.i32(0).memory('i32.load', control.tiles).get(left).op('i32.sub').get(thread).call(tile)
          pushNext(f, control.byWorkers).op('drop')
          pushNext(f, control.done).op('drop')
          atomicLoad(f, control.waiting)
          f.if(() => f.i32(0).i32(1).memory('memory.atomic.notify', control.done).op('drop'))
          f.i32(0).set(turns).br(again)
        })
      )
    }
  )
  module.export('work', work)

  return {
    dispatch,
    add: (kernel) => {
      const known = kernels.findIndex((k) => k.code === kernel.code)
      return known >= 0 ? known : kernels.push(kernel) - 1
    },
    finish: () =>
      module.implement(tile, (f, kernel, table, index, thread) => {
        const choose = (from: number, to: number): void => {
          if (to - from > 1) {
            const middle = (from + to) >> 1
            f.get(kernel).i32(middle).op('i32.lt_u')
            return void f.if(
              () => choose(from, middle),
              () => choose(middle, to)
            )
          }
          const { code, workspaceEntry, workspaceBytes } = kernels[from]
          f.get(table).get(index).get(index).i32(1).op('i32.add')
          f.get(table).memory('i32.load', 4 * workspaceEntry)
          f.get(thread).i32(workspaceBytes).op('i32.mul').op('i32.add').call(code)
        }
        if (kernels.length > 0) choose(0, kernels.length)
      })
  }
}
