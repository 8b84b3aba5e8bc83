/** A form that is linear in each of two inputs. */
import type { NdArray } from '../../core/array.ts'
import { ShapeError, checkOptions } from '../../core/errors.ts'
import { show } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { zeros, type Initializer } from '../initializers/simple.ts'
import { lecunNormal } from '../initializers/variance-scaling.ts'
import { empty, layerAt, requireCount, type Empty, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'

export interface BilinearOptions {
  readonly features: number
  readonly useBias?: boolean
  readonly kernelInit?: Initializer
  readonly biasInit?: Initializer
}

export interface BilinearParams {
  readonly kernel: NdArray // [first, second, features]
  readonly bias?: NdArray // [features]
}

/**
 * y_k = Σ_ij a_i W_ijk b_j + bias_k, for inputs [a, b].
 *
 * Shape:  [..., first] and [..., second] -> [..., features].
 * Errors: ShapeError with the layer's path for other features or different batch axes.
 *
 * @example
 * const layer = nn.bilinear({ features: 4 })
 * const [params, state] = layer.init(random.key(0), { inputShape: [[5, 2], [5, 3]] })
 * layer.apply(params, state, [np.ones([5, 2]), np.ones([5, 3])])[0].shape // => [5, 4]
 *
 * @category layers
 * @since 0.1.0
 */
export const bilinear = (
  options: BilinearOptions
): Layer<BilinearParams, Empty, readonly [NdArray, NdArray]> => {
  checkOptions('bilinear', options, ['features', 'useBias', 'kernelInit', 'biasInit'])
  requireCount('bilinear', 'features', options.features)
  const { features, useBias = true, kernelInit = lecunNormal(), biasInit = zeros } = options
  return {
    kind: 'bilinear',
    children: {},
    init: (key, { inputShape: [a, b], dtype }) => {
      const shape = [a[a.length - 1], b[b.length - 1], features]
      const kernel = kernelInit(random.foldIn(key, 'kernel'), shape, dtype)
      if (!useBias) return [{ kernel }, empty]
      return [{ kernel, bias: biasInit(random.foldIn(key, 'bias'), [features], dtype) }, empty]
    },
    apply: ({ kernel, bias }, state, [a, b], { path } = {}) => {
      const last = a.ndim - 1
      const [first, second] = kernel.shape
      const fits =
        last >= 0 &&
        b.ndim === a.ndim &&
        a.shape[last] === first &&
        b.shape[last] === second &&
        a.shape.slice(0, -1).every((n, i) => n === b.shape[i])
      if (!fits)
        throw new ShapeError(layerAt('bilinear', path), {
          problem: 'the layer cannot take inputs of these shapes',
          got: `inputs of shapes ${show(a.shape)} and ${show(b.shape)}`,
          expected: `[..., ${first}] and [..., ${second}] with the same batch axes`,
          hint: 'init with the inputShape that apply gets'
        })
      const half = lax.dotGeneral(a, kernel, {
        dimensionNumbers: { lhsContracting: [last], rhsContracting: [0] }
      })
      const batch = a.shape.slice(0, -1).map((_, i) => i)
      const y = lax.dotGeneral(b, half, {
        dimensionNumbers: {
          lhsBatch: batch,
          rhsBatch: batch,
          lhsContracting: [last],
          rhsContracting: [last]
        }
      })
      return [addBias(y, bias), state]
    },
    outputShape: ([a]) => [...a.slice(0, -1), features]
  }
}
