/** Programs as values: typed, first-order, in single assignment. */
import type { Aval, NdArray } from '../core/array.ts'
import { avalOf } from '../core/array.ts'
import { CotangentError } from '../core/errors.ts'
import { equals, fits, show as showAval } from './aval.ts'
import type { Primitive } from './primitive.ts'

export interface Var {
  readonly _tag: 'var'
  readonly aval: Aval
}

/** A concrete scalar written into the program. */
export interface Literal {
  readonly _tag: 'literal'
  readonly aval: Aval
  readonly value: NdArray
}

export type Atom = Var | Literal

export interface Equation {
  readonly primitive: Primitive
  readonly inputs: readonly Atom[]
  readonly outputs: readonly Var[]
  readonly params: unknown
}

export interface Jaxpr {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
}

/** A program together with the values it closed over, which are its first inputs. */
export interface ClosedJaxpr {
  readonly jaxpr: Jaxpr
  readonly consts: readonly NdArray[]
}

export const variable = (aval: Aval): Var => ({ _tag: 'var', aval })
export const literal = (value: NdArray): Literal => ({
  _tag: 'literal',
  aval: avalOf(value),
  value
})

export const inputAvals = (jaxpr: Jaxpr): readonly Aval[] => jaxpr.inputs.map((v) => v.aval)
export const outputAvals = (jaxpr: Jaxpr): readonly Aval[] => jaxpr.outputs.map((v) => v.aval)

export const hasEffects = (e: Equation): boolean => e.primitive.effects?.(e.params) ?? false

/** True when the program does anything but compute its results. */
export const isEffectful = (jaxpr: Jaxpr): boolean => jaxpr.equations.some(hasEffects)

/** Equations here and in the programs among the parameters. */
export const countEquations = (jaxpr: Jaxpr): number =>
  jaxpr.equations.reduce(
    (n, e) =>
      n + 1 + (e.primitive.programs?.(e.params) ?? []).reduce((m, p) => m + countEquations(p), 0),
    0
  )

/** Binds the equations of `jaxpr` one by one, whatever trace is current. */
export const evaluate = (
  bind: (p: Primitive, args: readonly NdArray[], params: unknown) => readonly NdArray[],
  jaxpr: Jaxpr,
  args: readonly NdArray[]
): readonly NdArray[] => {
  const values = new Map<Var, NdArray>()
  jaxpr.inputs.forEach((v, i) => values.set(v, args[i]))
  // Definition precedes use in every jaxpr that `check` accepts.
  const read = (a: Atom): NdArray => (a._tag === 'literal' ? a.value : (values.get(a) as NdArray))
  for (const e of jaxpr.equations) {
    const outs = bind(e.primitive, e.inputs.map(read), e.params)
    e.outputs.forEach((v, i) => values.set(v, outs[i]))
  }
  return jaxpr.outputs.map(read)
}

class JaxprTypeError extends CotangentError {
  constructor(problem: string, got: string, expected: string) {
    super('JaxprTypeError', 'jaxpr', {
      problem,
      got,
      expected,
      hint: 'a rule produced a program that does not type: report it with the printed jaxpr'
    })
  }
}

/** Throws unless every variable is defined once, before use, with the type its equation gives. */
export const check = (jaxpr: Jaxpr): void => {
  const known = new Set<Var>(jaxpr.inputs)
  const use = (a: Atom): void => {
    if (a._tag === 'var' && !known.has(a))
      throw new JaxprTypeError(
        'a variable is used before it is defined',
        showAval(a.aval),
        'a definition'
      )
  }
  for (const e of jaxpr.equations) {
    e.inputs.forEach(use)
    const avals = e.primitive.abstractEval(
      e.inputs.map((a) => a.aval),
      e.params
    )
    if (avals.length !== e.outputs.length)
      throw new JaxprTypeError(
        `${e.primitive.name} has the wrong number of results`,
        String(e.outputs.length),
        String(avals.length)
      )
    e.outputs.forEach((v, i) => {
      const aval = avals[i]
      if (!equals(aval, v.aval) && !fits(aval, v.aval))
        throw new JaxprTypeError(
          `result ${i} of ${e.primitive.name} has the wrong type`,
          showAval(v.aval),
          showAval(aval)
        )
      if (known.has(v))
        throw new JaxprTypeError('a variable is defined twice', showAval(v.aval), 'one definition')
      known.add(v)
    })
    for (const p of e.primitive.programs?.(e.params) ?? []) check(p)
  }
  jaxpr.outputs.forEach(use)
}
