/**
 * Values of expressions at one place of a loop nest, each computed once: nodes that move along the
 * vector axis are groups of vectors, all others scalars, spread over a vector where one is needed.
 */
import { type Bound, coefficient } from '../../../kernel/affine.ts'
import {
  type Binary,
  type Expr,
  type Guard,
  type Load,
  type Select,
  someOperand
} from '../../../kernel/expr.ts'
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
  vanishingPower,
  vectorBinary,
  vectorCompare,
  vectorUnary
} from './expr-vector.ts'
import { pushIndex } from './loops.ts'
import { byteSize, loadScalar, loadVector } from './memory-access.ts'
import { bindingOf, find, innerScope, isVarying, type Scope } from './scope.ts'
import { vectorSelect } from './select-vector.ts'
import type { Local } from '../wasm/function.ts'

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
export const splatOf = (c: CodeContext, scope: Scope, e: Expr): Local => {
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

/** Nodes of a branch that is worth asking whether any lane takes it. */
const longBranch = 32

/** Whether the node and what is not known of its operands are many. */
const isLong = (scope: Scope, e: Expr): boolean => {
  const seen = new Set<Expr>()
  const visit = (o: Expr): boolean => {
    if (seen.has(o) || !isVarying(scope, o) || find(scope, (s) => s.vectors.get(o))) return false
    seen.add(o)
    return seen.size > longBranch || someOperand(o, visit)
  }
  return visit(e)
}

/** A select whose first branch is computed only where a lane takes it. */
const selectRarely = (c: CodeContext, scope: Scope, e: Select): Lanes => {
  const { f } = c
  const taken = vectorOf(c, scope, e.condition)
  const otherwise = vectorOf(c, scope, e.y)
  const results = eachVector(f, scope.width, (at) => f.get(otherwise[at]))
  taken.forEach((mask, at) => {
    f.get(mask)
    if (at > 0) f.op('v128.or')
  })
  f.op('v128.any_true')
  const inner = innerScope(scope)
  f.if(() =>
    vectorSelect(f, scope.width, e, (x) => vectorOf(c, inner, x)).forEach((v, at) =>
      f.get(v).set(results[at])
    )
  )
  return results
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
      return c.vanishing?.has(e) === true
        ? vanishingPower(c, e.dtype, value(e.x))
        : vectorUnary(c, lanes, e.op, e.x.dtype, value(e.x))
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
      return isLong(scope, e.x) ? selectRarely(c, scope, e) : vectorSelect(f, scope.width, e, value)
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
