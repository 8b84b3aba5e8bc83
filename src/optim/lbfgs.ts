/** L-BFGS: curvature from the last few steps. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { stopGradient } from '../control/stop-gradient.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import {
  globalNorm,
  globalSumOfSquares,
  inner,
  safeIncrement,
  zeroCount,
  zeros,
  widest
} from './arithmetic.ts'
import { chain } from './chain.ts'
import { requireRate, type ScalarOrSchedule } from './rate.ts'
import { scale, scaleByLearningRate } from './scale.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'
import { scaleByZoomLinesearch } from './zoom-linesearch.ts'

export interface ScaleByLbfgsOptions {
  /** Steps that are remembered: 10 by default. */
  readonly memorySize?: number
  /** Begin from the curvature of the last step instead of 1: true by default. */
  readonly scaleInitPrecond?: boolean
}

export interface ScaleByLbfgsState {
  readonly count: NdArray // int32 []
  readonly params: unknown // of the step before
  readonly updates: unknown // of the step before
  readonly diffParamsMemory: unknown // leaves [memory, ...]
  readonly diffUpdatesMemory: unknown // leaves [memory, ...]
  readonly weightsMemory: NdArray // [memory], 1 / ⟨Δp, Δg⟩
}

const minus = <P>(x: P, y: unknown): P => tree.map((a: NdArray, b: NdArray) => np.sub(a, b), x, y)

/** x + factor · y. */
const plusScaled = <P>(x: P, factor: NdArray, y: unknown): P =>
  tree.map((a: NdArray, b: NdArray) => np.add(a, np.mul(b, factor)), x, y)

/** The memory from its oldest entry on. Shape: leaves [memory, ...] -> the same. */
const inOrder = <P>(memory: P, oldest: NdArray): P =>
  tree.map((x: NdArray) => {
    const twice = lax.concatenate([x, x], 0)
    return lax.dynamicSliceInDim(twice, oldest, x.shape[0], 0)
  }, memory)

interface Memory<P> {
  readonly dp: P
  readonly dg: P
  readonly rho: NdArray
}

/** The two loops: what the inverse Hessian of the memory makes of a gradient. */
const preconditioned = <P>(grads: P, memory: Memory<P>, curvature: NdArray): P => {
  const [q, alphas] = lax.scan(
    (v: P, m: Memory<P>) => {
      const alpha = np.mul(m.rho, inner(m.dp, v))
      return [plusScaled(v, np.neg(alpha), m.dg), alpha] as const
    },
    grads,
    memory,
    { reverse: true }
  )
  const r = tree.map((x: NdArray) => np.mul(x, curvature), q)
  const [direction] = lax.scan(
    (v: P, [m, alpha]: readonly [Memory<P>, NdArray]) => {
      const beta = np.mul(m.rho, inner(m.dg, v))
      return [plusScaled(v, np.sub(alpha, beta), m.dp), []] as const
    },
    r,
    [memory, alphas] as const
  )
  return direction
}

/**
 * Gradients times the inverse Hessian that the last steps and changes of gradient suggest.
 *
 * Errors: ValueError for a memory below 1.
 * Source: Nocedal 1980; Nocedal & Wright 2006, algorithm 7.4.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByLbfgs = (options: ScaleByLbfgsOptions = {}): GradientTransformation => {
  checkOptions('scaleByLbfgs', options, ['memorySize', 'scaleInitPrecond'])
  const { memorySize = 10, scaleInitPrecond = true } = options
  if (!(Number.isInteger(memorySize) && memorySize >= 1))
    throw new ValueError('scaleByLbfgs', {
      problem: 'there is no memory',
      got: `memorySize: ${memorySize}`,
      expected: 'an integer from 1 on',
      hint: 'ten steps are usual'
    })
  const empty = (x: NdArray): NdArray => {
    const { shape, dtype } = lax.typeOf(x)
    return lax.full([memorySize, ...shape], 0, dtype)
  }
  const curvatureOf = (hasPast: NdArray, curve: NdArray, change: unknown, grads: unknown) => {
    if (!scaleInitPrecond) return lax.fullLike(curve, 1)
    const square = globalSumOfSquares(change)
    const later = lax.select(lax.gt(square, 0), lax.div(curve, square), lax.fullLike(square, 1))
    const first = lax.min(lax.div(1, globalNorm(stopGradient(grads))), 1)
    return lax.select(hasPast, later, first)
  }
  return transformation<ScaleByLbfgsState>({
    init: (params) => ({
      count: zeroCount(),
      params: zeros(params),
      updates: zeros(params),
      diffParamsMemory: tree.map(empty, params),
      diffUpdatesMemory: tree.map(empty, params),
      weightsMemory: lax.full([memorySize], 0, widest(params))
    }),
    update: <P>(grads: P, state: ScaleByLbfgsState, params: P) => {
      const hasPast = lax.gt(state.count, 0)
      const at = lax.rem(lax.add(state.count, memorySize - 1), memorySize)
      const known = <T>(x: T): T =>
        tree.map((a: NdArray) => lax.select(hasPast, a, lax.zerosLike(a)), x)
      const dp = known(minus(params, state.params))
      const dg = known(minus(grads, state.updates))
      const curve = inner(dg, dp)
      const rho = lax.select(lax.eq(curve, 0), lax.zerosLike(curve), lax.div(1, curve))
      const put = (memory: NdArray, x: NdArray): NdArray =>
        lax.dynamicUpdateIndexInDim(memory, lax.convertElementType(x, memory.dtype), at, 0)
      const diffParamsMemory = tree.map(put, state.diffParamsMemory, dp)
      const diffUpdatesMemory = tree.map(put, state.diffUpdatesMemory, dg)
      const weightsMemory = put(state.weightsMemory, rho)
      const memory = { dp: diffParamsMemory, dg: diffUpdatesMemory, rho: weightsMemory }
      const oldest = lax.rem(state.count, memorySize)
      const curvature = curvatureOf(hasPast, curve, dg, grads)
      const ordered = inOrder(memory, oldest) as Memory<P> // its leaves are stacks of those of P
      return [
        preconditioned(grads, ordered, curvature),
        {
          count: safeIncrement(state.count),
          params,
          updates: grads,
          diffParamsMemory,
          diffUpdatesMemory,
          weightsMemory
        }
      ]
    }
  })
}

export interface LbfgsOptions extends ScaleByLbfgsOptions {
  /** A factor on the step before the line search: 1 by default. */
  readonly learningRate?: ScalarOrSchedule | undefined
  /** Zoom from a step of 1 by default; null for none. */
  readonly linesearch?: GradientTransformation | null
}

/**
 * Steps of L-BFGS with a line search. `update` needs `{ value, grad, valueFn }`.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Liu & Nocedal 1989.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const lbfgs = (options: LbfgsOptions = {}): GradientTransformation => {
  const known = ['learningRate', 'memorySize', 'scaleInitPrecond', 'linesearch']
  checkOptions('lbfgs', options, known)
  const { learningRate, linesearch, ...scaling } = options
  if (learningRate !== undefined) requireRate('lbfgs', 'learningRate', learningRate)
  const search =
    linesearch === undefined
      ? scaleByZoomLinesearch({ maxLinesearchSteps: 20, initialGuessStrategy: 'one' })
      : (linesearch ?? identity())
  return chain(
    scaleByLbfgs(scaling),
    learningRate === undefined ? scale(-1) : scaleByLearningRate(learningRate),
    search
  )
}
