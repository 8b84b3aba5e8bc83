/** dotGeneral as a contraction: which axes become batch, m, n and k, and when an operand is copied. */
import { iota, sizeOf } from '../core/shape.ts'
import { type DType, isComplex } from '../core/dtype.ts'
import { affine, coefficient, rowMajorStrides } from './affine.ts'
import { copy, type Emitter, loadBuffer, placeOf, store } from './emit.ts'
import type { Expr, ScalarType } from './expr.ts'
import type { ContractDimensions, LoweredValue } from './fuse.ts'
import type { Place } from './ir.ts'
import { isMerged } from './layout.ts'
import { binary } from './make.ts'
import { type Axes, isSumOfProducts, sumOfProducts } from './sum-of-products.ts'
import { convert, full, partType, transpose } from './views.ts'

const free = (rank: number, ...taken: readonly (readonly number[])[]): readonly number[] =>
  iota(rank).filter((a) => taken.every((t) => !t.includes(a)))

/** Below this many rows or columns a copy is better than many small products. */
const leastTile = 16

/** An operand and how far its free axes merge. */
interface Side {
  readonly place: Place
  readonly shape: readonly number[]
  /** Free axes that become batch axes, and those that merge into m (or n). */
  readonly outer: readonly number[]
  readonly inner: readonly number[]
}

/** Makes the free and contracted axes of one operand walkable as one axis each. */
const prepare = (
  c: Emitter,
  v: LoweredValue,
  batch: readonly number[],
  contracted: readonly number[],
  contractedFirst: boolean
): Side => {
  const own = free(v.shape.length, batch, contracted)
  const order = contractedFirst
    ? [...batch, ...contracted, ...own]
    : [...batch, ...own, ...contracted]
  const place = placeOf(c, v, { order, groups: [own, contracted] })
  const split = iota(own.length + 1).find((i) => isMerged(place.index, own.slice(i), v.shape)) ?? 0
  const inner = own.slice(split)
  const fits = split === 0 || sizeOf(inner.map((a) => v.shape[a])) >= leastTile
  if (fits && isMerged(place.index, contracted, v.shape)) {
    return { place, shape: v.shape, outer: own.slice(0, split), inner }
  }
  const stored = loadBuffer(copy(c, transpose(v, order)), {
    shape: order.map((a) => v.shape[a]),
    dtype: v.dtype
  })
  const back = transpose(
    stored,
    v.shape.map((_, a) => order.indexOf(a))
  )
  return { place: placeOf(c, back), shape: v.shape, outer: [], inner: own }
}

/** Contracted axes from the slowest of the left operand to its fastest, pairs kept together. */
const contractedOrder = (
  lhs: LoweredValue,
  d: ContractDimensions
): readonly (readonly [number, number])[] => {
  const pairs = d.lhsContract.map((a, i) => [a, d.rhsContract[i]] as const)
  const first = lhs.parts[0]
  if (first._tag !== 'load') return pairs
  const stride = (a: number): number => Math.abs(coefficient(first.index, a))
  return [...pairs].sort(([a], [b]) => stride(b) - stride(a))
}

const lastStride = (side: Side, axes: readonly number[]): number =>
  axes.length === 0 ? 0 : coefficient(side.place.index, mergedAxis(side, axes))

/** The axis whose stride the merged axis has: the innermost one that moves at all. */
const mergedAxis = (side: Side, axes: readonly number[]): number =>
  axes.filter((a) => side.shape[a] !== 1).at(-1) ?? (axes.at(-1) as number) // axes are not empty

