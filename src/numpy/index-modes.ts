/** Integer indices made fit for gather and scatter: counted from the end, and out of range. */
import type { NdArray } from '../core/array.ts'
import { isInteger, kindOf } from '../core/dtype.ts'
import { DTypeError, ValueError } from '../core/errors.ts'
import type { IndexMode } from '../core/fluent.ts'
import { lt, select } from '../primitives/compare.ts'
import { convertElementType } from '../primitives/convert.ts'
import { add, constant } from '../primitives/elementwise.ts'
import type { GatherMode } from '../primitives/gather-dimensions.ts'
import { remainder } from './arithmetic.ts'

const modes: Readonly<Record<IndexMode, GatherMode>> = {
  clip: 'clip',
  fill: 'fillOrDrop',
  drop: 'fillOrDrop',
  wrap: 'promiseInBounds',
  promiseInBounds: 'promiseInBounds'
}

/** The mode of the primitive. Errors: ValueError for a mode that does not exist. */
export const gatherMode = (operation: string, mode: IndexMode): GatherMode => {
  if (Object.hasOwn(modes, mode)) return modes[mode]
  throw new ValueError(operation, {
    problem: 'the mode is unknown',
    got: String(mode),
    expected: Object.keys(modes).join(', '),
    hint: "'clip' moves an index into the array, 'fill' reads a value for it, 'drop' ignores it"
  })
}

export const requireIntegers = (operation: string, indices: NdArray): void => {
  if (isInteger(indices.dtype)) return
  throw new DTypeError(operation, {
    problem: 'the indices are no integers',
    got: indices.dtype,
    expected: 'an integer type',
    hint: "convert with astype('int32'); np.array([0, 1], { dtype: 'int32' }) makes indices"
  })
}

/** Indices into an axis of `extent`: negative ones count from the end, 'wrap' goes round. */
export const normalizeIndices = (
  operation: string,
  indices: NdArray,
  extent: number,
  mode: IndexMode
): NdArray => {
  requireIntegers(operation, indices)
  // uint32 stays: its large values are outside of any array, and must not become negative.
  if (indices.dtype === 'uint32') return mode === 'wrap' ? remainder(indices, extent) : indices
  const wide = convertElementType(indices, 'int32')
  if (mode === 'wrap') return remainder(wide, extent)
  if (kindOf(indices.dtype) === 'unsigned') return wide
  return select(lt(wide, constant(wide, 0)), add(wide, constant(wide, extent)), wide)
}
