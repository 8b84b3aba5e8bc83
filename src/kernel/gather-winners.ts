/** Sums of what windows give to their winners, seen from the positions that may have won. */
import { axisIndex, rowMajorStrides } from './affine.ts'
import type { Expr } from './expr.ts'
import type { Lowering, LoweredValue, WindowParams } from './fuse.ts'
import { placesOf } from './lower-winners.ts'
import * as kernel from './make.ts'
import { only } from './views.ts'

const int = (value: number): Expr => kernel.constant('int32', value)

/**
 * A window along one axis that may hold a position: its index, when it exists (null: always), and
 * where in it the position lies.
 */
interface Candidate {
  readonly index: Expr
  readonly exists: Expr | null
  readonly place: Expr
}

/**
 * Windows that can hold position y of an axis of n, in order: ⌈w/s⌉ of them, from ⌊(y + p)/s⌋ down.
 * Those outside of the axis do not exist for it, nor do those that end before it.
 */
const candidatesOf = (
  axis: number,
  n: number,
  windows: number,
  p: WindowParams
): readonly Candidate[] => {
  const [window, stride, [low]] = [p.windowDimensions[axis], p.windowStrides[axis], p.padding[axis]]
  const position = kernel.iota('int32', axisIndex(axis))
  if (window === 1 && stride === 1 && low === 0 && windows >= n)
    return [{ index: position, exists: null, place: int(0) }]
  const last = kernel.binary('div', kernel.binary('add', position, int(low)), int(stride))
  const count = Math.ceil(window / stride)
  return Array.from({ length: count }, (_, i): Candidate => {
    const back = count - 1 - i
    const index = kernel.binary('sub', last, int(back))
    const lowest = Math.trunc(low / stride) - back
    const highest = Math.trunc((n - 1 + low) / stride) - back
    const start = kernel.binary('sub', kernel.binary('mul', index, int(stride)), int(low))
    const place = kernel.binary('sub', position, start)
    const tests = [
      ...(count * stride > window ? [kernel.compare('lt', place, int(window))] : []),
      ...(lowest < 0 ? [kernel.compare('ge', index, int(0))] : []),
      ...(highest >= windows ? [kernel.compare('lt', index, int(windows))] : [])
    ]
    if (tests.length === 0) return { index, exists: null, place }
    const inside = kernel.binary('max', int(0), kernel.binary('min', index, int(windows - 1)))
    return { index: inside, exists: tests.reduce((a, b) => kernel.binary('and', a, b)), place }
  })
}

/** Beyond so many windows per position it is better to go from windows to positions. */
const mostCandidates = 16

/**
 * The sums seen from the positions: each looks at the windows that it lies in and takes the values
 * of those that it wins. This is a map, which fuses with what comes after. Null for windows with
 * holes, of which too many would have to be looked at.
 */
export const gatherWinners = (
  values: LoweredValue,
  operand: LoweredValue,
  p: WindowParams,
  kind: 'argmax' | 'argmin',
  shape: readonly number[],
  context: Lowering
): LoweredValue | null => {
  if (p.windowDilation.some((d, a) => d !== 1 && p.windowDimensions[a] > 1)) return null
  const perAxis = shape.map((n, a) => candidatesOf(a, n, values.shape[a], p))
  if (perAxis.reduce((n, c) => n * c.length, 1) > mostCandidates) return null
  const combinations = perAxis.reduce<readonly (readonly Candidate[])[]>(
    (lists, candidates) => lists.flatMap((list) => candidates.map((c) => [...list, c])),
    [[]]
  )
  const places = context.emitting((c) => placesOf(c, operand, p, values.shape, kind))
  const given = context.store(values)
  const strides = rowMajorStrides(p.windowDimensions)
  const zero = (e: Expr): Expr => kernel.constant(e.dtype, 0)
  const terms = combinations.map((windows): readonly Expr[] => {
    const at = windows.map((w) => w.index)
    const own = windows
      .map(({ place }, a) => kernel.binary('mul', place, int(strides[a])))
      .reduce((a, b) => kernel.binary('add', a, b))
    const won = windows.reduce(
      (test, { exists }) => (exists === null ? test : kernel.binary('and', exists, test)),
      kernel.compare('eq', only(context.at(places, shape, at)), own)
    )
    return context.at(given, shape, at).parts.map((e) => kernel.select(won, e, zero(e)))
  })
  const parts = given.parts.map((e, i) =>
    terms.reduce((sum, term) => kernel.binary('add', sum, term[i]), zero(e))
  )
  return { shape, dtype: values.dtype, parts }
}
