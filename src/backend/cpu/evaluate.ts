/**
 * Values of expressions at one place of a loop nest, each computed once.
 *
 * A scope remembers what has been computed; inner scopes see outer ones, so what does not move in
 * a loop is computed before it. Nodes that move along the vector axis are groups of vectors, all
 * others scalars, spread over a vector where one is needed.
 */
import { type Affine, type Bound, coefficient } from '../../kernel/affine.ts'
import type { Binary, Expr, Guard, Load } from '../../kernel/expr.ts'
import { eachOperand, someOperand } from '../../kernel/expr.ts'
import type { Store } from '../../kernel/ir.ts'
import { scalarBitcast, scalarCast } from './cast-scalar.ts'
import { vectorBitcast, vectorCast } from './cast-vector.ts'
import type { Lanes } from './elementary/lanes.ts'
import {
  callHost,
  type CodeContext,
  machineType,
  pushConst,
  scalarBinary,
  scalarCompare,
  scalarUnary
} from './expr-scalar.ts'
import {
  eachVector,
  perLane,
  pushConstVector,
  pushLane,
  pushSplat,
  replaceLane,
  vectorBinary,
  vectorCompare,
  vectorSelect,
  vectorUnary
} from './expr-vector.ts'
import { type Cursor, pushIndex } from './loops.ts'
import { byteSize, loadScalar, loadVector, storeScalar, storeVector } from './memory-access.ts'
import type { Local } from './wasm/function.ts'

/** A leaf whose value is kept in locals: a stage result or an accumulator. */
export type Binding =
  | { readonly _tag: 'scalar'; readonly local: Local }
  | { readonly _tag: 'vector'; readonly lanes: Lanes }

/** a·b + c, or c − a·b, rounded once. */
interface Fused {
  readonly kind: 'madd' | 'nmadd'
  readonly a: Expr
  readonly b: Expr
  readonly c: Expr
}

const isProduct = (e: Expr): e is Binary => e._tag === 'binary' && e.op === 'mul'

/** The fused form of a sum with a product, where the profile has one. XLA contracts these too. */
const fusedOf = (c: CodeContext, e: Binary): Fused | null => {
  if (!c.profile.fusedMultiplyAdd) return null
  if (e.dtype !== 'float32' && e.dtype !== 'float64') return null
  if (e.op === 'add' && isProduct(e.x)) return { kind: 'madd', a: e.x.x, b: e.x.y, c: e.y }
  if (e.op === 'add' && isProduct(e.y)) return { kind: 'madd', a: e.y.x, b: e.y.y, c: e.x }
  if (e.op === 'sub' && isProduct(e.y)) return { kind: 'nmadd', a: e.y.x, b: e.y.y, c: e.x }
  return null
}

/** How vectors lie: `lanes` per vector, along `axis`. */
export interface VectorLayout {
  readonly axis: number
  readonly lanes: number
}

/** Values known at one place. */
export interface Scope {
  readonly cursor: Cursor
  readonly layout: VectorLayout
  /** Vectors side by side; 0 in scalar code. */
  readonly width: number
  readonly bindings: Map<string | Expr, Binding>
  readonly scalars: Map<Expr, Local>
  readonly splats: Map<Expr, Local>
  readonly vectors: Map<Expr, Lanes>
  /** Whether lanes differ, for nodes that were asked about. */
  readonly varying: Map<Expr, boolean>
  readonly parent: Scope | null
}

/** A scope inside of another; what it computes is forgotten at its end. */
export const innerScope = (
  parent: Scope,
  changes: { readonly cursor?: Cursor; readonly width?: number } = {}
): Scope => ({
  ...parent,
  ...changes,
  bindings: new Map(),
  scalars: new Map(),
  splats: new Map(),
  vectors: new Map(),
  varying: new Map(),
  parent
})

