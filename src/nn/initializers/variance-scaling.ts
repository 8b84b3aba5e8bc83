/** Random parameters whose variance follows from how many inputs or outputs they have. */
import { ValueError, checkOptions } from '../../core/errors.ts'
import { sizeOf, type Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { normal, truncatedNormal, type Initializer } from './simple.ts'

export interface FanOptions {
  /** Axes of what goes in: −2 by default. */
  readonly inAxis?: number | readonly number[]
  /** Axes of what comes out: −1 by default. */
  readonly outAxis?: number | readonly number[]
  /** Axes that are neither, and no window: several independent kernels. */
  readonly batchAxis?: number | readonly number[]
}

export type FanMode = 'fanIn' | 'fanOut' | 'fanAvg'
export type FanDistribution = 'truncatedNormal' | 'normal' | 'uniform'

const extent = (shape: Shape, axes: number | readonly number[]): number =>
  (typeof axes === 'number' ? [axes] : axes)
    .map((a) => shape[a < 0 ? a + shape.length : a])
    .reduce((a, b) => a * b, 1)

const denominatorOf = (shape: Shape, mode: FanMode, options: FanOptions): number => {
  const { inAxis = -2, outAxis = -1, batchAxis = [] } = options
  if (shape.length < 2)
    throw new ValueError('varianceScaling', {
      problem: 'the shape has no axes that go in and come out',
      got: `shape [${shape.join(', ')}]`,
      expected: 'at least two axes',
      hint: 'biases begin with zeros, constant or normal'
    })
  const [fanIn, fanOut] = [extent(shape, inAxis), extent(shape, outAxis)]
  const window = sizeOf(shape) / (fanIn * fanOut * extent(shape, batchAxis))
  if (mode === 'fanIn') return fanIn * window
  return mode === 'fanOut' ? fanOut * window : ((fanIn + fanOut) * window) / 2
}

/** Standard deviation of a standard normal variable cut off at ±2. */
const truncation = 0.87962566103423978

/**
 * Random numbers of variance scale / n, with n inputs, outputs, or their mean.
 *
 * Errors: ValueError for shapes with fewer than two axes, and unknown modes and distributions.
 * Source: Glorot & Bengio 2010; He et al. 2015, in the form of Keras and JAX.
 *
 * @category initializers
 * @since 0.1.0
 */
export const varianceScaling = (
  scale: number,
  mode: FanMode,
  distribution: FanDistribution,
  options: FanOptions = {}
): Initializer => {
  checkOptions('varianceScaling', options, ['inAxis', 'outAxis', 'batchAxis'])
  if (
    !['fanIn', 'fanOut', 'fanAvg'].includes(mode) ||
    !['truncatedNormal', 'normal', 'uniform'].includes(distribution)
  )
    throw new ValueError('varianceScaling', {
      problem: 'there is no such mode or distribution',
      got: `'${String(mode)}', '${String(distribution)}'`,
      expected: "'fanIn', 'fanOut' or 'fanAvg'; 'truncatedNormal', 'normal' or 'uniform'",
      hint: "glorotUniform() is varianceScaling(1, 'fanAvg', 'uniform')"
    })
  return (key, shape, dtype = 'float32') => {
    const variance = scale / Math.max(1, denominatorOf(shape, mode, options))
    switch (distribution) {
      case 'normal':
        return normal(Math.sqrt(variance))(key, shape, dtype)
      case 'truncatedNormal':
        return truncatedNormal(Math.sqrt(variance) / truncation)(key, shape, dtype)
      case 'uniform':
        return lax.mul(random.uniform(key, shape, { dtype, minval: -1 }), Math.sqrt(3 * variance))
    }
  }
}

const family =
  (scale: number, mode: FanMode, distribution: FanDistribution) =>
  (options: FanOptions = {}): Initializer =>
    varianceScaling(scale, mode, distribution, options)

/** Variance 2 / (in + out) (Glorot & Bengio 2010). */
export const glorotUniform = family(1, 'fanAvg', 'uniform')
export const glorotNormal = family(1, 'fanAvg', 'truncatedNormal')
export const xavierUniform = glorotUniform
export const xavierNormal = glorotNormal
/** Variance 1 / in (LeCun et al. 1998). */
export const lecunUniform = family(1, 'fanIn', 'uniform')
export const lecunNormal = family(1, 'fanIn', 'truncatedNormal')
/** Variance 2 / in, for layers before a relu (He et al. 2015). */
export const heUniform = family(2, 'fanIn', 'uniform')
export const heNormal = family(2, 'fanIn', 'truncatedNormal')
export const kaimingUniform = heUniform
export const kaimingNormal = heNormal
