/** Names of the instructions of a 128-bit vector of floats, so that code is emitted for either width. */

import type { EngineProfile } from '../engine/engine.ts'
import type { FunctionBuilder, Local } from '../wasm/function.ts'
import type { LaneMemoryInstruction, MemoryInstruction } from '../wasm/opcodes.ts'

/** dtypes whose arithmetic runs in vectors of floats. */
export type FloatType = 'float32' | 'float64'

export interface VectorType {
  readonly scalar: 'f32' | 'f64'
  readonly shape: 'f32x4' | 'f64x2'
  readonly lanes: number
  /** Bytes of one element, and their logarithm. */
  readonly bytes: 4 | 8
  readonly shift: number
  readonly load: MemoryInstruction
  readonly store: MemoryInstruction
  readonly loadSplat: MemoryInstruction
  readonly storeLane: LaneMemoryInstruction
}

export const VECTOR: Readonly<Record<FloatType, VectorType>> = {
  float32: {
    scalar: 'f32',
    shape: 'f32x4',
    lanes: 4,
    bytes: 4,
    shift: 2,
    load: 'f32.load',
    store: 'f32.store',
    loadSplat: 'v128.load32_splat',
    storeLane: 'v128.store32_lane'
  },
  float64: {
    scalar: 'f64',
    shape: 'f64x2',
    lanes: 2,
    bytes: 8,
    shift: 3,
    load: 'f64.load',
    store: 'f64.store',
    loadSplat: 'v128.load64_splat',
    storeLane: 'v128.store64_lane'
  }
}

/** sum ← a·b + sum, fused where the profile allows it. */
export const multiplyAdd = (
  f: FunctionBuilder,
  { shape }: VectorType,
  { fusedMultiplyAdd }: EngineProfile,
  a: Local,
  b: Local,
  sum: Local
): void => {
  if (fusedMultiplyAdd) f.get(a).get(b).get(sum).op(`${shape}.relaxed_madd`).set(sum)
  else f.get(sum).get(a).get(b).op(`${shape}.mul`).op(`${shape}.add`).set(sum)
}
