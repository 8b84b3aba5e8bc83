/** Jaxprs as text: { lambda a:f32[3] ; b:f32[]. let c:f32[3] = mul b a in (c,) } */
import { NdArray, hostOf } from '../core/array.ts'
import { isBool } from '../core/dtype.ts'
import { show as showAval } from './aval.ts'
import type { Atom, Equation, Jaxpr, Var } from './jaxpr.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** a … z, ba, bb …: the digits of `n` in base 26. */
const nameOf = (n: number): string =>
  n < 26 ? letters[n] : nameOf(Math.floor(n / 26)) + letters[n % 26]

type Names = Map<Var, string>

const nameVar = (names: Names, v: Var): string => {
  const known = names.get(v)
  if (known !== undefined) return known
  const name = nameOf(names.size)
  names.set(v, name)
  return name
}

const binder = (names: Names, v: Var): string => `${nameVar(names, v)}:${showAval(v.aval)}`

const number = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

const atom = (names: Names, a: Atom): string => {
  if (a._tag === 'var') return nameVar(names, a)
  const data = hostOf(a.value)
  if (data.length !== 1) return `constant:${showAval(a.aval)}`
  const value = data[0]
  return `${isBool(a.aval.dtype) ? value !== 0 : number(value)}:${showAval(a.aval)}`
}

const isJaxpr = (x: object): x is Jaxpr => 'equations' in x && 'inputs' in x && 'outputs' in x

const indent = (text: string): string => text.replaceAll('\n', '\n  ')

const parameter = (x: unknown): string => {
  if (Array.isArray(x))
    return x.some((v) => typeof v === 'object' && v !== null && isJaxpr(v))
      ? `(\n  ${x.map((v) => indent(parameter(v))).join('\n  ')}\n)`
      : `[${x.map(parameter).join(',')}]`
  if (typeof x === 'function') return `<${x.name === '' ? 'function' : x.name}>`
  if (x instanceof NdArray) return `<array ${x.dtype}[${x.shape.join(',')}]>`
  if (typeof x === 'object' && x !== null) {
    if (isJaxpr(x)) return show(x)
    return `{${Object.entries(x)
      .map(([k, v]) => `${k}=${parameter(v)}`)
      .join(' ')}}`
  }
  return String(x)
}

const showParameters = (params: unknown): string => {
  if (typeof params !== 'object' || params === null) return ''
  const entries = Object.entries(params).flatMap(([k, v]) =>
    v === undefined ? [] : [`${k}=${indent(parameter(v))}`]
  )
  // Programs take several lines and come last, or what follows them is overlooked.
  const isShort = (entry: string): boolean => !entry.includes('\n')
  const ordered = [...entries.filter(isShort), ...entries.filter((e) => !isShort(e))]
  return ordered.length === 0 ? '' : `[${ordered.join(' ')}]`
}

const equation = (names: Names, e: Equation): string => {
  const right = [
    `${e.primitive.name}${showParameters(e.params)}`,
    ...e.inputs.map((a) => atom(names, a))
  ]
  const left = e.outputs.map((v) => binder(names, v)).join(' ')
  return left === '' ? right.join(' ') : `${left} = ${right.join(' ')}`
}

/** The names under which `show` prints the variables of a program, those of inner programs aside. */
export const namesOf = (jaxpr: Jaxpr): ReadonlyMap<Var, string> => {
  const names: Names = new Map()
  jaxpr.inputs.forEach((v) => nameVar(names, v))
  for (const e of jaxpr.equations) {
    e.outputs.forEach((v) => nameVar(names, v))
    for (const a of e.inputs) if (a._tag === 'var') nameVar(names, a)
  }
  return names
}

/** The program on several lines; the first `constCount` inputs are the values it closed over. */
export const show = (jaxpr: Jaxpr, constCount = 0): string => {
  const names: Names = new Map()
  const inputs = jaxpr.inputs.map((v) => binder(names, v))
  const head = `{ lambda ${inputs.slice(0, constCount).join(' ')} ; ${inputs.slice(constCount).join(' ')} .`
  const body = jaxpr.equations.map((e) => indent(indent(equation(names, e))))
  const outs = jaxpr.outputs.map((a) => atom(names, a))
  const result = `in (${outs.join(', ')}${outs.length === 1 ? ',' : ''}) }`
  return body.length === 0
    ? `${head} let ${result}`.replaceAll(/ +/g, ' ')
    : `${head.replaceAll(/ +/g, ' ')} let\n    ${body.join('\n    ')}\n  ${result}`
}
