/**
 * optax's constructors as ours: names and arguments are translated, nothing is computed. A name
 * that we do not have is an error, which fails the check.
 */
import { ValueError } from '../../src/core/errors.ts'
import * as optim from '../../src/optim/index.ts'
import {
  byPosition,
  otherNames,
  ownNames,
  positional,
  shortNames,
  unsaid,
  usual
} from './optax-names.ts'
import { read, type Expression } from './python-call.ts'

export type Arguments = Readonly<Record<string, unknown>>

// Constructors are looked up by name, so their types are not known here.
type Constructor = (...args: readonly unknown[]) => unknown
const ours = optim as unknown as Readonly<Record<string, Constructor | undefined>>

export const camelCase = (name: string): string =>
  (shortNames[name] ?? name).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const schedules = ['_schedule', '_decay_schedule', '_schedules', '_decay']

/** The full name of a constructor that we have, or undefined. */
export const known = (name: string): string | undefined => {
  const own = name.split('.').at(-1) as string // never empty
  const last = otherNames[own] ?? own
  const exists = (full: string): boolean => typeof ours[camelCase(full)] === 'function'
  if (exists(last)) return last
  return schedules
    .map((suffix) => last + suffix)
    .find((full) => exists(full) && full !== 'scale_by_schedule')
}

const unknownName = (name: string): ValueError =>
  new ValueError('conformance', {
    problem: 'a constructor is unknown',
    got: name,
    expected: 'a function of optax that cotangent has',
    hint: 'the key names the constructor and its arguments'
  })

/** A list of keyword arguments, such as the cycles of sgdr_schedule, under our names. */
const withOurKeys = (value: unknown): unknown =>
  Array.isArray(value) && value.every((x) => typeof x === 'object' && !Array.isArray(x))
    ? value.map((x: object) =>
        Object.fromEntries(Object.entries(x).map(([k, v]) => [camelCase(k), v]))
      )
    : value

/** Options of ours for which null says that there is none. */
const nullable = ['linesearch', 'clippingThreshold', 'approxDecRtol']

/** Calls our constructor of this name with optax's arguments. */
export const construct = (name: string, given: Arguments): unknown => {
  const full = known(name)
  if (full === undefined) throw unknownName(name)
  const make = ours[camelCase(full)] as Constructor // just found
  const renamed = Object.fromEntries(
    Object.entries({ ...unsaid[full], ...given }).map(([k, v]) => [
      ownNames[full]?.[k] ?? shortNames[k] ?? k,
      v
    ])
  )
  const order = byPosition[full]
  if (order !== undefined) return make(...order.map((k) => withOurKeys(renamed[k])))
  const options = Object.entries(renamed).map(([k, v]) => [camelCase(k), v] as const)
  const isGiven = ([k, v]: readonly [string, unknown]): boolean =>
    v !== undefined && (v !== null || nullable.includes(k))
  return make(Object.fromEntries(options.filter(isGiven)))
}

const argumentNames = (full: string): readonly string[] =>
  byPosition[full] ?? positional[full] ?? usual

/** What an expression stands for. Chains take transformations, all others named arguments. */
export const evaluate = (e: Expression): unknown => {
  switch (e._tag) {
    case 'value':
      return e.value
    case 'list':
      return e.items.map(evaluate)
    case 'dict':
      return Object.fromEntries(e.entries.map(([k, v]) => [String(keyOf(k)), evaluate(v)]))
    case 'name':
      return byPosition[e.name]?.length === 0 ? construct(e.name, {}) : e.name
    case 'call': {
      if (e.name === 'dict')
        return Object.fromEntries(Object.entries(e.kwargs).map(([k, v]) => [k, evaluate(v)]))
      const full = known(e.name)
      if (full === undefined) throw unknownName(e.name)
      const args = e.args.map(evaluate)
      const kwargs = Object.fromEntries(Object.entries(e.kwargs).map(([k, v]) => [k, evaluate(v)]))
      if (full === 'chain') return (ours['chain'] as Constructor)(...args)
      if (full === 'join_schedules' && !Array.isArray(args[0]))
        return construct(full, {
          schedules: args.filter((x) => typeof x === 'function'),
          boundaries: args.flat().filter((x) => typeof x === 'number')
        })
      const names = argumentNames(full)
      return construct(full, {
        ...Object.fromEntries(args.map((x, i) => [names[i] ?? `argument ${i}`, x])),
        ...kwargs
      })
    }
  }
}

const keyOf = (e: Expression): unknown => (e._tag === 'name' ? e.name : evaluate(e))

/** A value of a configuration: a text may state a schedule or a transformation. */
export const configured = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  try {
    const e = read(value)
    if (e._tag === 'value' && typeof e.value === 'number') return e.value
    return e._tag === 'call' || (e._tag === 'name' && known(e.name) !== undefined)
      ? evaluate(e)
      : value
  } catch {
    return value
  }
}

/** The transformation that one entry of a chain stands for. */
export const entry = (name: string, value: unknown): unknown => {
  const full = known(name)
  if (full === undefined) throw unknownName(name)
  if (value === true || value === null) return construct(name, {})
  if (typeof value === 'object' && !Array.isArray(value)) return construct(name, value as Arguments)
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  const names = argumentNames(full)
  return construct(name, Object.fromEntries(values.map((v, i) => [names[i], configured(v)])))
}