export const rootScope = (cursor: Cursor, layout: VectorLayout): Scope => ({
  cursor,
  layout,
  width: 0,
  bindings: new Map(),
  scalars: new Map(),
  splats: new Map(),
  vectors: new Map(),
  varying: new Map(),
  parent: null
})

const find = <T>(scope: Scope | null, get: (s: Scope) => T | undefined): T | undefined => {
  for (let s = scope; s !== null; s = s.parent) {
    const found = get(s)
    if (found !== undefined) return found
  }
  return undefined
}

export const stageKey = (stage: number, reduction: number, part: string): string =>
  `${stage}.${reduction}.${part}`

const bindingOf = (scope: Scope, e: Expr): Binding | undefined => {
  if (e._tag !== 'stage' && e._tag !== 'accumulator') return undefined
  const key = e._tag === 'stage' ? stageKey(e.stage, e.reduction, e.part) : e
  return find(scope, (s) => s.bindings.get(key)) ?? find(scope, (s) => s.bindings.get(e._tag))
}

/** Whether lanes of a vector differ in this node. */
export const isVarying = (scope: Scope, e: Expr): boolean => {
  const known = scope.varying.get(e)
  if (known !== undefined) return known
  const { axis } = scope.layout
  const moves = (i: Affine): boolean => coefficient(i, axis) !== 0
  const own =
    e._tag === 'load' || e._tag === 'iota'
      ? moves(e.index)
      : e._tag === 'guard'
        ? e.bounds.some((b) => moves(b.index))
        : bindingOf(scope, e)?._tag === 'vector'
  const varying = own || someOperand(e, (o) => isVarying(scope, o))
  scope.varying.set(e, varying)
  return varying
}

const pushAddress = (c: CodeContext, scope: Scope, e: Load): number => {
  const { f } = c
  const base = e.base === null ? null : scalarOf(c, scope, e.base)
  const offset = scope.cursor.address(e)
  if (base !== null) f.get(base).i32(byteSize(e.dtype)).op('i32.mul').op('i32.add')
  return offset
}

const pushBound = (c: CodeContext, scope: Scope, b: Bound): void => {
  pushIndex(c.f, scope.cursor.counters, { ...b.index, offset: b.index.offset - b.lower })
  c.f.i32(b.upper - b.lower).op('i32.lt_u')
}

const pushInside = (c: CodeContext, scope: Scope, e: Guard): void =>
  e.bounds.forEach((b, i) => {
    pushBound(c, scope, b)
    if (i > 0) c.f.op('i32.and')
  })

const pushScalar = (c: CodeContext, scope: Scope, e: Expr): void => {
  const { f } = c
  const value = (x: Expr): Local => scalarOf(c, scope, x)
  switch (e._tag) {
    case 'const':
      return pushConst(f, e.dtype, e.value)
    case 'load': {
      const offset = pushAddress(c, scope, e)
      return loadScalar(f, e.dtype, offset)
    }
    case 'iota': {
      const index = f.local('i32')
      pushIndex(f, scope.cursor.counters, e.index)
      f.set(index)
      return scalarCast(c, 'int32', e.dtype, index)
    }
    case 'stage':
    case 'accumulator': {
      const bound = bindingOf(scope, e)
      if (bound?._tag === 'scalar') f.get(bound.local)
      return
    }
    case 'unary':
      return scalarUnary(c, e.op, e.x.dtype, value(e.x))
    case 'binary': {
      const fused = fusedOf(c, e)
      if (fused === null) return scalarBinary(c, e.op, e.dtype, value(e.x), value(e.y))
      // Through a lane: the scalar instructions have no fused form, and the bits must be the same.
      const shape = e.dtype === 'float64' ? 'f64x2' : 'f32x4'
      const parts = [fused.a, fused.b, fused.c].map(value)
      for (const x of parts) f.get(x).op(`${shape}.splat`)
      f.op(`${shape}.relaxed_${fused.kind}`).lane(`${shape}.extract_lane`, 0)
      return
    }
    case 'compare':
      return scalarCompare(c, e.op, e.x.dtype, value(e.x), value(e.y))
    case 'select': {
      const [x, y, condition] = [value(e.x), value(e.y), value(e.condition)]
      f.get(x).get(y).get(condition).op('select')
      return
    }
    case 'cast':
      return scalarCast(c, e.x.dtype, e.dtype, value(e.x))
    case 'bitcast':
      return scalarBitcast(c, e.x.dtype, e.dtype, value(e.x))
    case 'guard': {
      pushInside(c, scope, e)
      const branch = (x: Expr) => () => pushScalar(c, innerScope(scope), x)
      f.if(branch(e.value), branch(e.otherwise), machineType(e.dtype))
      return
    }
    case 'call': {
      const args = e.args.map((x) => [value(x), x.dtype] as const)
      return callHost(c, e.name, args, e.dtype)
    }
  }
}

