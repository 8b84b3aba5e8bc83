/** Gradients of several small batches as those of one large one. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions, checkRecord } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { allAxes, globalSumOfSquares, safeIncrement, zeroCount, zeros } from './arithmetic.ts'
import { transformation, type GradientTransformation, type OptState } from './transformation.ts'

export interface ApplyEveryState {
  readonly count: NdArray // int32 []
  readonly gradAcc: unknown // as the parameters
}

/**
 * Sums k updates, and emits the sum at every k-th step and zeros between. Put it last in a chain;
 * `multiSteps` gives what a large batch would give when the optimizer has moments.
 *
 * @category combinators
 * @since 0.1.0
 */
export const applyEvery = (k = 1): GradientTransformation =>
  transformation<ApplyEveryState>({
    init: (params) => ({ count: zeroCount(), gradAcc: zeros(params) }),
    update: (grads, { count, gradAcc }) => {
      const isFirst = lax.eq(count, 0)
      const isLast = lax.eq(count, k - 1)
      const sum = tree.map(
        (g: NdArray, a: NdArray) => lax.select(isFirst, g, lax.add(a, g)),
        grads,
        gradAcc
      )
      const updates = tree.map((s: NdArray) => lax.select(isLast, s, lax.zerosLike(s)), sum)
      return [updates, { count: lax.rem(safeIncrement(count), k), gradAcc: sum }]
    }
  })

/** Whether a gradient is left out: bool [], and what to keep of it in the state. */
export type ShouldSkipUpdate = (
  updates: unknown,
  gradientStep: NdArray,
  params: unknown
) => readonly [skip: NdArray, state: object]

/**
 * Skips gradients with NaN or infinities.
 *
 * @category combinators
 * @since 0.1.0
 */
export const skipNotFinite: ShouldSkipUpdate = (updates) => {
  const numNotFinite = tree.leaves(updates).reduce<NdArray>((n, x) => {
    const bad = lax.convertElementType(lax.not(lax.isFinite(x)), 'int32')
    return lax.add(n, lax.reduceSum(bad, allAxes(x)))
  }, zeroCount())
  const shouldSkip = lax.gt(numNotFinite, 0)
  return [shouldSkip, { shouldSkip, numNotFinite }]
}

/**
 * Skips gradients whose squared norm is not below a bound (NaN included).
 *
 * @category combinators
 * @since 0.1.0
 */
export const skipLargeUpdates =
  (maxSquaredNorm: number): ShouldSkipUpdate =>
  (updates) => {
    const normSquared = globalSumOfSquares(updates)
    const shouldSkip = lax.not(lax.lt(normSquared, maxSquaredNorm))
    return [shouldSkip, { shouldSkip, normSquared }]
  }

export interface MultiStepsOptions {
  /** How many gradients make a step; may depend on the number of steps made. */
  readonly everyKSchedule: number | ((gradientStep: NdArray) => NdArray)
  /** The mean of the gradients (true by default) or their sum. */
  readonly useGradMean?: boolean
  readonly shouldSkipUpdateFn?: ShouldSkipUpdate | undefined
  /** float32 by default. */
  readonly accumulatorDType?: DType
}

export interface MultiStepsState {
  readonly miniStep: NdArray // int32 []
  readonly gradientStep: NdArray // int32 []
  readonly innerOptState: OptState
  readonly accGrads: unknown // as the parameters
  readonly skipState: object
}

const never: ShouldSkipUpdate = () => [lax.full([], false, 'bool'), {}]

const choose = <T>(condition: NdArray, yes: T, no: unknown): T =>
  tree.map(
    (a: ArrayLike, b: ArrayLike) => {
      const { dtype } = lax.typeOf(b)
      return np.where(condition, lax.convertElementType(a, dtype), b)
    },
    yes,
    no
  )

/**
 * One step of `inner` for every k gradients, of which it sees the mean; zeros between.
 *
 * @category combinators
 * @since 0.1.0
 */
export const multiSteps = (
  inner: GradientTransformation,
  options: MultiStepsOptions
): GradientTransformation => {
  const known = ['everyKSchedule', 'useGradMean', 'shouldSkipUpdateFn', 'accumulatorDType']
  checkOptions('multiSteps', options, known)
  const { everyKSchedule: every, useGradMean = true, shouldSkipUpdateFn = never } = options
  const { accumulatorDType = 'float32' } = options
  const accumulated = (g: NdArray, a: NdArray, miniStep: NdArray): NdArray => {
    const fresh = lax.convertElementType(g, a.dtype)
    if (!useGradMean) return lax.add(a, fresh)
    const n = lax.convertElementType(lax.add(miniStep, 1), a.dtype)
    return lax.add(a, lax.div(lax.sub(fresh, a), n))
  }
  return transformation<MultiStepsState>(
    {
      init: (params) => ({
        miniStep: zeroCount(),
        gradientStep: zeroCount(),
        innerOptState: inner.init(params),
        accGrads: zeros(params, accumulatorDType),
        skipState: shouldSkipUpdateFn(zeros(params), zeroCount(), params)[1]
      }),
      update: <P>(grads: P, state: MultiStepsState, params: P, extra: object = {}) => {
        const [skip, skipState] = shouldSkipUpdateFn(grads, state.gradientStep, params)
        const k = typeof every === 'number' ? every : every(state.gradientStep)
        const sum = tree.map(
          (a: NdArray, g: NdArray) => accumulated(g, a, state.miniStep),
          state.accGrads,
          grads
        )
        const own = tree.map(
          (g: NdArray, a: NdArray) => lax.convertElementType(a, lax.typeOf(g).dtype),
          grads,
          sum
        )
        const [stepped, innerState] = inner.update(own, state.innerOptState, params, extra)
        const emit = lax.and(
          lax.eq(state.miniStep, lax.sub(np.asarray(k, { dtype: 'int32' }), 1)),
          lax.not(skip)
        )
        const later = np.remainder(safeIncrement(state.miniStep), np.asarray(k, { dtype: 'int32' }))
        const updates = tree.map((u: NdArray) => lax.select(emit, u, lax.zerosLike(u)), stepped)
        const cleared = tree.map((a: NdArray) => lax.select(emit, lax.zerosLike(a), a), sum)
        return [
          updates,
          {
            miniStep: lax.select(skip, state.miniStep, later),
            gradientStep: lax.select(emit, safeIncrement(state.gradientStep), state.gradientStep),
            innerOptState: choose(emit, innerState, state.innerOptState),
            accGrads: choose(lax.not(skip), cleared, state.accGrads),
            skipState
          }
        ]
      }
    },
    'multiSteps',
    inner
  )
}

/**
 * Whether the last `update` of `multiSteps` made a step. Shape: -> [].
 *
 * @category combinators
 * @since 0.1.0
 */
export const hasUpdated = (state: object): NdArray => {
  checkRecord('hasUpdated', state, 'a state of multiSteps')
  const { miniStep, gradientStep } = state as MultiStepsState // made by multiSteps
  return lax.and(lax.eq(miniStep, 0), lax.gt(gradientStep, 0))
}
