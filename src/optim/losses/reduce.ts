/** What losses share: reductions along an axis that stay broadcast. */
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ShapeError } from '../../core/errors.ts'
import { equals, show, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'

/** What was reduced over `axis`, repeated along it. Shape: -> `shape`. */
export const spread = (reduced: NdArray, shape: Shape, axis: number): NdArray =>
  lax.broadcastInDim(
    reduced,
    shape,
    shape.map((_, a) => a).filter((a) => a !== axis)
  )

/** log(softmax(x)) along an axis, shifted by the largest x. Shape: that of x. */
export const logProbabilities = (x: NdArray, axis: number): NdArray => {
  const top = lax.stopGradient(lax.reduceMax(x, [axis]))
  const shifted = lax.sub(x, spread(top, x.shape, axis))
  const total = lax.log(lax.reduceSum(lax.exp(shifted), [axis]))
  return lax.sub(shifted, spread(total, x.shape, axis))
}

/** Throws a ShapeError unless the two have one shape (a number has any). */
export const requireSameShape = (operation: string, a: ArrayLike, b: ArrayLike): void => {
  const [x, y] = [lax.typeOf(a).shape, lax.typeOf(b).shape]
  if (equals(x, y) || x.length === 0 || y.length === 0) return
  throw new ShapeError(operation, {
    problem: 'predictions and targets differ in shape',
    got: `predictions ${show(x)}, targets ${show(y)}`,
    expected: 'equal shapes',
    hint: 'broadcasting them would average over the wrong pairs: reshape one of them'
  })
}
