/**
 * Convolutions that are products of two matrices. With windows of one element the positions are
 * rows, and features in and out are terms and columns. With a window as large as the image, as in
 * the gradient by such a kernel, there is one position and every element of the image is a term.
 */
import { affine, coefficient } from './affine.ts'
import type { Contraction, Convolution, SpatialDimension } from './ir.ts'

/** Nested steps, and how far each place moves with one. */
interface Steps {
  readonly extent: number
  readonly lhs: number
  readonly rhs: number
  readonly out: number
}

/** Positions of a window of one element, which never falls beside the input. */
const isPosition = (d: SpatialDimension): boolean =>
  d.window === 1 && d.padLow === 0 && d.inputDilation === 1 && (d.output - 1) * d.stride < d.input

/** The terms of one window, all of them in the input. */
const isTerm = (d: SpatialDimension): boolean =>
  d.output === 1 &&
  d.padLow === 0 &&
  d.inputDilation === 1 &&
  (d.window - 1) * d.windowDilation < d.input

/** The innermost steps that are walked as one, and those around them, from the outermost on. */
const merge = (steps: readonly Steps[], size: (s: Steps) => number) => {
  const moving = steps.filter((s) => s.extent !== 1)
  const [innermost, ...around] = moving.sort((a, b) => Math.abs(size(a)) - Math.abs(size(b)))
  let inner = innermost ?? { extent: 1, lhs: 0, rhs: 0, out: 0 }
  const outer: Steps[] = []
  for (const s of around) {
    const follows = (of: 'lhs' | 'rhs' | 'out'): boolean => s[of] === inner[of] * inner.extent
    if (outer.length === 0 && follows('lhs') && follows('rhs') && follows('out'))
      inner = { ...inner, extent: inner.extent * s.extent }
    else outer.unshift(s)
  }
  return { inner, outer }
}

/** Fewer features than this fill no tile of a product. */
const fewFeatures = 4

/** The product that the convolution is, or null where it is none, or better what it was. */
export const convolutionProduct = (k: Convolution): Contraction | null => {
  const { lhs, rhs, out, spatial, batch, inFeatures, outFeatures } = k
  if (k.groups !== 1 || k.epilogue !== null || !spatial.every((d) => isPosition(d) || isTerm(d)))
    return null
  const strides = (axis: number) => ({
    lhs: coefficient(lhs.index, axis),
    rhs: coefficient(rhs.index, axis),
    out: coefficient(out.index, axis)
  })
  // Axes 1 and 2 are batch and features in for the input, features out and in for the kernel.
  const [first, second] = [strides(1), strides(2)]
  const positions: Steps[] = [{ extent: batch, lhs: first.lhs, rhs: 0, out: first.out }]
  const terms: Steps[] = [{ extent: inFeatures, lhs: second.lhs, rhs: second.rhs, out: 0 }]
  spatial.forEach((d, s) => {
    const by = strides(3 + s)
    if (isPosition(d))
      positions.push({ extent: d.output, lhs: by.lhs * d.stride, rhs: 0, out: by.out })
    else terms.push({ extent: d.window, lhs: by.lhs * d.windowDilation, rhs: by.rhs, out: 0 })
  })
  const { inner: rows, outer } = merge(positions, (s) => s.out)
  const { inner: sum, outer: apart } = merge(terms, (s) => s.lhs)
  const isContiguous = rows.out === 1 || second.out === 1 || outFeatures === 1
  if (sum.extent === 1 || apart.length > 0 || !isContiguous) return null
  // Products side by side would pack the kernel again for each.
  if (outer.length > 0 && rows.extent < outFeatures) return null
  // Long sums for few results are cut into parts as convolutions are.
  if (terms.length > 1 && Math.min(rows.extent, outFeatures) > fewFeatures) return null
  const around = (of: 'lhs' | 'rhs' | 'out'): readonly number[] => outer.map((s) => s[of])
  return {
    _tag: 'contraction',
    dtype: k.dtype,
    batch: outer.map((s) => s.extent),
    m: rows.extent,
    n: outFeatures,
    k: sum.extent,
    lhs: { ...lhs, index: affine(lhs.index.offset, [...around('lhs'), rows.lhs, 0, sum.lhs]) },
    rhs: { ...rhs, index: affine(rhs.index.offset, [...around('rhs'), 0, first.rhs, sum.rhs]) },
    out: { ...out, index: affine(out.index.offset, [...around('out'), rows.out, second.out]) },
    epilogue: null
  }
}
