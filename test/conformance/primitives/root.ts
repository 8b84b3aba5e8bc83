/**
 * custom_root. JAX records it as an opaque call; the function whose root it finds is recorded only
 * where the derivative was taken: in the equation beside it that evaluates that function, for its
 * derivative, at the root.
 */
import type { NdArray } from '../../../src/core/array.ts'
import { ValueError } from '../../../src/core/errors.ts'
import { customRoot } from '../../../src/control/root.ts'
import { foriLoop } from '../../../src/control/loops.ts'
import { div } from '../../../src/primitives/arithmetic.ts'
import { constant } from '../../../src/primitives/elementwise.ts'
import { sub } from '../../../src/primitives/negation.ts'
import { jvp } from '../../../src/transforms/jvp.ts'
import { vjp } from '../../../src/transforms/vjp.ts'
import type { EquationRecord } from '../golden.ts'
import type { Context, Converter, Program } from '../replay.ts'

type Arrays = readonly NdArray[]

const isRoot = (e: EquationRecord): boolean =>
  e.prim === 'call_hi_primitive' && String(e.params['_prim']).startsWith('CustomRoot')

const unrecorded = (): ValueError =>
  new ValueError('call_hi_primitive', {
    problem: 'the function whose root is found is not recorded',
    got: 'no equation that linearizes it at the root',
    expected: 'an eval_jaxpr of the root',
    hint: 'JAX records it where the derivative was taken too'
  })

interface Residual {
  readonly equation: EquationRecord
  /** Which inputs of the function are the root. */
  readonly isUnknown: readonly boolean[]
}

const residualOf = (siblings: readonly EquationRecord[]): Residual | null => {
  const found = siblings.find(isRoot)
  const names = new Set(found?.out.map((v) => v.var))
  const isUnknown = (e: EquationRecord): readonly boolean[] =>
    e.in.map((a) => typeof a === 'string' && names.has(a))
  const equation = siblings.find((e) => e.prim === 'eval_jaxpr' && isUnknown(e).includes(true))
  return equation === undefined ? null : { equation, isUnknown: isUnknown(equation) }
}

/** Newton's method for a scalar, whose derivative is one number. */
const newton = (f: (x: NdArray) => NdArray, guess: NdArray): NdArray =>
  foriLoop(
    0,
    50,
    (_i, x: NdArray) => {
      const [y, slope] = jvp(f, [x], [constant(x, 1)])
      return sub(x, div(y, slope))
    },
    guess
  )

/** Operands begin with those of the solver, whose last is the first guess. */
const solverInputs = (description: string): number =>
  (/'solve_jaxpr': \{ lambda ;([^.]*)\./.exec(description)?.[1] ?? '').split(':').length - 1

export const root: Converter = (args, { _prim: description }, { equation, siblings, program }) => {
  const residual = residualOf(siblings)
  if (!isRoot(equation) || residual === null || equation.out.length !== 1) throw unrecorded()
  const { equation: at, isUnknown } = residual
  const values = at.in.map((a) => args[equation.in.indexOf(a)])
  const f = (x: NdArray): NdArray =>
    program(at.params['call_jaxpr'])(...values.map((v, i) => (isUnknown[i] ? x : v)))[0]
  const guess = args[solverInputs(String(description)) - 1]
  return customRoot(f, guess, newton, (g, y) => div(y, g(constant(y, 1))))
}

/** The derivative of the function at the root, or its transpose, applied to the last operands. */
const linearMap =
  (residual: Residual, program: Context['program']): Converter =>
  (args, { _prim: description }, { outs }) => {
    const { equation, isUnknown } = residual
    const point = args.slice(0, isUnknown.length)
    const direction = args.slice(isUnknown.length)
    const along: Program = (...xs) => {
      const unknowns = [...xs]
      const inputs = point.map((p, i) => (isUnknown[i] ? (unknowns.shift() as NdArray) : p))
      return program(equation.params['call_jaxpr'])(...inputs).slice(0, outs.length)
    }
    const at: Arrays = point.filter((_, i) => isUnknown[i])
    return /'transposed': True/.test(String(description))
      ? vjp(along, at)[1](direction)
      : jvp(along, at, direction)[1]
  }

/** An inlined program; in it opaque calls mean the derivative of the root beside it. */
export const evaluated: Converter = (args, { call_jaxpr: record }, { program, siblings }) => {
  const residual = residualOf(siblings)
  const instead =
    residual === null ? undefined : { call_hi_primitive: linearMap(residual, program) }
  return program(record, instead)(...args)
}
