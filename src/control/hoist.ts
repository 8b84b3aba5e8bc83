/** What a loop computes from its constants alone is computed once, before it; nothing is kept twice. */
import type { NdArray } from '../core/array.ts'
import {
  evaluate,
  hasEffects,
  type Atom,
  type Equation,
  type Jaxpr,
  type Var
} from '../trace/jaxpr.ts'
import { memoByJaxpr } from '../trace/memo.ts'
import { bind } from '../trace/tracer.ts'
import type { SplitJaxpr } from '../transforms/partial-eval.ts'

export interface Hoisted {
  /** For each residual: the same in every step. Those are never stacked. */
  readonly isInvariant: readonly boolean[]
  /** Evaluates what does not change: what the loop needs of it, and the invariant residuals. */
  readonly invariants: (consts: readonly NdArray[]) => {
    readonly inner: readonly NdArray[]
    readonly residuals: readonly NdArray[]
  }
  /** Inputs: constants, inner, carry, slices. Results: those known, then residuals of its own. */
  readonly loop: Jaxpr
  /**
   * The varying residuals stacked, from what the loop scanned over, what it stacked for its user
   * and the residuals it stacked besides: an array that exists is not stacked again.
   */
  readonly stacked: (
    slices: readonly NdArray[],
    stacks: readonly NdArray[],
    own: readonly NdArray[]
  ) => readonly NdArray[]
}

const remember = memoByJaxpr<Hoisted>()

/**
 * Splits the known part of a loop body, whose first `constCount` inputs are the same every step and
 * whose next `carryCount` inputs, and first results, are the carry.
 */
export const hoistInvariants = (
  split: SplitJaxpr,
  constCount: number,
  carryCount: number
): Hoisted =>
  remember(split.known, `${constCount}/${carryCount}`, () => {
    const { known } = split
    const consts = known.inputs.slice(0, constCount)
    const fixed = new Set<Var>(consts)
    const isFixed = (a: Atom): boolean => a._tag === 'literal' || fixed.has(a)
    const before: Equation[] = []
    const inside: Equation[] = []
    for (const e of known.equations)
      if (e.inputs.every(isFixed) && !hasEffects(e)) {
        before.push(e)
        e.outputs.forEach((v) => fixed.add(v))
      } else inside.push(e)

    const outCount = known.outputs.length - split.residuals.length
    const residuals = known.outputs.slice(outCount)
    const isInvariant = residuals.map(isFixed)
    const slices: readonly Atom[] = known.inputs.slice(constCount + carryCount)
    const stacks = known.outputs.slice(carryCount, outCount)
    const own: Atom[] = []
    const sources = residuals
      .filter((_, i) => !isInvariant[i])
      .map((atom) => {
        if (slices.includes(atom)) return { from: 'slices' as const, at: slices.indexOf(atom) }
        if (stacks.includes(atom)) return { from: 'stacks' as const, at: stacks.indexOf(atom) }
        if (!own.includes(atom)) own.push(atom)
        return { from: 'own' as const, at: own.indexOf(atom) }
      })
    const loopOutputs = [...known.outputs.slice(0, outCount), ...own]
    const inner = new Set<Var>()
    const need = (a: Atom): void => {
      if (a._tag === 'var' && fixed.has(a) && !consts.includes(a)) inner.add(a)
    }
    inside.forEach((e) => e.inputs.forEach(need))
    loopOutputs.forEach(need)

    const pre: Jaxpr = {
      inputs: consts,
      equations: before,
      outputs: [...inner, ...residuals.filter((_, i) => isInvariant[i])]
    }
    return {
      isInvariant,
      invariants: (values) => {
        const outs = evaluate(bind, pre, values)
        return { inner: outs.slice(0, inner.size), residuals: outs.slice(inner.size) }
      },
      loop: {
        inputs: [...consts, ...inner, ...known.inputs.slice(constCount)],
        equations: inside,
        outputs: loopOutputs
      },
      stacked: (sliceValues, stackValues, ownValues) => {
        const values = { slices: sliceValues, stacks: stackValues, own: ownValues }
        return sources.map(({ from, at }) => values[from][at])
      }
    }
  })
