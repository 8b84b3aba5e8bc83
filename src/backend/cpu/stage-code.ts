/**
 * Code of the stages of a nest at one parallel point, or at a few vectors of points.
 *
 * `emitInner` walks a stage's own innermost extent in vectors and leaves scalars; `emitAcross`
 * walks all extents one by one while the scope itself is a point (width 0) or vectors of points.
 */
import { coefficient } from '../../kernel/affine.ts'
import type { Expr } from '../../kernel/expr.ts'
import type { MapStage, ReduceStage, ScanStage, Store } from '../../kernel/ir.ts'
import { accumulator, cast, constant } from '../../kernel/make.ts'
import { combine, neutral } from '../../kernel/monoid.ts'
import { expressionsOf } from '../../kernel/stage.ts'
import { nodes } from '../../kernel/walk.ts'
import * as slots from './accumulate.ts'
import type { SlotGroup } from './accumulate.ts'
import {
  type Binding,
  emitStores,
  hoist,
  innerScope,
  isVarying,
  type Scope,
  scalarOf,
  stageKey,
  vectorOf
} from './evaluate.ts'
import type { CodeContext } from './expr-scalar.ts'
import type { Walk } from './fused-stages.ts'
import { type AxisLoop, pushIndex } from './loops.ts'
import type { CutAxis } from './tile-range.ts'
import type { Local } from './wasm/function.ts'

/** What does not change from stage to stage of a nest. */
export interface StageContext extends CodeContext {
  /** Number of parallel axes. */
  readonly first: number
  readonly lanes: number
  /** Buffers that the nest stores to. */
  readonly pinned: ReadonlySet<number>
  /** The axis of which only a part is walked; null where all are walked in full. */
  readonly cut: CutAxis | null
}

/** Elements that a float32 accumulator takes before its sum moves to float64. */
const run = 32

