/** Different transformations for different leaves. */
import { ValueError, checkRecord, checkOptions } from '../core/errors.ts'
import { broadcastPrefix } from '../core/tree-prefix.ts'
import * as tree from '../core/tree.ts'
import { setToZero } from './constraints.ts'
import type { Mask } from './mask.ts'
import { flagsOf, keep, merge } from './mask.ts'
import { masked } from './masked.ts'
import {
  ifGiven,
  transformation,
  type GradientTransformation,
  type OptState
} from './transformation.ts'

/** A tree of labels, in which one label may stand for a whole sub-tree. */
export type LabelTree =
  string | { readonly [key: string]: LabelTree } | readonly LabelTree[] | object

export interface PartitionState {
  readonly innerStates: Readonly<Record<string, OptState>>
}

const isLabel = (x: unknown): x is string => typeof x === 'string'

/**
 * Each leaf goes to the transformation that its label names. A leaf labelled for `setToZero` stays
 * bit-identical, whatever the others do.
 *
 * Errors: ValueError for a label without transformation; StructureError where labels do not fit.
 *
 * @category combinators
 * @since 0.1.0
 */
export const partition = <P = never>(
  transformations: Readonly<Record<string, GradientTransformation>>,
  paramLabels: LabelTree | ((params: P) => LabelTree)
): GradientTransformation => {
  checkRecord('partition', transformations, 'an object of transformations by label')
  const names = Object.keys(transformations)
  const labelsOf = (params: unknown): readonly string[] => {
    const labels: unknown =
      typeof paramLabels === 'function' ? paramLabels(params as never) : paramLabels
    const all = broadcastPrefix('partition', labels, tree.structureOf(params), isLabel)
    const unknown = all.find((label) => !names.includes(label))
    if (unknown !== undefined)
      throw new ValueError('partition', {
        problem: 'a label has no transformation',
        got: `'${unknown}'`,
        expected: `one of ${names.join(', ')}`,
        hint: 'give setToZero() under the label of what stays as it is'
      })
    return all
  }
  return transformation<PartitionState>(
    {
      init: (params) => {
        const labels = labelsOf(params)
        const states = names.map((name) => {
          const own = labels.map((label) => label === name)
          return [name, transformations[name].init(keep(params, own, true))] as const
        })
        return { innerStates: Object.fromEntries(states) }
      },
      update: (grads, { innerStates }, params, extra) => {
        const labels = labelsOf(params ?? grads)
        const next: Record<string, OptState> = {}
        const updates = names.reduce((halfway, name) => {
          const own = labels.map((label) => label === name)
          const part = keep(halfway, own, true)
          const of = ifGiven(params, (p) => keep(p, own, true))
          const [after, state] = transformations[name].update(part, innerStates[name], of, extra)
          next[name] = state
          return merge(halfway, after, own)
        }, grads)
        return [updates, { innerStates: next }]
      }
    },
    'partition',
    ...Object.values(transformations)
  )
}

/** optax's older name of `partition`. */
export const multiTransform = partition

/**
 * Zeros where the mask is true; other updates pass.
 *
 * @category combinators
 * @since 0.1.0
 */
export const freeze = (mask: Mask): GradientTransformation => masked(setToZero(), mask)

export interface SelectiveTransformOptions {
  /** True for what must not move. */
  readonly freezeMask: Mask
}

/**
 * `optimizer` for what is not frozen, zeros for the rest. The frozen leaves have no state.
 *
 * @category combinators
 * @since 0.1.0
 */
export const selectiveTransform = (
  optimizer: GradientTransformation,
  options: SelectiveTransformOptions
): GradientTransformation => {
  checkOptions('selectiveTransform', options, ['freezeMask'])
  const { freezeMask } = options
  return partition({ train: optimizer, freeze: setToZero() }, (params: never) => {
    const flags = flagsOf('selectiveTransform', freezeMask, params)
    return tree.unflatten(
      tree.structureOf(params),
      flags.map((frozen) => (frozen ? 'freeze' : 'train'))
    ) as object // a tree of labels in the structure of the parameters
  })
}