const real = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  d: ContractDimensions
): LoweredValue => {
  const dtype = lhs.dtype as ScalarType // the caller has split complex values
  const ks = contractedOrder(lhs, d)
  const [lk, rk] = [ks.map(([a]) => a), ks.map(([, b]) => b)]
  const shape = [
    ...d.lhsBatch.map((a) => lhs.shape[a]),
    ...free(lhs.shape.length, d.lhsBatch, lk).map((a) => lhs.shape[a]),
    ...free(rhs.shape.length, d.rhsBatch, rk).map((a) => rhs.shape[a])
  ]
  const k = sizeOf(lk.map((a) => lhs.shape[a]))
  if (sizeOf(shape) === 0 || k === 0) return store(c, full(shape, dtype, 0))

  const axes: Axes = {
    ...d,
    lhsContract: lk,
    rhsContract: rk,
    lhsFree: free(lhs.shape.length, d.lhsBatch, lk),
    rhsFree: free(rhs.shape.length, d.rhsBatch, rk)
  }
  // Bools are not added up but joined.
  if (dtype !== 'bool' && (k === 1 || isSumOfProducts(lhs, rhs, axes)))
    return sumOfProducts(c, lhs, rhs, axes, dtype)

  const l = prepare(c, lhs, d.lhsBatch, lk, false)
  const r = prepare(c, rhs, d.rhsBatch, rk, true)
  const strides = rowMajorStrides(shape)
  const lhsFree = d.lhsBatch.length
  const rhsFree = lhsFree + l.outer.length + l.inner.length
  const [ls, rs] = [l.place.index, r.place.index]
  // One row per batch axis: extent, then stride in lhs, rhs and result.
  const batch = [
    ...d.lhsBatch.map((a, i) => [
      lhs.shape[a],
      coefficient(ls, a),
      coefficient(rs, d.rhsBatch[i]),
      strides[i]
    ]),
    ...l.outer.map((a, i) => [lhs.shape[a], coefficient(ls, a), 0, strides[lhsFree + i]]),
    ...r.outer.map((a, i) => [rhs.shape[a], 0, coefficient(rs, a), strides[rhsFree + i]])
  ].filter(([extent]) => extent !== 1)

  const n = sizeOf(r.inner.map((a) => rhs.shape[a]))
  const out = c.allocate({ shape, dtype })
  c.emit({
    _tag: 'contraction',
    dtype,
    batch: batch.map(([extent]) => extent),
    m: sizeOf(l.inner.map((a) => lhs.shape[a])),
    n,
    k,
    lhs: {
      ...l.place,
      index: affine(ls.offset, [
        ...batch.map(([, s]) => s),
        lastStride(l, l.inner),
        0,
        lastStride(l, lk)
      ])
    },
    rhs: {
      ...r.place,
      index: affine(rs.offset, [
        ...batch.map(([, , s]) => s),
        0,
        lastStride(r, r.inner),
        lastStride(r, rk)
      ])
    },
    out: {
      buffer: out,
      index: affine(0, [
        ...batch.map(([, , , s]) => s),
        // The merged free axes of lhs move over the whole of the rhs axes.
        l.inner.length === 0 ? 0 : strides[rhsFree - 1],
        r.inner.length === 0 ? 0 : 1
      ]),
      base: null
    },
    epilogue: null
  })
  return loadBuffer(out, { shape, dtype })
}

/** The parts of complex values as real values. */
export const partsOf = (v: LoweredValue): readonly LoweredValue[] =>
  v.parts.map((e) => ({ shape: v.shape, dtype: partType(v.dtype), parts: [e] }))

/** A bilinear operation on complex values from four on real ones. */
export const complexProduct = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  dtype: DType,
  product: (x: LoweredValue, y: LoweredValue) => LoweredValue
): LoweredValue => {
  const [a, b] = partsOf(lhs)
  const [x, y] = partsOf(rhs)
  const combine = (op: 'add' | 'sub', left: LoweredValue, right: LoweredValue): Expr =>
    binary(op, left.parts[0], right.parts[0])
  const [ax, by, ay, bx] = [product(a, x), product(b, y), product(a, y), product(b, x)]
  return store(c, {
    shape: ax.shape,
    dtype,
    parts: [combine('sub', ax, by), combine('add', ay, bx)]
  })
}

export const contract = (
  c: Emitter,
  lhs: LoweredValue,
  rhs: LoweredValue,
  dimensions: ContractDimensions,
  dtype: DType
): LoweredValue => {
  const [l, r] = [convert(lhs, dtype), convert(rhs, dtype)]
  return isComplex(dtype)
    ? complexProduct(c, l, r, dtype, (x, y) => real(c, x, y, dimensions))
    : real(c, l, r, dimensions)
}
