/** customJvp: a function whose forward derivative its author gives. */
import { avalOf, type NdArray } from '../core/array.ts'
import { TransformError, ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { hasTangent } from '../trace/aval.ts'
import { arraysOf, nameOf } from '../trace/flat.ts'
import { evaluate, isEffectful, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import {
  definePrimitive,
  isZero,
  zero,
  type MappedAxis,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { checkTangents } from '../transforms/check.ts'
import { backward } from '../transforms/transpose.ts'
import { batchFlat, batchJaxpr, placeDim } from '../transforms/vmap.ts'
import { traceBody, type AnyFunction } from './closed.ts'
import { batchedFirst, ruleResult, splitStatic } from './custom-arguments.ts'

type Rule = (
  primals: readonly NdArray[],
  tangents: readonly NdArray[]
) => readonly [outs: readonly NdArray[], tangents: readonly NdArray[]]

interface CustomJvpParams {
  readonly jaxpr: Jaxpr
  /** Leading arguments are values that `f` closed over; the rule does not know them. */
  readonly constCount: number
  readonly rule: Rule
  readonly name: string
}

export const customJvpP: Primitive<CustomJvpParams> = definePrimitive<CustomJvpParams>({
  name: 'customJvp',
  abstractEval: (_avals, { jaxpr }) => outputAvals(jaxpr),
  evaluate: (args, { jaxpr }) => evaluate(bind, jaxpr, args),
  lower: (inputs, { jaxpr }, _outs, context) => lowerJaxpr(jaxpr, inputs, context),

  jvp: (primals, tangents, { constCount, rule, name }) => {
    requireConstant(name, tangents.slice(0, constCount))
    const own = primals.slice(constCount)
    const [outs, outTangents] = rule(own, tangents.slice(constCount).map(instantiate))
    return [
      outs,
      outs.map((y, i): Tangent => (hasTangent(avalOf(y)) ? outTangents[i] : zero(avalOf(y))))
    ]
  },

  batch: (axis, args, dims, p) => {
    const mapped = dims.map((d) => d !== null)
    const { jaxpr } = batchJaxpr(p.jaxpr, axis, mapped, true)
    const params = { ...p, jaxpr, rule: batchRule(axis, mapped.slice(p.constCount), p.rule) }
    const outs = bind(customJvpP, batchedFirst(args, dims), params)
    return [outs, outs.map(() => 0)]
  },

  // A linear function with a rule of its own transposes as what it computes.
  transpose: (cts, args, { jaxpr }) => backward(jaxpr, args, cts),
  effects: ({ jaxpr }) => isEffectful(jaxpr),
  programs: ({ jaxpr }) => [jaxpr]
})

/** The rule over a batch: every result mapped along its first axis. */
const batchRule =
  (axis: MappedAxis, mapped: readonly boolean[], rule: Rule): Rule =>
  (primals, tangents) => {
    const dims = mapped.map((m) => (m ? 0 : null))
    const [results, outDims] = batchFlat(
      (...xs) => rule(xs.slice(0, primals.length), xs.slice(primals.length)).flat(),
      axis,
      [...primals, ...tangents],
      [...dims, ...dims]
    )
    const placed = results.map((y, i) => placeDim(y, outDims[i], 0, axis.size))
    const half = placed.length / 2
    return [placed.slice(0, half), placed.slice(half)]
  }

/** Throws when a value that a custom function closed over is being differentiated. */
export const requireConstant = (name: string, tangents: readonly Tangent[]): void => {
  if (tangents.every(isZero)) return
  throw new TransformError(name, {
    problem: 'a function with a custom rule closes over a value that is being differentiated',
    got: `${tangents.filter((t) => !isZero(t)).length} closed-over values with a tangent`,
    expected: 'differentiated values as arguments: the rule knows nothing of the others',
    hint: 'pass the value as an argument, or stopGradient it'
  })
}

export interface CustomJvpOptions<A extends readonly unknown[], O> {
  /**
   * jvp(primals, tangents) → [out, tangentOut]; with nondiffArgnums, those arguments come first:
   * jvp(...nondiff, primals, tangents).
   */
  readonly jvp: (...args: never[]) => readonly [out: O, tangent: O]
  /** Arguments that are no arrays (functions, settings): passed on as they are. */
  readonly nondiffArgnums?: readonly number[]
  /** Types the call; never present. */
  readonly _args?: A
}

/**
 * `f` with the derivative `options.jvp`, in every mode and to any order that the rule allows.
 *
 * Errors: StructureError when the rule's results are not like those of `f`; TransformError when `f`
 * closes over a differentiated value.
 *
 * @example
 * const f = customJvp((x: NdArray) => np.sin(x), {
 *   jvp: ([x]: [NdArray], [dx]: [NdArray]) => [np.sin(x), dx.mul(2)]
 * })
 * grad(f)(1).item() // => 2
 */
export const customJvp = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options: CustomJvpOptions<A, O>
): ((...args: A) => O) => {
  checkFunction('customJvp', f)
  checkOptions('customJvp', options, ['jvp', 'nondiffArgnums'])
  if (typeof options.jvp !== 'function')
    throw new ValueError('customJvp', {
      problem: 'the derivative is missing',
      got: String(options.jvp),
      expected: '{ jvp: (primals, tangents) => [out, tangentOut] }',
      hint: 'customVjp takes a pair of forward and backward functions instead'
    })
  const statics = options.nondiffArgnums ?? []
  const name = nameOf('customJvp', f)
  const wrapped = (...args: A): O => {
    const { fixed, given, call } = splitStatic(name, f, statics, args)
    const [arrays, structure] = arraysOf(given, name)
    const body = traceBody(name, call, arrays.map(avalOf), structure)
    const rule: Rule = (primals, tangents) => {
      const result = (options.jvp as AnyFunction)(
        ...([...fixed, unflatten(structure, primals), unflatten(structure, tangents)] as never[])
      )
      const [out, tangent] = ruleResult(name, 'jvp', '[f(...primals), its tangent]', result)
      const [outs, outStructure] = arraysOf(out, name)
      const [dots, dotStructure] = arraysOf(tangent, name)
      requireSame(
        name,
        body.structure,
        outStructure,
        'the rule returns [f(...primals), its tangent]'
      )
      requireSame(
        name,
        body.structure,
        dotStructure,
        'the rule returns [f(...primals), its tangent]'
      )
      return [outs, checkTangents(name, outs, dots)]
    }
    const outs = bind(customJvpP, [...body.consts, ...arrays], {
      jaxpr: body.jaxpr,
      constCount: body.consts.length,
      rule,
      name
    })
    return unflatten(body.structure, outs) as O
  }
  return Object.defineProperty(wrapped, 'name', { value: f.name })
}
