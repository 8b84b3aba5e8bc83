/**
 * What the WebAssembly engine can do, and which code shapes run best on it.
 *
 * A profile is chosen once per configuration: by the version of V8 (its optimising compilers want
 * different micro-kernels) and by asking the engine whether it accepts relaxed SIMD.
 */

import { hasEngineFlags, v8Major, withEngineFlags } from '#host'
import { createModule } from './wasm/module.ts'
import { wasm } from './wasm/runtime.ts'
import type { WasmModule } from './wasm/runtime.ts'

/** A register tile of a matrix product: `rows` × (`vectors` 128-bit vectors). */
export interface TileShape {
  readonly rows: number
  readonly vectors: number
  /** Steps of the inner dimension per turn of the loop. */
  readonly unroll: number
}

export interface EngineProfile {
  /** V8's optimising compiler for WebAssembly; other engines take `turboshaft` shapes. */
  readonly compiler: 'turbofan' | 'turboshaft'
  /** a·b + c may be fused (rounded once): faster, and not the same bits on every machine. */
  readonly fusedMultiplyAdd: boolean
  readonly tile: TileShape
  /** Vectors that elementwise code processes side by side. */
  readonly interleave: number
  /** V8 flags set while a module is compiled. */
  readonly flags: readonly string[]
}

export interface EngineOptions {
  /** Same bits on every machine: no fused multiply-add. */
  readonly deterministic?: boolean
  /** Whether V8's flags may be set round a compile; with false, Node 20 has no relaxed SIMD. */
  readonly engineFlags?: boolean
}

/** On Node 20, relaxed SIMD is behind this flag; Node 22 has it always. */
const RELAXED_SIMD = '--experimental-wasm-relaxed-simd'

/** Whether the engine accepts `f32x4.relaxed_madd`. */
const acceptsRelaxedMadd = (): boolean => {
  const module = createModule({ initial: 0 })
  module.define({ params: [], results: ['v128'] }, (f) =>
    f.f32x4(0).f32x4(0).f32x4(0).op('f32x4.relaxed_madd')
  )
  return wasm.validate(module.build())
}

/**
 * Tiles that were measured fastest. TurboFan spills when more than about 15 vectors are live
 * (rows·vectors + rows + vectors); Turboshaft hides loads behind an unrolled loop, and without
 * fusing needs one more register for the product.
 */
const tileFor = (compiler: EngineProfile['compiler'], fused: boolean): TileShape => {
  if (compiler === 'turbofan') return { rows: 4, vectors: 2, unroll: 1 }
  return { rows: fused ? 6 : 5, vectors: 2, unroll: 4 }
}

/**
 * The profile of this engine.
 *
 * V8 compiles WebAssembly with Turboshaft from version 13 (Node 24, Chrome 130).
 */
export const detectProfile = ({
  deterministic = false,
  engineFlags = true
}: EngineOptions = {}): EngineProfile => {
  const major = v8Major()
  const compiler = major > 0 && major < 13 ? 'turbofan' : 'turboshaft'
  const needsFlag = engineFlags && hasEngineFlags() && major > 0 && major < 12
  const relaxedFlags = needsFlag ? [RELAXED_SIMD] : []
  const fused = !deterministic && withEngineFlags(relaxedFlags, acceptsRelaxedMadd)
  return {
    compiler,
    fusedMultiplyAdd: fused,
    tile: tileFor(compiler, fused),
    interleave: 4,
    flags: fused ? relaxedFlags : []
  }
}

/** Flags that make V8 optimise a module at once, not after it has run for a while. */
const OPTIMISE_NOW = ['--no-liftoff', '--no-wasm-lazy-compilation']

/**
 * Compiles a module for `profile`.
 *
 * With `optimised` V8 skips its baseline compiler: the compile takes some 0.3 ms per small kernel
 * longer and the first call already runs at full speed. Without engine flags it has no effect.
 */
export const compileModule = (
  bytes: Uint8Array<ArrayBuffer>,
  profile: EngineProfile,
  { optimised = false, engineFlags = true }: { optimised?: boolean; engineFlags?: boolean } = {}
): WasmModule =>
  withEngineFlags(
    [...profile.flags, ...(optimised && engineFlags ? OPTIMISE_NOW : [])],
    () => new wasm.Module(bytes)
  )
