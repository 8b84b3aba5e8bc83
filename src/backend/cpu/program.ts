/** The CPU backend: programs as WebAssembly modules over one arena. */
import type { HostData } from '../../core/dtype.ts'
import { noKernel, type Program } from '../../kernel/ir.ts'
import type { Backend, Executable } from '../backend.ts'
import { type Arena, createArena } from './arena.ts'
import { compileModule, detectProfile, type EngineProfile } from './engine.ts'
import { createExecutable } from './executable.ts'
import { createModuleCache, type ModuleCache } from './module-cache.ts'
import { emitProgram } from './program-code.ts'
import { createResidency, type Residency } from './residency.ts'
import { scalarTable, type ScalarFunction } from './scalar-table.ts'
import { createConstantPool } from './wasm/constant-pool.ts'
import type { MemoryImport } from './wasm/module.ts'

export interface CpuOptions {
  readonly profile?: EngineProfile
  /** Bound of the memory in bytes. */
  readonly maximumBytes?: number
  /** Bytes of arrays that stay in the memory between calls; more where one call needs more. */
  readonly residentBytes?: number
  /** Compiled modules that are kept. */
  readonly maximumModules?: number
  /** Scalar functions beside the built-in ones, for `call` nodes. */
  readonly scalars?: Readonly<Record<string, ScalarFunction>>
}

/** The backend with what `explain` and tests look at. */
export interface CpuBackend extends Backend {
  readonly arena: Arena
  readonly residency: Residency
  readonly modules: ModuleCache
  readonly profile: EngineProfile
}

const poolBytes = 65536

const memoryImport = (arena: Arena): MemoryImport => ({
  initial: 1,
  maximum: Math.min(65536, Math.floor(arena.options.maximumBytes / 65536)),
  shared: arena.options.shared
})

export const createCpuBackend = (options: CpuOptions = {}): CpuBackend => {
  const profile = options.profile ?? detectProfile()
  const arena = createArena({ shared: false, maximumBytes: options.maximumBytes ?? 2 ** 32 })
  const residency = createResidency(arena, options.residentBytes ?? 2 ** 28)
  const modules = createModuleCache(options.maximumModules ?? 2000)
  const scalars = { ...scalarTable, ...options.scalars }
  // TurboFan takes constants as immediates; Turboshaft rebuilds them at every use.
  const constants =
    profile.compiler === 'turboshaft'
      ? createConstantPool(arena.memory, arena.allocate(poolBytes), poolBytes)
      : undefined

  const compile = (program: Program): Executable => {
    const started = performance.now()
    const code = emitProgram(program, profile, memoryImport(arena), constants)
    const module = modules.get(code.bytes, () =>
      compileModule(code.bytes, profile, { optimised: true })
    )
    const { call, peakBytes } = createExecutable(program, code, module, {
      arena,
      residency,
      scalars
    })
    return {
      call,
      run: (inputs) => call(inputs).map((v): HostData => ('_tag' in v ? v.host() : v)),
      report: {
        backend: 'cpu',
        peakBytes,
        codeBytes: code.bytes.length,
        compiled: code.compiled,
        host: code.hostSteps.length,
        compileMilliseconds: performance.now() - started
      }
    }
  }

  return {
    name: 'cpu',
    supports: (kernel) =>
      kernel._tag === 'library' && kernel.reason === null
        ? { _tag: 'Left', left: noKernel }
        : { _tag: 'Right', right: undefined },
    compile,
    arena,
    residency,
    modules,
    profile
  }
}
