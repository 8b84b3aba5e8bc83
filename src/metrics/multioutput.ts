/** Errors of several outputs: their mean, a weighted mean, or all of them. */
import { requireArrays, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import { mean } from './lists.ts'
import { double, weightsOf } from './sums.ts'

export interface MultioutputOptions {
  /** The mean over outputs by default; all of them; or a mean with these weights. */
  readonly multioutput?: 'uniformAverage' | 'rawValues' | readonly number[] | undefined
}

/** A list where all outputs are asked for, else a number. */
export type OutputOf<O> = O extends { readonly multioutput: 'rawValues' }
  ? readonly number[]
  : number

/** Errors of outputs as the options have it. */
export const averageOutputs = <O extends { readonly multioutput?: unknown }>(
  operation: string,
  values: readonly number[],
  options: O
): OutputOf<O> => {
  const { multioutput = 'uniformAverage' } = options
  const average = (): number | readonly number[] => {
    if (multioutput === 'rawValues') return values
    if (multioutput === 'uniformAverage') return mean(values)
    if (Array.isArray(multioutput) && multioutput.length === values.length)
      return mean(values, multioutput as readonly number[])
    throw new ValueError(operation, {
      problem: 'the outputs cannot be averaged like this',
      got: `multioutput: ${JSON.stringify(multioutput)} for ${values.length} outputs`,
      expected: "'uniformAverage', 'rawValues' or one weight for each output",
      hint: 'the outputs are the second axis'
    })
  }
  return average() as OutputOf<O> // a list exactly for 'rawValues'
}

/**
 * Predictions, targets and weights in float64.
 *
 * Shape: both [n] or [n, outputs] -> [n, outputs], [n, outputs], [n].
 */
export const realPairs = (
  operation: string,
  predictions: NdArray,
  targets: NdArray,
  weights: NdArray | undefined
): readonly [predictions: NdArray, targets: NdArray, weights: NdArray] => {
  requireArrays(operation, predictions, targets)
  if (!equals(predictions.shape, targets.shape) || targets.ndim < 1 || targets.ndim > 2)
    throw new ShapeError(operation, {
      problem: 'predictions and targets do not belong together',
      got: `predictions ${show(predictions.shape)}, targets ${show(targets.shape)}`,
      expected: 'equal shapes: [n] or [n, outputs]',
      hint: 'reshape one of them; a column [n, 1] beside [n] would broadcast to all pairs'
    })
  const shape = [targets.shape[0], targets.shape[1] ?? 1]
  const rows = (x: NdArray): NdArray => lax.reshape(double(x), shape)
  return [
    rows(predictions),
    rows(targets),
    weightsOf(operation, weights, targets.shape.slice(0, 1))
  ]
}
