/** Loops of a stage: over its extents one by one, or over one axis in vectors. */
import { coefficient } from '../../../kernel/affine.ts'
import type { Expr } from '../../../kernel/expr.ts'
import { nodes } from '../../../kernel/walk.ts'
import type { CodeContext } from '../values/expr-scalar.ts'
import { hoist } from '../values/hoist.ts'
import { type AxisLoop, pushIndex } from '../values/loops.ts'
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

/** Elements that a float32 accumulator takes before its sum moves to float64. */
export const run = 32

/** Loops over extents from `depth` on, hoisting at each level; `innermost` sees the last scope. */
export const overExtents = (
  c: StageContext,
  scope: Scope,
  roots: readonly Expr[],
  extents: readonly number[],
  innermost: (scope: Scope) => void,
  depth = 0
): void => {
  const axis = c.first + depth
  hoist(c, scope, roots, axis, c.pinned, scope.width > 0)
  if (depth === extents.length) return innermost(scope)
  const cut = c.cut?.axis === axis ? c.cut : null
  const walk = (loop: AxisLoop): void => {
    const step = (): void => {
      overExtents(
        c,
        innerScope(scope, { cursor: loop.cursor }),
        roots,
        extents,
        innermost,
        depth + 1
      )
      loop.advance(1)
    }
    if (cut !== null) loop.to(cut.end, step)
    else if (isUnrolled(roots, extents, depth)) for (let i = 0; i < extents[depth]; i++) step()
    else loop.until(extents[depth], step)
  }
  scope.cursor.overAxis(axis, walk, cut?.begin)
}

/** Windows of a few points, as in pooling, whose loops would cost more than their bodies. */
const isUnrolled = (roots: readonly Expr[], extents: readonly number[], depth: number): boolean => {
  const points = extents.slice(depth).reduce((n, d) => n * d, 1)
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
  readonly vector: (scope: Scope) => void
  readonly scalar: (scope: Scope) => void
  /** Called after every run of full vectors, and at their end. */
  readonly flush: (() => void) | null
  /** Steps of full vectors in one turn of the loop. */
  readonly unroll: number
}

/** Walks one axis of extent n in vectors, then the rest in scalars. */
export const overVectors = (
  c: StageContext,
  scope: Scope,
  roots: readonly Expr[],
  axis: number,
  n: number,
  width: number,
  { vector, scalar, flush, unroll }: VectorBodies
): void => {
  const { f } = c
  const cut = c.cut?.axis === axis ? c.cut : null
  const walk = (loop: AxisLoop): void => {
    const block = width * c.lanes
    const scopeOf = (w: number): Scope => innerScope(scope, { cursor: loop.cursor, width: w })
    const step = (w: number): void => {
      if (w > 0) vector(scopeOf(w))
      else scalar(scopeOf(0))
      loop.advance(w > 0 ? w * c.lanes : 1)
    }
    if (movingBounds(roots, axis).length > 0) {
      const body = (): void => {
        f.get(loop.counter)
        if (cut === null) f.i32(n - block)
        else f.get(cut.end).i32(block).op('i32.sub')
        f.op('i32.le_s')
        pushUniform(c, loop, roots, axis, block)
        f.op('i32.and')
        f.if(
          () => step(width),
          () => step(0)
        )
      }
      if (cut === null) loop.until(n, body)
      else loop.to(cut.end, body)
      flush?.()
      return
    }
    if (cut !== null) {
      overCut(c, loop, cut.end, width, step)
      flush?.()
      return
    }
    const main = n - (n % block)
    if (main > 0) {
      if (flush !== null && main > block * run) {
        const limit = f.local('i32')
        loop.until(main, () => {
          f.get(loop.counter)
            .i32(block * run)
            .op('i32.add')
            .tee(limit)
          f.i32(main).get(limit).i32(main).op('i32.lt_s').op('select').set(limit)
          loop.to(limit, () => step(width))
          flush()
        })
      } else {
        const turn = block * unroll
        const many = n - (n % turn)
        if (unroll > 1 && many > 0)
          loop.until(many, () => {
            for (let i = 0; i < unroll; i++) step(width)
          })
        if (unroll === 1 || main > many) loop.until(main, () => step(width))
      }
    }
    const single = n - (n % c.lanes)
    if (single > main) loop.until(single, () => step(1))
    flush?.()
    if (n > single) loop.until(n, () => step(0))
  }
  scope.cursor.overAxis(axis, walk, cut?.begin)
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
