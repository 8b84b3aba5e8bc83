/** Layers whose kernels are normalised before they are used. */
import type { NdArray } from '../../core/array.ts'
import { StructureError, checkOptions } from '../../core/errors.ts'
import type { Path } from '../../core/path.ts'
import { sizeOf } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import {
  applyChild,
  childInit,
  childOptions,
  layerAt,
  requireCount,
  type Layer,
  type ShapesOf
} from '../layer.ts'

type Named = Readonly<Record<string, NdArray | undefined>>

const kernelOf = (kind: string, params: unknown, name: string, path: Path | undefined): NdArray => {
  const found = (params as Named)[name]
  if (found !== undefined) return found
  const names = Object.keys(params as object)
  throw new StructureError(layerAt(kind, path), {
    problem: `the layer inside has no parameter '${name}'`,
    got: names.length === 0 ? 'no parameters' : `parameters ${names.join(', ')}`,
    expected: `'${name}' among them`,
    hint: "set { name }; recurrences have 'inputKernel' and 'recurrentKernel' inside"
  })
}

/** Parameters with another array under one name. */
const withKernel = <P>(params: P, name: string, kernel: NdArray): P => ({
  ...params,
  [name]: kernel
})

/** √ of the sum of squares over all axes but one (or over all), with extent 1 where summed. */
const norms = (v: NdArray, axis: number | null): NdArray => {
  const kept = axis === null ? -1 : axis < 0 ? axis + v.ndim : axis
  const axes = v.shape.map((_, a) => a).filter((a) => a !== kept)
  return lax.sqrt(lax.reduceSum(lax.square(v), axes))
}

/** One number for each index of an axis, along all others. */
const along = (s: NdArray, like: NdArray, axis: number | null): NdArray =>
  lax.broadcastInDim(s, like.shape, axis === null ? [] : [axis < 0 ? axis + like.ndim : axis])

export interface WeightNormOptions {
  /** Which parameter is normalised: 'kernel' by default. */
  readonly name?: string
  /** The axis that keeps a scale for each index: the last by default; null for one scale in all. */
  readonly axis?: number | null
}

export interface WeightNormParams<P> {
  readonly layer: P
  readonly scale: NdArray // [features], or [] for one scale in all
}

export interface WeightNormState<S> {
  readonly layer: S
}

/**
 * kernel = scale · v / ‖v‖, so that length and direction are learned apart. At first it is the kernel
 * that the layer begins with.
 *
 * Shape:  as the layer inside.
 * Errors: StructureError with the layer's path when the layer inside has no such parameter.
 * Source: Salimans & Kingma 2016.
 *
 * @example
 * const layer = nn.weightNorm(nn.dense({ features: 2 }))
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 3] })
 * params.scale.shape // => [2]
 *
 * @category normalisation
 * @since 0.1.0
 */
export const weightNorm = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  options: WeightNormOptions = {}
): Layer<WeightNormParams<P>, WeightNormState<S>, X, Y> => {
  checkOptions('weightNorm', options, ['name', 'axis'])
  const { name = 'kernel', axis = -1 } = options
  return {
    kind: 'weightNorm',
    children: { layer },
    init: (key, given) => {
      const own = childInit(given, 'layer', given.inputShape)
      const [params, state] = layer.init(random.foldIn(key, 'layer'), own)
      const v = kernelOf('weightNorm', params, name, given.path)
      return [{ layer: params, scale: norms(v, axis) }, { layer: state }]
    },
    apply: (params, state, x, applied = {}) => {
      const v = kernelOf('weightNorm', params.layer, name, applied.path)
      const rate = lax.div(params.scale, norms(v, axis))
      const kernel = lax.mul(v, along(rate, v, axis))
      const inner = withKernel(params.layer, name, kernel)
      const [y, s] = applyChild(layer, inner, state.layer, x, childOptions(applied, 'layer'))
      return [y, { layer: s }]
    },
    outputShape: (inputShape: ShapesOf<X>) => layer.outputShape(inputShape)
  }
}

export interface SpectralNormOptions {
  /** Which parameter is normalised: 'kernel' by default. */
  readonly name?: string
  /** The axis of the rows of the matrix; the last by default. */
  readonly axis?: number
  /** Steps of the power iteration at each call while training: 1 by default. */
  readonly numIterations?: number
  /** Added to norms: 1e-12 by default. */
  readonly epsilon?: number
}

export interface SpectralNormParams<P> {
  readonly layer: P
}

/** The singular vectors found so far. */
export interface SpectralNormState<S> {
  readonly layer: S
  readonly u: NdArray // [features]
  readonly v: NdArray // [all other axes of the kernel, flattened]
}

