/** Gradients of single examples: clipped one by one, and privately averaged. */
import type { NdArray } from '../core/array.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { show, sizeOf } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { subkeys } from '../random/keys.ts'
import { normal } from '../random/normal.ts'
import { vmap } from '../transforms/vmap.ts'
import { globalNorm } from './arithmetic.ts'
import { chain } from './chain.ts'
import { withoutRate, type LearningRateOption } from './descent.ts'
import { keyFrom, type KeyOrSeed } from './noise.ts'
import { scaleByLearningRate } from './scale.ts'
import { trace } from './trace.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'

/** The number of examples. Errors: ShapeError unless all leaves have it as their first axis. */
const batchOf = (operation: string, grads: unknown): number => {
  const shapes = tree.leaves(grads).map((g) => lax.typeOf(g).shape)
  const [n] = shapes[0] ?? []
  if (n !== undefined && shapes.every((s) => s[0] === n)) return n
  throw new ShapeError(operation, {
    problem: 'gradients are not those of single examples',
    got: shapes.map(show).join(', '),
    expected: 'the same first axis in every leaf: [examples, …]',
    hint: 'vmap(grad(loss), { inAxes: [null, 0] }) gives the gradient of every example'
  })
}

/**
 * The sum over examples of g · min(1, bound / ‖g‖), and how many were shortened.
 *
 * Shape:  leaves [examples, ...] -> leaves [...], [].
 * Errors: ShapeError unless all leaves have the examples as their first axis.
 * Source: Abadi et al. 2016.
 *
 * @category combinators
 * @since 0.1.0
 */
export const perExampleGlobalNormClip = <P>(
  grads: P,
  l2NormClip: number
): readonly [sum: P, clipped: NdArray] => {
  batchOf('perExampleGlobalNormClip', grads)
  const norms = vmap((g: P) => globalNorm(g))(grads)
  // 0 / 0 where there is neither gradient nor bound.
  const ratio = lax.div(l2NormClip, norms)
  const factors = lax.min(lax.select(lax.ne(ratio, ratio), lax.fullLike(ratio, 1), ratio), 1)
  const sum = tree.map((g: NdArray) => {
    const each = lax.broadcastInDim(factors, g.shape, [0])
    return lax.reduceSum(lax.mul(g, lax.convertElementType(each, g.dtype)), [0])
  }, grads)
  return [sum, np.sum(lax.lt(factors, 1), { dtype: 'int32' })]
}

/**
 * As `perExampleGlobalNormClip` with a bound of its own for each leaf, so that the whole is within
 * `globalL2NormClip`: equal bounds, or (`uniform: false`) by the root of the leaf's size.
 *
 * Shape:  leaves [examples, ...] -> leaves [...], a count [] for each leaf.
 * Source: McMahan et al. 2018.
 *
 * @category combinators
 * @since 0.1.0
 */
export const perExampleLayerNormClip = <P>(
  grads: P,
  globalL2NormClip: number,
  options: { readonly uniform?: boolean } = {}
): readonly [sum: P, clipped: P] => {
  checkOptions('perExampleLayerNormClip', options, ['uniform'])
  batchOf('perExampleLayerNormClip', grads)
  const [leaves, structure] = tree.flatten(grads)
  const sizes = leaves.map((g) => sizeOf(lax.typeOf(g).shape))
  const all = sizes.reduce((a, b) => a + b, 0)
  const parts = sizes.map((s) => (options.uniform === false ? s / all : 1 / leaves.length))
  const done = leaves.map((g, i) =>
    perExampleGlobalNormClip(g, globalL2NormClip * Math.sqrt(parts[i]))
  )
  // Both have the structure of the gradients.
  return [
    tree.unflatten(
      structure,
      done.map(([sum]) => sum)
    ) as P,
    tree.unflatten(
      structure,
      done.map(([, count]) => count)
    ) as P
  ]
}

export interface DifferentiallyPrivateAggregateOptions {
  /** The largest norm of the gradient of one example. */
  readonly l2NormClip: number
  /** The deviation of the noise, as a multiple of that norm. */
  readonly noiseMultiplier: number
  readonly key: KeyOrSeed
}

export interface DifferentiallyPrivateAggregateState {
  readonly rngKey: NdArray // uint32 [2]
}

/**
 * The mean of clipped gradients with noise: (Σ clip(g) + l2NormClip · noiseMultiplier · ε) / n.
 * Takes gradients of single examples and emits those of parameters; put it first in a chain.
 *
 * Shape:  gradients [examples, ...] -> updates [...].
 * Source: Abadi et al. 2016.
 *
 * @category transformations
 * @since 0.1.0
 */
export const differentiallyPrivateAggregate = (
  options: DifferentiallyPrivateAggregateOptions
): GradientTransformation => {
  const known = ['l2NormClip', 'noiseMultiplier', 'key']
  checkOptions('differentiallyPrivateAggregate', options, known)
  const { l2NormClip, noiseMultiplier, key } = options
  return transformation<DifferentiallyPrivateAggregateState>({
    init: () => ({ rngKey: keyFrom(key) }),
    update: (grads, { rngKey }) => {
      const n = batchOf('differentiallyPrivateAggregate', grads)
      const [sum] = perExampleGlobalNormClip(grads, l2NormClip)
      const [leaves, structure] = tree.flatten(sum)
      const [next, ...keys] = subkeys(rngKey, leaves.length + 1)
      const noised = leaves.map((g, i) => {
        const { shape, dtype } = lax.typeOf(g)
        const noise = lax.mul(normal(keys[i], shape, { dtype }), l2NormClip * noiseMultiplier)
        return lax.div(lax.add(g, noise), n)
      })
      // The structure of the gradients, without the axis of examples.
      return [tree.unflatten(structure, noised) as typeof grads, { rngKey: next }]
    }
  })
}

export interface DpsgdOptions extends LearningRateOption, DifferentiallyPrivateAggregateOptions {
  readonly momentum?: number | undefined
  readonly nesterov?: boolean
}

/**
 * Private gradients, momentum, then a step downhill.
 *
 * Source: Abadi et al. 2016.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const dpsgd = (options: DpsgdOptions): GradientTransformation => {
  const known = ['l2NormClip', 'noiseMultiplier', 'key', 'momentum', 'nesterov']
  const { momentum, nesterov = false, ...privacy } = withoutRate('dpsgd', options, known)
  return chain(
    differentiallyPrivateAggregate(privacy),
    momentum === undefined ? identity() : trace({ decay: momentum, nesterov }),
    scaleByLearningRate(options.learningRate)
  )
}
