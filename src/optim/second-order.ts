/** Curvature of losses: products with the Hessian, and the diagonals of Hessian and Fisher matrix. */
import { checkFunction } from '../core/errors.ts'
import type { NdArray } from '../core/array.ts'
import { sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { jvp } from '../transforms/jvp.ts'
import { grad } from '../transforms/vjp.ts'
import { vmap } from '../transforms/vmap.ts'

/** A loss of parameters, inputs and targets. */
export type DataLoss<P> = (params: P, inputs: NdArray, targets: NdArray) => NdArray

/**
 * H v: the Hessian of the loss at the parameters times a tree of their structure, in the time of
 * two gradients.
 *
 * Source: Pearlmutter 1994.
 *
 * @example
 * const loss = (w: NdArray): NdArray => w.pow(3).sum()
 * hvp(loss, np.array([1, 0]), np.array([2, 5])) // => [12. 0.]
 *
 * @category second order
 * @since 0.1.0
 */
export const hvp = <P, A extends readonly unknown[]>(
  loss: (params: P, ...data: A) => NdArray,
  v: P,
  params: P,
  ...data: A
): P => {
  const slope = grad((p: P) => loss(p, ...data))
  const [, product] = jvp(slope, [params], [v])
  return product // a tangent of the gradient, which is like the parameters
}

/**
 * The diagonal of the Hessian of the loss, one product with a basis vector for each parameter.
 *
 * @category second order
 * @since 0.1.0
 */
export const hessianDiag = <P, A extends readonly unknown[]>(
  loss: (params: P, ...data: A) => NdArray,
  params: P,
  ...data: A
): P => {
  checkFunction('hessianDiag', loss)
  const [leaves, structure] = tree.flatten(params)
  const diagonals = leaves.map((leaf, at) => {
    const { shape, dtype } = lax.typeOf(leaf)
    const n = sizeOf(shape)
    const rows = np.eye(n, n, { dtype })
    const entry = (row: NdArray): NdArray => {
      const v = tree.unflatten(
        structure,
        leaves.map((x, i) => (i === at ? lax.reshape(row, shape) : np.zerosLike(x)))
      ) as P // the structure of the parameters
      const product = tree.leaves(hvp(loss, v, params, ...data))[at]
      return np.sum(np.mul(np.reshape(product, [-1]), row))
    }
    return lax.reshape(vmap(entry)(rows), shape)
  })
  return tree.unflatten(structure, diagonals) as P // the structure of the parameters
}

/**
 * The diagonal of the empirical Fisher matrix: the mean over examples of squared gradients.
 *
 * Shape: inputs and targets have the examples as their first axis.
 *
 * @category second order
 * @since 0.1.0
 */
export const fisherDiag = <P>(
  negativeLogLikelihood: DataLoss<P>,
  params: P,
  inputs: NdArray,
  targets: NdArray
): P => {
  const one = (x: NdArray, y: NdArray): P =>
    grad((p: P) => negativeLogLikelihood(p, np.expandDims(x, 0), np.expandDims(y, 0)))(params) // a gradient is like the parameters
  const each = vmap(one)(inputs, targets)
  return tree.map((g: NdArray) => np.mean(np.square(g), { axis: 0 }), each)
}
