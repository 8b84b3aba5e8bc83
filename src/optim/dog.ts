/** Rates from distances: how far parameters have come over how steep the way was. */
import type { NdArray } from '../core/array.ts'
import { checkOptions, listOf } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { flag, globalNorm, globalSumOfSquares, normOf, scaled, sumOfSquares } from './arithmetic.ts'
import { chain } from './chain.ts'
import type { WeightDecayOptions } from './descent.ts'
import { requireRate, type Scalar, type ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'

/** How the first step is found: a distance, a fraction of the norm of parameters, or a rate. */
export type DogInitStep = readonly [kind: 'distance' | 'heuristic' | 'learning_rate', value: number]

export interface ScaleByDogOptions {
  /** ['heuristic', 1e-6] for the optimizer `dog`. */
  readonly initStep: DogInitStep
  /** 1e-8 by default. */
  readonly eps?: Scalar
}

export interface DogState {
  readonly isInitStep: NdArray // bool []
  readonly initParams: unknown // as the parameters
  readonly maxDist: NdArray // []
  readonly sumSqNormGrads: NdArray // []
}

const difference = (x: unknown, y: unknown): unknown =>
  tree.map((a: NdArray, b: NdArray) => np.sub(a, b), x, y)

const steps = <P>(updates: P, rate: NdArray): P =>
  tree.map((g: NdArray) => scaled(g, rate), updates)

/**
 * u = r / √(Σ ‖g‖² + eps) · g, with r the largest distance from where training began.
 *
 * Source: Ivgi, Hinder & Carmon 2023.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByDog = (options: ScaleByDogOptions): GradientTransformation => {
  checkOptions('scaleByDog', options, ['initStep', 'eps'])
  const { eps = 1e-8 } = options
  listOf<unknown>('scaleByDog', options.initStep, 'initStep')
  const [kind, value] = options.initStep
  const firstDistance = (params: unknown): NdArray => {
    const norm = globalNorm(params)
    if (kind === 'heuristic') return lax.mul(lax.add(norm, 1), value)
    return lax.fullLike(norm, kind === 'distance' ? value : 0)
  }
  return transformation<DogState>({
    init: (params) => {
      const maxDist = firstDistance(params)
      return {
        isInitStep: flag(true),
        initParams: params,
        maxDist,
        sumSqNormGrads: lax.zerosLike(maxDist)
      }
    },
    update: (grads, state, params) => {
      const maxDist = lax.max(state.maxDist, globalNorm(difference(state.initParams, params)))
      const sumSqNormGrads = lax.add(state.sumSqNormGrads, globalSumOfSquares(grads))
      const rate = lax.div(maxDist, lax.sqrt(np.add(sumSqNormGrads, eps)))
      const isFirst = kind === 'learning_rate' ? state.isInitStep : flag(false)
      const updates = steps(grads, lax.select(isFirst, lax.fullLike(rate, value), rate))
      return [updates, { ...state, isInitStep: flag(false), maxDist, sumSqNormGrads }]
    }
  })
}

export interface DogOptions extends WeightDecayOptions {
  /** 1 by default. */
  readonly learningRate?: ScalarOrSchedule
  readonly initStep?: DogInitStep
  readonly eps?: Scalar
}

/**
 * Distance over gradients: gradient descent without a rate to tune.
 *
 * Source: Ivgi, Hinder & Carmon 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const dog = (options: DogOptions = {}): GradientTransformation => {
  checkOptions('dog', options, ['learningRate', 'initStep', 'eps', 'weightDecay', 'mask'])
  const {
    learningRate = 1,
    initStep = ['heuristic', 1e-6],
    eps = 1e-8,
    weightDecay,
    mask
  } = options
  requireRate('dog', 'learningRate', learningRate)
  return chain(
    weightDecay === undefined ? identity() : addDecayedWeights({ weightDecay, mask }),
    scaleByDog({ initStep, eps }),
    scaleByLearningRate(learningRate)
  )
}

export interface ScaleByDowgOptions {
  /** The first guess of the squared distance: eps by default. */
  readonly initEstimSqDist?: number | undefined
  /** 1e-4 by default. */
  readonly eps?: number
}

export interface DowgState {
  readonly initParams: unknown // as the parameters
  readonly weightedSqNormGrads: NdArray // []
  readonly estimSqDist: NdArray // []
}

