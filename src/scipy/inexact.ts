/** What functions here do with their arguments first: they become arrays whose type has fractions. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import * as np from '../numpy/index.ts'

/** An array as it is where its type has fractions, else in float32. */
export const inexact = (of: ArrayLike): NdArray => {
  const x = np.asarray(of)
  return np.issubdtype(x.dtype, 'inexact') ? x : np.astype(x, 'float32')
}

/** Both in the type that they meet in. */
export const meeting = (a: ArrayLike, b: ArrayLike): readonly [NdArray, NdArray] => {
  const [x, y] = [inexact(a), inexact(b)]
  const dtype = np.promoteTypes(x.dtype, y.dtype)
  return [np.astype(x, dtype), np.astype(y, dtype)]
}
