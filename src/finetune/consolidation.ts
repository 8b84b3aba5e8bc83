/** Penalties that hold parameters near what they were: for tasks that must not be forgotten. */
import type { NdArray } from '../core/array.ts'
import { ValueError } from '../core/errors.ts'
import { requireSame } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { vmap } from '../transforms/vmap.ts'
import { grad } from '../transforms/vjp.ts'

/**
 * The diagonal of the empirical Fisher information: the mean over examples of the squared gradient
 * of each example's log-likelihood (or of its loss: the sign falls out).
 *
 * `logLikelihood(params, example)` is a scalar; `examples` is a tree with a leading axis.
 *
 * Source: Kirkpatrick et al. 2017; the empirical form of Martens 2020, §5.
 *
 * @example
 * const loss = (p: { w: NdArray }, x: NdArray) => p.w.mul(x)
 * fisherDiagonal(loss, { w: np.array(1) }, np.array([1, 3])) // => { w: 5 }
 *
 * @category consolidation
 * @since 0.1.0
 */
export const fisherDiagonal = <P, E>(
  logLikelihood: (params: P, example: E) => NdArray,
  params: P,
  examples: E
): P => {
  const gradient = (p: P, example: E): P => grad(logLikelihood)(p, example)
  const squares = vmap(gradient, { inAxes: [null, 0] })(params, examples)
  return tree.map((g: NdArray) => np.mean(lax.square(g), { axis: 0 }), squares)
}

const checkStrength = (operation: string, strength: number): void => {
  if (Number.isFinite(strength) && strength >= 0) return
  throw new ValueError(operation, {
    problem: 'the strength is no weight of a penalty',
    got: `strength: ${String(strength)}`,
    expected: 'a finite number from 0 on',
    hint: 'larger holds parameters nearer to what they were'
  })
}

const requireAlike = (operation: string, params: unknown, other: unknown): void => {
  requireSame(
    operation,
    tree.structureOf(params),
    tree.structureOf(other),
    'partition all trees by the same selection when only a part trains'
  )
}

const half = (terms: object, strength: number): NdArray =>
  tree
    .leaves(terms)
    .reduce<NdArray>(
      (sum, x) => np.add(sum, lax.mul(np.sum(x), strength / 2)),
      lax.full([], 0, 'float32')
    )

/**
 * Elastic weight consolidation: strength / 2 · Σ F (θ − θ*)², to be added to the loss of a new task.
 *
 * Errors: StructureError with the differing paths when the three trees do not match; ValueError for
 *         a strength below 0.
 * Source: Kirkpatrick et al. 2017.
 *
 * @example
 * const [anchor, fisher] = [{ w: np.array([0, 0]) }, { w: np.array([1, 10]) }]
 * ewcPenalty({ w: np.array([1, 1]) }, anchor, fisher, 2).item() // => 11
 *
 * @category consolidation
 * @since 0.1.0
 */
export const ewcPenalty = <P>(params: P, anchor: P, fisher: P, strength: number): NdArray => {
  checkStrength('ewcPenalty', strength)
  requireAlike('ewcPenalty', params, anchor)
  requireAlike('ewcPenalty', params, fisher)
  const terms = tree.map(
    (p: NdArray, a: NdArray, f: NdArray) => lax.mul(f, lax.square(lax.sub(p, a))),
    params,
    anchor,
    fisher
  )
  return half(terms as object, strength)
}

/**
 * L2-SP: strength / 2 · Σ (θ − θ*)², weight decay towards the pretrained values.
 *
 * Errors: StructureError with the differing paths when the trees do not match; ValueError for a
 *         strength below 0.
 * Source: Li, Grandvalet & Davoine 2018.
 *
 * @example
 * l2SpPenalty({ w: np.array([1, 2]) }, { w: np.array([0, 0]) }, 1).item() // => 2.5
 *
 * @category consolidation
 * @since 0.1.0
 */
export const l2SpPenalty = <P>(params: P, anchor: P, strength: number): NdArray => {
  checkStrength('l2SpPenalty', strength)
  requireAlike('l2SpPenalty', params, anchor)
  const terms = tree.map((p: NdArray, a: NdArray) => lax.square(lax.sub(p, a)), params, anchor)
  return half(terms as object, strength)
}
