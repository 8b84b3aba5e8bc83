/**
 * What the WebAssembly engine can do, and which code shapes run best on it.
 *
 * A profile is chosen once per configuration: by the version of V8 (its optimising compilers want
 * different micro-kernels) and by asking the engine whether it accepts relaxed SIMD.
 */

import { hasEngineFlags, revectorised, v8Major, withEngineFlags } from '#host'
import { createModule } from '../wasm/module.ts'
import { wasm } from '../wasm/runtime.ts'
import type { WasmModule } from '../wasm/runtime.ts'

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
 * Tiles that were measured fastest.
 *
 * Each of the two ports of a processor begins a multiply-add of four cycles in every cycle, so
 * eight sums would just fill them, and more hide what gets in the way. V8 has 15 registers for
 * vectors: rows·vectors sums, one row of B, an element of A in all lanes and, without fusing, a
 * product. TurboFan needs more when a loop is unrolled, as it moves loads ahead of the arithmetic;
 * Turboshaft keeps the order.
 */
const tileFor = (compiler: EngineProfile['compiler'], fused: boolean): TileShape => ({
  rows: fused ? 6 : 5,
  vectors: 2,
  unroll: compiler === 'turbofan' ? 1 : 4
})

/** Flags that make V8 optimise a module at once, not after it has run for a while. */
const OPTIMISE_NOW = ['--no-liftoff', '--no-wasm-lazy-compilation']

const compileWith = (bytes: Uint8Array<ArrayBuffer>, flags: readonly string[]): WasmModule =>
  withEngineFlags(flags, () => new wasm.Module(bytes))

/** Compiles with the flags of the profile, optimised. */
const compileNow = (bytes: Uint8Array<ArrayBuffer>, { flags }: EngineProfile): WasmModule =>
  compileWith(bytes, [...flags, ...OPTIMISE_NOW])

const detect = (deterministic: boolean, engineFlags: boolean): EngineProfile => {
  const major = v8Major()
  const compiler = major > 0 && major < 13 ? 'turbofan' : 'turboshaft'
  const flagsWork = engineFlags && hasEngineFlags()
  const relaxedFlags = flagsWork && major < 12 ? [RELAXED_SIMD] : []
  const fused = !deterministic && withEngineFlags(relaxedFlags, acceptsRelaxedMadd)
  const plain: EngineProfile = {
    compiler,
    fusedMultiplyAdd: fused,
    tile: tileFor(compiler, fused),
    interleave: compiler === 'turbofan' ? 2 : 4,
    flags: fused ? relaxedFlags : []
  }
  return flagsWork ? revectorised(plain, compileNow) : plain
}

const detected = new Map<string, EngineProfile>()

/**
 * The profile of this engine; found once per set of options, in a few milliseconds.
 *
 * V8 compiles WebAssembly with Turboshaft from version 13 (Node 24, Chrome 130).
 */
export const detectProfile = ({
  deterministic = false,
  engineFlags = true
}: EngineOptions = {}): EngineProfile => {
  const key = `${deterministic} ${engineFlags}`
  const found = detected.get(key)
  if (found !== undefined) return found
  const profile = detect(deterministic, engineFlags)
  detected.set(key, profile)
  return profile
}

/**
 * Compiles a module for `profile`.
 *
 * With `optimised` V8 skips its baseline compiler: the compile takes some 0.3 ms per small kernel
 * longer and the first call already runs at full speed. Without engine flags it has no effect.
 */
export const compileModule = (
  bytes: Uint8Array<ArrayBuffer>,
  profile: EngineProfile,
  {
    optimised = false,
    engineFlags = true
  }: { readonly optimised?: boolean; readonly engineFlags?: boolean } = {}
): WasmModule =>
  compileWith(bytes, engineFlags ? [...profile.flags, ...(optimised ? OPTIMISE_NOW : [])] : [])
