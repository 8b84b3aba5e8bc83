/** Contraction and convolution, with the dimension numbers as strings or lists. */
import { show } from '../core/shape.ts'
import type { ArrayLike, NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { ValueError, checkOptions, listOf, ShapeError } from '../core/errors.ts'
import * as contraction from '../primitives/contraction.ts'
import * as convolution from '../primitives/convolution.ts'
import type { ConvDimensionNumbers } from '../primitives/convolution-params.ts'
import { rev } from '../primitives/reversal.ts'
import { leafArray } from '../trace/flat.ts'
import { padTypeToPads } from './reductions.ts'

export type DotDimensionNumbers = contraction.DotDimensionNumbers
export type { ConvDimensionNumbers }

export interface DotGeneralOptions {
  readonly dimensionNumbers: {
    readonly lhsContracting: readonly number[]
    readonly rhsContracting: readonly number[]
    readonly lhsBatch?: readonly number[]
    readonly rhsBatch?: readonly number[]
  }
  readonly preferredElementType?: DType
}

/**
 * Sums products over the contracting axes, for each index of the batch axes.
 * Shape: batch axes, then the other axes of lhs, then those of rhs.
 */
export const dotGeneral = (lhs: ArrayLike, rhs: ArrayLike, options: DotGeneralOptions): NdArray => {
  checkOptions('dotGeneral', options, ['dimensionNumbers', 'preferredElementType'])
  const d = options.dimensionNumbers
  for (const name of ['lhsContracting', 'rhsContracting'] as const) listOf('dotGeneral', d?.[name])
  return contraction.dotGeneral(leafArray(lhs), leafArray(rhs), {
    dimensionNumbers: {
      lhsContracting: d.lhsContracting,
      rhsContracting: d.rhsContracting,
      lhsBatch: d.lhsBatch ?? [],
      rhsBatch: d.rhsBatch ?? []
    },
    ...(options.preferredElementType === undefined
      ? {}
      : { preferredElementType: options.preferredElementType })
  })
}

/** Vector and matrix products of rank 1 and 2. */
export const dot = (lhs: ArrayLike, rhs: ArrayLike): NdArray => {
  const [a, b] = [leafArray(lhs), leafArray(rhs)]
  return dotGeneral(a, b, {
    dimensionNumbers: { lhsContracting: [a.ndim - 1], rhsContracting: [0] }
  })
}

/** [..., n, k] · [..., k, m] over equal leading axes. */
export const batchMatmul = (x: ArrayLike, y: ArrayLike): NdArray => {
  const [lhs, rhs] = [leafArray(x), leafArray(y)]
  if (lhs.ndim < 2 || rhs.ndim < 2)
    throw new ShapeError('batchMatmul', {
      problem: 'an operand is no matrix',
      got: `${show(lhs.shape)} and ${show(rhs.shape)}`,
      expected: '[..., n, k] and [..., k, m]',
      hint: 'np.matmul takes vectors too'
    })
  const batch = lhs.shape.slice(0, -2).map((_, a) => a)
  return dotGeneral(lhs, rhs, {
    dimensionNumbers: {
      lhsContracting: [lhs.ndim - 1],
      rhsContracting: [rhs.ndim - 2],
      lhsBatch: batch,
      rhsBatch: batch
    }
  })
}

/** Layouts as strings such as ['NHWC', 'HWIO', 'NHWC'], or the axes themselves. */
export type Layout = ConvDimensionNumbers | readonly [lhs: string, rhs: string, out: string]

/** N and C, O and I name batch, feature, output and input; other letters name spatial axes. */
export const convDimensionNumbers = (rank: number, layout?: Layout): ConvDimensionNumbers => {
  if (typeof layout === 'object' && layout !== null && 'lhsSpec' in layout) return layout
  if (layout !== undefined) listOf('convDimensionNumbers', layout)
  const letters = 'DHW'.slice(Math.max(0, 5 - rank))
  const [lhs, rhs, out] = layout ?? [`NC${letters}`, `OI${letters}`, `NC${letters}`]
  const order = (spec: string, first: string, like: string): readonly number[] => {
    const fine =
      typeof spec === 'string' &&
      typeof like === 'string' &&
      spec.length === rank &&
      new Set(spec).size === rank &&
      Array.from(first).every((c) => spec.includes(c)) &&
      Array.from(like).every((c) => spec.includes(c))
    if (!fine)
      throw new ValueError('convDimensionNumbers', {
        problem: 'a layout does not name the axes',
        got: `'${spec}' for rank ${rank}`,
        expected: `${first} and the spatial letters ${like}, each once`,
        hint: "for images: ['NHWC', 'HWIO', 'NHWC']"
      })
    return Array.from(first + like, (c) => spec.indexOf(c))
  }
  const spatial = Array.from(rhs)
    .filter((c) => !'OI'.includes(c))
    .join('')
  return {
    lhsSpec: order(lhs, 'NC', spatial),
    rhsSpec: order(rhs, 'OI', spatial),
    outSpec: order(out, 'NC', spatial)
  }
}

export interface ConvOptions {
  readonly windowStrides?: readonly number[]
  readonly padding?:
    'valid' | 'same' | 'sameLower' | readonly (readonly [low: number, high: number])[]
  readonly lhsDilation?: readonly number[]
  readonly rhsDilation?: readonly number[]
  /** ['NCHW', 'OIHW', 'NCHW'] by default, as in XLA; networks here use ['NHWC', 'HWIO', 'NHWC']. */
  readonly dimensionNumbers?: Layout
  readonly featureGroupCount?: number
  readonly batchGroupCount?: number
  readonly preferredElementType?: DType
}

/** XLA's convolution (a cross-correlation), of any number of spatial axes. */
export const convGeneralDilated = (
  input: ArrayLike,
  kernel: ArrayLike,
  options: ConvOptions = {}
): NdArray => {
  const [lhs, rhs] = [leafArray(input), leafArray(kernel)]
  checkOptions('convGeneralDilated', options, [
    'windowStrides',
    'padding',
    'lhsDilation',
    'rhsDilation',
    'dimensionNumbers',
    'featureGroupCount',
    'batchGroupCount',
    'preferredElementType'
  ])
  const dimensionNumbers = convDimensionNumbers(lhs.ndim, options.dimensionNumbers)
  const ones = new Array<number>(Math.max(0, lhs.ndim - 2)).fill(1)
  const {
    windowStrides = ones,
    lhsDilation = ones,
    rhsDilation = ones,
    padding = 'valid'
  } = options
  for (const given of [windowStrides, lhsDilation, rhsDilation]) listOf('convGeneralDilated', given)
  const extents = dimensionNumbers.lhsSpec
    .slice(2)
    .map((a, i) => (lhs.shape[a] === 0 ? 0 : (lhs.shape[a] - 1) * lhsDilation[i] + 1))
  const window = dimensionNumbers.rhsSpec
    .slice(2)
    .map((a, i) => (rhs.shape[a] - 1) * rhsDilation[i] + 1)
  return convolution.convGeneralDilated(lhs, rhs, {
    dimensionNumbers,
    windowStrides,
    lhsDilation,
    rhsDilation,
    padding:
      typeof padding === 'string'
        ? padTypeToPads(extents, window, windowStrides, padding)
        : padding,
    featureGroupCount: options.featureGroupCount ?? 1,
    batchGroupCount: options.batchGroupCount ?? 1,
    ...(options.preferredElementType === undefined
      ? {}
      : { preferredElementType: options.preferredElementType })
  })
}

/** A convolution without dilation, channels first. */
export const conv = (
  lhs: ArrayLike,
  rhs: ArrayLike,
  windowStrides: readonly number[],
  padding: 'valid' | 'same'
): NdArray => convGeneralDilated(lhs, rhs, { windowStrides, padding })

export interface ConvTransposeOptions {
  readonly strides: readonly number[]
  readonly padding: 'valid' | 'same' | readonly (readonly [low: number, high: number])[]
  readonly rhsDilation?: readonly number[]
  readonly dimensionNumbers?: Layout
  /** Flip the window and swap its features: the gradient of a convolution. */
  readonly transposeKernel?: boolean
}

const transposePadding = (
  window: number,
  stride: number,
  padding: 'valid' | 'same'
): readonly [number, number] => {
  if (padding === 'same') {
    const total = window + stride - 2
    const low = stride > window - 1 ? window - 1 : Math.ceil(total / 2)
    return [low, total - low]
  }
  const total = window + stride - 2 + Math.max(window - stride, 0)
  return [window - 1, total - (window - 1)]
}

/** Fractionally strided convolution, with JAX's paddings. */
export const convTranspose = (
  lhs: NdArray,
  rhs: NdArray,
  options: ConvTransposeOptions
): NdArray => {
  checkOptions('convTranspose', options, [
    'strides',
    'padding',
    'rhsDilation',
    'dimensionNumbers',
    'transposeKernel'
  ])
  const { strides, padding } = options
  const layout: Layout | undefined =
    options.dimensionNumbers ??
    (lhs.ndim === 3
      ? ['NHC', 'HIO', 'NHC']
      : lhs.ndim === 4
        ? ['NHWC', 'HWIO', 'NHWC']
        : ['NDHWC', 'DHWIO', 'NDHWC'])
  const numbers = convDimensionNumbers(lhs.ndim, layout)
  const rhsDilation = options.rhsDilation ?? strides.map(() => 1)
  const spatial = numbers.rhsSpec.slice(2)
  const window = spatial.map((a, i) => (rhs.shape[a] - 1) * rhsDilation[i] + 1)
  const [out, inner, ...rest] = numbers.rhsSpec
  const flipped = options.transposeKernel === true
  return convGeneralDilated(
    lhs,
    flipped
      ? rev(
          rhs,
          spatial.toSorted((p, q) => p - q)
        )
      : rhs,
    {
      windowStrides: strides.map(() => 1),
      lhsDilation: strides,
      rhsDilation,
      padding:
        typeof padding === 'string'
          ? window.map((w, i) => transposePadding(w, strides[i], padding))
          : padding,
      dimensionNumbers: flipped ? { ...numbers, rhsSpec: [inner, out, ...rest] } : numbers
    }
  )
}
