/** Groups of parameters: other rates below, other optimizers, and a schedule of who trains when. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions, listOf } from '../core/errors.ts'
import { slashed } from '../core/path.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import { keep, merge } from '../optim/mask.ts'
import { partition } from '../optim/partition.ts'
import {
  ifGiven,
  transformation,
  type GradientTransformation,
  type OptState
} from '../optim/transformation.ts'
import { matching, type Pattern } from './select.ts'
import { pow } from '../core/scalar/math.ts'

/** The position of the first group that a leaf is in, for every leaf. */
const groupsOf = (
  operation: string,
  params: unknown,
  groups: readonly Pattern[]
): readonly number[] => {
  const flags = groups.map((group) => matching(operation, params, group))
  return tree.flattenWithPath(params, operation)[0].map(([path], i) => {
    const group = flags.findIndex((of) => of[i])
    if (group >= 0) return group
    throw new ValueError(operation, {
      problem: 'a parameter is in no group',
      got: slashed(path),
      expected: `a group that matches it beside: ${groups.map(nameOf).join(', ')}`,
      hint: "'**' as the last group takes what the others leave"
    })
  })
}

const nameOf = (group: Pattern): string =>
  typeof group === 'string'
    ? `'${group}'`
    : typeof group === 'function'
      ? `the predicate ${group.name}`.trim()
      : `['${group.join("', '")}']`

export interface ParameterGroup {
  readonly params: Pattern
  readonly optimizer: GradientTransformation
}

/**
 * An optimizer for each group, as PyTorch's parameter groups: a leaf belongs to the first group
 * that matches it.
 *
 * Errors: ValueError with the path of a leaf in no group, and for a group that matches nothing.
 *
 * @example
 * const optimizer = parameterGroups([
 *   { params: 'head', optimizer: optim.sgd({ learningRate: 1 }) },
 *   { params: '**', optimizer: optim.sgd({ learningRate: 0.1 }) }
 * ])
 * const params = { head: np.array([1]), body: np.array([1]) }
 * optimizer.update(params, optimizer.init(params), params)[0] // => { body: [-0.1], head: [-1] }
 *
 * @category groups
 * @since 0.1.0
 */
export const parameterGroups = (groups: readonly ParameterGroup[]): GradientTransformation =>
  partition(
    Object.fromEntries(
      listOf('parameterGroups', groups).map(({ optimizer }, i) => [String(i), optimizer])
    ),
    (params: unknown) => {
      const patterns = groups.map((group) => group.params)
      const labels = groupsOf('parameterGroups', params, patterns).map(String)
      return tree.unflatten(tree.structureOf(params), labels) as object // a tree of labels
    }
  )

export interface LayerwiseDecayOptions {
  /** The factor from each group to the one before it: 0.8, for example. */
  readonly decay: number
}

/**
 * Scales updates by decay^k, where k is how many groups before the last one a leaf is: features
 * near the input move least. Chain it after an optimizer.
 *
 * Errors: ValueError for a decay outside (0, 1], and with the path of a leaf in no group.
 * Source: Howard & Ruder 2018 (discriminative fine-tuning).
 *
 * @example
 * const params = { embed: np.array([1]), body: np.array([1]), head: np.array([1]) }
 * const slower = layerwiseDecay(['embed', 'body', 'head'], { decay: 0.5 })
 * slower.update(params, slower.init(params), params)[0] // => { body: [0.5], embed: [0.25], head: [1] }
 *
 * @category groups
 * @since 0.1.0
 */
export const layerwiseDecay = (
  groups: readonly Pattern[],
  options: LayerwiseDecayOptions
): GradientTransformation => {
  checkOptions('layerwiseDecay', options, ['decay'])
  const { decay } = options
  if (!(decay > 0 && decay <= 1))
    throw new ValueError('layerwiseDecay', {
      problem: 'the decay is no factor between groups',
      got: `decay: ${String(decay)}`,
      expected: 'a number above 0 and at most 1',
      hint: '0.65 to 0.95 are common; 1 treats all alike'
    })
  const scaled = <P>(updates: P): P => {
    const [leaves, structure] = tree.flatten(updates, 'layerwiseDecay')
    const of = groupsOf('layerwiseDecay', updates, groups)
    const next = leaves.map((u, i) => lax.mul(u, pow(decay, groups.length - 1 - of[i])))
    return tree.unflatten(structure, next) as P // the structure of the updates
  }
  return transformation<object>({
    init: () => ({}),
    update: (updates, state) => [scaled(updates), state]
  })
}

