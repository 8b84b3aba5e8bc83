/**
 * Builds a WebAssembly module: one imported memory, imported and defined functions, exports, data.
 *
 * Functions are values. An import may be added at any time, also while a function that calls it is
 * being emitted: indices are assigned, and calls patched, when the module is built.
 */

import type { ConstantPool } from './constant-pool.ts'
import { createFunctionBuilder } from './function.ts'
import type { FunctionBody, FunctionBuilder, FunctionRef, Local } from './function.ts'
import { VALUE_TYPE } from './opcodes.ts'
import type { ValueType } from './opcodes.ts'
import { createWriter } from './writer.ts'
import type { Writer } from './writer.ts'

/** The memory a module imports as `env.memory`; sizes are in pages of 64 KiB. */
export interface MemoryImport {
  readonly initial: number
  /** Required for a shared memory. */
  readonly maximum?: number
  readonly shared?: boolean
}

export interface Signature {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** Grows a module. `build` may be called once all functions are defined. */
export interface ModuleBuilder {
  /**
   * A function of the host, imported as `env.<name>`; asking again for the same name gives the
   * same function, so emitters need not agree on who imports it.
   */
  readonly importFunction: (name: string, signature: Signature) => FunctionRef
  /** Names of the functions that the host must supply. */
  readonly imports: () => readonly string[]
  /** Emits a function; `emit` gets one local per parameter, in order. */
  readonly define: (
    signature: Signature,
    emit: (f: FunctionBuilder, ...params: readonly Local[]) => void
  ) => FunctionRef
  /** A function whose body comes later, so that it can be called before it is emitted. */
  readonly declare: (signature: Signature) => FunctionRef
  readonly implement: (
    target: FunctionRef,
    emit: (f: FunctionBuilder, ...params: readonly Local[]) => void
  ) => void
  readonly export: (name: string, target: FunctionRef) => void
  /** Whether the function, as far as it is emitted, calls functions of the host, if only through others. */
  readonly callsHost: (target: FunctionRef) => boolean
  /** The result of `make`, made once per `key`: emitters share their subroutines through it. */
  readonly shared: (key: string, make: () => FunctionRef) => FunctionRef
  /** Constants in the imported memory, if it has a pool of them. */
  readonly constants: ConstantPool | undefined
  /** Bytes copied to `address` when the module is instantiated. */
  readonly data: (address: number, bytes: Uint8Array) => void
  readonly build: () => Uint8Array<ArrayBuffer>
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

const section = (out: Writer, id: number, emit: (section: Writer) => void): void => {
  const content = createWriter()
  emit(content)
  out.byte(id)
  out.u32(content.size())
  out.bytes(content.view())
}

const types = (out: Writer, list: readonly ValueType[]): void => {
  out.u32(list.length)
  for (const type of list) out.byte(VALUE_TYPE[type])
}

/** Locals in runs of equal type, as the format wants them; then the code and its end. */
const functionBytes = (body: FunctionBody): Writer => {
  const out = createWriter(body.code.size() + 64)
  const runs: [count: number, type: ValueType][] = []
  for (const type of body.locals) {
    const last = runs.at(-1)
    if (last?.[1] === type) last[0]++
    else runs.push([1, type])
  }
  out.u32(runs.length)
  for (const [count, type] of runs) {
    out.u32(count)
    out.byte(VALUE_TYPE[type])
  }
  out.bytes(body.code.view())
  out.byte(0x0b)
  return out
}

const memoryLimits = (out: Writer, { initial, maximum, shared = false }: MemoryImport): void => {
  out.byte((shared ? 2 : 0) | (maximum === undefined ? 0 : 1))
  out.u32(initial)
  if (maximum !== undefined) out.u32(maximum)
}

export const createModule = (memory: MemoryImport, constants?: ConstantPool): ModuleBuilder => {
  const imported = new Map<string, FunctionRef>()
  const defined: FunctionRef[] = []
  const bodies = new Map<FunctionRef, FunctionBody>()
  const exported: [name: string, target: FunctionRef][] = []
  const subroutines = new Map<string, FunctionRef>()
  const segments: [address: number, bytes: Uint8Array][] = []

  const declare = ({ params, results }: Signature): FunctionRef => {
    const target = { params, results }
    defined.push(target)
    return target
  }
  const implement: ModuleBuilder['implement'] = (target, emit) => {
    const { builder, body } = createFunctionBuilder(target.params)
    // Parameters are the first locals.
    emit(builder, ...target.params.map((_, i) => i as Local))
    bodies.set(target, body)
  }
  const once = <V>(table: Map<string, V>, key: string, make: () => V): V => {
    const found = table.get(key)
    if (found !== undefined) return found
    const made = make()
    table.set(key, made)
    return made
  }

  const callsHost = (target: FunctionRef): boolean => {
    const host = new Set(imported.values())
    const seen = new Set([target])
    for (const f of seen) {
      if (host.has(f)) return true
      bodies.get(f)?.relocations.forEach((r) => seen.add(r.target))
    }
    return false
  }

  const build = (): Uint8Array<ArrayBuffer> => {
    const functions = [...imported.values(), ...defined]
    const indexOf = new Map(functions.map((target, i) => [target, i]))
    const signatures = new Map<string, readonly [index: number, signature: Signature]>()
    const typeIndex = (target: FunctionRef): number => {
      const key = `${target.params.join()}>${target.results.join()}`
      return once(signatures, key, () => [signatures.size, target] as const)[0]
    }
    const importTypes = [...imported.values()].map(typeIndex)
    const definedTypes = defined.map(typeIndex)
    const code = defined.map((target) => {
      const body = bodies.get(target)
      if (body === undefined) throw new TypeError('wasm: a declared function has no body')
      for (const { position, target: callee } of body.relocations) {
        const index = indexOf.get(callee)
        if (index === undefined)
          throw new TypeError('wasm: a call names a function of another module')
        body.code.patchU32(position, index)
      }
      return functionBytes(body)
    })

    const out = createWriter(1024)
    out.bytes(HEADER)
    section(out, 1, (s) => {
      s.u32(signatures.size)
      for (const [, signature] of signatures.values()) {
        s.byte(0x60)
        types(s, signature.params)
        types(s, signature.results)
      }
    })
    section(out, 2, (s) => {
      s.u32(imported.size + 1)
      s.name('env')
      s.name('memory')
      s.byte(0x02)
      memoryLimits(s, memory)
      ;[...imported.keys()].forEach((name, i) => {
        s.name('env')
        s.name(name)
        s.byte(0x00)
        s.u32(importTypes[i])
      })
    })
    section(out, 3, (s) => {
      s.u32(definedTypes.length)
      for (const index of definedTypes) s.u32(index)
    })
    section(out, 7, (s) => {
      s.u32(exported.length)
      for (const [name, target] of exported) {
        s.name(name)
        s.byte(0x00)
        s.u32(indexOf.get(target) ?? 0)
      }
    })
    section(out, 10, (s) => {
      s.u32(code.length)
      for (const bytes of code) {
        s.u32(bytes.size())
        s.bytes(bytes.view())
      }
    })
    if (segments.length > 0)
      section(out, 11, (s) => {
        s.u32(segments.length)
        for (const [address, bytes] of segments) {
          s.bytes([0x00, 0x41])
          s.s32(address)
          s.byte(0x0b)
          s.u32(bytes.length)
          s.bytes(bytes)
        }
      })
    return out.view().slice()
  }

  return {
    importFunction: (name, { params, results }) =>
      once(imported, name, () => ({ params, results })),
    imports: () => [...imported.keys()],
    define: (signature, emit) => {
      const target = declare(signature)
      implement(target, emit)
      return target
    },
    declare,
    implement,
    export: (name, target) => {
      exported.push([name, target])
    },
    callsHost,
    shared: (key, make) => once(subroutines, key, make),
    constants,
    data: (address, bytes) => {
      segments.push([address, bytes])
    },
    build
  }
}