/** Loops over extents from `depth` on, hoisting at each level; `innermost` sees the last scope. */
const overExtents = (
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

/** Every expression that a reduction and what rides along compute. */
const rootsOf = (s: ReduceStage, along: readonly Store[]): readonly Expr[] => [
  ...expressionsOf(s),
  ...along.map((o) => o.value) // they have no bases
]

/** Binds the result of a reduction as its dtype, rounding narrow floats and wrapping integers. */
const bindResult = (
  c: StageContext,
  scope: Scope,
  stage: number,
  s: ReduceStage,
  reduction: number,
  bindings: readonly Binding[]
): void => {
  const r = s.reductions[reduction]
  bindings.forEach((binding, i) => {
    const part = i === 0 ? 'value' : 'position'
    const inner = innerScope(scope)
    const wide = accumulator(
      i === 1
        ? 'int32'
        : slots.hasTotal(r) && binding._tag === 'scalar'
          ? 'float64'
          : slots.accumulatorType(r.value.dtype)
    )
    inner.bindings.set(wide, binding)
    const result = cast(wide, i === 1 ? 'int32' : r.value.dtype)
    scope.bindings.set(
      stageKey(stage, reduction, part),
      result === wide
        ? binding
        : binding._tag === 'scalar'
          ? { _tag: 'scalar', local: scalarOf(c, inner, result) }
          : { _tag: 'vector', lanes: vectorOf(c, inner, result) }
    )
  })
}

/** Reductions over all extents, one element after the other, in scalars or vectors of points. */
const reduceAcross = (
  c: StageContext,
  scope: Scope,
  { number, along }: Walk,
  s: ReduceStage
): void => {
  const { width } = scope
  const count = s.extents.reduce((n, d) => n * d, 1)
  const long = count > 2 * run
  const groups = s.reductions.map((r) =>
    slots.slotsOf(r, c.first, width === 0 ? 'float64' : undefined)
  )
  const states = groups.map((g) => slots.startSlots(c, scope, g))
  const totals = s.reductions.map((r) =>
    width > 0 && long && slots.hasTotal(r) ? slots.laneTotals(c, width) : null
  )
  const flush = (): void =>
    totals.forEach((t, i) => {
      const [state] = states[i]
      if (t !== null && state._tag === 'vector') slots.flushLanes(c, state.lanes, t)
    })
  const steps = c.f.local('i32')
  c.f.i32(0).set(steps)
  if (count > 0) {
    const outer = innerScope(scope)
    groups.forEach((g, i) => slots.bindSlots(outer, g, states[i]))
    overExtents(c, outer, rootsOf(s, along), s.extents, (inner) => {
      if (along.length > 0) emitStores(c, inner, along)
      groups.forEach((g, i) =>
        slots.updateSlots(
          c,
          innerScope(inner),
          states[i],
          g.slots.map((slot) => slot.step)
        )
      )
      if (totals.some((t) => t !== null)) {
        c.f.increment(steps, 1).get(steps).i32(run).op('i32.eq')
        c.f.if(() => {
          flush()
          c.f.i32(0).set(steps)
        })
      }
    })
  }
  flush()
  states.forEach((state, i) => {
    const t = totals[i]
    const result: readonly Binding[] =
      t === null ? state : [{ _tag: 'vector', lanes: slots.totalsAsFloat32(c, t) }]
    bindResult(c, scope, number, s, i, result)
  })
}

/** A running combination; in float64 for sums and products of float32. */
const scanAcross = (c: StageContext, scope: Scope, s: ScanStage): void => {
  if (s.extents[0] === 0) return
  const dtype = s.value.dtype
  const type = scanType(s)
  const leaf = accumulator(type)
  const group: SlotGroup = {
    slots: [
      {
        leaf,
        start: constant(type, neutral(s.monoid, type)),
        step: combine(s.monoid, leaf, cast(s.value, type))
      }
    ],
    merge: ([x]) => [combine(s.monoid, leaf, x)]
  }
  const state = slots.startSlots(c, scope, group)
  const outer = innerScope(scope)
  slots.bindSlots(outer, group, state)
  overExtents(c, outer, [s.value], s.extents, (inner) => {
    slots.updateSlots(c, innerScope(inner), state, [group.slots[0].step])
    const after = innerScope(inner)
    const shown = cast(leaf, dtype)
    const binding: Binding =
      shown === leaf
        ? state[0]
        : scope.width > 0
          ? { _tag: 'vector', lanes: vectorOf(c, after, shown) }
          : { _tag: 'scalar', local: scalarOf(c, after, shown) }
    after.bindings.set('accumulator', binding)
    emitStores(c, after, s.stores)
  })
}

/** What a scan accumulates in. */
export const scanType = (s: ScanStage): 'float64' | ReturnType<typeof slots.accumulatorType> => {
  const type = slots.accumulatorType(s.value.dtype)
  return type === 'float32' && (s.monoid === 'add' || s.monoid === 'mul') ? 'float64' : type
}

/** One stage at a point or at vectors of points. */
export const emitAcross = (c: StageContext, scope: Scope, walk: Walk): void => {
  const s = walk.stage
  switch (s._tag) {
    case 'map':
      if (s.extents.includes(0)) return
      return overExtents(c, innerScope(scope), expressionsOf(s), s.extents, (inner) =>
        emitStores(c, inner, s.stores)
      )
    case 'reduce':
      return reduceAcross(c, scope, walk, s)
    case 'scan':
      return scanAcross(c, scope, s)
  }
}

/** Vectors side by side: enough to hide latency, few enough to stay in registers. */
const widthFor = (c: StageContext, scope: Scope, roots: readonly Expr[], n: number): number => {
  const moving = nodes(roots).filter((e) => isVarying(scope, e)).length
  const wanted = moving <= 24 ? c.profile.interleave : moving <= 60 ? 2 : 1
  return Math.max(1, Math.min(wanted, Math.floor(n / c.lanes)))
}

/** Operations of one or a few instructions, of which many fit between two that wait. */
const isLight = (e: Expr): boolean =>
  e._tag !== 'call' && (e._tag !== 'unary' || e.op === 'neg' || e.op === 'abs' || e.op === 'not')

/**
 * Accumulators side by side, which hide how long one takes. The same on every engine: sums of
 * floats depend on how they are split.
 */
const accumulatorsFor = (
  c: StageContext,
  scope: Scope,
  s: ReduceStage,
  roots: readonly Expr[],
  n: number
): number => {
  const moving = nodes(roots).filter((e) => isVarying(scope, e))
  const places = s.reductions.filter((r) => r.position !== null).length
  const slotCount = s.reductions.length + places
  const light = moving.every(isLight)
  const wanted =
    light && moving.length <= 2 && slotCount === 1
      ? 8
      : light && moving.length + 2 * slotCount <= 12 && slotCount <= 2
        ? 4
        : moving.length <= 60
          ? 2
          : 1
  return Math.max(1, Math.min(wanted, Math.floor(n / c.lanes)))
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

interface VectorBodies {
  readonly vector: (scope: Scope) => void
  readonly scalar: (scope: Scope) => void
  /** Called after every run of full vectors, and at their end. */
  readonly flush: (() => void) | null
}

/** Walks one axis of extent n in vectors, then the rest in scalars. */
const overVectors = (
  c: StageContext,
  scope: Scope,
  roots: readonly Expr[],
  axis: number,
  n: number,
  width: number,
  { vector, scalar, flush }: VectorBodies
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
        loop.until(main, () => step(width))
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

/** A map whose innermost extent is walked in vectors. */
const mapInner = (c: StageContext, scope: Scope, s: MapStage): void => {
  const depth = s.extents.length - 1
  const [axis, n] = [c.first + depth, s.extents[depth]]
  const roots = expressionsOf(s)
  overExtents(c, innerScope(scope), roots, s.extents.slice(0, depth), (inner) => {
    hoist(c, inner, roots, axis, c.pinned, true)
    const width = widthFor(c, inner, roots, n)
    const body = (at: Scope): void => emitStores(c, at, s.stores)
    overVectors(c, inner, roots, axis, n, width, { vector: body, scalar: body, flush: null })
  })
}

/** Reductions whose innermost extent is walked in vectors; the results are scalars. */
const reduceInner = (
  c: StageContext,
  scope: Scope,
  { number, along }: Walk,
  s: ReduceStage
): void => {
  const depth = s.extents.length - 1
  const [axis, n] = [c.first + depth, s.extents[depth]]
  const roots = rootsOf(s, along)
  const width = accumulatorsFor(c, scope, s, roots, n)
  const vectorGroups = s.reductions.map((r) => slots.slotsOf(r, c.first))
  const scalarGroups = s.reductions.map((r) => slots.slotsOf(r, c.first, 'float64'))
  const vectors = vectorGroups.map((g) => slots.startSlots(c, innerScope(scope, { width }), g))
  const scalars = scalarGroups.map((g) => slots.startSlots(c, scope, g))
  const update = (
    at: Scope,
    groups: readonly SlotGroup[],
    states: readonly (readonly Binding[])[]
  ): void =>
    groups.forEach((g, i) => {
      const inner = innerScope(at)
      const used = states[i].map((b): Binding =>
        b._tag === 'scalar' ? b : { ...b, lanes: b.lanes.slice(0, at.width) }
      )
      slots.bindSlots(inner, g, used)
      slots.updateSlots(
        c,
        inner,
        used,
        g.slots.map((slot) => slot.step)
      )
    })
  const point: typeof update = (at, groups, states) => {
    if (along.length > 0) emitStores(c, at, along)
    update(at, groups, states)
  }
  const sums = s.reductions.flatMap((r, i) => (slots.hasTotal(r) ? [i] : []))
  const flush = (): void =>
    sums.forEach((i) => {
      const [[v], [total]] = [vectors[i], scalars[i]]
      if (v._tag === 'vector' && total._tag === 'scalar') {
        slots.flushSum(c, v.lanes, c.lanes, total.local)
      }
    })
  overExtents(c, innerScope(scope), roots, s.extents.slice(0, depth), (inner) => {
    hoist(c, inner, roots, axis, c.pinned, true)
    overVectors(c, inner, roots, axis, n, width, {
      vector: (at) => point(at, vectorGroups, vectors),
      scalar: (at) => point(at, scalarGroups, scalars),
      flush: sums.length > 0 ? flush : null
    })
  })
  s.reductions.forEach((r, i) => {
    if (!slots.hasTotal(r)) {
      const makeScope = (w: number): Scope => innerScope(scope, { width: w })
      slots.mergeLanes(c, makeScope, scalarGroups[i], vectors[i], scalars[i], c.lanes)
    }
    bindResult(c, scope, number, s, i, scalars[i])
  })
}

/** One stage at one parallel point, vectors lying along its innermost extent. */
export const emitInner = (c: StageContext, scope: Scope, walk: Walk): void => {
  const s = walk.stage
  const n = s.extents.at(-1)
  const axis = c.first + s.extents.length - 1
  const plain = s._tag === 'scan' || n === undefined || n < 2 * c.lanes || s.extents.includes(0)
  if (plain) return emitAcross(c, scope, walk)
  const along = { ...innerScope(scope), layout: { axis, lanes: c.lanes } }
  if (s._tag === 'map') return mapInner(c, along, s)
  reduceInner(c, along, walk, s)
  // Results belong to the parallel point, not to the scope that the stage used.
  along.bindings.forEach((binding, key) => scope.bindings.set(key, binding))
}