/** A local with the value of a node that is the same in all lanes. */
export const scalarOf = (c: CodeContext, scope: Scope, e: Expr): Local => {
  const bound = bindingOf(scope, e)
  if (bound?._tag === 'scalar') return bound.local
  const known = find(scope, (s) => s.scalars.get(e))
  if (known !== undefined) return known
  pushScalar(c, scope, e)
  const local = c.f.local(machineType(e.dtype))
  c.f.set(local)
  scope.scalars.set(e, local)
  return local
}

/** A vector with a uniform value in every lane, computed once per scope. */
const splatOf = (c: CodeContext, scope: Scope, e: Expr): Local => {
  const known = find(scope, (s) => s.splats.get(e))
  if (known !== undefined) return known
  const { f } = c
  if (e._tag === 'const') pushConstVector(f, e.dtype, e.value)
  else pushSplat(f, e.dtype, scalarOf(c, scope, e))
  const local = f.local('v128')
  f.set(local)
  scope.splats.set(e, local)
  return local
}

const loadLanes = (c: CodeContext, scope: Scope, e: Load): Lanes => {
  const { f } = c
  const { lanes, axis } = scope.layout
  const step = coefficient(e.index, axis)
  const size = byteSize(e.dtype)
  const base = e.base !== null && isVarying(scope, e.base) ? vectorOf(c, scope, e.base) : null
  if (base === null && step === 1) {
    return eachVector(f, scope.width, (at) => {
      const offset = pushAddress(c, scope, e)
      loadVector(f, e.dtype, lanes, offset + at * lanes * size)
    })
  }
  const whole = lanes * size === 16
  if (base === null && whole && step === 2) {
    // Every other element, from two vectors that reach no further than the last of them.
    return eachVector(f, scope.width, (at) => {
      for (const half of [0, 1]) {
        const offset = pushAddress(c, scope, e)
        f.memory('v128.load', offset + (2 * at * lanes + half * (lanes - 1)) * size)
      }
      f.shuffle(lanes === 4 ? [0, 2, 5, 7] : [0, 3])
    })
  }
  if (base === null && whole && step === -1) {
    return eachVector(f, scope.width, (at) => {
      const offset = pushAddress(c, scope, e) - (at * lanes + lanes - 1) * size
      if (offset < 0) f.i32(offset).op('i32.add')
      const backwards = f.local('v128')
      f.memory('v128.load', Math.max(0, offset)).tee(backwards).get(backwards)
      f.shuffle(lanes === 4 ? [3, 2, 1, 0] : [1, 0])
    })
  }
  // Bases are computed outside of the lane loop, where their code may not be pending on a stack.
  const uniformBase = e.base !== null && base === null ? scalarOf(c, scope, e.base) : null
  return eachVector(f, scope.width, (at) => {
    f.i32x4(0)
    for (let lane = 0; lane < lanes; lane++) {
      const distance = (at * lanes + lane) * step * size
      const offset = scope.cursor.address(e)
      if (uniformBase !== null) f.get(uniformBase).i32(size).op('i32.mul').op('i32.add')
      if (base !== null) {
        pushLane(f, 'int32', base[at], lane)
        f.i32(size).op('i32.mul').op('i32.add')
      }
      if (distance < 0) f.i32(distance).op('i32.add')
      loadScalar(f, e.dtype, offset + Math.max(0, distance))
      replaceLane(f, e.dtype, lane)
    }
  })
}

