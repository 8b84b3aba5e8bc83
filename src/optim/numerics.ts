/** Numerical tools that optimizers and their users share. */
import { requireArrays, type ArrayLike, type NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import { customVjp } from '../control/custom-vjp.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { normal } from '../random/normal.ts'
import { normOf, rootMeanSquare, scaled } from './arithmetic.ts'
import { keyFrom, normalLike, type KeyOrSeed } from './noise.ts'
import type { Scalar } from './rate.ts'
import * as math from '../core/scalar/math.ts'

/** The measure where it is above `least`, else `least`, with a derivative of 0 there. */
const atLeast = (measure: (x: ArrayLike) => NdArray, x: ArrayLike, least: Scalar): NdArray => {
  const isSmall = np.lessEqual(measure(x), least)
  const safe = np.where(isSmall, np.onesLike(x), x)
  return np.where(isSmall, least, measure(safe))
}

/**
 * max(‖x‖₂, minNorm), whose derivative is 0 where it is the bound, so that it exists at 0.
 *
 * Shape: -> [].
 *
 * @category numerics
 * @since 0.1.0
 */
export const safeNorm = (x: ArrayLike, minNorm: Scalar): NdArray => atLeast(normOf, x, minNorm)

/**
 * max(√(mean |x|²), minRms), whose derivative is 0 where it is the bound.
 *
 * Shape: -> [].
 *
 * @category numerics
 * @since 0.1.0
 */
export const safeRootMeanSquares = (x: ArrayLike, minRms: Scalar): NdArray =>
  atLeast(rootMeanSquare, x, minRms)

const scaling = customVjp((inputs: unknown, _factor: NdArray): unknown => inputs, {
  fwd: (inputs: unknown, factor: NdArray) => [inputs, factor] as const,
  bwd: (factor: NdArray, ct: unknown) =>
    [tree.map((g: NdArray) => scaled(g, factor), ct), lax.zerosLike(factor)] as const
})

/**
 * The tree as it is, whose gradient is multiplied by `factor` on the way back (−1 reverses it, as
 * adversarial domain adaptation wants).
 *
 * Source: Ganin & Lempitsky 2015.
 *
 * @category numerics
 * @since 0.1.0
 */
export const scaleGradient = <T>(inputs: T, factor: Scalar): T =>
  scaling(inputs, np.asarray(factor, { dtype: 'float32' })) as T // the inputs themselves

export interface PowerIterationOptions {
  /** Where to begin: random numbers of seed 0 by default. */
  readonly v0?: NdArray | undefined
  readonly key?: KeyOrSeed
  /** 100 by default. */
  readonly numIters?: number
  /** 1e-6 by default. */
  readonly errorTolerance?: number
}

/**
 * The eigenvalue of the largest size of a symmetric matrix, and its eigenvector.
 *
 * Shape: [n, n] -> [], [n].
 *
 * @category numerics
 * @since 0.1.0
 */
export const powerIteration = (
  matrix: NdArray,
  options: PowerIterationOptions = {}
): readonly [eigenvalue: NdArray, eigenvector: NdArray] => {
  checkOptions('powerIteration', options, ['v0', 'key', 'numIters', 'errorTolerance'])
  requireArrays('powerIteration', matrix)
  const { numIters = 100, errorTolerance = 1e-6, key = 0 } = options
  const n = matrix.shape[0]
  const { v0 = normal(keyFrom(key), [n], { dtype: matrix.dtype }) } = options
  const unit = (x: NdArray): NdArray => np.div(x, np.maximum(normOf(x), Number.MIN_VALUE))
  const begin = {
    at: unit(v0),
    value: lax.full([], 0, matrix.dtype),
    step: lax.full([], 0, 'int32'),
    isOpen: lax.full([], true, 'bool')
  }
  const end = lax.whileLoop(
    ({ step, isOpen }: typeof begin) => lax.and(isOpen, lax.lt(step, numIters)),
    ({ at, step }: typeof begin) => {
      const image = np.matmul(matrix, at)
      const value = np.sum(np.mul(at, image))
      const error = normOf(np.sub(image, np.mul(at, value)))
      const isOpen = np.greater(error, np.mul(np.abs(value), errorTolerance))
      return { at: unit(image), value, step: lax.add(step, 1), isOpen }
    },
    begin
  )
  return [end.value, end.at]
}

export interface MatrixRootOptions {
  /** Added to the diagonal, as a fraction of the largest eigenvalue: 1e-6 by default. */
  readonly ridgeEpsilon?: number
}

/**
 * A^(−1/p) of a symmetric matrix that has no negative eigenvalue, by its eigenvalues; and how far
 * its p-th power times A is from the identity.
 *
 * Shape: [n, n] -> [n, n], [].
 *
 * @category numerics
 * @since 0.1.0
 */
export const matrixInversePthRoot = (
  matrix: NdArray,
  p: number,
  options: MatrixRootOptions = {}
): readonly [root: NdArray, error: NdArray] => {
  checkOptions('matrixInversePthRoot', options, ['ridgeEpsilon'])
  const { ridgeEpsilon = 1e-6 } = options
  const [eigenvalues, eigenvectors] = np.linalg.eigh(matrix)
  const ridge = np.mul(np.max(np.abs(eigenvalues)), ridgeEpsilon)
  const values = np.add(np.maximum(eigenvalues, 0), ridge)
  const power = (exponent: number): NdArray =>
    np.matmul(np.mul(eigenvectors, np.power(values, exponent)), np.transpose(eigenvectors))
  const root = power(-1 / p)
  const identity = np.eye(matrix.shape[0])
  const product = np.matmul(
    Array.from({ length: p }).reduce<NdArray>((x) => np.matmul(x, root), identity),
    power(1)
  )
  return [root, np.max(np.abs(np.sub(product, identity)))]
}

/** A normal distribution of a whole tree of parameters. */
export interface MultiNormal<P> {
  readonly params: readonly [mean: P, logScale: P]
  /** `count` samples: leaves [count, ...]. */
  readonly sample: (key: KeyOrSeed, count: number) => P
  /** The logarithm of the density, summed over all leaves. Shape: -> []. */
  readonly logProb: (x: P) => NdArray
}

/**
 * Independent normal distributions of all elements, by means and logarithms of deviations.
 *
 * @category numerics
 * @since 0.1.0
 */
export const multiNormal = <P>(mean: P, logScale: P): MultiNormal<P> => ({
  params: [mean, logScale],
  sample: (key, count) => {
    const wide = tree.map((m: NdArray) => np.broadcastTo(m, [count, ...lax.typeOf(m).shape]), mean)
    return tree.map(
      (m: NdArray, s: NdArray, e: NdArray) => np.add(m, np.mul(np.exp(s), e)),
      mean,
      logScale,
      normalLike(keyFrom(key), wide)
    )
  },
  logProb: (x) =>
    tree
      .leaves(
        tree.map(
          (v: NdArray, m: NdArray, s: NdArray) => {
            const z = np.mul(np.sub(v, m), np.exp(np.neg(s)))
            const constant = 0.5 * math.log(2 * Math.PI)
            return np.sum(np.neg(np.add(np.add(np.mul(np.square(z), 0.5), s), constant)))
          },
          x,
          mean,
          logScale
        )
      )
      .reduce<NdArray>((a, b) => np.add(a, b), lax.full([], 0, 'float32'))
})

/**
 * min ‖A x − b‖ over x ≥ 0, by accelerated projected gradients.
 *
 * Shape:  A [m, n], b [m] -> [n].
 * Source: Nesterov 1983; Beck & Teboulle 2009 (FISTA).
 *
 * @category numerics
 * @since 0.1.0
 */
export const nnls = (
  a: NdArray,
  b: NdArray,
  options: { readonly iters?: number } = {}
): NdArray => {
  checkOptions('nnls', options, ['iters'])
  const { iters = 1000 } = options
  const gram = np.matmul(np.transpose(a), a)
  const right = np.matmul(np.transpose(a), b)
  const bound = np.maximum(np.max(np.sum(np.abs(gram), { axis: 1 })), Number.MIN_VALUE)
  const zero = lax.fullLike(right, 0)
  const [x] = lax.foriLoop(
    0,
    iters,
    (_i: NdArray, [before, at, t]: readonly [NdArray, NdArray, NdArray]) => {
      const slope = np.sub(np.matmul(gram, at), right)
      const next = np.maximum(np.sub(at, np.div(slope, bound)), 0)
      const later = np.div(np.add(np.sqrt(np.add(np.mul(np.square(t), 4), 1)), 1), 2)
      const ahead = np.mul(np.sub(next, before), np.div(np.sub(t, 1), later))
      return [next, np.add(next, ahead), later] as const
    },
    [zero, zero, lax.full([], 1, right.dtype)] as const
  )
  return x
}
