/** Parameters and programs as strings that are equal exactly when they mean the same. */
import { hostOf, type NdArray } from '../core/array.ts'
import { key as avalKey } from '../trace/aval.ts'
import { countEquations, type Atom, type Jaxpr, type Var } from '../trace/jaxpr.ts'
import { memoByJaxpr } from '../trace/memo.ts'

const isPlain = (x: object): boolean => Object.getPrototypeOf(x) === Object.prototype

/** Programs with more equations are told apart by identity, where a key costs more than it finds. */
const mostEquations = 400
const mostLiterals = 256

/**
 * Null when a function or an array is among the parameters, or a program of more equations than
 * `most`: those have no content key.
 */
export const parameterKey = (params: unknown, most = mostEquations): string | null => {
  if (params === null || params === undefined) return ''
  switch (typeof params) {
    case 'number':
      return Object.is(params, -0) ? '-0' : String(params)
    case 'string':
      return JSON.stringify(params)
    case 'boolean':
      return String(params)
    case 'object':
      break
    default:
      return null
  }
  if (Array.isArray(params)) {
    const parts = params.map((p) => parameterKey(p, most))
    return parts.includes(null) ? null : `[${parts.join()}]`
  }
  if (!isPlain(params)) return null
  if ('equations' in params) return jaxprKey(params as unknown as Jaxpr, most) // programs alone have equations
  let parts = ''
  const fields = params as Readonly<Record<string, unknown>> // a plain object
  for (const key in fields) {
    const part = parameterKey(fields[key], most)
    if (part === null) return null
    parts += `${key}:${part},`
  }
  return `{${parts}}`
}

/** Whether parameters mean the same, found out without writing keys; false where that takes them. */
export const sameParameters = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!sameParameters(a[i], b[i])) return false
    return true
  }
  if (!isPlain(a) || !isPlain(b)) return false
  const [x, y] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  let left = 0
  for (const key in y) if (Object.hasOwn(y, key)) left++
  for (const key in x) {
    if (!Object.hasOwn(y, key) || !sameParameters(x[key], y[key])) return false
    left--
  }
  return left === 0
}

const literalKey = (x: NdArray): string | null => {
  if (x.size > mostLiterals) return null
  const numbers = Array.from(hostOf(x), (v) => (Object.is(v, -0) ? '-0' : String(v)))
  return `${avalKey({ shape: x.shape, dtype: x.dtype, weak: false })}=${numbers.join(';')}`
}

const writeJaxpr = (jaxpr: Jaxpr, most: number): string | null => {
  const numbers = new Map<Var, number>()
  const binder = (v: Var): string => {
    numbers.set(v, numbers.size)
    return avalKey(v.aval)
  }
  const atom = (a: Atom): string | null => {
    if (a._tag === 'var') return `v${numbers.get(a)}`
    const value = literalKey(a.value)
    return value === null ? null : `${avalKey(a.aval)}${value}`
  }
  const atoms = (list: readonly Atom[]): string | null => {
    const parts = list.map(atom)
    return parts.includes(null) ? null : parts.join()
  }
  const lines = [jaxpr.inputs.map(binder).join()]
  for (const e of jaxpr.equations) {
    const [inputs, params] = [atoms(e.inputs), parameterKey(e.params, most)]
    if (inputs === null || params === null) return null
    lines.push(`${e.primitive.name}${params}(${inputs}):${e.outputs.map(binder).join()}`)
  }
  const outputs = atoms(jaxpr.outputs)
  return outputs === null ? null : `{${lines.join('\n')}\n${outputs}}`
}

const remember = memoByJaxpr<string | null>()

/** Equal for programs that differ in the identity of their variables alone; null for large ones. */
export const jaxprKey = (jaxpr: Jaxpr, most = mostEquations): string | null =>
  remember(jaxpr, String(most), () =>
    countEquations(jaxpr) > most ? null : writeJaxpr(jaxpr, most)
  )