const computeVector = (c: CodeContext, scope: Scope, e: Expr): Lanes => {
  const { f } = c
  const { lanes, axis } = scope.layout
  const value = (x: Expr): Lanes => vectorOf(c, scope, x)
  switch (e._tag) {
    case 'load':
      return loadLanes(c, scope, e)
    case 'iota': {
      const step = coefficient(e.index, axis)
      const first = f.local('i32')
      pushIndex(f, scope.cursor.counters, e.index)
      f.set(first)
      const indices = eachVector(f, scope.width, (at) => {
        const lane = (i: number): number => ((at * lanes + i) * step) | 0
        f.get(first).op('i32x4.splat').i32x4(lane(0), lane(1), lane(2), lane(3)).op('i32x4.add')
      })
      return vectorCast(c, 'int32', e.dtype, indices)
    }
    case 'unary':
      return vectorUnary(c, lanes, e.op, e.x.dtype, value(e.x))
    case 'binary': {
      const fused = fusedOf(c, e)
      if (fused === null) return vectorBinary(c, lanes, e.op, e.dtype, value(e.x), value(e.y), e.y)
      const [a, b, d] = [fused.a, fused.b, fused.c].map(value)
      const shape = e.dtype === 'float64' ? 'f64x2' : 'f32x4'
      return eachVector(f, scope.width, (at) =>
        f.get(a[at]).get(b[at]).get(d[at]).op(`${shape}.relaxed_${fused.kind}`)
      )
    }
    case 'compare':
      return vectorCompare(c, e.op, e.x.dtype, value(e.x), value(e.y))
    case 'select':
      return vectorSelect(c, e.dtype, value(e.condition), value(e.x), value(e.y))
    case 'cast':
      return vectorCast(c, e.x.dtype, e.dtype, value(e.x))
    case 'bitcast':
      return vectorBitcast(c, lanes, e.x.dtype, e.dtype, value(e.x))
    case 'guard': {
      // The loop runs this code only where all lanes are on one side of every bound.
      const results = f.locals('v128', scope.width)
      pushInside(c, scope, e)
      const branch = (x: Expr) => () =>
        vectorOf(c, innerScope(scope), x).forEach((v, at) => f.get(v).set(results[at]))
      f.if(branch(e.value), branch(e.otherwise))
      return results
    }
    case 'call':
      return perLane(
        c,
        lanes,
        e.args.map((x) => [value(x), x.dtype] as const),
        e.dtype,
        (scalars) =>
          callHost(
            c,
            e.name,
            scalars.map((s, i) => [s, e.args[i].dtype] as const),
            e.dtype
          )
      )
    case 'const':
    case 'stage':
    case 'accumulator':
      return new Array<Local>(scope.width).fill(splatOf(c, scope, e))
  }
}

/** Locals with the value of a node, one per vector. */
export const vectorOf = (c: CodeContext, scope: Scope, e: Expr): Lanes => {
  const bound = bindingOf(scope, e)
  if (bound?._tag === 'vector') return bound.lanes
  for (let s: Scope | null = scope; s !== null; s = s.parent) {
    const known = s.width === scope.width ? s.vectors.get(e) : undefined
    if (known !== undefined) return known
  }
  const lanes = isVarying(scope, e)
    ? computeVector(c, scope, e)
    : new Array<Local>(scope.width).fill(splatOf(c, scope, e))
  scope.vectors.set(e, lanes)
  return lanes
}

