/** Adafactor: second moments of matrices kept as their row and column means. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { absSquare, safeIncrement, zeroCount, widest } from './arithmetic.ts'
import { chain } from './chain.ts'
import { clipByBlockRms } from './clipping.ts'
import { ema } from './ema.ts'
import type { Mask } from './mask.ts'
import { requireRate, type Scalar, type ScalarOrSchedule } from './rate.ts'
import { scale, scaleByLearningRate } from './scale.ts'
import { identity, transformation, type GradientTransformation } from './transformation.ts'
import { scaleByParamBlockRms } from './trust-ratio.ts'

export interface ScaleByFactoredRmsOptions {
  /** Whether matrices are factored at all: true by default. */
  readonly factored?: boolean
  /** The mean decays by 1 − t^−decayRate: 0.8 by default. */
  readonly decayRate?: number
  /** Steps that do not count, after a restart: 0 by default. */
  readonly stepOffset?: number
  /** Matrices with a smaller side are not factored: 128 by default. */
  readonly minDimSizeToFactor?: number
  /** 1e-30 by default. */
  readonly epsilon?: Scalar
}

/** The second moment of one leaf: row and column means, or the whole where it is not factored. */
interface Moment {
  readonly row: NdArray
  readonly column: NdArray
  readonly whole: NdArray
}

export interface FactoredState {
  readonly count: NdArray // int32 []
  /** In the order of the leaves; what a leaf does not need is [1]. */
  readonly vRow: readonly NdArray[]
  readonly vCol: readonly NdArray[]
  readonly v: readonly NdArray[]
}

/** The second largest axis and the largest, where both are large enough. */
const factoredAxes = (
  shape: Shape,
  least: number
): readonly [second: number, first: number] | null => {
  if (shape.length < 2) return null
  const order = shape.map((_, a) => a).sort((a, b) => shape[a] - shape[b] || a - b)
  const [second, first] = order.slice(-2)
  return shape[second] < least ? null : [second, first]
}

const without = (shape: Shape, axis: number): Shape => shape.filter((_, a) => a !== axis)

const meanOver = (x: NdArray, axis: number): NdArray =>
  lax.div(lax.reduceSum(x, [axis]), x.shape[axis])

/** x repeated along a new axis. */
const along = (x: NdArray, shape: Shape, axis: number): NdArray =>
  lax.broadcastInDim(
    x,
    shape,
    shape.map((_, a) => a).filter((a) => a !== axis)
  )

