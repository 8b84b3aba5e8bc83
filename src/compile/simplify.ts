/**
 * Makes a program smaller without changing a bit of what it computes: what repeats or is unused
 * goes, constants are folded, and equations say what they say as simply as their primitives know.
 */
import { hostOf } from '../core/array.ts'
import { key as avalKey } from '../trace/aval.ts'
import { dceJaxpr } from '../trace/dce.ts'
import {
  hasEffects,
  literal,
  variable,
  type Atom,
  type Equation,
  type Jaxpr,
  type Var
} from '../trace/jaxpr.ts'
import { memoByJaxpr } from '../trace/memo.ts'
import type { Primitive } from '../trace/primitive.ts'
import type { Simplification } from '../trace/simplification.ts'
import { evaluateByReference } from './reference.ts'
import { parameterKey } from './keys.ts'

const remember = memoByJaxpr<Jaxpr>()

/** Bodies of checkpoints compute things again on purpose, and a barrier keeps what passes it apart. */
const isBarrier = (p: Primitive): boolean =>
  p.name === 'checkpoint' || p.name === 'optimizationBarrier'

const identities = new WeakMap<object, number>()
let nextIdentity = 0

const identity = (x: object): number => {
  const known = identities.get(x) ?? nextIdentity++
  identities.set(x, known)
  return known
}

const isConstant = (a: Atom): boolean => a._tag === 'literal' && a.value.size === 1

const isJaxpr = (x: object): x is Jaxpr => 'equations' in x && 'inputs' in x && 'outputs' in x

/** Parameters with the programs among them simplified. */
const simplifyPrograms = (params: unknown): unknown => {
  if (typeof params !== 'object' || params === null) return params
  const value = (x: unknown): unknown => {
    if (Array.isArray(x)) return x.map(value)
    return typeof x === 'object' && x !== null && isJaxpr(x) ? simplify(x) : x
  }
  return Object.fromEntries(Object.entries(params).map(([k, x]) => [k, value(x)]))
}

/** An equation that is about to be written down. */
interface Candidate {
  readonly primitive: Primitive
  readonly inputs: readonly Atom[]
  readonly params: unknown
  /** The variables it defines, where there are some already. */
  readonly outputs: readonly Var[]
}

/** Collects equations, each simplified and none written twice. */
const createWriter = () => {
  const equations: Equation[] = []
  const definitions = new Map<Var, Equation>()
  const numbers = new Map<Var, number>()
  const seen = new Map<string, readonly Atom[]>()
  /** Whether some equation was replaced, so that others may be unused now. */
  let changed = false

  const name = (a: Atom): string => {
    if (a._tag === 'literal') {
      const data = hostOf(a.value)
      return data.length === 1
        ? `${avalKey(a.aval)}:${Object.is(data[0], -0) ? '-0' : data[0]}`
        : `constant ${identity(a.value)}`
    }
    const known = numbers.get(a) ?? numbers.size
    numbers.set(a, known)
    return `v${known}`
  }

  const keyOf = (primitive: Primitive, content: string, inputs: readonly Atom[]): string => {
    let key = `${primitive.name}|${content}`
    for (let i = 0; i < inputs.length; i++) key += `|${name(inputs[i])}`
    return key
  }

  const made = (a: Atom, primitive: string): Equation | null => {
    const e = a._tag === 'var' ? definitions.get(a) : undefined
    return e !== undefined && e.primitive.name === primitive ? e : null
  }

  const uniform = (a: Atom): number | null => {
    if (a._tag === 'literal') {
      const data = hostOf(a.value)
      return data.length === 1 ? data[0] : null
    }
    const source = made(a, 'broadcastInDim')?.inputs[0] ?? null
    return source === null ? null : uniform(source)
  }

  const equation: Simplification['equation'] = (primitive, inputs, params) => {
    const outputs = primitive
      .abstractEval(
        inputs.map((a) => a.aval),
        params
      )
      .map(variable)
    changed = true
    return write({ primitive, inputs, params, outputs })[0] // rules make equations of one result
  }

  /** The result of an equation of one result, said more simply; null where it cannot be. */
  const simpler = ({ primitive, inputs, params, outputs }: Candidate): Atom | null => {
    if (outputs.length !== 1 || inputs.length === 0) return null
    const [{ aval }] = outputs
    if (primitive.exact === true && inputs.every(isConstant)) {
      const values = inputs.flatMap((a) => (a._tag === 'literal' ? [a.value] : []))
      return literal(evaluateByReference(primitive, values, params, [aval])[0])
    }
    return primitive.simplify?.({ inputs, out: aval, uniform, made, equation }, params) ?? null
  }

  /** The values of the results. */
  const write = (candidate: Candidate): readonly Atom[] => {
    const { primitive, inputs, outputs } = candidate
    const params =
      primitive.programs === undefined ? candidate.params : simplifyPrograms(candidate.params)
    const e: Equation = { primitive, inputs, outputs, params }
    const isFree = !hasEffects(e) && !isBarrier(primitive)
    const simple = isFree ? simpler(candidate) : null
    if (simple !== null) {
      changed = true
      return [simple]
    }
    const content = isFree ? parameterKey(params) : null
    const key = content === null ? null : keyOf(primitive, content, inputs)
    const twin = key === null ? undefined : seen.get(key)
    if (twin !== undefined) return twin
    if (key !== null) seen.set(key, outputs)
    equations.push(e)
    if (outputs.length === 1) definitions.set(outputs[0], e)
    return outputs
  }

  return { equations, write, hasChanged: () => changed }
}

const rewrite = (jaxpr: Jaxpr): Jaxpr => {
  const replaced = new Map<Var, Atom>()
  const resolve = (a: Atom): Atom => (a._tag === 'var' ? (replaced.get(a) ?? a) : a)
  const writer = createWriter()
  for (const e of jaxpr.equations) {
    const values = writer.write({ ...e, inputs: e.inputs.map(resolve) })
    for (let i = 0; i < values.length; i++)
      if (values[i] !== e.outputs[i]) replaced.set(e.outputs[i], values[i])
  }
  const smaller = { ...jaxpr, equations: writer.equations, outputs: jaxpr.outputs.map(resolve) }
  return writer.hasChanged() ? live(smaller) : smaller
}

/** What the results need; the inputs stay. */
const live = (jaxpr: Jaxpr): Jaxpr =>
  dceJaxpr(
    jaxpr,
    jaxpr.outputs.map(() => true),
    true
  ).jaxpr

/** The same inputs and results by fewer and simpler equations. */
export const simplify = (jaxpr: Jaxpr): Jaxpr => remember(jaxpr, '', () => rewrite(live(jaxpr)))
