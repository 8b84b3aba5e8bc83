/**
 * Sums over the steps of a loop that need no loop. A reversed loop adds up the gradient of every
 * weight: a product per step, as large as the weight. What is multiplied is stacked instead, where
 * that is less, and multiplied once, after the loop.
 */
import type { NdArray } from '../core/array.ts'
import { sizeOf } from '../core/shape.ts'
import { dotGeneralP, type DotGeneralParams } from '../primitives/contraction.ts'
import { add } from '../primitives/elementwise.ts'
import { reshapeP, sumP, transposeP, type SumParams } from '../primitives/movement.ts'
import { dceJaxpr } from '../trace/dce.ts'
import { evaluate, type Atom, type Equation, type Jaxpr, type Var } from '../trace/jaxpr.ts'
import { bind } from '../trace/tracer.ts'
import { omit, pick } from './flags.ts'

/** What a step adds: a product or a sum, then rearrangements of it. */
interface Term {
  readonly of: Equation
  readonly rearranged: Jaxpr
}

export interface Sunk {
  /** For each sum: it left the loop. */
  readonly isSunk: readonly boolean[]
  /** The loop without those, with stacks behind its own. */
  readonly loop: Jaxpr
  /** Those sums, of the arrays that the loop reads by slices and the stacks it has made. */
  readonly sums: (slices: readonly NdArray[], stacks: readonly NdArray[]) => readonly NdArray[]
}

const rearrangements: ReadonlySet<unknown> = new Set([reshapeP, transposeP])

const isOf = (e: Equation, primitive: unknown): boolean => e.primitive === primitive

const behindSteps = (axes: readonly number[]): readonly number[] => axes.map((a) => a + 1)

/** The product or sum over all steps: the axis in front is contracted, or added up, with the rest. */
const overSteps = (e: Equation, stacks: readonly NdArray[]): NdArray => {
  if (isOf(e, sumP)) {
    const { axes } = e.params as SumParams // it is that primitive, and below the other
    return bind(sumP, stacks, { axes: [0, ...behindSteps(axes)] })[0]
  }
  const { dimensionNumbers: d, preferredElementType } = e.params as DotGeneralParams
  return bind(dotGeneralP, stacks, {
    dimensionNumbers: {
      lhsContracting: [0, ...behindSteps(d.lhsContracting)],
      rhsContracting: [0, ...behindSteps(d.rhsContracting)],
      lhsBatch: behindSteps(d.lhsBatch),
      rhsBatch: behindSteps(d.rhsBatch)
    },
    preferredElementType
  })[0]
}

/** How often each variable is read, and the equation that makes it. */
const indexOf = (jaxpr: Jaxpr) => {
  const uses = new Map<Atom, number>()
  const makers = new Map<Atom, Equation>()
  const use = (a: Atom): void => void uses.set(a, (uses.get(a) ?? 0) + 1)
  for (const e of jaxpr.equations) {
    e.inputs.forEach(use)
    e.outputs.forEach((v) => makers.set(v, e))
  }
  jaxpr.outputs.forEach(use)
  return { isReadOnce: (a: Atom): boolean => uses.get(a) === 1, makers }
}

/** The terms that are added to `start` for `end`; null where anything else happens to them. */
const termsOf = (
  end: Atom,
  start: Var,
  { isReadOnce, makers }: ReturnType<typeof indexOf>
): readonly Term[] | null => {
  const terms: Term[] = []
  const visit = (a: Atom): boolean => {
    if (!isReadOnce(a)) return false
    if (a === start) return true
    const maker = makers.get(a)
    if (maker !== undefined && isOf(maker, add.primitive)) return maker.inputs.every(visit)
    const chain: Equation[] = []
    let of = maker
    while (of !== undefined && rearrangements.has(of.primitive) && isReadOnce(of.inputs[0])) {
      chain.unshift(of)
      of = makers.get(of.inputs[0])
    }
    if (of === undefined || !(isOf(of, dotGeneralP) || isOf(of, sumP))) return false
    terms.push({ of, rearranged: { inputs: of.outputs, equations: chain, outputs: [a] } })
    return true
  }
  return visit(end) && terms.length > 0 ? terms : null
}

/**
 * Takes sums out of a loop whose inputs are `constCount` constants, the sums so far, the rest of
 * the carry and slices, and whose first results are the sums.
 */
export const sinkSums = (
  jaxpr: Jaxpr,
  constCount: number,
  sumCount: number,
  carryCount: number
): Sunk => {
  const index = indexOf(jaxpr)
  const sums = jaxpr.inputs.slice(constCount, constCount + sumCount)
  const slices: readonly Atom[] = jaxpr.inputs.slice(constCount + carryCount)
  const same = new Set<Atom>(jaxpr.inputs.slice(0, constCount))
  const own: Atom[] = []
  const isStacked = (a: Atom): boolean => slices.includes(a) || own.includes(a)
  const size = (a: Atom): number => sizeOf(a.aval.shape)
  const terms = sums.map((start, i) => termsOf(jaxpr.outputs[i], start, index))
  const isSunk = sums.map(() => false)
  /** Sinks sums of which `fits` says so of every term; what their terms read is stacked from now on. */
  const sink = (fits: (of: Equation, missing: readonly Atom[]) => boolean): void =>
    terms.forEach((list, i) => {
      if (list === null || isSunk[i]) return
      const missing = new Set(list.flatMap((t) => t.of.inputs.filter((a) => !isStacked(a))))
      const varies = list.every((t) => t.of.inputs.every((a) => a._tag === 'var' && !same.has(a)))
      isSunk[i] = varies && list.every((t) => fits(t.of, [...missing]))
      if (isSunk[i]) own.push(...missing)
    })
  sink(
    (of, missing) =>
      isOf(of, dotGeneralP) && missing.reduce((n, a) => n + size(a), 0) <= size(of.outputs[0])
  )
  sink((_, missing) => missing.length === 0)

  const inputs = [
    ...jaxpr.inputs.slice(0, constCount),
    ...omit(sums, isSunk),
    ...jaxpr.inputs.slice(constCount + sumCount)
  ]
  const outputs = [
    ...omit(jaxpr.outputs.slice(0, sumCount), isSunk),
    ...jaxpr.outputs.slice(sumCount),
    ...own
  ]
  const loop = { inputs, equations: jaxpr.equations, outputs }
  return {
    isSunk,
    loop: isSunk.includes(true)
      ? dceJaxpr(
          loop,
          outputs.map(() => true),
          true
        ).jaxpr
      : jaxpr,
    sums: (sliceValues, stacks) => {
      const stackOf = (a: Atom): NdArray =>
        slices.includes(a) ? sliceValues[slices.indexOf(a)] : stacks[own.indexOf(a)]
      return pick(terms, isSunk).map((list) =>
        (list as readonly Term[]) // only those are sunk
          .map(
            ({ of, rearranged }) =>
              evaluate(bind, rearranged, [overSteps(of, of.inputs.map(stackOf))])[0]
          )
          .reduce((a, b) => add(a, b))
      )
    }
  }
}
