/**
 * customRoot: x with f(x) = 0, differentiated by the implicit function theorem:
 * d x = −(∂f/∂x)⁻¹ ∂f/∂θ dθ for whatever θ the function closes over.
 */
import { checkFunction } from '../core/errors.ts'
import { avalOf, type NdArray } from '../core/array.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { batchFirst } from '../primitives/movement.ts'
import { neg } from '../primitives/negation.ts'
import { arraysOf } from '../trace/flat.ts'
import { evaluate, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { definePrimitive, isZero, zero, type Primitive } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { traceBody, type AnyFunction, type Body } from './closed.ts'
import { cut } from './flags.ts'
import { customLinearSolve } from './linear-solve.ts'

interface RootParams {
  /** Constants of f, x -> f(x). */
  readonly f: Jaxpr
  /** Constants of the solver, the first guess -> x. */
  readonly solve: Jaxpr
  /** Constants of the linear solver, x, right side -> tangent of x. */
  readonly tangent: Jaxpr
  readonly counts: readonly [f: number, solve: number, tangent: number]
}

export const rootP: Primitive<RootParams> = definePrimitive<RootParams>({
  name: 'customRoot',
  abstractEval: (_avals, { solve }) => outputAvals(solve),
  evaluate: (args, p) => {
    const [, consts, , guess] = cut(args, ...p.counts)
    return evaluate(bind, p.solve, [...consts, ...guess])
  },
  lower: (inputs, p, _outs, context) => {
    const [, consts, , guess] = cut(inputs, ...p.counts)
    return lowerJaxpr(p.solve, [...consts, ...guess], context)
  },
  jvp: (primals, tangents, p) => {
    const x = bind(rootP, primals, p)
    const [fc, , tc] = cut(primals, ...p.counts)
    const [df] = cut(tangents, ...p.counts)
    const live = df.map((t) => !isZero(t))
    if (!live.includes(true)) return [x, x.map((y) => zero(avalOf(y)))]
    const dual = jvpJaxpr(p.f, [...live, ...x.map(() => false)], true)
    const given = df.filter((t): t is NdArray => !isZero(t))
    const outs = evaluate(bind, dual.jaxpr, [...fc, ...x, ...given])
    const right = outs.slice(x.length).map(neg)
    return [x, evaluate(bind, p.tangent, [...tc, ...x, ...right])]
  },
  batch: (axis, args, dims, p) => {
    const mapped = dims.map((d) => d !== null)
    const [fm, sm, tm, guess] = cut(mapped, ...p.counts)
    const all = guess.map(() => true)
    const params: RootParams = {
      ...p,
      f: batchJaxpr(p.f, axis, [...fm, ...all], true).jaxpr,
      solve: batchJaxpr(p.solve, axis, [...sm, ...all], true).jaxpr,
      tangent: batchJaxpr(p.tangent, axis, [...tm, ...all, ...all], true).jaxpr
    }
    const firstGuess = args.length - guess.length
    const operands = args.map((x, i) =>
      dims[i] === null && i < firstGuess ? x : batchFirst(x, dims[i], axis.size)
    )
    const outs = bind(rootP, operands, params)
    return [outs, outs.map(() => 0)]
  },
  programs: ({ f, solve, tangent }) => [f, solve, tangent]
})

/**
 * A root of `f` near `guess`, found by `solve(f, guess)`; `tangentSolve(g, y)` solves g(x) = y for
 * a linear g. Derivatives with respect to what `f` closes over are implicit; the guess has none.
 *
 * Errors: StructureError when f or the solvers return another structure than the guess.
 *
 * @example
 * const root = (a: NdArray) =>
 *   lax.customRoot(
 *     (x) => x.mul(x).sub(a),
 *     np.array(1),
 *     (f, x) => lax.foriLoop(0, 20, (i, y) => y.sub(f(y).div(y.mul(2))), x),
 *     (g, y) => y.div(g(np.array(1)))
 *   )
 * root(np.array(4)).item() // => 2
 */
export const customRoot = <X>(
  f: (x: X) => X,
  guess: X,
  solve: (f: (x: X) => X, guess: X) => X,
  tangentSolve: (g: (x: X) => X, y: X) => X
): X => {
  for (const g of [f, solve, tangentSolve]) checkFunction('customRoot', g)
  const [arrays, structure] = arraysOf(guess, 'customRoot')
  const avals = arrays.map(avalOf)
  const trace = (g: AnyFunction, copies: number): Body => {
    const [, list] = arraysOf(new Array<X>(copies).fill(guess), 'customRoot')
    const given = new Array<typeof avals>(copies).fill(avals).flat()
    const body = traceBody('customRoot', g, given, list)
    requireSame(
      'customRoot',
      structure,
      body.structure,
      'f and the solvers return what is like the guess'
    )
    return body
  }
  const residual = trace(f, 1)
  const solver = trace((x: X) => solve(f, x), 1)
  const linear = ((x: X, y: X) => {
    const [point] = arraysOf(x, 'customRoot')
    const live = [...residual.consts.map(() => false), ...point.map(() => true)]
    const dual = jvpJaxpr(residual.jaxpr, live, true)
    const push = (v: X): X => {
      const [direction] = arraysOf(v, 'customRoot')
      const outs = evaluate(bind, dual.jaxpr, [...residual.consts, ...point, ...direction])
      return unflatten(structure, outs.slice(point.length)) as X
    }
    return customLinearSolve(push, y, tangentSolve, { transposeSolve: tangentSolve })
  }) as AnyFunction
  const tangent = trace(linear, 2)
  const outs = bind(rootP, [...residual.consts, ...solver.consts, ...tangent.consts, ...arrays], {
    f: residual.jaxpr,
    solve: solver.jaxpr,
    tangent: tangent.jaxpr,
    counts: [residual.consts.length, solver.consts.length, tangent.consts.length]
  })
  return unflatten(structure, outs) as X
}
