/** Loops of a stage: over its extents one by one, or over one axis in vectors. */
import { sizeOf } from '../../../core/shape.ts'
import { coefficient } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { nodes } from '../../../kernel/walk.ts'
import type { CodeContext } from '../values/expr-scalar.ts'
import { hoist } from '../values/hoist.ts'
import { type AxisLoop, type Cursor, pushIndex } from '../values/loops.ts'
import { innerScope, type Scope } from '../values/scope.ts'
import type { CutAxis } from '../threads/tile-range.ts'
import type { Local } from '../wasm/function.ts'

/** What does not change from stage to stage of a nest. */
export interface StageContext extends CodeContext {
  /** Number of parallel axes. */
  readonly first: number
  readonly lanes: number
  /** Buffers that the nest stores to. */
  readonly pinned: ReadonlySet<number>
  /** The axis of which only a part is walked; null where all are walked in full. */
  readonly cut: CutAxis | null
  /** Memory of this thread for what a nest keeps (column-plan.ts); null where there is none. */
  readonly workspace: Local | null
}

/** Where the walk along an axis begins that is cut. */
export const beginOf = ({ cut }: StageContext, axis: number): Local | undefined =>
  cut?.axis === axis ? cut.begin : undefined

/** Where the walk along an axis ends: at its extent, or at the end of the part that is cut out. */
export const endOf = ({ f, cut }: StageContext, axis: number, extent: number): Local => {
  const end = f.local('i32')
  if (cut?.axis === axis) f.get(cut.end)
  else f.i32(extent)
  f.set(end)
  return end
}

/** Elements that a float32 accumulator takes before its sum moves to float64. */
export const run = 32

/**
 * Loops over extents from `depth` on, hoisting at each level; `innermost` sees the last scopes: one
 * for each point whose stages are walked together.
 */
export const overExtents = (
  c: StageContext,
  scopes: readonly Scope[],
  roots: readonly Expr[],
  extents: readonly number[],
  innermost: (scopes: readonly Scope[]) => void,
  depth = 0
): void => {
  const axis = c.first + depth
  scopes.forEach((scope) => hoist(c, scope, roots, axis, c.pinned, scope.width > 0))
  if (depth === extents.length) return innermost(scopes)
  const begin = beginOf(c, axis)
  const walk = (loops: readonly AxisLoop[]): void => {
    const step = (): void => {
      const inner = scopes.map((scope, i) => innerScope(scope, { cursor: loops[i].cursor }))
      overExtents(c, inner, roots, extents, innermost, depth + 1)
      loops.forEach((loop) => loop.advance(1))
    }
    if (begin === undefined && isUnrolled(roots, extents, depth))
      for (let i = 0; i < extents[depth]; i++) step()
    else loops[0].to(endOf(c, axis, extents[depth]), step)
  }
  overAxisTogether(scopes, axis, walk, begin)
}

/** A loop over the axis at each of the places, all of them open at once. */
export const overAxisTogether = (
  places: readonly { readonly cursor: Cursor }[],
  axis: number,
  segments: (loops: readonly AxisLoop[]) => void,
  start?: Local
): void => {
  const open = (opened: readonly AxisLoop[]): void =>
    opened.length === places.length
      ? segments(opened)
      : places[opened.length].cursor.overAxis(axis, (loop) => open([...opened, loop]), start)
  open([])
}

/** Windows of a few points, as in pooling, whose loops would cost more than their bodies. */
const isUnrolled = (roots: readonly Expr[], extents: readonly number[], depth: number): boolean => {
  const points = sizeOf(extents.slice(depth))
  return points <= 9 && nodes(roots).length <= 24
}

/** Bounds of guards that change along the axis. */
const movingBounds = (roots: readonly Expr[], axis: number) =>
  nodes(roots).flatMap((e) =>
    e._tag === 'guard' ? e.bounds.filter((b) => coefficient(b.index, axis) !== 0) : []
  )