/** x / max(‖x‖, ε). */
const unit = (x: NdArray, epsilon: number): NdArray => {
  const length = lax.max(lax.sqrt(lax.reduceSum(lax.square(x), [0])), epsilon)
  return lax.div(x, lax.broadcastInDim(length, x.shape, []))
}

const times = (a: NdArray, b: NdArray): NdArray =>
  lax.dotGeneral(a, b, { dimensionNumbers: { lhsContracting: [1], rhsContracting: [0] } })

/**
 * kernel / σ, with σ its largest singular value, estimated by a power iteration that goes on at
 * every call while training. The state holds the singular vectors.
 *
 * Shape:  as the layer inside.
 * Errors: StructureError with the layer's path when the layer inside has no such parameter, or the
 *         state no vectors.
 * Source: Miyato et al. 2018.
 *
 * @example
 * const layer = nn.spectralNorm(nn.dense({ features: 2 }))
 * const [params, state] = layer.init(random.key(0), { inputShape: [1, 3] })
 * state.u.shape // => [2]
 * const [, next] = layer.apply(params, state, np.ones([1, 3]), { train: true })
 * next.v.shape // => [3]
 *
 * @category normalisation
 * @since 0.1.0
 */
export const spectralNorm = <P, S, X, Y>(
  layer: Layer<P, S, X, Y>,
  options: SpectralNormOptions = {}
): Layer<SpectralNormParams<P>, SpectralNormState<S>, X, Y> => {
  const kind = 'spectralNorm'
  checkOptions(kind, options, ['name', 'axis', 'numIterations', 'epsilon'])
  const { name = 'kernel', axis = -1, numIterations = 1, epsilon = 1e-12 } = options
  requireCount(kind, 'numIterations', numIterations)

  /** The kernel as a matrix: rows along its axis. Shape: [rows, rest]. */
  const matrixOf = (kernel: NdArray): NdArray => {
    const at = axis < 0 ? axis + kernel.ndim : axis
    const others = kernel.shape.map((_, a) => a).filter((a) => a !== at)
    const rest = sizeOf(others.map((a) => kernel.shape[a]))
    return lax.reshape(lax.transpose(kernel, [at, ...others]), [kernel.shape[at], rest])
  }

  const iterate = (
    matrix: NdArray,
    u: NdArray,
    v: NdArray,
    steps: number
  ): readonly [u: NdArray, v: NdArray] => {
    if (steps === 0) return [u, v]
    const nextU = unit(times(matrix, v), epsilon)
    return iterate(
      matrix,
      nextU,
      unit(times(lax.transpose(matrix, [1, 0]), nextU), epsilon),
      steps - 1
    )
  }

  return {
    kind,
    children: { layer },
    init: (key, given) => {
      const own = childInit(given, 'layer', given.inputShape)
      const [params, state] = layer.init(random.foldIn(key, 'layer'), own)
      const matrix = matrixOf(kernelOf(kind, params, name, given.path))
      const begin = (part: string, n: number): NdArray =>
        unit(random.normal(random.foldIn(key, part), [n], { dtype: matrix.dtype }), epsilon)
      // As many steps as PyTorch makes before it begins.
      const [u, v] = iterate(matrix, begin('u', matrix.shape[0]), begin('v', matrix.shape[1]), 15)
      return [{ layer: params }, { layer: state, u, v }]
    },
    apply: (params, state, x, applied = {}) => {
      if (state?.u === undefined || state.v === undefined)
        throw new StructureError(layerAt(kind, applied.path), {
          problem: 'the singular vectors are missing',
          got: 'a state without u and v',
          expected: 'the state that init returned or the last apply gave back',
          hint: 'const [y, nextState] = layer.apply(params, state, x, { train })'
        })
      const kernel = kernelOf(kind, params.layer, name, applied.path)
      const matrix = matrixOf(kernel)
      const [u, v] =
        applied.train === true
          ? iterate(lax.stopGradient(matrix), state.u, state.v, numIterations)
          : [state.u, state.v]
      const sigma = lax.reduceSum(lax.mul(u, times(matrix, v)), [0])
      const inner = withKernel(
        params.layer,
        name,
        lax.div(kernel, lax.broadcastInDim(sigma, kernel.shape, []))
      )
      const [y, s] = applyChild(layer, inner, state.layer, x, childOptions(applied, 'layer'))
      return [y, { layer: s, u, v }]
    },
    outputShape: (inputShape: ShapesOf<X>) => layer.outputShape(inputShape)
  }
}
