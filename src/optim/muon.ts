/** Muon: momentum whose matrices are made orthogonal. */
import { requireArrays, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ShapeError, checkOptions } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { addDecayedWeights } from './add-decayed-weights.ts'
import { adamw } from './adam.ts'
import {
  allAxes,
  biasCorrection,
  cast,
  nesterovMean,
  normOf,
  safeIncrement,
  updateMoment,
  zeroCount,
  zeros
} from './arithmetic.ts'
import { chain } from './chain.ts'
import { withoutRate, type LearningRateOption } from './descent.ts'
import type { Mask } from './mask.ts'
import { partition } from './partition.ts'
import type { Scalar, ScalarOrSchedule } from './rate.ts'
import { scaleByLearningRate } from './scale.ts'
import { stateless, transformation, type GradientTransformation } from './transformation.ts'

export interface ScaleByMuonOptions {
  /** Coefficients a, b, c of x → a x + (b s + c s²) x with s = x xᵀ: 3.4445, −4.775, 2.0315. */
  readonly nsCoeffs?: readonly [a: number, b: number, c: number]
  /** 5 by default. */
  readonly nsSteps?: number
  /** Decay of the momentum: 0.95 by default. */
  readonly beta?: Scalar
  /** 1e-8 by default. */
  readonly eps?: number
  readonly muDType?: DType | undefined
  /** True by default. */
  readonly nesterov?: boolean
  /** Scale by the inner product of momentum and step. */
  readonly adaptive?: boolean
}

const muonOptions = ['nsCoeffs', 'nsSteps', 'beta', 'eps', 'muDType', 'nesterov', 'adaptive']

export interface MuonState {
  readonly count: NdArray // int32 []
  readonly mu: unknown // as the parameters
}

/**
 * Nearly the closest orthogonal matrix: iterations of an odd polynomial on the singular values.
 *
 * Shape:  [rows, columns] -> the same.
 * Errors: ShapeError for what is no matrix.
 * Source: Jordan et al. 2024, with its coefficients; the iteration of Higham 2008, §8.
 *
 * @category transformations
 * @since 0.1.0
 */
export const orthogonalizeViaNewtonSchulz = (
  x: NdArray,
  options: Pick<ScaleByMuonOptions, 'nsCoeffs' | 'nsSteps' | 'eps'> = {}
): NdArray => {
  requireArrays('orthogonalizeViaNewtonSchulz', x)
  checkOptions('orthogonalizeViaNewtonSchulz', options, ['nsCoeffs', 'nsSteps', 'eps'])
  const { nsCoeffs: [a, b, c] = [3.4445, -4.775, 2.0315], nsSteps = 5, eps = 1e-8 } = options
  if (x.ndim !== 2)
    throw new ShapeError('orthogonalizeViaNewtonSchulz', {
      problem: 'only matrices can be orthogonal',
      got: show(x.shape),
      expected: '[rows, columns]',
      hint: 'muon gives all other leaves to adamw'
    })
  const isTall = x.shape[0] > x.shape[1]
  const wide = isTall ? lax.transpose(x, [1, 0]) : x
  const step = (y: NdArray): NdArray => {
    const s = np.matmul(y, lax.transpose(y, [1, 0]))
    const polynomial = np.add(np.mul(s, b), np.mul(np.matmul(s, s), c))
    return np.add(np.mul(y, a), np.matmul(polynomial, y))
  }
  const begin = np.div(wide, np.add(normOf(wide), eps))
  const end = Array.from({ length: nsSteps }).reduce<NdArray>(step, begin)
  return isTall ? lax.transpose(end, [1, 0]) : end
}

/**
 * The corrected mean of gradients, each matrix made orthogonal. Every leaf must be a matrix.
 *
 * Errors: ShapeError for a leaf that is no matrix.
 * Source: Jordan et al. 2024; `adaptive` as in Bernstein & Newhouse 2024.
 *
 * @category transformations
 * @since 0.1.0
 */
