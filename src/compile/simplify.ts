/** Makes a program smaller without changing what it computes: what repeats or is unused goes. */
import { dceJaxpr } from '../trace/dce.ts'
import { hasEffects, type Atom, type Equation, type Jaxpr, type Var } from '../trace/jaxpr.ts'
import { memoByJaxpr } from '../trace/memo.ts'
import { hostOf } from '../core/array.ts'
import { key as avalKey } from '../trace/aval.ts'
import { parameterKey } from './keys.ts'

const remember = memoByJaxpr<Jaxpr>()

/** Bodies of checkpoints compute things again on purpose, and a barrier keeps what passes it apart. */
const isBarrier = (e: Equation): boolean =>
  e.primitive.name === 'checkpoint' || e.primitive.name === 'optimizationBarrier'

/** Equations with equal primitive, parameters and inputs become one. */
const shareEquations = (jaxpr: Jaxpr): Jaxpr => {
  const replaced = new Map<Var, Var>()
  const numbers = new Map<Var, number>()
  const seen = new Map<string, readonly Var[]>()
  const resolve = (a: Atom): Atom => (a._tag === 'var' ? (replaced.get(a) ?? a) : a)
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
  const equations: Equation[] = []
  for (const e of jaxpr.equations) {
    const inputs = e.inputs.map(resolve)
    const params = hasEffects(e) || isBarrier(e) ? null : parameterKey(e.params)
    const key = params === null ? null : `${e.primitive.name}|${params}|${inputs.map(name).join()}`
    const twin = key === null ? undefined : seen.get(key)
    if (twin !== undefined) {
      e.outputs.forEach((v, i) => replaced.set(v, twin[i]))
      continue
    }
    if (key !== null) seen.set(key, e.outputs)
    equations.push({ ...e, inputs })
  }
  return { ...jaxpr, equations, outputs: jaxpr.outputs.map(resolve) }
}

const identities = new WeakMap<object, number>()
let nextIdentity = 0

const identity = (x: object): number => {
  const known = identities.get(x) ?? nextIdentity++
  identities.set(x, known)
  return known
}

/** The same inputs and results by fewer equations. */
export const simplify = (jaxpr: Jaxpr): Jaxpr =>
  remember(jaxpr, '', () => {
    const live = dceJaxpr(
      jaxpr,
      jaxpr.outputs.map(() => true),
      true
    ).jaxpr
    return shareEquations(live)
  })
