/** Types of metrics and optimizers, checked by `npm run typecheck` alone: nothing here runs. */
import { np, optim, type NdArray } from 'cotangent'
import {
  accuracy,
  collect,
  confusionMatrix,
  evaluate,
  f1,
  meanSquaredError,
  rocAuc,
  type Batch
} from 'cotangent/metrics'

declare const batches: readonly Batch[]

// The average decides between a number and a list.
export const macro: number = evaluate(f1({ average: 'macro', classes: 3 }), batches)
export const perClass: readonly number[] = evaluate(f1({ average: null, classes: 3 }), batches)
export const outputs: readonly number[] = evaluate(
  meanSquaredError({ multioutput: 'rawValues' }),
  batches
)
export const area: number = evaluate(rocAuc(), batches)
// @ts-expect-error no average is called mean
f1({ average: 'mean' })
// @ts-expect-error without an average there is a list
export const wrong: number = evaluate(f1({ average: null }), batches)

// A record of metrics has a record of values.
const both = collect({ accuracy: accuracy(), matrix: confusionMatrix({ classes: 3 }) })
const values = evaluate(both, batches)
export const share: number = values.accuracy
export const matrix: NdArray = values.matrix

// Updates have the type of the parameters.
interface Weights {
  readonly w: NdArray
  readonly b?: NdArray
}
declare const weights: Weights
const sgd = optim.sgd({ learningRate: 0.1 })
const [updates] = sgd.update(weights, sgd.init(weights), weights)
export const next: Weights = optim.applyUpdates(weights, updates)
// Parameters that nothing looks at may be left out; those that are there belong to the gradients.
const [bare] = sgd.update(weights, sgd.init(weights))
export const without: Weights = optim.applyUpdates(weights, bare)
optim.polyakSgd().update(weights, {}, undefined, { value: 1 })
// @ts-expect-error gradients of other parameters
sgd.update({ b: weights.w }, sgd.init(weights), weights)
// @ts-expect-error a rate is needed
optim.adam({})
// @ts-expect-error reductions have names
optim.squaredError(np.zeros([1]), 0, { reduction: 'average' })
export const loss: NdArray = optim.l2Penalty(weights, { mask: { w: true, b: false } })