export const scaleByMuon = (options: ScaleByMuonOptions = {}): GradientTransformation => {
  checkOptions('scaleByMuon', options, muonOptions)
  const { beta = 0.95, muDType, nesterov = true, adaptive = false, ...iteration } = options
  return transformation<MuonState>({
    init: (params) => ({ count: zeroCount(), mu: zeros(params, muDType) }),
    update: <P>(grads: P, state: MuonState) => {
      const mu = updateMoment(grads, state.mu as P, beta, 1) // init and update made it like P
      const count = safeIncrement(state.count)
      const mean = nesterov ? nesterovMean(mu, grads, beta, count) : biasCorrection(mu, beta, count)
      const updates = tree.map((m: NdArray) => {
        const y = orthogonalizeViaNewtonSchulz(m, iteration)
        return adaptive ? np.mul(y, lax.reduceSum(np.mul(m, y), allAxes(m))) : y
      }, mean)
      return [updates, { count, mu: cast(mu, muDType) }]
    }
  })
}

/** √max(1, columns / rows), or √max(columns, rows) · rms, times each matrix. */
const scaleByShape = (consistentRms: number | undefined): GradientTransformation =>
  stateless((updates) =>
    tree.map((g: NdArray) => {
      const [rows, columns] = g.shape
      const factor =
        consistentRms === undefined
          ? Math.sqrt(Math.max(1, columns / rows))
          : Math.sqrt(Math.max(columns, rows)) * consistentRms
      return np.mul(g, factor)
    }, updates)
  )

export interface MuonOptions extends LearningRateOption, ScaleByMuonOptions {
  /** Of matrices: 0 by default. */
  readonly weightDecay?: ScalarOrSchedule
  readonly weightDecayMask?: Mask | undefined
  /** 0.9 by default. */
  readonly adamB1?: Scalar
  /** 0.999 by default. */
  readonly adamB2?: Scalar
  readonly adamEpsRoot?: Scalar
  /** Of all other leaves: 0 by default. */
  readonly adamWeightDecay?: ScalarOrSchedule
  /** `learningRate` by default. */
  readonly adamLearningRate?: ScalarOrSchedule
  /** The root mean square that steps should have, instead of one that suits any width. */
  readonly consistentRms?: number | undefined
}

/**
 * Orthogonal momentum for matrices, AdamW for all other leaves.
 *
 * Errors: ValueError for a rate that is negative or not finite.
 * Source: Jordan et al. 2024; `consistentRms` as in Liu et al. 2025.
 *
 * @category optimizers
 * @since 0.1.0
 */
export const muon = (options: MuonOptions): GradientTransformation => {
  const rest = withoutRate('muon', options, [
    ...muonOptions,
    'weightDecay',
    'weightDecayMask',
    'adamB1',
    'adamB2',
    'adamEpsRoot',
    'adamWeightDecay',
    'adamLearningRate',
    'consistentRms'
  ])
  const { weightDecay = 0, weightDecayMask: mask, consistentRms, ...more } = rest
  const { adamB1 = 0.9, adamB2 = 0.999, adamEpsRoot = 0, adamWeightDecay = 0, ...others } = more
  const { adamLearningRate = options.learningRate, ...scaling } = others
  const { eps = 1e-8, nesterov = true, muDType } = scaling
  const labels = (params: unknown): object =>
    // A tree of labels in the structure of the parameters.
    tree.map((p: NdArray) => (lax.typeOf(p).shape.length === 2 ? 'muon' : 'adam'), params) as object
  return partition(
    {
      muon: chain(
        scaleByMuon(scaling),
        scaleByShape(consistentRms),
        addDecayedWeights({ weightDecay, mask }),
        scaleByLearningRate(options.learningRate)
      ),
      adam: adamw({
        learningRate: adamLearningRate,
        b1: adamB1,
        b2: adamB2,
        eps,
        epsRoot: adamEpsRoot,
        weightDecay: adamWeightDecay,
        muDType,
        nesterov
      })
    },
    labels
  )
}
