/** Functions that compiled modules may import: special functions in float64. */

import { digamma, lgamma } from '../../../core/scalar/gamma.ts'
import type { WasmFunction } from '../wasm/runtime.ts'

export const hostFunctions: Readonly<Record<string, WasmFunction>> = { lgamma, digamma }

/** The imports that a module asked for, by name. */
export const importsOf = (names: readonly string[]): Readonly<Record<string, WasmFunction>> =>
  Object.fromEntries(names.map((name) => [name, hostFunctions[name]]))
