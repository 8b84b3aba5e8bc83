/**
 * The table of all primitives: how each is tried, which laws it is excused from, and why. A
 * primitive without a row, and a row without a primitive, fail.
 */
import '../src/install.ts'
import { contraction } from './primitives/contraction.ts'
import { control } from './primitives/control.ts'
import { elementwise } from './primitives/elementwise.ts'
import { indexing } from './primitives/indexing.ts'
import { linearAlgebra } from './primitives/linear-algebra.ts'
import { movement } from './primitives/movement.ts'
import { reduction } from './primitives/reduction.ts'
import type { Row } from './primitives/row.ts'

export const rows: readonly Row[] = [
  ...elementwise,
  ...movement,
  ...reduction,
  ...indexing,
  ...contraction,
  ...linearAlgebra,
  ...control
]
