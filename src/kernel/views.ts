/**
 * Pure functions on lazy values: elementwise maps and changes of view. None of them makes a
 * kernel; shapes are the caller's responsibility (abstract evaluation has checked them).
 */
import { type DType, isComplex, realPart } from '../core/dtype.ts'
import { type Affine, affine, axisIndex, constantIndex } from './affine.ts'
import type { Expr, ScalarType } from './expr.ts'
import type { LoweredValue } from './fuse.ts'
import { cast, compare, constant, guard, iota } from './make.ts'
import { reindexer } from './walk.ts'

/** dtype of the parts: itself, or that of the real part. */
export const partType = (dtype: DType): ScalarType => realPart(dtype) as ScalarType // a real part is never complex

/** A real value from one expression over `shape`. */
export const value = (shape: readonly number[], e: Expr): LoweredValue => ({
  shape,
  dtype: e.dtype,
  parts: [e]
})

/** The same number everywhere; a complex number has imaginary part `imaginary`. */
export const full = (
  shape: readonly number[],
  dtype: DType,
  real: number,
  imaginary = 0
): LoweredValue => ({
  shape,
  dtype,
  parts: isComplex(dtype)
    ? [constant(partType(dtype), real), constant(partType(dtype), imaginary)]
    : [constant(partType(dtype), real)]
})

/** 0, 1, 2 … along `axis`, constant along the others. */
export const iotaAlong = (shape: readonly number[], dtype: DType, axis: number): LoweredValue => ({
  shape,
  dtype,
  parts: isComplex(dtype)
    ? [iota(partType(dtype), axisIndex(axis)), constant(partType(dtype), 0)]
    : [iota(partType(dtype), axisIndex(axis))]
})

/** The one expression of a real value. */
export const only = (v: LoweredValue): Expr => v.parts[0]

/** Elementwise over real values of one shape: `f` sees their expressions at one point. */
export const map = (
  inputs: readonly LoweredValue[],
  f: (...es: readonly Expr[]) => Expr
): LoweredValue => value(inputs[0].shape, f(...inputs.map(only)))

/** The same real function on every part; for linear functions of complex values too. */
export const mapParts = (v: LoweredValue, f: (e: Expr) => Expr): LoweredValue => {
  const parts = v.parts.map(f)
  return { ...v, dtype: isComplex(v.dtype) ? v.dtype : parts[0].dtype, parts }
}

/** Elementwise conversion; complex to real drops the imaginary part, complex to bool is ≠ 0. */
export const convert = (v: LoweredValue, dtype: DType): LoweredValue => {
  const to = partType(dtype)
  if (isComplex(dtype)) {
    const [re, im] = v.parts
    return { ...v, dtype, parts: [cast(re, to), im === undefined ? constant(to, 0) : cast(im, to)] }
  }
  if (dtype === 'bool') {
    const nonzero = v.parts.map((e) => compare('ne', e, constant(e.dtype, 0)))
    const any = nonzero.length === 2 ? orOf(nonzero[0], nonzero[1]) : cast(v.parts[0], 'bool')
    return { ...v, dtype, parts: [any] }
  }
  return { ...v, dtype, parts: [cast(v.parts[0], to)] }
}

const orOf = (x: Expr, y: Expr): Expr => ({ _tag: 'binary', op: 'or', dtype: 'bool', x, y })

/** The value over a new space: axis `a` of the old one is `axes[a]`, affine in the new axes. */
export const view = (
  v: LoweredValue,
  shape: readonly number[],
  axes: readonly Affine[]
): LoweredValue => ({ ...v, shape, parts: v.parts.map(reindexer(axes)) })

/** Result axis `a` is axis `permutation[a]` of the value. */
export const transpose = (v: LoweredValue, permutation: readonly number[]): LoweredValue => {
  const axes = v.shape.map((_, a) => axisIndex(permutation.indexOf(a)))
  return view(
    v,
    permutation.map((p) => v.shape[p]),
    axes
  )
}

/** Axis `a` of the value becomes axis `dimensions[a]` of `shape`; extents of 1 are repeated. */
export const broadcastInDim = (
  v: LoweredValue,
  shape: readonly number[],
  dimensions: readonly number[]
): LoweredValue =>
  view(
    v,
    shape,
    dimensions.map((d, a) => (v.shape[a] === 1 ? constantIndex(0) : axisIndex(d)))
  )

/** start ≤ index < limit in steps of `strides`. */
export const slice = (
  v: LoweredValue,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = start.map(() => 1)
): LoweredValue =>
  view(
    v,
    start.map((s, a) => Math.max(0, Math.ceil((limit[a] - s) / strides[a]))),
    start.map((s, a) => affine(s, [...new Array<number>(a).fill(0), strides[a]]))
  )

/** Flips the axes. */
export const reverse = (v: LoweredValue, axes: readonly number[]): LoweredValue =>
  view(
    v,
    v.shape,
    v.shape.map((n, a) =>
      axes.includes(a) ? affine(n - 1, [...new Array<number>(a).fill(0), -1]) : axisIndex(a)
    )
  )

/** Drops axes of extent 1. */
export const squeeze = (v: LoweredValue, axes: readonly number[]): LoweredValue => {
  const kept = v.shape.flatMap((_, a) => (axes.includes(a) ? [] : [a]))
  return view(
    v,
    kept.map((a) => v.shape[a]),
    v.shape.map((_, a) => (axes.includes(a) ? constantIndex(0) : axisIndex(kept.indexOf(a))))
  )
}

/** Padding without interior; negative amounts crop. `fill` is a scalar. */
export const padEdges = (
  v: LoweredValue,
  fill: LoweredValue,
  edges: readonly (readonly [low: number, high: number])[]
): LoweredValue => {
  const shape = v.shape.map((n, a) => n + edges[a][0] + edges[a][1])
  const at = edges.map(([low], a) => affine(-low, [...new Array<number>(a).fill(0), 1]))
  const bounds = at.map((index, a) => ({ index, lower: 0, upper: v.shape[a] }))
  const inside = view(v, shape, at)
  const parts = inside.parts.map((e, p) => guard(shape, bounds, e, fill.parts[p]))
  return { ...inside, parts }
}