/** Axes below `depth` only: the node can be computed before the loop over axis `depth`. */
const fixedBefore = (scope: Scope, depth: number) => {
  const memo = new Map<Expr, boolean>()
  const still = (i: Affine): boolean => i.coefficients.length <= depth
  const check = (e: Expr): boolean => {
    const known = memo.get(e)
    if (known !== undefined) return known
    const own =
      e._tag === 'load' || e._tag === 'iota'
        ? still(e.index)
        : e._tag === 'guard'
          ? e.bounds.every((b) => still(b.index))
          : e._tag === 'stage'
            ? bindingOf(scope, e) !== undefined // not before the stage has run
            : e._tag !== 'accumulator'
    const fixed = own && !someOperand(e, (o) => !check(o))
    memo.set(e, fixed)
    return fixed
  }
  return check
}

/**
 * Computes in `scope` what the roots need and no axis from `depth` on moves. `pinned` buffers are
 * stored to in the loops, so loads of them stay there.
 */
export const hoist = (
  c: CodeContext,
  scope: Scope,
  roots: readonly Expr[],
  depth: number,
  pinned: ReadonlySet<number>,
  splat: boolean
): void => {
  const isFixed = fixedBefore(scope, depth)
  const seen = new Set<Expr>()
  const inside = scope.cursor.counters.has(scope.layout.axis)
  const pinnedBelow = new Map<Expr, boolean>()
  const readsPinned = (e: Expr): boolean => {
    const known = pinnedBelow.get(e)
    if (known !== undefined) return known
    const found = (e._tag === 'load' && pinned.has(e.buffer)) || someOperand(e, readsPinned)
    pinnedBelow.set(e, found)
    return found
  }
  const visit = (e: Expr): void => {
    if (seen.has(e) || e._tag === 'const') return
    seen.add(e)
    const leaf = e._tag === 'stage' || e._tag === 'accumulator'
    if (isFixed(e) && !(pinned.size > 0 && readsPinned(e))) {
      const bound = leaf ? bindingOf(scope, e) : undefined
      if (!isVarying(scope, e) || (scope.width === 0 && inside)) {
        if (!leaf) scalarOf(c, scope, e)
        if (splat && (!leaf || bound?._tag === 'scalar')) splatOf(c, scope, e)
        return
      }
      if (scope.width > 0) {
        vectorOf(c, scope, e)
        return
      }
    }
    // What a guard protects must not be computed before the guard is asked.
    if (e._tag !== 'guard') eachOperand(e, visit)
  }
  roots.forEach(visit)
}

/** Computes all values, then stores them at the scope's point or points. */
export const emitStores = (c: CodeContext, scope: Scope, stores: readonly Store[]): void => {
  const { f } = c
  const { lanes, axis } = scope.layout
  const vector = scope.width > 0
  const values = stores.map((s) =>
    vector ? vectorOf(c, scope, s.value) : [scalarOf(c, scope, s.value)]
  )
  stores.forEach((s, i) => {
    const { dtype } = s.value
    const size = byteSize(dtype)
    const base = s.base === null ? null : scalarOf(c, scope, s.base)
    const place = { buffer: s.buffer, dtype, index: s.index }
    const pushPlace = (distance: number): number => {
      const offset = scope.cursor.address(place)
      if (base !== null) f.get(base).i32(size).op('i32.mul').op('i32.add')
      if (distance < 0) f.i32(distance).op('i32.add')
      return offset + Math.max(0, distance)
    }
    if (!vector) {
      const offset = pushPlace(0)
      f.get(values[i][0])
      storeScalar(f, dtype, offset)
      return
    }
    const step = coefficient(s.index, axis)
    values[i].forEach((v, at) => {
      if (step === 1) {
        const offset = pushPlace(at * lanes * size)
        storeVector(f, dtype, lanes, v, offset)
        return
      }
      for (let lane = 0; lane < lanes; lane++) {
        const offset = pushPlace((at * lanes + lane) * step * size)
        pushLane(f, dtype, v, lane)
        storeScalar(f, dtype, offset)
      }
    })
  })
}
