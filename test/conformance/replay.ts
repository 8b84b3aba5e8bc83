/**
 * Rebuilds a recorded program from our own operations. Every primitive of JAX has a converter; a
 * converter knows primitives, never programs.
 */
import type { NdArray } from '../../src/core/array.ts'
import type { DType } from '../../src/core/dtype.ts'
import { ValueError } from '../../src/core/errors.ts'
import {
  decode,
  typeOf,
  type AtomRecord,
  type EquationRecord,
  type JaxprRecord,
  type VariableRecord
} from './golden.ts'

export type Program = (...args: readonly NdArray[]) => readonly NdArray[]

// Parameters come from JSON, and each converter knows those of its own primitive only.
// oxlint-disable-next-line typescript/no-explicit-any
export type Params = Readonly<Record<string, any>>

export interface ResultType {
  readonly shape: readonly number[]
  readonly dtype: DType
}

export interface Context {
  /** What the equation is recorded to give. */
  readonly outs: readonly ResultType[]
  /** A parameter that is a program; `instead` replaces converters in it. */
  readonly program: (record: unknown, instead?: Converters) => Program
  readonly equation: EquationRecord
  /** Equations beside this one. */
  readonly siblings: readonly EquationRecord[]
}

export type Converter = (
  args: readonly NdArray[],
  params: Params,
  context: Context
) => NdArray | readonly NdArray[]

export type Converters = Readonly<Record<string, Converter>>

/** Programs are recorded as `{jaxpr: {…}}`, at times nested. */
export const jaxprOf = (record: unknown): JaxprRecord => {
  const r = record as { readonly jaxpr?: unknown }
  return r.jaxpr === undefined ? (record as JaxprRecord) : jaxprOf(r.jaxpr)
}

const unmapped = (name: string): ValueError =>
  new ValueError('conformance', {
    problem: `the primitive ${name} has no converter`,
    got: name,
    expected: 'a primitive of test/conformance/primitives',
    hint: 'add a converter for it'
  })

const resultType = (v: VariableRecord): ResultType => ({
  // Keys are their two words, along an axis of their own.
  shape: v.dtype.startsWith('key<') ? [...v.shape, 2] : v.shape,
  dtype: typeOf(v.dtype)
})

/** The program as a function. */
export const replay = (record: unknown, converters: Converters): Program => {
  const jaxpr = jaxprOf(record)
  const consts = jaxpr.consts.map((c) => [c.var, decode(c.value)] as const)
  const programs = new Map<unknown, Program>()
  const program = (nested: unknown, instead?: Converters): Program => {
    if (instead !== undefined) return replay(nested, { ...converters, ...instead })
    const known = programs.get(nested)
    if (known !== undefined) return known
    const made = replay(nested, converters)
    programs.set(nested, made)
    return made
  }
  const steps = jaxpr.eqns.map((equation) => {
    const convert = converters[equation.prim]
    const context: Context = {
      outs: equation.out.map(resultType),
      program,
      equation,
      siblings: jaxpr.eqns
    }
    return { equation, convert, context }
  })
  const literals = new Map<AtomRecord, NdArray>()
  for (const atom of [...jaxpr.eqns.flatMap((e) => e.in), ...jaxpr.out])
    if (typeof atom !== 'string') literals.set(atom, decode(atom.lit))
  return (...args) => {
    const values = new Map<string, NdArray>(consts)
    jaxpr.in.forEach((v, i) => values.set(v.var, args[i]))
    const read = (atom: AtomRecord): NdArray =>
      (typeof atom === 'string' ? values.get(atom) : literals.get(atom)) as NdArray
    for (const { equation, convert, context } of steps) {
      if (convert === undefined) throw unmapped(equation.prim)
      const result = convert(equation.in.map(read), equation.params, context)
      const outs: readonly NdArray[] = Array.isArray(result) ? result : [result as NdArray]
      equation.out.forEach((v, i) => values.set(v.var, outs[i]))
    }
    return jaxpr.out.map(read)
  }
}

/** Names of primitives in the program and the programs in it that have no converter. */
export const unmappedIn = (record: unknown, converters: Converters): readonly string[] => {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) {
      const { prim } = value as { readonly prim?: unknown }
      if (typeof prim === 'string' && converters[prim] === undefined) found.add(prim)
      Object.values(value).forEach(visit)
    }
  }
  visit(record)
  return [...found]
}