/** Pushes whether the next `count` points lie on one side of every moving bound. */
const pushUniform = (
  c: StageContext,
  loop: AxisLoop,
  roots: readonly Expr[],
  axis: number,
  count: number
): void => {
  const { f } = c
  const { counters } = loop.cursor
  f.i32(1)
  for (const { index, lower, upper } of movingBounds(roots, axis)) {
    const last = { ...index, offset: index.offset + coefficient(index, axis) * (count - 1) }
    for (const limit of [lower, upper]) {
      pushIndex(f, counters, index)
      f.i32(limit).op('i32.lt_s')
      pushIndex(f, counters, last)
      f.i32(limit).op('i32.lt_s').op('i32.eq').op('i32.and')
    }
  }
}

export interface VectorBodies {
  readonly vector: (scope: Scope, point: number) => void
  readonly scalar: (scope: Scope, point: number) => void
  /** Called after every run of full vectors, and at their end. */
  readonly flush: (() => void) | null
  /** Steps of full vectors in one pass of the loop, where it is the loop of one point. */
  readonly unroll: number
}

/** Elements after which it is the turn of the next point, where several are walked together. */
const turnLength = 256

/** Walks one axis of extent n in vectors, then the rest in scalars, for each of the scopes. */
export const overVectors = (
  c: StageContext,
  scopes: readonly Scope[],
  roots: readonly Expr[],
  axis: number,
  n: number,
  width: number,
  { vector, scalar, flush, unroll }: VectorBodies
): void => {
  const { f } = c
  const begin = beginOf(c, axis)
  const walk = (loops: readonly AxisLoop[]): void => {
    const [loop] = loops
    const end = endOf(c, axis, n)
    const block = width * c.lanes
    const stepOf = (w: number, at: AxisLoop, point: number): void => {
      const scope = innerScope(scopes[point], { cursor: at.cursor, width: w })
      if (w > 0) vector(scope, point)
      else scalar(scope, point)
      at.advance(w > 0 ? w * c.lanes : 1)
    }
    const step = (w: number): void => loops.forEach((at, point) => stepOf(w, at, point))
    if (movingBounds(roots, axis).length > 0) {
      const body = (): void => {
        f.get(loop.counter).get(end).i32(block).op('i32.sub').op('i32.le_s')
        pushUniform(c, loop, roots, axis, block)
        f.op('i32.and')
        f.if(
          () => step(width),
          () => step(0)
        )
      }
      loop.to(end, body)
      flush?.()
      return
    }
    if (begin !== undefined) {
      overCut(c, loop, end, width, step)
      flush?.()
      return
    }
    const main = n - (n % block)
    /** The end of the next so many elements. */
    const next = (count: number): Local => {
      const limit = f.local('i32')
      f.get(loop.counter).i32(count).op('i32.add').tee(limit)
      f.i32(main).get(limit).i32(main).op('i32.lt_s').op('select').set(limit)
      return limit
    }
    /** A block of one point, or some of each in turn. */
    const turn = (): void => {
      if (loops.length === 1) return step(width)
      const limit = next(Math.min(turnLength, block * run))
      loops.forEach((at, point) => at.to(limit, () => stepOf(width, at, point)))
    }
    if (main > 0) {
      if (flush !== null && main > block * run) {
        loop.until(main, () => {
          loop.to(next(block * run), turn)
          flush()
        })
      } else {
        const several = loops.length === 1 ? block * unroll : block
        const many = n - (n % several)
        if (several > block && many > 0)
          loop.until(many, () => {
            for (let i = 0; i < unroll; i++) step(width)
          })
        if (several === block || main > many) loop.until(main, turn)
      }
    }
    const single = n - (n % c.lanes)
    if (single > main) loop.until(single, () => step(1))
    flush?.()
    if (n > single) loop.until(n, () => step(0))
  }
  overAxisTogether(scopes, axis, walk, begin)
}

/** Walks to `end`, which is known at run time: full vectors, single ones, then points (width 0). */
export const overCut = (
  c: StageContext,
  loop: AxisLoop,
  end: Local,
  width: number,
  step: (width: number) => void
): void => {
  const { f } = c
  for (const w of new Set([width, 1])) {
    const limit = f.local('i32')
    f.get(end)
      .get(end)
      .i32(w * c.lanes)
      .op('i32.rem_u')
      .op('i32.sub')
      .set(limit)
    loop.below(limit, () => step(w))
  }
  loop.below(end, () => step(0))
}
