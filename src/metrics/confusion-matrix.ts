/** The confusion matrix: how often each class was taken for each other one. */
import { fromHost, makeAval, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import { classesOf, requireClasses } from './classes.ts'
import type { Metric } from './metric.ts'

export interface ClassOptions {
  readonly classes: number
}

/** True where the class is that of the column. Shape: [n] -> float32 [n, classes]. */
const indicators = (x: NdArray, classes: number): NdArray => {
  const shape = [x.size, classes]
  const columns = lax.broadcastedIota('int32', shape, 1)
  return lax.convertElementType(lax.eq(lax.broadcastInDim(x, shape, [0]), columns), 'float32')
}

/** Observations of pairs of classes; what every metric over classes is computed from. */
export const counting = (operation: string, classes: number): Metric<NdArray, NdArray> => {
  if (!Number.isInteger(classes) || classes < 1)
    throw new ValueError(operation, {
      problem: 'the number of classes is no count',
      got: `classes: ${String(classes)}`,
      expected: 'an integer from 1 on',
      hint: 'labels are 0 to classes − 1'
    })
  return {
    observe: (predictions, labels) => {
      const [predicted, actual] = classesOf(operation, predictions, labels)
      for (const x of [predicted, actual]) requireClasses(operation, x, classes)
      // A product of indicators counts in float32, which is exact below 2^24 examples a batch.
      const counts = lax.dotGeneral(indicators(actual, classes), indicators(predicted, classes), {
        dimensionNumbers: { lhsContracting: [0], rhsContracting: [0] }
      })
      return lax.convertElementType(counts, 'int32')
    },
    monoid: {
      empty: fromHost(makeAval([classes, classes], 'int32'), new Int32Array(classes * classes)),
      concat: lax.add
    },
    value: (counts) => counts
  }
}

/**
 * Counts of (true class, predicted class).
 *
 * Shape:  -> int32 [classes, classes]: rows are true, columns predicted.
 * Errors: IndexError for a class outside the range.
 *
 * @category metrics
 * @since 0.1.0
 */
export const confusionMatrix = (options: ClassOptions): Metric<NdArray, NdArray> => {
  checkOptions('confusionMatrix', options, ['classes'])
  return counting('confusionMatrix', options.classes)
}
