/** The CPU backend: programs as WebAssembly modules over one arena. */
import type { HostData } from '../../core/dtype.ts'
import { CotangentError, DeviceError } from '../../core/errors.ts'
import { type Kernel, noKernel, type Program } from '../../kernel/ir.ts'
import type { Backend, Executable } from '../backend.ts'
import { withEngineFlags } from '#host'
import type { Arena } from './memory/arena.ts'
import { compileModule, detectProfile, type EngineProfile } from './engine/engine.ts'
import { createExecutable } from './executable.ts'
import { operandKeeper } from './product/kept-operands.ts'
import { createMachine, type Machine, type MachineOptions } from './machine.ts'
import { createModuleCache, type ModuleCache } from './engine/module-cache.ts'
import { inPieces } from './pieces.ts'
import { emitProgram, endedImport, type ProgramCode } from './program-code.ts'
import type { Residency } from './memory/residency.ts'
import { scalarTable, type ScalarFunction } from './values/scalar-table.ts'
import type { MemoryImport } from './wasm/module.ts'
import type { Workers } from './threads/workers.ts'

export interface CpuOptions extends MachineOptions {
  readonly profile?: EngineProfile
  /** Whether the flags of the profile may be set round a compile. */
  readonly engineFlags?: boolean
  /** Compiled modules that are kept. */
  readonly maximumModules?: number
  /** Scalar functions beside the built-in ones, for `call` nodes. */
  readonly scalars?: Readonly<Record<string, ScalarFunction>>
  /** Nanoseconds of work below which a kernel is not shared among threads. */
  readonly leastSplit?: number
  /** What turns bytes into modules. */
  readonly compiler?: typeof compileModule
  /** Where programs run; one of their own when left out. */
  readonly machine?: Machine
}

/** Who is told when kernels end. */
export interface Watch {
  readonly numberOf: (kernel: Kernel) => number
  readonly ended: (number: number) => number
}

/** The backend with what `explain` and tests look at. */
export interface CpuBackend extends Backend {
  /** A program as it is, in code of its own where it is watched. */
  readonly instantiate: (
    program: Program,
    watch?: Watch
  ) => { readonly code: ProgramCode; readonly executable: ReturnType<typeof createExecutable> }
  readonly arena: Arena
  readonly residency: Residency
  readonly workers: Workers
  readonly modules: ModuleCache
  readonly profile: EngineProfile
}

const memoryImport = (arena: Arena): MemoryImport => ({
  initial: 1,
  maximum: Math.min(65536, Math.floor(arena.options.maximumBytes / 65536)),
  shared: arena.options.shared
})

/**
 * What `compile` makes. Errors: DeviceError where the engine refuses a module, because of its code
 * (CompileError, LinkError) or for want of room (RangeError).
 */
const accepted = <T>(compile: () => T): T => {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof CotangentError) throw error
    throw new DeviceError('cpu compile', {
      problem: 'the engine does not take the code of a program',
      got: `${error.name}: ${error.message}`,
      expected: 'a module that it compiles and instantiates',
      hint: 'jit smaller parts, or try config({ engineFlags: false }); what was compiled before still runs'
    })
  }
}

let loopPass = (program: Program): Program => program

/** What is done with loops before they are compiled: src/install-loops.ts says, where there are some. */
export const setLoopPass = (pass: (program: Program) => Program): void => {
  loopPass = pass
}

export const createCpuBackend = (options: CpuOptions = {}): CpuBackend => {
  const { engineFlags = true, leastSplit, compiler = compileModule } = options
  const profile = options.profile ?? detectProfile()
  const machine = options.machine ?? createMachine(options)
  const { arena, residency, workers } = machine
  const modules = createModuleCache(options.maximumModules ?? 2000)
  const scalars = { ...scalarTable, ...options.scalars }
  // TurboFan takes constants as immediates; Turboshaft rebuilds them at every use.
  const constants = profile.compiler === 'turboshaft' ? machine.constants : undefined

  const instantiate: CpuBackend['instantiate'] = (program, watch) => {
    const code = emitProgram(program, {
      profile,
      memory: memoryImport(arena),
      ...(constants && { constants }),
      ...(leastSplit !== undefined && { leastSplit }),
      ...(watch && { numberOf: watch.numberOf }),
      kept: operandKeeper().keptOf(program)
    })
    const executable = accepted(() => {
      const module = modules.get(code.bytes, () =>
        compiler(code.bytes, profile, { optimised: true, engineFlags })
      )
      return createExecutable(program, code, module, {
        ...machine,
        scalars: watch === undefined ? scalars : { ...scalars, [endedImport]: watch.ended },
        withFlags: (f) => (engineFlags ? withEngineFlags(profile.flags, f) : f())
      })
    })
    return { code, executable }
  }

  const compile = (given: Program): Executable => {
    const started = performance.now()
    const program = operandKeeper().plan(inPieces(loopPass(given), leastSplit), profile)
    const { code, executable } = instantiate(program)
    const { call, peakBytes, places } = executable
    return {
      call,
      run: (inputs) => call(inputs).map((v): HostData => ('_tag' in v ? v.host() : v)),
      report: {
        backend: 'cpu',
        program,
        places,
        splits: code.splits,
        threads: workers.statistics,
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
    instantiate,
    arena,
    residency,
    workers,
    modules,
    profile
  }
}
