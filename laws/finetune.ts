/** Laws of partial training and of adapters. */
import fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'
import * as tree from '../src/core/tree.ts'
import type { Adaptation, ReversibleAdaptation } from '../src/finetune/adaptation.ts'
import { combine, partition } from '../src/finetune/partition.ts'
import * as lax from '../src/lax/index.ts'
import { applyUpdates } from '../src/optim/apply-updates.ts'
import type { GradientTransformation } from '../src/optim/transformation.ts'
import * as random from '../src/random/index.ts'
import { valueAndGrad } from '../src/transforms/vjp.ts'
import { tree as trees } from './arbitraries.ts'
import { exact, LawError, requireEqual, within } from './comparison.ts'

/**
 * combine(partition(params, mask)) = params in either order, and every leaf is in exactly one part.
 * Equality: exact.
 */
export const partitionIsLossless = (): fc.IProperty<[unknown, number]> =>
  fc.property(trees(fc.integer()), fc.nat(), (params, seed) => {
    const [leaves, structure] = tree.flatten(params)
    const flags = leaves.map((_, i) => ((seed >> (i % 31)) & 1) === 1)
    const [own, rest] = partition(params, tree.unflatten(structure, flags) as object)
    const kept = tree.leaves(own).length + tree.leaves(rest).length
    if (kept !== leaves.length)
      throw new LawError(`${kept} leaves in two parts of ${leaves.length}`)
    for (const whole of [combine(own, rest), combine(rest, own)]) {
      const [again, same] = tree.flatten(whole)
      if (same.key !== structure.key) throw new LawError(`${same.key} instead of ${structure.key}`)
      const at = again.findIndex((leaf, i) => !Object.is(leaf, leaves[i]))
      if (at >= 0) throw new LawError(`leaf ${at} is ${String(again[at])}`)
    }
  })

/** A network and a way of adapting it. */
export interface Adapted<A, P> {
  readonly method: Adaptation<A>
  readonly params: P
  /** The network on some input. */
  readonly run: (params: P) => NdArray
}

/** apply(params, init(key, params), f) = f(params). Equality: 1e-6 of the largest output. */
export const identityAtInit = <A, P>({
  method,
  params,
  run
}: Adapted<A, P>): fc.IProperty<[number]> =>
  fc.property(fc.nat(), (seed) => {
    const adapter = method.init(random.key(seed), params)
    requireEqual(within(1e-6), [method.apply(params, adapter, run)], [run(params)], 'apply ∘ init')
  })

/** An adapter as training may leave it: every number moved. */
const moved = <A>(method: Adaptation<A>, params: unknown, seed: number): A => {
  const key = random.key(seed)
  let n = 0
  return tree.map(
    (x: NdArray) => lax.add(x, lax.mul(random.normal(random.foldIn(key, n++), x.shape), 0.3)),
    method.init(key, params)
  )
}

/** f(merge(params, adapter)) = apply(params, adapter, f). Equality: 1e-5 of the largest output. */
export const mergeEqualsApply = <A, P>({
  method,
  params,
  run
}: Adapted<A, P>): fc.IProperty<[number]> =>
  fc.property(fc.nat(), (seed) => {
    const adapter = moved(method, params, seed)
    const [merged, applied] = [
      run(method.merge(params, adapter)),
      method.apply(params, adapter, run)
    ]
    requireEqual(within(1e-5), [merged], [applied], 'f ∘ merge')
  })

/** unmerge(merge(params, adapter), adapter) = params. Equality: 1e-6 of the largest weight. */
export const unmergeUndoesMerge = <A, P>(
  method: ReversibleAdaptation<A>,
  params: P
): fc.IProperty<[number]> =>
  fc.property(fc.nat(), (seed) => {
    const adapter = moved(method, params, seed)
    const back = method.unmerge(method.merge(params, adapter), adapter)
    requireEqual(within(1e-6), leavesOf(back), leavesOf(params), 'unmerge ∘ merge')
  })

const leavesOf = (of: unknown): readonly NdArray[] => tree.leaves(of) as readonly NdArray[]

/**
 * Training one part leaves the other as it was, whatever the optimizer; and the optimizer sees the
 * part alone. Equality: exact.
 */
export const frozenStays = <P>(
  optimizer: GradientTransformation,
  params: P,
  selection: string,
  loss: (params: P) => NdArray,
  steps = 3
): void => {
  const [start, frozen] = partition(params, selection)
  const lossOfPart = (part: typeof start): NdArray => loss(combine(part, frozen))
  let [part, state] = [start, optimizer.init(start)]
  for (let i = 0; i < steps; i++) {
    const [value, grad] = valueAndGrad(lossOfPart)(part)
    if (tree.leaves(grad).length !== tree.leaves(start).length)
      throw new LawError('there are gradients of frozen leaves')
    const extra = {
      value,
      grad,
      valueFn: lossOfPart,
      gradFn: (p: typeof start) => valueAndGrad(lossOfPart)(p)[1]
    }
    const [updates, next] = optimizer.update(grad, state, part, extra)
    part = applyUpdates(part, updates)
    state = next
  }
  const [, after] = partition(combine(part, frozen), selection)
  requireEqual(exact, leavesOf(after), leavesOf(frozen), 'frozen leaves')
}
