/** IA³: activations inhibited and amplified, by one factor for each feature. */
import type { NdArray } from '../core/array.ts'
import { checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import { materialize, type Factored } from '../control/factored.ts'
import * as lax from '../lax/index.ts'
import {
  adapterTree,
  mapWeights,
  requirePart,
  targetsOf,
  withAdapter,
  type AdapterTree,
  type ReversibleAdaptation
} from './adaptation.ts'
import { matching, type Pattern } from './select.ts'

export interface Ia3Options {
  /** Which weights: every kernel by default. */
  readonly targets?: Pattern
  /** Those of the targets whose inputs are scaled, and not their outputs: none by default. */
  readonly feedforward?: Pattern
}

/** One of the two. */
export interface Ia3Parts {
  readonly output?: NdArray // [features]
  readonly input?: NdArray // [inputs]
}

export type Ia3Adapter = AdapterTree<Ia3Parts>

/**
 * Factors on what weights give out, or, for `feedforward` weights, on what they take in. All begin
 * at one, so the adapted network begins as the base; `merge` multiplies them into the weights and
 * `unmerge` divides.
 *
 * Errors: ValueError for a target that is no matrix and for a selection that matches nothing;
 *         StructureError with the path of a weight for an adapter of other parameters.
 * Source: Liu et al. 2022 (T-Few).
 *
 * @example
 * const params = { kernel: np.array([[1, 2], [3, 4]]) }
 * const method = ia3({ targets: 'kernel' })
 * method.merge(params, { kernel: { output: np.array([1, 10]) } }) // => { kernel: [[1, 20], [3, 40]] }
 *
 * @category adapters
 * @since 0.1.0
 */
export const ia3 = (options: Ia3Options = {}): ReversibleAdaptation<Ia3Adapter> => {
  checkOptions('ia3', options, ['targets', 'feedforward'])
  const { targets = '**/kernel', feedforward } = options
  const factor = (weight: NdArray, parts: Ia3Parts, name: string): Factored => {
    const lead = weight.ndim - 1
    const one = (part: 'input' | 'output', axis: number): NdArray | null =>
      parts[part] === undefined
        ? null
        : requirePart('ia3', name, part, parts[part], [weight.shape[axis]])
    const [rows, columns] = [one('input', lead - 1), one('output', lead)]
    return { base: weight, lead, terms: [], rows, columns, name }
  }
  return {
    init: (_key, params) => {
      const [entries] = tree.flattenWithPath(params, 'ia3')
      const inner = feedforward === undefined ? [] : matching('ia3', params, feedforward)
      const fed = entries.filter((_, i) => inner[i]).map(([path]) => path.join('/'))
      return adapterTree(targetsOf('ia3', params, targets), ({ name, weight }): Ia3Parts => {
        const dtype = weight.dtype === 'float64' ? 'float64' : 'float32'
        return fed.includes(name)
          ? { input: lax.full([weight.shape[weight.ndim - 2]], 1, dtype) }
          : { output: lax.full([weight.shape[weight.ndim - 1]], 1, dtype) }
      })
    },
    apply: <P, O>(params: P, adapter: Ia3Adapter, f: (params: P) => O) =>
      withAdapter<P, Ia3Parts, O>('ia3', params, adapter, f, factor),
    merge: (params, adapter) =>
      mapWeights('ia3', params, adapter, (weight, parts: Ia3Parts, name) =>
        materialize(factor(weight, parts, name))
      ),
    unmerge: (params, adapter) =>
      mapWeights('ia3', params, adapter, (weight, parts: Ia3Parts, name) =>
        materialize(
          factor(
            weight,
            tree.map((x: NdArray) => lax.div(1, x), parts),
            name
          )
        )
      )
  }
}
