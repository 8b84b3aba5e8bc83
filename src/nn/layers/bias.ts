/** Adding one number for each feature. */
import type { NdArray } from '../../core/array.ts'
import * as lax from '../../lax/index.ts'

/** y + bias on the last axis; y itself where there is no bias. Shape: that of y. */
export const addBias = (y: NdArray, bias: NdArray | undefined): NdArray =>
  bias === undefined ? y : lax.add(y, lax.broadcastInDim(bias, y.shape, [y.ndim - 1]))
