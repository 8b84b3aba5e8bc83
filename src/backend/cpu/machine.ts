/** What programs share: one memory, the arrays that stay in it, and the threads that work on it. */
import { watchGarbage } from '#host'
import { type Arena, createArena } from './memory/arena.ts'
import { createResidency, type Residency } from './memory/residency.ts'
import { createScratch, type Scratch } from './memory/scratch.ts'
import { type ConstantPool, createConstantPool } from './wasm/constant-pool.ts'
import { createWorkers, type Workers, type WorkersOptions } from './threads/workers.ts'

export interface MachineOptions {
  /** Bound of the memory in bytes. */
  readonly maximumBytes?: number
  /** A lower bound, asked for when the memory grows. */
  readonly limit?: () => number
  /** Bytes of arrays that stay in the memory between calls; more where one call needs more. */
  readonly residentBytes?: () => number
  /** Whether threads may share the memory, where the engine lets them. */
  readonly shared?: boolean
  readonly workers?: WorkersOptions
  /** Whether the engine's collector may be asked for, to find results that nobody holds. */
  readonly mayCollect?: () => boolean
}

export interface Machine {
  readonly arena: Arena
  readonly residency: Residency
  readonly scratch: Scratch
  readonly workers: Workers
  readonly constants: ConstantPool
}

const poolBytes = 65536

export const createMachine = ({
  maximumBytes = 2 ** 32,
  limit = () => Infinity,
  residentBytes = () => 2 ** 28,
  shared = true,
  workers,
  mayCollect = () => true
}: MachineOptions = {}): Machine => {
  const arena = createArena({ shared, maximumBytes, limit })
  return {
    arena,
    residency: createResidency(arena, residentBytes, watchGarbage(mayCollect)),
    scratch: createScratch(arena),
    workers: createWorkers(arena, workers),
    constants: createConstantPool(arena.memory, arena.allocate(poolBytes), poolBytes)
  }
}
