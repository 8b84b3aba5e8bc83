/**
 * Programs that differ in their numbers alone. A function that closes over a learning rate is
 * another program for every rate: the second of them is compiled with its numbers as arguments,
 * and all later ones run that.
 *
 * What becomes an argument is what arithmetic takes element by element, whose results have the same
 * bits whether a number is written into the code or read from memory, where what is fused stays
 * so. Numbers that simplify a program or its code (0, 1, −1, those of powers and comparisons, and
 * of arithmetic among numbers) stay a part of it, and so do those in bodies of loops.
 */
import { hostOf, type NdArray } from '../core/array.ts'
import { isFloat } from '../core/dtype.ts'
import { mapList } from '../core/list.ts'
import { createRecent } from '../core/recent.ts'
import { key as avalKey } from '../trace/aval.ts'
import {
  variable,
  type Atom,
  type Equation,
  type Jaxpr,
  type Literal,
  type Var
} from '../trace/jaxpr.ts'
import { jaxprKey } from './keys.ts'
import { runProgram } from './program.ts'

/** A program with some of its numbers as further arguments, and what they are. */
export interface General {
  readonly jaxpr: Jaxpr
  readonly numbers: readonly NdArray[]
}

const arithmetic: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div'])

/** Arguments cost a little at every call. */
const mostNumbers = 32

const isArithmetic = (e: Equation): boolean => arithmetic.has(e.primitive.name)

const isSpread = (e: Equation): boolean => e.primitive.name === 'broadcastInDim'

/** Equations that compute with numbers alone: they are folded into other numbers. */
const foldedOf = (jaxpr: Jaxpr): ReadonlySet<Equation> => {
  const folded = new Set<Equation>()
  const constants = new Set<Atom>()
  for (const e of jaxpr.equations) {
    if (!e.inputs.every((a) => a._tag === 'literal' || constants.has(a))) continue
    folded.add(e)
    e.outputs.forEach((v) => constants.add(v))
  }
  return folded
}

/** Variables that nothing but arithmetic with arrays reads. */
const readByArithmetic = (jaxpr: Jaxpr, folded: ReadonlySet<Equation>): ((v: Var) => boolean) => {
  const others = new Set<Atom>(jaxpr.outputs)
  for (const e of jaxpr.equations)
    if (!isArithmetic(e) || folded.has(e)) e.inputs.forEach((a) => others.add(a))
  return (v) => !others.has(v)
}

const isOrdinary = (x: NdArray): boolean => {
  if (x.size !== 1 || !isFloat(x.dtype)) return false
  const [value] = hostOf(x)
  return Number.isFinite(value) && value !== 0 && Math.abs(value) !== 1
}

/** The program that an equation calls, where that is all that it does; null for loops and others. */
const calledBy = (e: Equation): Jaxpr | null =>
  e.primitive.name === 'jit' ? (e.primitive.programs?.(e.params)[0] ?? null) : null

/** A program with its ordinary numbers as further inputs, and the literals that they were. */
interface Opened {
  readonly jaxpr: Jaxpr
  readonly literals: readonly Literal[]
}

/** Opens the program, and those that it calls: their numbers pass through it. */
const open = (jaxpr: Jaxpr): Opened => {
  const folded = foldedOf(jaxpr)
  const isFree = readByArithmetic(jaxpr, folded)
  const literals: Literal[] = []
  const given = new Map<string, Var>()
  const argument = (a: Atom): Atom => {
    if (a._tag === 'var' || !isOrdinary(a.value)) return a
    // Equal numbers stay one, as they are to whoever looks for common subexpressions.
    const key = `${avalKey(a.aval)}${hostOf(a.value)[0]}`
    const known = given.get(key) ?? variable(a.aval)
    if (!given.has(key)) literals.push(a)
    given.set(key, known)
    return known
  }
  const calling = (e: Equation, called: Jaxpr): Equation => {
    const inner = open(called)
    if (inner.literals.length === 0) return e
    const inputs = [...e.inputs, ...mapList(inner.literals, argument)]
    return { ...e, inputs, params: { ...(e.params as object), jaxpr: inner.jaxpr } } // those of jit
  }
  const equations = mapList(jaxpr.equations, (e) => {
    const isFolded = folded.has(e)
    const called = isFolded ? null : calledBy(e)
    if (called !== null) return calling(e, called)
    return (isArithmetic(e) && !isFolded) || (isSpread(e) && isFree(e.outputs[0]))
      ? { ...e, inputs: mapList(e.inputs, argument) }
      : e
  })
  return { jaxpr: { ...jaxpr, inputs: [...jaxpr.inputs, ...given.values()], equations }, literals }
}

/** The program with its ordinary numbers as arguments; null where it has none, or too many. */
export const withoutNumbers = (jaxpr: Jaxpr): General | null => {
  const { jaxpr: opened, literals } = open(jaxpr)
  return literals.length === 0 || literals.length > mostNumbers
    ? null
    : { jaxpr: opened, numbers: mapList(literals, (a) => a.value) }
}

/** Of the programs met lately, by their content without numbers, the content with them. */
const met = createRecent<string, string>(() => 200)

const decided = new WeakMap<Jaxpr, General>()

/**
 * What runs in the place of a program: the program without its numbers, where one that differs in
 * them alone was met before; mostly itself.
 */
export const generalised = (jaxpr: Jaxpr): General => {
  const known = decided.get(jaxpr)
  if (known !== undefined) return known
  const made = decide(jaxpr) ?? { jaxpr, numbers: [] }
  decided.set(jaxpr, made)
  return made
}

const decide = (jaxpr: Jaxpr): General | null => {
  const key = jaxprKey(jaxpr)
  const general = key === null ? null : withoutNumbers(jaxpr)
  const content = general === null ? null : jaxprKey(general.jaxpr)
  if (key === null || content === null) return null
  const before = met.get(content)
  if (before === undefined) met.set(content, key)
  return before === undefined || before === key ? null : general
}

/** Results of the program on concrete arguments. */
export const runGeneralised = (
  jaxpr: Jaxpr,
  args: readonly NdArray[],
  device?: string
): readonly NdArray[] => {
  const general = generalised(jaxpr)
  const { numbers } = general
  return runProgram(general.jaxpr, numbers.length === 0 ? args : [...args, ...numbers], device)
}
