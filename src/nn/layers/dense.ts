/** An affine map of the last axis. */
import type { NdArray } from '../../core/array.ts'
import { checkOptions } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { zeros, type Initializer } from '../initializers/simple.ts'
import { lecunNormal } from '../initializers/variance-scaling.ts'
import { empty, misfit, requireCount, type Empty, type Layer } from '../layer.ts'
import { addBias } from './bias.ts'

export interface DenseOptions {
  readonly features: number
  readonly useBias?: boolean
  readonly kernelInit?: Initializer
  readonly biasInit?: Initializer
}

export interface DenseParams {
  readonly kernel: NdArray // [in, features]
  readonly bias?: NdArray // [features]
}

/**
 * y = x W + b on the last axis.
 *
 * Shape:  [..., in] -> [..., features].
 * Errors: ShapeError with the layer's path when the last axis is not the one it was made for.
 * Source: weights by `lecunNormal`, as Flax has them.
 *
 * @category layers
 * @since 0.1.0
 */
export const dense = (options: DenseOptions): Layer<DenseParams, Empty> => {
  checkOptions('dense', options, ['features', 'useBias', 'kernelInit', 'biasInit'])
  requireCount('dense', 'features', options.features)
  const { features, useBias = true, kernelInit = lecunNormal(), biasInit = zeros } = options
  return {
    kind: 'dense',
    children: {},
    init: (key, { inputShape, dtype, path }) => {
      if (inputShape.length === 0)
        throw misfit('dense', path, inputShape, 'at least one axis', 'dense maps the last axis')
      const shape = [inputShape[inputShape.length - 1], features]
      const kernel = kernelInit(random.foldIn(key, 'kernel'), shape, dtype)
      if (!useBias) return [{ kernel }, empty]
      return [{ kernel, bias: biasInit(random.foldIn(key, 'bias'), [features], dtype) }, empty]
    },
    apply: ({ kernel, bias }, state, x, { path } = {}) => {
      const last = x.ndim - 1
      if (last < 0 || x.shape[last] !== kernel.shape[0])
        throw misfit(
          'dense',
          path,
          x.shape,
          `[..., ${kernel.shape[0]}], as init was given`,
          'nn.flatten joins axes; init with the inputShape that apply gets'
        )
      const y = lax.dotGeneral(x, kernel, {
        dimensionNumbers: { lhsContracting: [last], rhsContracting: [0] }
      })
      return [addBias(y, bias), state]
    },
    outputShape: (inputShape) => [...inputShape.slice(0, -1), features]
  }
}
