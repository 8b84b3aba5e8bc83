/**
 * The parts of WebAssembly's JavaScript interface that the backend uses.
 *
 * TypeScript declares them in its DOM library only, which a library for Node must not ask for.
 */

export interface WasmMemory {
  readonly buffer: ArrayBufferLike
  readonly grow: (pages: number) => number
}

/** A compiled module; opaque. */
export interface WasmModule {
  readonly _tag?: 'WasmModule'
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, WasmFunction>>
}

/** An exported or imported function over numbers; i64 values are bigint. */
export type WasmFunction = (...values: number[]) => number

export interface WasmImports {
  readonly env: Readonly<Record<string, WasmMemory | WasmFunction>>
}

interface WebAssemblyApi {
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance
  readonly Memory: new (limits: {
    readonly initial: number
    readonly maximum?: number
    readonly shared?: boolean
  }) => WasmMemory
}

/** The global `WebAssembly`. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly
