/**
 * Windows along several axes as windows along one axis after the other: a sum or an extreme over
 * k × k elements is one over k of those over k, so that 2k elements are looked at where k² were.
 * Also sums over an operand with holes, such as gradients of overlapping means: outputs with one
 * remainder by the spacing see the same places of a window, and no hole is looked at.
 */
import { sizeOf } from '../core/shape.ts'
import { type Affine, affine, axisIndex, rowMajorStrides } from './affine.ts'
import { copy, type Emitter, loadBuffer, storesOf } from './emit.ts'
import type { Expr } from './expr.ts'
import type { LoweredValue, WindowParams } from './fuse.ts'
import { binary, constant, guard } from './make.ts'
import { view } from './views.ts'

/** What reading and writing an intermediate result costs, in elements of a window. */
const traffic = 2

/** So much less has to be looked at. */
const leastGain = 1.5

/** The window along `axis` alone. */
const along = (p: WindowParams, axis: number): WindowParams => {
  const only = <T>(list: readonly T[], other: T): readonly T[] =>
    list.map((n, a) => (a === axis ? n : other))
  return {
    windowDimensions: only(p.windowDimensions, 1),
    windowStrides: only(p.windowStrides, 1),
    padding: only<readonly [number, number]>(p.padding, [0, 0]),
    baseDilation: only(p.baseDilation, 1),
    windowDilation: only(p.windowDilation, 1)
  }
}

/** Whether anything happens along the axis. */
const moves = (p: WindowParams, a: number): boolean =>
  p.windowDimensions[a] > 1 ||
  p.windowStrides[a] > 1 ||
  p.baseDilation[a] > 1 ||
  p.padding[a].some((n) => n !== 0)

/**
 * The windows axis by axis, the innermost first, where that looks at fewer elements; null where it
 * does not. `counts`: how many windows there are along each axis.
 */
export const axisByAxis = (
  shape: readonly number[],
  counts: readonly number[],
  p: WindowParams
): readonly WindowParams[] | null => {
  const axes = shape.flatMap((_, a) => (moves(p, a) ? [a] : [])).reverse()
  if (axes.filter((a) => p.windowDimensions[a] > 1).length < 2 || counts.includes(0)) return null
  const looks = shape.map((_, a) => Math.ceil(p.windowDimensions[a] / p.baseDilation[a]))
  const after = (done: number): number =>
    sizeOf(shape.map((n, a) => (axes.slice(0, done + 1).includes(a) ? counts[a] : n)))
  const apart = axes.reduce((sum, a, i) => sum + (looks[a] + traffic) * after(i), 0)
  const together = (sizeOf(looks) + traffic) * sizeOf(counts)
  return together > leastGain * apart ? axes.map((axis) => along(p, axis)) : null
}

/** Beyond so many classes of outputs, or places that one of them sees, holes are written out. */
const mostParts = 16

/** A place of the window along an axis: which element is there for the first output of a class. */
const elementsSeen = (p: WindowParams, a: number, first: number): readonly number[] => {
  const [holes, [low], dilation] = [p.baseDilation[a], p.padding[a], p.windowDilation[a]]
  return Array.from({ length: p.windowDimensions[a] }, (_, w) => first + w * dilation - low)
    .filter((position) => position % holes === 0)
    .map((position) => Math.floor(position / holes))
}

/** Sums over windows of an operand with holes, class by class; null where there are none. */
export const sumsBetweenHoles = (
  c: Emitter,
  v: LoweredValue,
  p: WindowParams,
  counts: readonly number[]
): LoweredValue | null => {
  // Sums of half precision are made in single precision, and rounded once.
  const fits =
    v.dtype !== 'float16' &&
    v.dtype !== 'bfloat16' &&
    p.baseDilation.some((d) => d > 1) &&
    p.windowStrides.every((s, a) => s === 1 || p.baseDilation[a] === 1) &&
    sizeOf(p.baseDilation) <= mostParts &&
    sizeOf(p.windowDimensions.map((w, a) => Math.ceil(w / p.baseDilation[a]))) <= mostParts &&
    sizeOf(counts) > 0 &&
    sizeOf(v.shape) > 0
  if (!fits) return null
  const given = loadBuffer(copy(c, v), v)
  const result = { shape: counts, dtype: v.dtype }
  const buffer = c.allocate(result)
  const strides = rowMajorStrides(counts)
  const classes = counts.reduce<readonly (readonly number[])[]>(
    (lists, n, a) =>
      lists.flatMap((list) =>
        Array.from({ length: Math.min(n, p.baseDilation[a]) }, (_, r) => [...list, r])
      ),
    [[]]
  )
  for (const remainders of classes) {
    const space = counts.map((n, a) => Math.ceil((n - remainders[a]) / p.baseDilation[a]))
    const places = remainders.reduce<readonly (readonly number[])[]>(
      (lists, r, a) =>
        lists.flatMap((list) => elementsSeen(p, a, r).map((element) => [...list, element])),
      [[]]
    )
    const terms = places.map((elements): readonly Expr[] => {
      const at = elements.map((offset, a): Affine => {
        const step = axisIndex(a)
        const { coefficients } = step
        return { offset, coefficients: coefficients.map((n) => n * p.windowStrides[a]) }
      })
      const bounds = at.map((index, a) => ({ index, lower: 0, upper: v.shape[a] }))
      return view(given, space, at).parts.map((e) => guard(space, bounds, e, constant(e.dtype, 0)))
    })
    const parts = given.parts.map((e, i) =>
      terms.reduce<Expr>((sum, term) => binary('add', sum, term[i]), constant(e.dtype, 0))
    )
    const index = affine(
      remainders.reduce((sum, r, a) => sum + r * strides[a], 0),
      strides.map((s, a) => s * p.baseDilation[a])
    )
    const stores = storesOf({ shape: space, dtype: v.dtype, parts }, buffer, index)
    c.emit({ _tag: 'nest', axes: space, stages: [{ _tag: 'map', extents: [], stores }] })
  }
  return loadBuffer(buffer, result)
}
