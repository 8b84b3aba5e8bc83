/**
 * Convolutions as packed products, where their code has been loaded: src/install-convolutions.ts
 * does, which comes with the primitive. Programs without convolutions do without it, and a
 * convolution without it would run as a nest.
 */
import type { Convolution, Kernel } from '../../kernel/ir.ts'
import type { LaneTarget } from './elementary/lanes.ts'
import type { EngineProfile } from './engine.ts'
import { floatType } from './product-operands.ts'
import type { Finishing } from './product-finish.ts'
import type { Allocate } from './split-program.ts'
import type { Cut, TileRange } from './tile-range.ts'
import type { FloatType } from './vector.ts'
import type { Local } from './wasm/function.ts'

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
  /** Parts into which the sums should fall. */
  readonly parts: (k: Convolution) => number
  readonly split: (k: Convolution, parts: number, allocate: Allocate) => readonly Kernel[]
}

let installed: PackedConvolutions | null = null

export const setPackedConvolutions = (c: PackedConvolutions): void => {
  installed = c
}

/** What computes this convolution as packed products; null where it runs as a nest. */
export const packedFor = (k: Convolution): PackedConvolutions | null =>
  floatType(k.dtype) === null ? null : installed