export interface GradualUnfreezingOptions {
  /** How many steps each further group waits. */
  readonly every: number
}

interface GradualUnfreezingState {
  readonly count: NdArray // int32 []
  readonly groups: readonly OptState[]
}

/** Adding −0 leaves every number as it is, −0 too. */
const still = (u: NdArray): NdArray => lax.fullLike(u, -0)

/**
 * `optimizer`, for the last group from the beginning, and for each group before it `every` steps
 * later. Until its turn a group gets no update, bit for bit, and its part of the state waits.
 *
 * Each group has an optimizer state of its own, so what looks at all gradients at once (clipping
 * by their global norm) belongs before this. Gradients of waiting groups are still computed:
 * `unfreezingStages` gives the masks for a loop that does not.
 *
 * Errors: ValueError when `every` is no count, and with the path of a leaf in no group.
 * Source: Howard & Ruder 2018.
 *
 * @example
 * const optimizer = gradualUnfreezing(optim.sgd({ learningRate: 1 }), ['body', 'head'], { every: 1 })
 * const params = { body: np.array([1]), head: np.array([1]) }
 * const [first, state] = optimizer.update(params, optimizer.init(params), params)
 * optim.applyUpdates(params, first) // => { body: [1], head: [0] }
 * optim.applyUpdates(params, optimizer.update(params, state, params)[0]) // => { body: [0], head: [0] }
 *
 * @category groups
 * @since 0.1.0
 */
export const gradualUnfreezing = (
  optimizer: GradientTransformation,
  groups: readonly Pattern[],
  options: GradualUnfreezingOptions
): GradientTransformation => {
  checkOptions('gradualUnfreezing', options, ['every'])
  const { every } = options
  if (!Number.isInteger(every) || every < 1)
    throw new ValueError('gradualUnfreezing', {
      problem: 'every is no number of steps',
      got: `every: ${String(every)}`,
      expected: 'an integer from 1 on',
      hint: 'the steps of an epoch: one more group trains in each'
    })
  const ownFlags = (params: unknown): readonly (readonly boolean[])[] => {
    const of = groupsOf('gradualUnfreezing', params, groups)
    return groups.map((_, g) => of.map((group) => group === g))
  }
  return transformation<GradualUnfreezingState>({
    init: (params) => ({
      count: lax.full([], 0, 'int32'),
      groups: ownFlags(params).map((own) => optimizer.init(keep(params, own, true)))
    }),
    update: (grads, { count, groups: states }, params, extra) => {
      const next: OptState[] = []
      const updates = ownFlags(params ?? grads).reduce((done, own, g) => {
        const isAwake = lax.ge(count, (groups.length - 1 - g) * every)
        const choose = (yes: NdArray, no: NdArray): NdArray =>
          lax.select(lax.broadcastInDim(isAwake, yes.shape, []), yes, no)
        const part = keep(grads, own, true)
        const of = ifGiven(params, (p) => keep(p, own, true))
        const [moved, state] = optimizer.update(part, states[g], of, extra)
        next.push(tree.map(choose, state, states[g]))
        return merge(
          done,
          tree.map((u: NdArray) => choose(u, still(u)), moved),
          own
        )
      }, grads)
      return [updates, { count: lax.add(count, 1), groups: next }]
    }
  })
}

/**
 * A mask for each stage: first the last group trains, then the last two, at the end all.
 *
 * Errors: ValueError with the path of a leaf in no group.
 *
 * @example
 * unfreezingStages({ body: 1, head: 2 }, ['body', 'head']) // => [{ body: false, head: true }, { body: true, head: true }]
 *
 * @category groups
 * @since 0.1.0
 */
export const unfreezingStages = (
  params: unknown,
  groups: readonly Pattern[]
): readonly object[] => {
  const of = groupsOf('unfreezingStages', params, listOf('unfreezingStages', groups))
  const structure = tree.structureOf(params)
  return groups.map((_, stage) => {
    const flags = of.map((group) => group >= groups.length - 1 - stage)
    return tree.unflatten(structure, flags) as object // a tree of booleans
  })
}