/**
 * u = r² / (√(Σ r² ‖g‖²) + eps) · g, with r the largest distance from where training began.
 *
 * Source: Khaled, Mishchenko & Jin 2023.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByDowg = (options: ScaleByDowgOptions = {}): GradientTransformation => {
  checkOptions('scaleByDowg', options, ['initEstimSqDist', 'eps'])
  const { eps = 1e-4, initEstimSqDist = eps } = options
  return transformation<DowgState>({
    init: (params) => {
      const estimSqDist = lax.fullLike(globalNorm(params), initEstimSqDist)
      return { initParams: params, estimSqDist, weightedSqNormGrads: lax.zerosLike(estimSqDist) }
    },
    update: (grads, state, params) => {
      const distance = globalSumOfSquares(difference(state.initParams, params))
      const estimSqDist = lax.max(state.estimSqDist, distance)
      const weightedSqNormGrads = lax.add(
        lax.mul(estimSqDist, globalSumOfSquares(grads)),
        state.weightedSqNormGrads
      )
      const rate = lax.div(estimSqDist, lax.add(lax.sqrt(weightedSqNormGrads), eps))
      return [steps(grads, rate), { ...state, estimSqDist, weightedSqNormGrads }]
    }
  })
}

export interface DowgOptions extends ScaleByDowgOptions, WeightDecayOptions {
  /** 1 by default. */
  readonly learningRate?: ScalarOrSchedule
}

/**
 * Distance over weighted gradients: gradient descent without a rate to tune.
 *
 * Source: Khaled, Mishchenko & Jin 2023.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const dowg = (options: DowgOptions = {}): GradientTransformation => {
  checkOptions('dowg', options, ['learningRate', 'initEstimSqDist', 'eps', 'weightDecay', 'mask'])
  const { learningRate = 1, weightDecay, mask, ...scaling } = options
  requireRate('dowg', 'learningRate', learningRate)
  return chain(
    weightDecay === undefined ? identity() : addDecayedWeights({ weightDecay, mask }),
    scaleByDowg(scaling),
    scaleByLearningRate(learningRate)
  )
}

export interface ScaleByDistanceOverGradientsOptions {
  /** The first distance, relative to 1 + ‖p‖: 1e-6 by default. */
  readonly repsRel?: number
  /** 1e-8 by default. */
  readonly eps?: Scalar
  /** 1 by default. */
  readonly globalScale?: Scalar
}

export interface ScaleByDistanceOverGradientsState {
  readonly maxDist: unknown // a scalar for every leaf
  readonly gradSumOfSquares: unknown // a scalar for every leaf
  readonly initParams: unknown // as the parameters
}

/**
 * As `scaleByDog`, with a rate of its own for every leaf.
 *
 * Source: Ivgi, Hinder & Carmon 2023 (L-DoG).
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByDistanceOverGradients = (
  options: ScaleByDistanceOverGradientsOptions = {}
): GradientTransformation => {
  checkOptions('scaleByDistanceOverGradients', options, ['repsRel', 'eps', 'globalScale'])
  const { repsRel = 1e-6, eps = 1e-8, globalScale = 1 } = options
  return transformation<ScaleByDistanceOverGradientsState>({
    init: (params) => ({
      maxDist: tree.map((p: NdArray) => lax.mul(lax.add(normOf(p), 1), repsRel), params),
      gradSumOfSquares: tree.map((p: NdArray) => lax.zerosLike(normOf(p)), params),
      initParams: params
    }),
    update: (grads, state, params) => {
      const distances = tree.map((d: NdArray) => normOf(d), difference(params, state.initParams))
      const maxDist = tree.map(
        (d: NdArray, now: NdArray) => lax.max(d, now),
        state.maxDist,
        distances
      )
      const gradSumOfSquares = tree.map(
        (s: NdArray, g: NdArray) => lax.add(s, sumOfSquares(g)),
        state.gradSumOfSquares,
        grads
      )
      const updates = tree.map(
        (g: NdArray, d: NdArray, s: NdArray) =>
          np.mul(g, np.mul(lax.div(d, lax.sqrt(np.add(s, eps))), globalScale)),
        grads,
        maxDist,
        gradSumOfSquares
      )
      return [updates, { ...state, maxDist, gradSumOfSquares }]
    }
  })
}
