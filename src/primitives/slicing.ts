/** Parts of arrays, and what they are parts of: slice and pad. Each is the transpose of the other. */
import { makeAval, scalar, type NdArray } from '../core/array.ts'
import { allocate, slotsOf } from '../core/dtype.ts'
import { IndexError, ShapeError } from '../core/errors.ts'
import { show, sizeOf, stridesOf, type Shape } from '../core/shape.ts'
import { slice as sliceView } from '../kernel/views.ts'
import { withShape } from '../trace/aval.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Primitive,
  type Unknown
} from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { unchanged } from './algebra.ts'
import { selectN } from './compare.ts'
import { addTangents, checkSame, instantiate } from './elementwise.ts'
import { copyStrided } from './host.ts'
import { linearJvp, mapTangent, zeroOf } from './linear.ts'
import { neg } from './negation.ts'
import { batchFirst, batchUnary, broadcastInDim, fillLike, sum } from './movement.ts'

export interface SliceParams {
  readonly start: readonly number[]
  /** Exclusive. */
  readonly limit: readonly number[]
  /** Positive. */
  readonly strides: readonly number[]
}

const ones = (n: number): readonly number[] => new Array<number>(n).fill(1)

/** Every `strides`-th element from start to limit. Its transpose pads with zeros. */
export const sliceP: Primitive<SliceParams> = definePrimitive<SliceParams>({
  name: 'slice',
  simplify: (e) => unchanged(e, true),
  abstractEval: ([x], { start, limit, strides }) => {
    const rank = x.shape.length
    const fine =
      start.length === rank &&
      limit.length === rank &&
      strides.length === rank &&
      x.shape.every(
        (n, a) => start[a] >= 0 && start[a] <= limit[a] && limit[a] <= n && strides[a] >= 1
      )
    if (!fine)
      throw new IndexError('slice', {
        problem: 'the slice is outside the array',
        got: `start ${show(start)}, limit ${show(limit)}, strides ${show(strides)} of shape ${show(x.shape)}`,
        expected: '0 ≤ start ≤ limit ≤ extent and strides ≥ 1 for every axis',
        hint: "x.slice('1:3', '::-1') counts from the end, clamps and flips as NumPy does"
      })
    return [
      withShape(
        x,
        start.map((s, a) => Math.ceil((limit[a] - s) / strides[a]))
      )
    ]
  },
  reference: ([x], { start, strides }, [out]) => {
    const data = allocate(x.dtype, sizeOf(out.shape))
    const from = stridesOf(x.shape)
    const offset = start.reduce((sum, s, a) => sum + s * from[a], 0)
    copyStrided(
      data,
      out.shape,
      x.data,
      from.map((s, a) => s * strides[a]),
      offset,
      slotsOf(x.dtype)
    )
    return [data]
  },
  lower: ([x], { start, limit, strides }) => [sliceView(x, start, limit, strides)],
  jvp: linearJvp((x, p) => slice(x, p.start, p.limit, p.strides)),
  transpose: ([ct], [x], { start, strides }) => [
    mapTangent((x as Unknown).aval, ct, (t) =>
      pad(
        t,
        zeroOf(makeAval([], x.dtype)),
        x.shape.map((n, a) => {
          const reach = t.shape[a] === 0 ? start[a] : start[a] + (t.shape[a] - 1) * strides[a] + 1
          return [start[a], n - reach, strides[a] - 1]
        })
      )
    )
  ],
  batch: batchUnary((x, at, { start, limit, strides }) => {
    const insert = (v: readonly number[], value: number): readonly number[] => [
      ...v.slice(0, at),
      value,
      ...v.slice(at)
    ]
    return [slice(x, insert(start, 0), insert(limit, x.shape[at]), insert(strides, 1)), at]
  })
})

/** Shape: axis a has ceil((limit − start) / stride) elements. */
export const slice = (
  x: NdArray,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = ones(start.length)
): NdArray =>
  start.every((s, a) => s === 0 && limit[a] === x.shape[a] && strides[a] === 1)
    ? x
    : bind1(sliceP, [x], { start, limit, strides })

/** `start ≤ i < limit` along one axis, everything along the others. */
export const sliceInDim = (
  x: NdArray,
  start: number,
  limit: number,
  axis: number,
  stride = 1
): NdArray =>
  slice(
    x,
    x.shape.map((_, a) => (a === axis ? start : 0)),
    x.shape.map((n, a) => (a === axis ? limit : n)),
    x.shape.map((_, a) => (a === axis ? stride : 1))
  )

/** Elements added before, after and between, per axis; negative ones crop. */
export type PadConfig = readonly (readonly [low: number, high: number, interior: number])[]

interface PadParams {
  readonly config: PadConfig
}

