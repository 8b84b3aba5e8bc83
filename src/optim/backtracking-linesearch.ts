/** A line search that shortens the step until the loss has decreased enough. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { grad, valueAndGrad } from '../transforms/vjp.ts'
import { inner, scaled, zeroCount, zeros, widest } from './arithmetic.ts'
import { requireExtra } from './polyak.ts'
import { transformation, type GradientTransformation, type UpdateExtra } from './transformation.ts'

export interface BacktrackingLinesearchOptions {
  readonly maxBacktrackingSteps: number
  /** The decrease asked for, as a fraction of the slope: 1e-4 by default. */
  readonly slopeRtol?: number
  /** What the step is multiplied by while it is too long: 0.8 by default. */
  readonly decreaseFactor?: number
  /** By how much the first guess exceeds the last step: 1.5 by default. */
  readonly increaseFactor?: number
  /** 1 by default. */
  readonly maxLearningRate?: number
  /** By how much the decrease may be missed: 0 by default. */
  readonly atol?: number
  /** By what fraction of the value it may be missed: 0 by default. */
  readonly rtol?: number
  /** Keep the gradient where the search ended, for `valueAndGradFromState`. */
  readonly storeGrad?: boolean
}

export interface BacktrackingLinesearchInfo {
  readonly numLinesearchSteps: NdArray // int32 []
  readonly decreaseError: NdArray // []
}

export interface BacktrackingLinesearchState {
  readonly learningRate: NdArray // []
  /** The loss where the search ended. */
  readonly value: NdArray // []
  readonly grad: unknown // as the parameters, or an empty object
  readonly info: BacktrackingLinesearchInfo
}

interface Search {
  readonly step: NdArray
  readonly value: NdArray
  readonly error: NdArray
  readonly count: NdArray
}

/**
 * Updates times the first step of t, ct, c²t … that satisfies Armijo's condition
 * f(x + s u) ≤ (1 + rtol) f(x) + slopeRtol s ⟨∇f, u⟩ + atol. `update` needs
 * `{ value, grad, valueFn }`.
 *
 * Errors: ValueError for factors that would never end.
 * Source: Armijo 1966; Vaswani et al. 2019 for stochastic losses.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByBacktrackingLinesearch = (
  options: BacktrackingLinesearchOptions
): GradientTransformation => {
  const operation = 'scaleByBacktrackingLinesearch'
  checkOptions(operation, options, [
    'maxBacktrackingSteps',
    'slopeRtol',
    'decreaseFactor',
    'increaseFactor',
    'maxLearningRate',
    'atol',
    'rtol',
    'storeGrad'
  ])
  const { maxBacktrackingSteps, slopeRtol = 1e-4, decreaseFactor = 0.8 } = options
  const {
    increaseFactor = 1.5,
    maxLearningRate = 1,
    atol = 0,
    rtol = 0,
    storeGrad = false
  } = options
  if (!(decreaseFactor > 0 && decreaseFactor < 1) || !(increaseFactor >= 1))
    throw new ValueError(operation, {
      problem: 'steps would not shrink while they are searched',
      got: `decreaseFactor: ${decreaseFactor}, increaseFactor: ${increaseFactor}`,
      expected: 'a decrease between 0 and 1, an increase from 1 on',
      hint: '0.8 and 1.5 are usual'
    })
  return transformation<BacktrackingLinesearchState>({
    init: (params) => {
      const dtype = widest(params)
      return {
        learningRate: lax.full([], 1, dtype),
        value: lax.full([], Infinity, dtype),
        grad: storeGrad ? zeros(params) : {},
        info: {
          numLinesearchSteps: zeroCount(),
          decreaseError: lax.full([], Infinity, dtype)
        }
      }
    },
    update: <P>(updates: P, state: BacktrackingLinesearchState, params: P, extra?: UpdateExtra) => {
      const dtype = widest(params)
      const valueFn = requireExtra(operation, extra, 'valueFn') as (p: P) => NdArray // of these
      const start = np.asarray(requireExtra(operation, extra, 'value'), { dtype })
      const gradient = requireExtra(operation, extra, 'grad')
      const slope = np.astype(inner(updates, gradient), dtype)
      const there = (step: NdArray): P =>
        tree.map((p: NdArray, u: NdArray) => np.add(p, scaled(u, step)), params, updates)
      const look = (step: NdArray, count: NdArray): Search => {
        const value = np.astype(valueFn(there(step)), dtype)
        const allowed = np.add(np.mul(start, 1 + rtol), np.mul(np.mul(slope, step), slopeRtol))
        const excess = np.sub(value, np.add(allowed, atol))
        const error = np.where(np.isnan(excess), Infinity, np.maximum(excess, 0))
        return { step, value, error, count }
      }
      const guess = np.minimum(np.mul(state.learningRate, increaseFactor), maxLearningRate)
      const end = lax.whileLoop(
        (s: Search) => lax.and(np.greater(s.error, 0), lax.lt(s.count, maxBacktrackingSteps)),
        (s: Search) => look(np.mul(s.step, decreaseFactor), lax.add(s.count, 1)),
        look(guess, lax.full([], 1, 'int32'))
      )
      const isFinite = lax.isFinite(end.value)
      // A step that leads nowhere is not taken.
      const learningRate = np.where(isFinite, end.step, 0)
      return [
        tree.map((u: NdArray) => scaled(u, learningRate), updates),
        {
          learningRate,
          value: np.where(isFinite, end.value, start),
          grad: storeGrad ? grad(valueFn)(there(learningRate)) : {},
          info: { numLinesearchSteps: end.count, decreaseError: end.error }
        }
      ]
    }
  })
}

interface Found {
  readonly value: NdArray
  readonly grad: unknown
}

/** The first node of a state that holds a loss with its gradient. */
const findFound = (state: unknown, like: string): Found | null => {
  if (typeof state !== 'object' || state === null) return null
  const node = state as Readonly<Record<string, unknown>>
  if ('value' in node && 'grad' in node && tree.structureOf(node['grad']).key === like)
    return node as unknown as Found // both fields are there
  if (Array.isArray(state) || Object.getPrototypeOf(state) === Object.prototype)
    return Object.values(node).reduce<Found | null>((f, x) => f ?? findFound(x, like), null)
  return null
}

/**
 * As `valueAndGrad(loss)`, taking both from the state of a line search where it has them: a step
 * with a search then costs no evaluation more than the search.
 *
 * Errors: ValueError when no line search has left a value and gradient in the state.
 *
 * @category combinators
 * @since 0.1.0
 */
export const valueAndGradFromState =
  <P, A extends readonly unknown[]>(loss: (params: P, ...rest: A) => NdArray) =>
  (state: object, params: P, ...rest: A): readonly [value: NdArray, grad: P] => {
    const found = findFound(state, tree.structureOf(params).key)
    if (found === null)
      throw new ValueError('valueAndGradFromState', {
        problem: 'the state holds no loss with its gradient',
        got: `a state of structure ${tree.structureOf(state).key.slice(0, 80)}`,
        expected: 'the state of lbfgs, scaleByZoomLinesearch or scaleByBacktrackingLinesearch',
        hint: 'a backtracking search keeps the gradient with { storeGrad: true }'
      })
    return lax.cond(
      np.isfinite(found.value),
      (p: P, v: NdArray, g: P): readonly [NdArray, P] => {
        void p
        return [v, g]
      },
      (p: P, v: NdArray): readonly [NdArray, P] => {
        const [value, gradient] = valueAndGrad((q: P) => loss(q, ...rest))(p)
        return [np.astype(value, v.dtype), gradient]
      },
      params,
      found.value,
      found.grad as P
    )
  }
