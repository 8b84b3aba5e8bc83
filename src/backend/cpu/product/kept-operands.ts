/**
 * Operands that a program finds in the form in which its products read them, since it was called
 * with the same array before. src/install-kept-weights.ts gives the code that sees to it.
 */
import type { Buffer, Program } from '../../../kernel/ir.ts'
import type { EngineProfile } from '../engine/engine.ts'
import type { Cell, Residency } from '../memory/residency.ts'
import type { ModuleBuilder } from '../wasm/module.ts'
import type { WasmFunction } from '../wasm/runtime.ts'

/** An argument that one or more products read in packed form. */
export interface Kept {
  /** Its buffer. */
  readonly source: number
  /** The buffer that stands for the packed form: its address, or 0 where there is none. */
  readonly buffer: number
  readonly layout: Pick<Buffer, 'dtype' | 'size'>
  /** Equal for equal forms of one array, also in other programs. */
  readonly form: string
  /** Emits the code that packs it, as an export of this name: `(table) → ()`. */
  readonly name: string
  readonly emit: (module: ModuleBuilder) => void
}

/** The packed forms of a call's arguments. */
export interface Forms {
  /** Where they are, in the order of {@link Kept}; 0 where there is none. */
  readonly places: readonly number[]
  /** Packs what was not packed before; `table` is that of the program. */
  readonly fill: (code: Readonly<Record<string, WasmFunction>>, table: number) => void
}

export interface Keeper {
  /** The program with places for packed operands in the products that gain by them. */
  readonly plan: (program: Program, profile: EngineProfile) => Program
  /** What a program so made finds packed. */
  readonly keptOf: (program: Program) => readonly Kept[]
  /**
   * The forms of arguments, whose cells `argument` gives where they outlive the call. Their own
   * cells are entered in `held`, for the caller to leave.
   */
  readonly hold: (
    residency: Residency,
    kept: readonly Kept[],
    argument: (source: number) => Cell | null,
    held: Cell[]
  ) => Forms
}

const none: Forms = { places: [], fill: () => undefined }

let keeper: Keeper = { plan: (program) => program, keptOf: () => [], hold: () => none }

export const setKeeper = (given: Keeper): void => {
  keeper = given
}

export const operandKeeper = (): Keeper => keeper
