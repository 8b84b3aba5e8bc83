/**
 * Convolutions as packed products, where their code has been loaded: src/install-convolutions.ts
 * does, which comes with the primitive. Programs without convolutions do without it.
 */
import { DeviceError } from '../../../core/errors.ts'
import type { Convolution, Kernel } from '../../../kernel/ir.ts'
import type { LaneTarget } from '../values/elementary/lanes.ts'
import type { EngineProfile } from '../engine/engine.ts'
import { floatType } from './product-operands.ts'
import type { Finishing } from './product-finish.ts'
import type { Allocate } from '../threads/split-program.ts'
import type { Cut, TileRange } from '../threads/tile-range.ts'
import type { FloatType } from '../values/vector.ts'
import type { Local } from '../wasm/function.ts'

export interface PackedConvolutions {
  readonly cut: (k: Convolution, dtype: FloatType) => Cut
  /** Bytes of workspace. */
  readonly bytes: (k: Convolution, dtype: FloatType, profile: EngineProfile) => number
  readonly emit: (
    c: LaneTarget,
    table: Local,
    workspace: Local,
    k: Convolution,
    dtype: FloatType,
    range: TileRange | null
  ) => void
  /** What of the epilogue does not happen on the way. */
  readonly leftToFinish: (k: Convolution) => Finishing | null
  /** The convolution, or what computes it faster; `isLong`: whether one is worth other kernels. */
  readonly replace: (
    k: Convolution,
    isLong: (k: Convolution) => boolean,
    allocate: Allocate
  ) => readonly Kernel[]
}

let installed: PackedConvolutions | null = null

export const setPackedConvolutions = (c: PackedConvolutions): void => {
  installed = c
}

/** What computes this convolution as packed products; null for types that run as a nest. */
export const packedFor = (k: Convolution): PackedConvolutions | null => {
  if (floatType(k.dtype) === null) return null
  if (installed !== null) return installed
  throw new DeviceError('cpu', {
    problem: 'the code for convolutions was not loaded',
    got: `a convolution of ${k.dtype}`,
    expected: 'install-convolutions, which the primitive loads',
    hint: 'the bundler dropped a file that package.json lists under sideEffects: have it read that list'
  })
}
