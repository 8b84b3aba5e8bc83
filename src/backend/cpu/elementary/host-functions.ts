/**
 * Functions that compiled modules may import: special functions in float64, and the periodic ones
 * for arguments beyond the reach of the vector code.
 */

import { erf, erfInv, erfc } from '../../../core/scalar/error-function.ts'
import { digamma, lgamma } from '../../../core/scalar/gamma.ts'
import { pow } from '../../../core/scalar/elementary.ts'
import type { WasmFunction } from '../wasm/runtime.ts'

export const hostFunctions: Readonly<Record<string, WasmFunction>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  pow,
  erf,
  erfc,
  erfInv,
  lgamma,
  digamma
}

/** The imports that a module asked for, by name. */
export const importsOf = (names: readonly string[]): Readonly<Record<string, WasmFunction>> =>
  Object.fromEntries(names.map((name) => [name, hostFunctions[name]]))
