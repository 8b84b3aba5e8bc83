/** Transformations that run only when a condition holds. */
import type { NdArray } from '../core/array.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { allAxes, flag, safeIncrement, zeroCount, zerosLike } from './arithmetic.ts'
import { requireRate } from './rate.ts'
import {
  transformation,
  type GradientTransformation,
  type OptState,
  type UpdateExtra
} from './transformation.ts'

/** Whether to transform at a step. Shape: -> bool []. */
export type Condition = (step: NdArray, extra?: UpdateExtra) => NdArray

export interface ConditionallyTransformState {
  readonly innerState: OptState
  readonly step: NdArray // int32 []
}

const conditionally = (
  inner: GradientTransformation,
  condition: Condition,
  otherwise: <P>(updates: P) => P
): GradientTransformation =>
  transformation<ConditionallyTransformState>(
    {
      init: (params) => ({ innerState: inner.init(params), step: zeroCount() }),
      update: <P>(grads: P, state: ConditionallyTransformState, params: P, extra?: UpdateExtra) => {
        const [updates, innerState] = lax.cond(
          condition(state.step, extra),
          (g: P, s: OptState) => inner.update(g, s, params, extra),
          (g: P, s: OptState): readonly [P, OptState] => [otherwise(g), s],
          grads,
          state.innerState
        )
        return [updates, { innerState, step: safeIncrement(state.step) }]
      }
    },
    'conditionallyTransform',
    inner
  )

/**
 * `inner` where the condition holds; otherwise updates pass unchanged.
 *
 * @category combinators
 * @since 0.1.0
 */
export const conditionallyTransform = (
  inner: GradientTransformation,
  shouldTransform: Condition
): GradientTransformation => conditionally(inner, shouldTransform, (updates) => updates)

/**
 * `inner` where the condition holds; otherwise zeros.
 *
 * @category combinators
 * @since 0.1.0
 */
export const conditionallyMask = (
  inner: GradientTransformation,
  shouldTransform: Condition
): GradientTransformation =>
  conditionally(inner, shouldTransform, (updates) =>
    tree.map((g: NdArray) => zerosLike(g), updates)
  )

export interface ApplyIfFiniteState {
  /** Gradients in a row that were not finite. */
  readonly notfiniteCount: NdArray // int32 []
  readonly lastFinite: NdArray // bool []
  readonly totalNotfinite: NdArray // int32 []
  readonly innerState: OptState
}

const allFinite = (updates: unknown): NdArray =>
  tree
    .leaves(updates)
    .reduce<NdArray>(
      (all, x) => lax.and(all, lax.reduceAnd(lax.isFinite(x), allAxes(x))),
      flag(true)
    )

/**
 * Zeros for a gradient with NaN or infinities, and the state stays as it was; after more than
 * `maxConsecutiveErrors` of them in a row they are let through.
 *
 * @category combinators
 * @since 0.1.0
 */
export const applyIfFinite = (
  inner: GradientTransformation,
  maxConsecutiveErrors: number
): GradientTransformation => {
  requireRate('applyIfFinite', 'maxConsecutiveErrors', maxConsecutiveErrors)
  return transformation<ApplyIfFiniteState>(
    {
      init: (params) => ({
        notfiniteCount: zeroCount(),
        lastFinite: flag(true),
        totalNotfinite: zeroCount(),
        innerState: inner.init(params)
      }),
      update: <P>(grads: P, state: ApplyIfFiniteState, params: P, extra?: UpdateExtra) => {
        const isFinite = allFinite(grads)
        const count = lax.select(isFinite, zeroCount(), safeIncrement(state.notfiniteCount))
        const [updates, innerState] = lax.cond(
          lax.or(isFinite, lax.gt(count, maxConsecutiveErrors)),
          (g: P, s: OptState) => inner.update(g, s, params, extra),
          (g: P, s: OptState): readonly [P, OptState] => [
            tree.map((x: NdArray) => zerosLike(x), g),
            s
          ],
          grads,
          state.innerState
        )
        const total = safeIncrement(state.totalNotfinite)
        return [
          updates,
          {
            notfiniteCount: count,
            lastFinite: isFinite,
            totalNotfinite: lax.select(isFinite, state.totalNotfinite, total),
            innerState
          }
        ]
      }
    },
    'applyIfFinite',
    inner
  )
}
