/** Reductions, running reductions and windows. */
import type { NdArray } from '../../../src/core/array.ts'
import { argmax, argmin } from '../../../src/primitives/arg-reduction.ts'
import * as cumulative from '../../../src/primitives/cumulative.ts'
import { sum } from '../../../src/primitives/movement.ts'
import * as reductions from '../../../src/primitives/reduction.ts'
import { reduceWindowSum } from '../../../src/primitives/window.ts'
import { reduceWindowMax, reduceWindowMin } from '../../../src/primitives/winners.ts'
import type { Converter, Converters } from '../replay.ts'

const over =
  (f: (x: NdArray, axes: readonly number[]) => NdArray): Converter =>
  ([x], { axes }) =>
    f(x, axes)

const running =
  (f: typeof cumulative.cumsum): Converter =>
  ([x], { axis, reverse }) =>
    f(x, axis, reverse)

const position =
  (f: typeof argmax): Converter =>
  ([x], { axes }, { outs: [out] }) =>
    f(x, axes[0], out.dtype)

const windows =
  (f: typeof reduceWindowSum): Converter =>
  ([x], p) =>
    f(x, {
      windowDimensions: p['window_dimensions'],
      windowStrides: p['window_strides'],
      padding: p['padding'],
      baseDilation: p['base_dilation'],
      windowDilation: p['window_dilation']
    })

export const reduction: Converters = {
  argmax: position(argmax),
  argmin: position(argmin),
  cumlogsumexp: running(cumulative.cumlogsumexp),
  cummax: running(cumulative.cummax),
  cumprod: running(cumulative.cumprod),
  cumsum: running(cumulative.cumsum),
  reduce_and: over(reductions.reduceAnd),
  reduce_max: over(reductions.reduceMax),
  reduce_min: over(reductions.reduceMin),
  reduce_or: over(reductions.reduceOr),
  reduce_prod: over(reductions.reduceProd),
  reduce_sum: over(sum),
  reduce_window_max: windows(reduceWindowMax),
  reduce_window_min: windows(reduceWindowMin),
  reduce_window_sum: windows(reduceWindowSum)
}
