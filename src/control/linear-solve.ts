/**
 * customLinearSolve: x with A x = b, differentiated as the solution of an equation and not through
 * the steps of whatever solver found it.
 *
 * d x = A⁻¹ (d b − d A x), and its transpose is a solve with Aᵀ.
 */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { TransformError, checkOptions, checkFunction } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame, type Structure } from '../core/structure.ts'
import { addTangents, instantiate } from '../primitives/elementwise.ts'
import { batchFirst } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { evaluate, inputAvals, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { arraysOf } from '../trace/flat.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type MappedAxis,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { transposeJaxpr } from '../transforms/transpose.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { traceBody, type AnyFunction } from './closed.ts'
import { cut } from './flags.ts'

/** A program whose first inputs are the constants that belong to it. */
interface Part {
  readonly jaxpr: Jaxpr
  readonly consts: number
}

interface SolveParams {
  readonly matvec: Part
  readonly vecmat: Part | null
  readonly solve: Part
  readonly transposeSolve: Part | null
}

const parts = (p: SolveParams): readonly (Part | null)[] => [
  p.matvec,
  p.vecmat,
  p.solve,
  p.transposeSolve
]

/** Operands: constants of the four parts in order, then b. */
const groups = <T>(xs: readonly T[], p: SolveParams): readonly (readonly T[])[] =>
  cut(xs, ...parts(p).map((q) => q?.consts ?? 0))

const batchPart = (part: Part | null, axis: MappedAxis, mapped: readonly boolean[]): Part | null =>
  part === null
    ? null
    : {
        ...part,
        jaxpr: batchJaxpr(
          part.jaxpr,
          axis,
          [...mapped, ...part.jaxpr.inputs.slice(part.consts).map(() => true)],
          true
        ).jaxpr
      }

export const linearSolveP: Primitive<SolveParams> = definePrimitive<SolveParams>({
  name: 'customLinearSolve',
  abstractEval: (_avals, { solve }) => outputAvals(solve.jaxpr),
  evaluate: (args, p) => {
    const [, , consts, , b] = groups(args, p)
    return evaluate(bind, p.solve.jaxpr, [...consts, ...b])
  },
  lower: (inputs, p, _outs, context) => {
    const [, , consts, , b] = groups(inputs, p)
    return lowerJaxpr(p.solve.jaxpr, [...consts, ...b], context)
  },

  jvp: (primals, tangents, p) => {
    const x = bind(linearSolveP, primals, p)
    const [mc, vc, sc, tc] = groups(primals, p)
    const [dm, , , , db] = groups(tangents, p)
    const live = dm.map((t) => !isZero(t))
    let rhs: readonly Tangent[] = db
    if (live.includes(true)) {
      const dual = jvpJaxpr(p.matvec.jaxpr, [...live, ...x.map(() => false)], true)
      const outs = evaluate(bind, dual.jaxpr, [
        ...mc,
        ...x,
        ...dm.filter((t): t is NdArray => !isZero(t))
      ])
      rhs = outs.slice(x.length).map((t, i) => addTangents(neg(t), db[i]))
    }
    if (rhs.every(isZero)) return [x, x.map((y) => zero(avalOf(y)))]
    const dx = bind(linearSolveP, [...mc, ...vc, ...sc, ...tc, ...rhs.map(instantiate)], p)
    return [x, dx]
  },

  transpose: (cts, args, p) => {
    const { vecmat, transposeSolve } = p
    if (vecmat === null || transposeSolve === null)
      throw new TransformError('customLinearSolve', {
        problem: 'the solve cannot be transposed',
        got: 'no transposeSolve',
        expected: '{ transposeSolve } or { symmetric: true }',
        hint: 'reverse mode solves with the transposed matrix'
      })
    // Only b is linear: the constants are values.
    const [mc, vc, sc, tc, b] = groups(args, p) as readonly (readonly NdArray[])[]
    if ([...mc, ...vc, ...sc, ...tc].some(isUnknown))
      throw new TransformError('customLinearSolve', {
        problem: 'the solve is not linear in its matrix',
        got: 'an unknown constant',
        expected: 'unknowns in b only',
        hint: 'linearize first: linearTranspose takes linear functions only'
      })
    const swapped: SolveParams = {
      matvec: vecmat,
      vecmat: p.matvec,
      solve: transposeSolve,
      transposeSolve: p.solve
    }
    const outs = cts.every(isZero)
      ? cts
      : bind(linearSolveP, [...vc, ...mc, ...tc, ...sc, ...cts.map(instantiate)], swapped)
    return [...[...mc, ...vc, ...sc, ...tc].map(() => null), ...b.map((_, i) => outs[i])]
  },

  batch: (axis, args, dims, p) => {
    const mapped = dims.map((d) => d !== null)
    const [mm, vm, sm, tm, bm] = groups(mapped, p)
    const params: SolveParams = {
      matvec: batchPart(p.matvec, axis, mm) as Part, // only null gives null
      vecmat: batchPart(p.vecmat, axis, vm),
      solve: batchPart(p.solve, axis, sm) as Part,
      transposeSolve: batchPart(p.transposeSolve, axis, tm)
    }
    const firstOfB = args.length - bm.length
    const operands = args.map((x, i) =>
      dims[i] === null && i < firstOfB ? x : batchFirst(x, dims[i], axis.size)
    )
    const outs = bind(linearSolveP, operands, params)
    return [outs, outs.map(() => 0)]
  },

  programs: (p) => parts(p).flatMap((q) => (q === null ? [] : [q.jaxpr]))
})

export interface LinearSolveOptions<B> {
  /** (vecmat, b) → x with Aᵀ x = b; reverse mode needs it, or `symmetric`. */
  readonly transposeSolve?: (vecmat: (x: B) => B, b: B) => B
  /** A equals its transpose, so that `solve` serves both. */
  readonly symmetric?: boolean
}

interface Traced extends Part {
  readonly values: readonly NdArray[]
}

const tracePart = (
  f: AnyFunction,
  avals: readonly Aval[],
  structure: Structure,
  list: Structure
): Traced => {
  const body = traceBody('customLinearSolve', f, avals, list)
  requireSame(
    'customLinearSolve',
    structure,
    body.structure,
    'matvec and solve return what is like b'
  )
  return { jaxpr: body.jaxpr, consts: body.consts.length, values: body.consts }
}

/**
 * The solution of matvec(x) = b by `solve(matvec, b)`, with implicit derivatives: the solver itself
 * is never differentiated, and may use a while loop.
 *
 * Errors: StructureError when matvec or solve return another structure than b; TransformError in
 * reverse mode without `transposeSolve` or `symmetric`.
 *
 * @example
 * lax.customLinearSolve((x) => x.mul(4), np.array(8), (mv, b) => b.div(4)).item() // => 2
 */
export const customLinearSolve = <B>(
  matvec: (x: B) => B,
  b: B,
  solve: (matvec: (x: B) => B, b: B) => B,
  options: LinearSolveOptions<B> = {}
): B => {
  checkOptions('customLinearSolve', options, ['transposeSolve', 'symmetric'])
  for (const f of [matvec, solve]) checkFunction('customLinearSolve', f)
  const [arrays, structure] = arraysOf(b, 'customLinearSolve')
  const [, list] = arraysOf([b], 'customLinearSolve')
  const avals = arrays.map(avalOf)
  const trace = (f: (x: B) => B): Traced => tracePart(f, avals, structure, list)
  const forward = trace(matvec)
  const direct = trace((x) => solve(matvec, x))
  const symmetric = options.symmetric === true
  const backwards = symmetric ? forward : transposed(forward)
  const apply = (x: B): B => {
    const [leaves] = arraysOf(x, 'customLinearSolve')
    return unflatten(
      structure,
      evaluate(bind, backwards.jaxpr, [...backwards.values, ...leaves])
    ) as B
  }
  const { transposeSolve } = options
  const backSolve = symmetric
    ? direct
    : transposeSolve === undefined
      ? null
      : trace((x) => transposeSolve(apply, x))
  const vecmat = backSolve === null ? null : backwards
  const operands = [forward, vecmat, direct, backSolve].flatMap((t) => t?.values ?? [])
  const outs = bind(linearSolveP, [...operands, ...arrays], {
    matvec: forward,
    vecmat,
    solve: direct,
    transposeSolve: backSolve
  })
  return unflatten(structure, outs) as B
}

/** The transpose of a traced linear map, over the same constants. */
const transposed = (part: Traced): Traced => {
  const inputs = inputAvals(part.jaxpr)
  const linear = inputs.map((_, i) => i >= part.consts)
  const live = part.jaxpr.outputs.map(() => true)
  return { ...part, jaxpr: transposeJaxpr(part.jaxpr, linear, live, true).jaxpr }
}
