/**
 * Forward mode: every value carries its tangent, and each primitive's jvp rule says how.
 *
 * Source: Wengert 1964; the form of Pearlmutter & Siskind 2008, with symbolic zeros.
 */
import { avalOf, ownerOf, type Aval, type NdArray } from '../core/array.ts'
import { TransformError, checkFunction } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { hasTangent } from '../trace/aval.ts'
import { arraysOf, flatFunction, nameOf } from '../trace/flat.ts'
import { evaluate, inputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { traceClosed, traceToJaxpr } from '../trace/make-jaxpr.ts'
import { isZero, zero, type JvpRule, type Primitive, type Tangent } from '../trace/primitive.ts'
import { flags, memoByJaxpr } from '../trace/memo.ts'
import { bind, currentTrace, payload, tracer, withTrace, type Trace } from '../trace/tracer.ts'
import { checkTangents } from './check.ts'

interface Dual {
  readonly primal: NdArray
  readonly tangent: NdArray
}

/** The rule of a primitive; `like` stands in where there is none. */
const ruleOf = (primitive: Primitive): JvpRule<unknown> => {
  if (primitive.jvp !== undefined) return primitive.jvp
  const { like } = primitive
  if (like !== undefined)
    return (primals, tangents, params) => {
      const live = tangents.map((t) => !isZero(t))
      const { jaxpr, consts } = traceToJaxpr(
        (...xs) => like(xs, params),
        primals.map(avalOf),
        primitive.name
      )
      const dual = jvpJaxpr(jaxpr, [...consts.map(() => false), ...live], false)
      return splitDual(
        evaluate(bind, dual.jaxpr, [...consts, ...primals, ...nonzero(tangents)]),
        jaxpr.outputs.map((o) => o.aval),
        dual.outputs
      )
    }
  throw new TransformError('jvp', {
    problem: `${primitive.name} has no derivative rule`,
    got: primitive.name,
    expected: 'a primitive with a jvp rule',
    hint: 'wrap the function in customJvp or customVjp, or stop the gradient with stopGradient'
  })
}

const nonzero = (tangents: readonly Tangent[]): readonly NdArray[] =>
  tangents.filter((t): t is NdArray => !isZero(t))

/** Primal results first, then the tangents of those that have one. */
const splitDual = (
  outs: readonly NdArray[],
  avals: readonly Aval[],
  live: readonly boolean[]
): readonly [readonly NdArray[], readonly Tangent[]] => {
  let next = avals.length
  return [outs.slice(0, avals.length), avals.map((a, i) => (live[i] ? outs[next++] : zero(a)))]
}

const jvpTrace = (parent: Trace, name: string): Trace => {
  const trace: Trace = {
    name,
    process: (primitive, args, params) => {
      if (!args.some((x) => ownerOf(x) === trace)) return parent.process(primitive, args, params)
      const primals = mapList(args, (x) => payload<Dual>(trace, x)?.primal ?? x)
      const tangents = mapList(
        args,
        (x): Tangent => payload<Dual>(trace, x)?.tangent ?? zero(avalOf(x))
      )
      const [outs, outTangents] = withTrace(parent, () =>
        ruleOf(primitive)(primals, tangents, params)
      )
      return mapList(outs, (y, i) => makeDual(trace, y, outTangents[i]))
    }
  }
  return trace
}

const makeDual = (trace: Trace, primal: NdArray, tangent: Tangent): NdArray =>
  isZero(tangent) || !hasTangent(avalOf(primal))
    ? primal
    : tracer(trace, avalOf(primal), { primal, tangent } satisfies Dual)

/** Results and their tangents; both functions and arguments are flat. */
export const jvpFlat = (
  f: (...xs: readonly NdArray[]) => readonly NdArray[],
  primals: readonly NdArray[],
  tangents: readonly Tangent[],
  name = 'jvp'
): readonly [outs: readonly NdArray[], tangents: readonly Tangent[]] => {
  const trace = jvpTrace(currentTrace(), name)
  const duals = mapList(primals, (x, i) => makeDual(trace, x, tangents[i]))
  const outs = withTrace(trace, () => f(...duals))
  return [
    mapList(outs, (y) => payload<Dual>(trace, y)?.primal ?? y),
    mapList(outs, (y): Tangent => payload<Dual>(trace, y)?.tangent ?? zero(avalOf(y)))
  ]
}

/** A jaxpr of primals and live tangents to results and live tangents. */
export interface DualJaxpr {
  readonly jaxpr: Jaxpr
  /** Which results have a tangent, in order, after all primal results. */
  readonly outputs: readonly boolean[]
}

const remember = memoByJaxpr<DualJaxpr>()

/**
 * The derivative of a program: inputs are its inputs, then a tangent for each that `live` marks;
 * outputs are its outputs, then the tangents that are not zero, or, where `instantiated` marks
 * them (true: all), zeros too.
 */
export const jvpJaxpr = (
  jaxpr: Jaxpr,
  live: readonly boolean[],
  instantiated: boolean | readonly boolean[]
): DualJaxpr => {
  const wanted = (i: number): boolean =>
    typeof instantiated === 'boolean' ? instantiated : instantiated[i]
  const key = `${flags(live)}/${flags(jaxpr.outputs.map((_, i) => wanted(i)))}`
  return remember(jaxpr, key, () => {
    const avals = inputAvals(jaxpr)
    let outputs: readonly boolean[] = []
    const dual = traceClosed(
      (...args) => {
        let next = avals.length
        const tangents = avals.map((a, i): Tangent => (live[i] ? args[next++] : zero(a)))
        const [outs, outTangents] = jvpFlat(
          (...xs) => evaluate(bind, jaxpr, xs),
          args.slice(0, avals.length),
          tangents
        )
        outputs = outTangents.map((t, i) => !isZero(t) || (wanted(i) && hasTangent(t.aval)))
        return [...outs, ...outTangents.filter((_, i) => outputs[i]).map(instantiate)]
      },
      [...avals, ...avals.filter((_, i) => live[i])],
      'jvp'
    )
    return { jaxpr: dual, outputs }
  })
}

/**
 * `[f(...primals), tangent]`: the value, and its derivative in the direction of `tangents`, in one
 * forward pass.
 *
 * Errors: StructureError, ShapeError or DTypeError when tangents do not match the primals.
 *
 * @example
 * const [y, dy] = jvp((x) => x.mul(x), [np.array(3)], [np.array(1)])
 * dy.item() // => 6
 */
export const jvp = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  primals: A,
  tangents: A
): readonly [out: O, tangent: O] => {
  checkFunction('jvp', f)
  const [args, structure] = arraysOf(primals, 'jvp')
  const [given, givenStructure] = arraysOf(tangents, 'jvp')
  requireSame('jvp', structure, givenStructure, 'give one tangent for each primal')
  const checked = checkTangents('jvp', args, given)
  const flat = flatFunction(f, structure, 'jvp')
  const [outs, outTangents] = jvpFlat(
    flat.call,
    args,
    checked.map((t, i) => (hasTangent(avalOf(args[i])) ? t : zero(avalOf(args[i])))),
    nameOf('jvp', f)
  )
  const out = flat.structure()
  return [unflatten(out, outs) as O, unflatten(out, outTangents.map(instantiate)) as O]
}
