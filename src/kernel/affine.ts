/**
 * Affine indices: offset + Σ coefficient · axis, over the axes of an iteration space.
 *
 * Every way of looking at an array that does not depend on data (transpose, slice, flip,
 * broadcast, split of an axis) is a change of affine index, so it costs nothing.
 */

/** offset + Σ_a coefficients[a] · i_a. Missing trailing coefficients are zero. */
export interface Affine {
  readonly offset: number
  readonly coefficients: readonly number[]
}

/** The half-open interval lower ≤ index < upper that an affine index has to stay in. */
export interface Bound {
  readonly index: Affine
  readonly lower: number
  readonly upper: number
}

/** The affine index; trailing zero coefficients are dropped so that equal indices print alike. */
export const affine = (offset: number, coefficients: readonly number[]): Affine => {
  let rank = coefficients.length
  while (rank > 0 && coefficients[rank - 1] === 0) rank--
  const kept: number[] = []
  for (let a = 0; a < rank; a++) kept.push(coefficients[a] + 0) // −0 prints as 0
  return { offset: offset + 0, coefficients: kept }
}

/** The index that does not move. */
export const constantIndex = (offset: number): Affine => affine(offset, [])

/** The value of one axis of the iteration space. */
export const axisIndex = (axis: number): Affine => {
  const coefficients: number[] = []
  for (let a = 0; a < axis; a++) coefficients.push(0)
  coefficients.push(1)
  return { offset: 0, coefficients }
}

/** The coefficient on `axis`, zero where none is written. */
export const coefficient = (index: Affine, axis: number): number => index.coefficients[axis] ?? 0

/** Whether two indices are one and the same, as they are written. */
export const sameAffine = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset &&
  a.coefficients.length === b.coefficients.length &&
  a.coefficients.every((c, i) => c === b.coefficients[i])

/** Sum of two affine indices over the same axes. */
export const addAffine = (a: Affine, b: Affine): Affine => {
  const rank = Math.max(a.coefficients.length, b.coefficients.length)
  const sums: number[] = []
  for (let i = 0; i < rank; i++) sums.push(coefficient(a, i) + coefficient(b, i))
  return affine(a.offset + b.offset, sums)
}

/** The index times an integer. */
export const scaleAffine = (a: Affine, factor: number): Affine =>
  affine(
    a.offset * factor,
    a.coefficients.map((c) => c * factor)
  )

/** Substitutes `axes[a]` for axis `a`: the index of the old space as an index of the new one. */
export const compose = (index: Affine, axes: readonly Affine[]): Affine => {
  const sums: number[] = []
  let { offset } = index
  for (let a = 0; a < index.coefficients.length; a++) {
    const c = index.coefficients[a]
    if (c === 0) continue
    const axis = axes[a]
    offset += c * axis.offset
    while (sums.length < axis.coefficients.length) sums.push(0)
    for (let i = 0; i < axis.coefficients.length; i++) sums[i] += c * axis.coefficients[i]
  }
  return affine(offset, sums)
}

/** The value at a point. */
export const evaluateAffine = (index: Affine, point: readonly number[]): number =>
  index.coefficients.reduce((sum, c, a) => sum + c * point[a], index.offset)

/** Row-major strides, in elements. Shape: extents [n] -> strides [n]. */
export const rowMajorStrides = (extents: readonly number[]): readonly number[] => {
  const strides = new Array<number>(extents.length)
  for (let a = extents.length - 1, stride = 1; a >= 0; a--) {
    strides[a] = stride
    stride *= extents[a]
  }
  return strides
}

/** The row-major index of a contiguous array of these extents. Axes of extent 1 do not count. */
export const rowMajor = (extents: readonly number[]): Affine =>
  affine(
    0,
    rowMajorStrides(extents).map((s, a) => (extents[a] === 1 ? 0 : s))
  )

/** Smallest and largest value over the box of `extents`; undefined where the box is empty. */
export const rangeOf = (
  index: Affine,
  extents: readonly number[]
): readonly [lowest: number, highest: number] => {
  let lowest = index.offset
  let highest = index.offset
  index.coefficients.forEach((c, a) => {
    const reach = c * (extents[a] - 1)
    if (reach < 0) lowest += reach
    else highest += reach
  })
  return [lowest, highest]
}

/** `i0·4 + i1 + 3`, the form used in printed programs. */
export const showAffine = (index: Affine): string => {
  const terms = index.coefficients.flatMap((c, a) =>
    c === 0 ? [] : [c === 1 ? `i${a}` : `i${a}*${c}`]
  )
  return (index.offset === 0 && terms.length > 0 ? terms : [...terms, `${index.offset}`]).join(
    ' + '
  )
}
