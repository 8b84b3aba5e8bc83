/** Residuals that are inputs already need not be computed, returned and copied. */
import type { NdArray } from '../core/array.ts'
import type { Jaxpr } from '../trace/jaxpr.ts'
import { memoByJaxpr } from '../trace/memo.ts'
import type { SplitJaxpr } from '../transforms/partial-eval.ts'

interface Forwarded {
  /** The known part without the residuals that are inputs or repeat another result. */
  readonly jaxpr: Jaxpr
  /** Known results and all residuals, from what `jaxpr` returned and its inputs. */
  readonly collect: (
    results: readonly NdArray[],
    inputs: readonly NdArray[]
  ) => { readonly outs: readonly NdArray[]; readonly residuals: readonly NdArray[] }
}

const remember = memoByJaxpr<Forwarded>()

export const forwardResiduals = (split: SplitJaxpr): Forwarded =>
  remember(split.known, '', () => {
    const { known } = split
    const outCount = known.outputs.length - split.residuals.length
    const kept = known.outputs.slice(0, outCount)
    const sources = known.outputs.slice(outCount).map((atom) => {
      if (atom._tag === 'var') {
        const input = known.inputs.indexOf(atom)
        if (input >= 0) return { from: 'input' as const, at: input }
        const result = kept.indexOf(atom)
        if (result >= 0) return { from: 'result' as const, at: result }
      }
      kept.push(atom)
      return { from: 'result' as const, at: kept.length - 1 }
    })
    return {
      jaxpr: { ...known, outputs: kept },
      collect: (results, inputs) => ({
        outs: results.slice(0, outCount),
        residuals: sources.map((s) => (s.from === 'input' ? inputs[s.at] : results[s.at]))
      })
    }
  })