const padded = (shape: Shape, config: PadConfig): Shape =>
  shape.map((n, a) => config[a][0] + config[a][1] + n + Math.max(0, n - 1) * config[a][2])

/** Surrounds and spreads elements with a value. Linear in both; its transpose slices. */
export const padP: Primitive<PadParams> = definePrimitive<PadParams>({
  name: 'pad',
  abstractEval: ([x, value], { config }) => {
    const shape = config.length === x.shape.length ? padded(x.shape, config) : null
    if (shape === null || shape.some((n) => n < 0) || config.some((c) => c[2] < 0))
      throw new ShapeError('pad', {
        problem: 'the padding does not fit the array',
        got: `padding [${config.map((c) => show(c)).join(', ')}] of shape ${show(x.shape)}`,
        expected: 'low, high and interior per axis, interior ≥ 0, and no negative result',
        hint: 'negative low and high crop; np.pad takes [before, after] pairs'
      })
    checkSame('pad', [value, makeAval([], x.dtype)])
    return [makeAval(shape, x.dtype, x.weak && value.weak)]
  },
  reference: ([x, value], { config }, [out]) => {
    const slots = slotsOf(x.dtype)
    const data = allocate(x.dtype, sizeOf(out.shape))
    for (let i = 0; i < data.length; i++) data[i] = value.data[i % slots]
    const to = stridesOf(out.shape)
    const index = x.shape.map(() => 0)
    const total = sizeOf(x.shape)
    for (let i = 0; i < total; i++) {
      let at = 0
      let inside = true
      for (let a = 0; a < index.length; a++) {
        const p = config[a][0] + index[a] * (config[a][2] + 1)
        inside &&= p >= 0 && p < out.shape[a]
        at += p * to[a]
      }
      if (inside) for (let s = 0; s < slots; s++) data[at * slots + s] = x.data[i * slots + s]
      for (let a = index.length - 1; a >= 0; a--) {
        index[a]++
        if (index[a] < x.shape[a]) break
        index[a] = 0
      }
    }
    return [data]
  },
  lower: ([x, value], { config }, _outs, context) => [context.pad(x, value, config)],
  jvp: ([x, value], [dx, dv], { config }) => {
    const y = pad(x, value, config)
    return [
      [y],
      [
        isZero(dx) && isZero(dv)
          ? zero(makeAval(y.shape, y.dtype))
          : pad(instantiate(dx), instantiate(dv), config)
      ]
    ]
  },
  transpose: ([ct], [x, value], { config }) => {
    if (isZero(ct))
      return [isUnknown(x) ? zero(x.aval) : null, isUnknown(value) ? zero(value.aval) : null]
    const inner = unpad(ct, x.shape, config)
    const all = (t: NdArray): NdArray =>
      sum(
        t,
        t.shape.map((_, a) => a)
      )
    return [
      isUnknown(x) ? inner : null,
      isUnknown(value) ? addTangents(all(ct), neg(all(inner))) : null
    ]
  },
  batch: (axis, [x, value], [dx, dv], { config }) => {
    if (dv === null && dx !== null) {
      const spread: PadConfig = [...config.slice(0, dx), [0, 0, 0], ...config.slice(dx)]
      return [[pad(x, value, spread)], [dx]]
    }
    // A value per example: pad a mask of what is inside and choose between the two.
    const first = batchFirst(x, dx, axis.size)
    const values = batchFirst(value, dv, axis.size)
    const spread: PadConfig = [[0, 0, 0], ...config]
    const inside = pad(fillLike(scalar(true, 'bool'), first.shape), scalar(false, 'bool'), spread)
    const laid = pad(first, zeroOf(makeAval([], x.dtype)), spread)
    const fill = broadcastInDim(values, laid.shape, [0])
    return [[selectN(inside, fill, laid)], [0]]
  }
})

/** What padding with `config` put where an array of `shape` was. */
const unpad = (ct: NdArray, shape: Shape, config: PadConfig): NdArray => {
  const uncropped = pad(
    ct,
    zeroOf(makeAval([], ct.dtype)),
    config.map(([low, high]) => [Math.max(0, -low), Math.max(0, -high), 0])
  )
  const start = config.map(([low]) => Math.max(0, low))
  return slice(
    uncropped,
    start,
    shape.map((n, a) => (n === 0 ? start[a] : start[a] + (n - 1) * (config[a][2] + 1) + 1)),
    config.map((c) => c[2] + 1)
  )
}

/** XLA's pad. Shape: axis a -> low + high + n + (n − 1) · interior. */
export const pad = (x: NdArray, value: NdArray, config: PadConfig): NdArray =>
  config.every((c) => c[0] === 0 && c[1] === 0 && c[2] === 0)
    ? x
    : bind1(padP, [x, value], { config })