/**
 * With β = 1 − t^−decayRate: v = β v + (1 − β)(g² + epsilon); emits g / √v. For a matrix that is
 * large enough v is r cᵀ / mean(r), of its row means r and column means c.
 *
 * Source: Shazeer & Stern 2018.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByFactoredRms = (
  options: ScaleByFactoredRmsOptions = {}
): GradientTransformation => {
  const known = ['factored', 'decayRate', 'stepOffset', 'minDimSizeToFactor', 'epsilon']
  checkOptions('scaleByFactoredRms', options, known)
  const { factored = true, decayRate = 0.8, stepOffset = 0, epsilon = 1e-30 } = options
  const { minDimSizeToFactor = 128 } = options
  const axesOf = (shape: Shape) => (factored ? factoredAxes(shape, minDimSizeToFactor) : null)
  const decayAt = (count: NdArray, dtype: DType): NdArray => {
    const t = lax.add(lax.convertElementType(count, dtype), 1 - stepOffset)
    return lax.sub(1, lax.pow(t, -decayRate))
  }
  const begin = (shape: Shape, dtype: DType): Moment => {
    const axes = axesOf(shape)
    const nothing = lax.full([1], 0, dtype)
    if (axes === null) return { row: nothing, column: nothing, whole: lax.full(shape, 0, dtype) }
    const [second, first] = axes
    return {
      row: lax.full(without(shape, first), 0, dtype),
      column: lax.full(without(shape, second), 0, dtype),
      whole: nothing
    }
  }
  const step = (
    g: NdArray,
    v: Moment,
    decay: NdArray
  ): readonly [update: NdArray, moment: Moment] => {
    const axes = axesOf(g.shape)
    const mean = (old: NdArray, fresh: NdArray): NdArray =>
      lax.convertElementType(
        np.add(np.mul(decay, old), np.mul(lax.sub(1, decay), fresh)),
        old.dtype
      )
    const square = np.add(absSquare(g), epsilon)
    if (axes === null) {
      const whole = mean(v.whole, square)
      return [lax.mul(g, lax.pow(whole, -0.5)), { ...v, whole }]
    }
    const [second, first] = axes
    const row = mean(v.row, meanOver(square, first))
    const column = mean(v.column, meanOver(square, second))
    const rowAxis = second > first ? second - 1 : second
    const average = along(meanOver(row, rowAxis), row.shape, rowAxis)
    const rowFactor = along(lax.pow(lax.div(row, average), -0.5), g.shape, first)
    const columnFactor = along(lax.pow(column, -0.5), g.shape, second)
    return [lax.mul(lax.mul(g, rowFactor), columnFactor), { ...v, row, column }]
  }
  const stateOf = (count: NdArray, moments: readonly Moment[]): FactoredState => ({
    count,
    vRow: moments.map((m) => m.row),
    vCol: moments.map((m) => m.column),
    v: moments.map((m) => m.whole)
  })
  return transformation<FactoredState>({
    init: (params) => {
      const types = tree.leaves(params).map(lax.typeOf)
      return stateOf(
        zeroCount(),
        types.map(({ shape, dtype }) => begin(shape, dtype))
      )
    },
    update: <P>(grads: P, state: FactoredState) => {
      const decay = decayAt(state.count, widest(grads))
      const [leaves, structure] = tree.flatten(grads)
      const stepped = leaves.map((g, i) => {
        const moment = { row: state.vRow[i], column: state.vCol[i], whole: state.v[i] }
        return step(np.asarray(g), moment, decay)
      })
      const updates = tree.unflatten(
        structure,
        stepped.map(([u]) => u)
      ) as P // the structure of the gradients
      const moments = stepped.map(([, m]) => m)
      return [updates, stateOf(safeIncrement(state.count), moments)]
    }
  })
}

export interface AdafactorOptions {
  /** A factor on steps that are scaled already; none when left out. */
  readonly learningRate?: ScalarOrSchedule | undefined
  /** 128 by default. */
  readonly minDimSizeToFactor?: number
  /** 0.8 by default. */
  readonly decayRate?: number
  readonly decayOffset?: number
  /** Steps in proportion to the root mean square of each leaf: true by default. */
  readonly multiplyByParameterScale?: boolean
  /** The largest root mean square of a step: 1 by default; null for none. */
  readonly clippingThreshold?: Scalar | null
  /** No momentum when left out. */
  readonly momentum?: Scalar | undefined
  /** Element type of the momentum: float32 by default. */
  readonly dtypeMomentum?: DType
  /** No decay when left out. It is not scaled by the learning rate. */
  readonly weightDecayRate?: ScalarOrSchedule | undefined
  /** 1e-30 by default. */
  readonly eps?: Scalar
  readonly factored?: boolean
  readonly weightDecayMask?: Mask | undefined
}

/**
 * Scaling by factored moments, clipping, the size of the parameters, then a step downhill.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Shazeer & Stern 2018.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const adafactor = (options: AdafactorOptions = {}): GradientTransformation => {
  checkOptions('adafactor', options, [
    'learningRate',
    'minDimSizeToFactor',
    'decayRate',
    'decayOffset',
    'multiplyByParameterScale',
    'clippingThreshold',
    'momentum',
    'dtypeMomentum',
    'weightDecayRate',
    'eps',
    'factored',
    'weightDecayMask'
  ])
  const { learningRate, momentum, weightDecayRate, weightDecayMask: mask } = options
  const { minDimSizeToFactor = 128, decayRate = 0.8, decayOffset = 0, eps = 1e-30 } = options
  const { multiplyByParameterScale = true, clippingThreshold = 1, factored = true } = options
  if (learningRate !== undefined) requireRate('adafactor', 'learningRate', learningRate)
  return chain(
    scaleByFactoredRms({
      factored,
      decayRate,
      stepOffset: decayOffset,
      minDimSizeToFactor,
      epsilon: eps
    }),
    clippingThreshold === null ? identity() : clipByBlockRms(clippingThreshold),
    learningRate === undefined
      ? identity()
      : scaleByLearningRate(learningRate, { flipSign: false }),
    multiplyByParameterScale ? scaleByParamBlockRms() : identity(),
    momentum === undefined
      ? identity()
      : ema({
          decay: momentum,
          debias: false,
          accumulatorDType: options.dtypeMomentum ?? 'float32'
        }),
    weightDecayRate === undefined
      ? identity()
      : addDecayedWeights({ weightDecay: weightDecayRate, mask }),
    scale(-1)
  )
}
