/** Weight-decomposed low-rank adaptation: the direction of a weight by A B, its length by itself. */
import type { NdArray } from '../core/array.ts'
import { materialize, type Factored } from '../control/factored.ts'
import * as lax from '../lax/index.ts'
import {
  adapterTree,
  mapWeights,
  requirePart,
  targetsOf,
  withAdapter,
  type AdaptOptions,
  type Adaptation,
  type AdapterTree
} from './adaptation.ts'
import { lowRank, type LoraOptions, type LoraParts } from './lora.ts'

export type DoraOptions = LoraOptions

export interface DoraParts extends LoraParts {
  readonly magnitude: NdArray // [...tail]
}

export type DoraAdapter = AdapterTree<DoraParts>

/** The length of each column: √Σ w² over the lead axes. */
const lengths = (weight: NdArray, lead: number): NdArray =>
  lax.sqrt(
    lax.reduceSum(
      lax.square(weight),
      weight.shape.slice(0, lead).map((_, a) => a)
    )
  )

/**
 * m ∘ V / ‖V‖ with V = W + (alpha / rank) A B, by columns; m begins as ‖W‖, so the adapted network
 * begins as the base. The gradient takes ‖V‖ for a constant, as the paper has it (§4.3).
 *
 * Errors: those of `lora`.
 * Source: Liu et al. 2024.
 *
 * @example
 * const method = dora({ rank: 2, targets: 'kernel' })
 * const adapter = method.init(random.key(0), { kernel: np.array([[3, 0], [4, 1]]) })
 * method.merge({ kernel: np.array([[3, 0], [4, 1]]) }, adapter) // => { kernel: [[3, 0], [4, 1]] }
 *
 * @category adapters
 * @since 0.1.0
 */
export const dora = (options: DoraOptions = {}): Adaptation<DoraAdapter> => {
  const method = lowRank('dora', options)
  const factor = (
    weight: NdArray,
    parts: DoraParts,
    name: string,
    applied?: AdaptOptions
  ): Factored => {
    const moved = method.factor(weight, parts, name, applied)
    const to = weight.shape.slice(moved.lead)
    const magnitude = requirePart('dora', name, 'magnitude', parts.magnitude, to)
    const direction = materialize({
      ...moved,
      terms: moved.terms.map((t) => ({ ...t, input: null }))
    })
    const length = lax.stopGradient(lengths(direction, moved.lead))
    return {
      ...moved,
      columns: lax.div(magnitude, lax.convertElementType(length, magnitude.dtype))
    }
  }
  return {
    init: (key, params) =>
      adapterTree(targetsOf('dora', params, method.targets), (target) => {
        const parts = method.init(key, target)
        const { name, weight } = target
        const magnitude = lengths(weight, method.leadOf(name, weight))
        return { ...parts, magnitude: lax.convertElementType(magnitude, parts.a.dtype) }
      }),
    apply: <P, O>(params: P, adapter: DoraAdapter, f: (params: P) => O, applied?: AdaptOptions) =>
      withAdapter<P, DoraParts, O>('dora', params, adapter, f, (weight, parts, name) =>
        factor(weight, parts, name, applied)
      ),
    merge: (params, adapter) =>
      mapWeights('dora', params, adapter, (weight, parts: DoraParts, name) =>
        materialize(factor(weight, parts, name))
      )
  }
}
