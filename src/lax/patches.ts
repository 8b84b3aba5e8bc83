/** Convolutions by another name: their patches, and one with a kernel of its own everywhere. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, checkOptions, listOf } from '../core/errors.ts'
import { show, sizeOf } from '../core/shape.ts'
import { leafArray } from '../trace/flat.ts'
import {
  convDimensionNumbers,
  convGeneralDilated,
  dotGeneral,
  type ConvOptions
} from './convolution.ts'
import { eq } from './elementwise.ts'
import {
  broadcastInDim,
  broadcastedIota,
  convertElementType,
  reshape,
  transpose
} from './structural.ts'

export type PatchOptions = Pick<ConvOptions, 'lhsDilation' | 'rhsDilation' | 'dimensionNumbers'>

/**
 * The windows of a convolution, laid out as features: those of the first channel, then of the next.
 *
 * Shape: as of a convolution with channels × window features.
 *
 * @example
 * const x = np.reshape(np.arange(4), [1, 1, 4]).astype('float32')
 * convGeneralDilatedPatches(x, [2], [1], 'valid') // => [[[0. 1. 2.] [1. 2. 3.]]]
 *
 * @category convolution
 * @since 0.1.0
 */
export const convGeneralDilatedPatches = (
  of: ArrayLike,
  filterShape: readonly number[],
  windowStrides: readonly number[],
  padding: NonNullable<ConvOptions['padding']>,
  options: PatchOptions = {}
): NdArray => {
  const known = ['lhsDilation', 'rhsDilation', 'dimensionNumbers']
  checkOptions('convGeneralDilatedPatches', options, known)
  const x = leafArray(of)
  const window = listOf('convGeneralDilatedPatches', filterShape)
  const numbers = convDimensionNumbers(x.ndim, options.dimensionNumbers)
  if (window.length !== x.ndim - 2)
    throw new ShapeError('convGeneralDilatedPatches', {
      problem: 'the window does not have an extent for each spatial axis',
      got: `window ${show(window)} for ${show(x.shape)}`,
      expected: `${x.ndim - 2} extents`,
      hint: 'two axes are those of the batch and of the channels'
    })
  const [channels, size] = [x.shape[numbers.lhsSpec[1]], sizeOf(window)]
  const [row, column] = [0, 1].map((a) => broadcastedIota('int32', [size, size], a))
  const unit = reshape(convertElementType(eq(row, column), x.dtype), [size, 1, ...window])
  const each = broadcastInDim(
    unit,
    [channels, ...unit.shape],
    unit.shape.map((_, a) => a + 1)
  )
  const kernel = reshape(each, [channels * size, 1, ...window])
  // The kernel is OI and its window, whatever the layout of the operand.
  const rhsSpec = kernel.shape.map((_, a) => a)
  return convGeneralDilated(x, kernel, {
    ...options,
    windowStrides,
    padding,
    dimensionNumbers: { ...numbers, rhsSpec },
    featureGroupCount: channels
  })
}

/**
 * A convolution whose kernel differs from place to place: patches times the kernel of their place.
 *
 * Shape:  kernel [features, channels × window, ...places] in the default layout, as the layout has
 *         output, input and spatial axes otherwise -> that of a convolution.
 * Errors: ShapeError when there is not one kernel for each place.
 *
 * @category convolution
 * @since 0.1.0
 */
export const convGeneralDilatedLocal = (
  of: ArrayLike,
  kernelOf: ArrayLike,
  windowStrides: readonly number[],
  padding: NonNullable<ConvOptions['padding']>,
  filterShape: readonly number[],
  options: PatchOptions = {}
): NdArray => {
  const [x, kernel] = [leafArray(of), leafArray(kernelOf)]
  const { lhsSpec, rhsSpec, outSpec } = convDimensionNumbers(x.ndim, options.dimensionNumbers)
  const patches = convGeneralDilatedPatches(x, filterShape, windowStrides, padding, {
    ...options,
    dimensionNumbers: { lhsSpec, rhsSpec, outSpec: lhsSpec }
  })
  const places = lhsSpec.slice(2).map((a) => patches.shape[a])
  const fits =
    kernel.ndim === x.ndim && rhsSpec.slice(2).every((a, i) => kernel.shape[a] === places[i])
  if (!fits)
    throw new ShapeError('convGeneralDilatedLocal', {
      problem: 'there is not one kernel for each place',
      got: `kernel ${show(kernel.shape)} for places ${show(places)}`,
      expected: `spatial extents ${show(places)}`,
      hint: 'a convolution with one kernel is convGeneralDilated'
    })
  // [...places, batch, features], which then goes to the layout of the result.
  const product = dotGeneral(patches, kernel, {
    dimensionNumbers: {
      lhsContracting: [lhsSpec[1]],
      rhsContracting: [rhsSpec[1]],
      lhsBatch: lhsSpec.slice(2),
      rhsBatch: rhsSpec.slice(2)
    }
  })
  const n = places.length
  const from = [n, n + 1, ...places.map((_, a) => a)]
  const permutation = outSpec.map((_, a) => from[outSpec.indexOf(a)])
  return transpose(product, permutation)
}
