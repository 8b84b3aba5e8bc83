/** Compiled modules by content, the least recently used ones dropped beyond a bound. */
import type { WasmModule } from '../wasm/runtime.ts'

export interface ModuleCache {
  /** The module of these bytes, compiled when it is not kept. */
  readonly get: (bytes: Uint8Array, compile: () => WasmModule) => WasmModule
  readonly size: () => number
  readonly hits: () => number
}

const decoder = new TextDecoder('latin1')

export const createModuleCache = (bound: number): ModuleCache => {
  // A Map iterates in order of insertion, so its first key is the least recently used.
  const modules = new Map<string, WasmModule>()
  let hits = 0
  return {
    get: (bytes, compile) => {
      const key = decoder.decode(bytes)
      const known = modules.get(key)
      if (known !== undefined) {
        hits++
        modules.delete(key)
        modules.set(key, known)
        return known
      }
      const module = compile()
      modules.set(key, module)
      if (modules.size > bound) {
        for (const oldest of modules.keys()) {
          modules.delete(oldest)
          break
        }
      }
      return module
    },
    size: () => modules.size,
    hits: () => hits
  }
}
