/** The converter of every primitive that golden programs contain. */
import type { Converters } from '../replay.ts'
import { control } from './control.ts'
import { conversion } from './conversion.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { linearAlgebra } from './linear-algebra.ts'
import { movement } from './movement.ts'
import { randomness } from './random.ts'
import { reduction } from './reduction.ts'

export const converters: Converters = {
  ...elementwise,
  ...conversion,
  ...movement,
  ...indexing,
  ...reduction,
  ...linearAlgebra,
  ...control,
  ...randomness
}
