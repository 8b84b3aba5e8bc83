/** The CPU backend: programs as WebAssembly modules over one arena. */
import type { HostData } from '../../core/dtype.ts'
import type { Program } from '../../kernel/ir.ts'
import type { Backend, Executable } from '../backend.ts'
import { aligned, type Arena, createArena } from './arena.ts'
import { planBuffers } from './buffer-plan.ts'
import { compileModule, detectProfile, type EngineProfile } from './engine.ts'
import { runHostStep, viewAt } from './host-steps.ts'
import { createModuleCache, type ModuleCache } from './module-cache.ts'
import { emitProgram, hostStepImport } from './program-code.ts'
import { scalarTable, type ScalarFunction } from './scalar-table.ts'
import type { MemoryImport } from './wasm/module.ts'
import { wasm, type WasmFunction } from './wasm/runtime.ts'

export interface CpuOptions {
  readonly profile?: EngineProfile
  /** Bound of the memory in bytes. */
  readonly maximumBytes?: number
  /** Compiled modules that are kept. */
  readonly maximumModules?: number
  /** Scalar functions beside the built-in ones, for `call` nodes. */
  readonly scalars?: Readonly<Record<string, ScalarFunction>>
}

/** The backend with what `explain` and tests look at. */
export interface CpuBackend extends Backend {
  readonly arena: Arena
  readonly modules: ModuleCache
  readonly profile: EngineProfile
}

const memoryImport = (arena: Arena): MemoryImport => ({
  initial: 1,
  maximum: Math.min(65536, Math.floor(arena.options.maximumBytes / 65536)),
  shared: arena.options.shared
})

export const createCpuBackend = (options: CpuOptions = {}): CpuBackend => {
  const profile = options.profile ?? detectProfile()
  const arena = createArena({ shared: false, maximumBytes: options.maximumBytes ?? 2 ** 32 })
  const modules = createModuleCache(options.maximumModules ?? 2000)
  const scalars = { ...scalarTable, ...options.scalars }

  const compile = (program: Program): Executable => {
    const started = performance.now()
    const code = emitProgram(program, profile, memoryImport(arena))
    const module = modules.get(code.bytes, () => compileModule(code.bytes, profile))
    const plan = planBuffers(program)
    const tableAt = aligned(plan.bytes)
    const workspaceAt = tableAt + aligned(4 * (program.buffers.length + 1))
    const bytes = workspaceAt + aligned(code.workspaceBytes)
    const constants = program.buffers.flatMap((b) => (b.data === null ? [] : [b]))

    // Where the running call put its block; host steps look buffers up through the table.
    let base = 0
    const viewOf = (buffer: number): HostData => {
      const { memory } = arena
      const [address] = new Uint32Array(memory.buffer, base + tableAt + 4 * buffer, 1)
      return viewAt(memory.buffer, program.buffers[buffer], address)
    }
    const hostStep: WasmFunction = (step) => {
      runHostStep(code.hostSteps[step], viewOf)
      return 0
    }
    const functions = code.imports.map((name) => [
      name,
      name === hostStepImport ? hostStep : scalars[name]
    ])
    const instance = new wasm.Instance(module, {
      env: { ...Object.fromEntries(functions), memory: arena.memory }
    })
    const { run } = instance.exports

    const call = (inputs: readonly HostData[]): readonly HostData[] => {
      const outer = base
      base = arena.allocate(bytes)
      try {
        const table = new Uint32Array(
          arena.memory.buffer,
          base + tableAt,
          program.buffers.length + 1
        )
        plan.offsets.forEach((offset, i) => (table[i] = base + offset))
        table[program.buffers.length] = base + workspaceAt
        program.inputs.forEach((id, i) => viewOf(id).set(inputs[i]))
        for (const { id, data } of constants) if (data !== null) viewOf(id).set(data)
        run(base + tableAt)
        return program.outputs.map((id) => viewOf(id).slice())
      } finally {
        arena.free(base)
        base = outer
      }
    }
    return {
      run: call,
      report: {
        backend: 'cpu',
        peakBytes: bytes,
        codeBytes: code.bytes.length,
        compiled: code.compiled,
        host: code.hostSteps.length,
        compileMilliseconds: performance.now() - started
      }
    }
  }

  return {
    name: 'cpu',
    supports: () => ({ _tag: 'Right', right: undefined }),
    compile,
    arena,
    modules,
    profile
  }
}
