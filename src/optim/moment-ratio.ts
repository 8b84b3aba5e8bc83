/** The quotient at the heart of Adam and its relatives. */
import type { NdArray } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import type { Scalar } from './rate.ts'

/** m / (√(v + epsRoot) + eps), leaf by leaf. */
export const momentRatio = <P>(mean: P, squares: P, eps: Scalar, epsRoot: Scalar = 0): P =>
  tree.map(
    (m: NdArray, v: NdArray) =>
      np.div(m, np.add(lax.sqrt(epsRoot === 0 ? v : np.add(v, epsRoot)), eps)),
    mean,
    squares
  )
