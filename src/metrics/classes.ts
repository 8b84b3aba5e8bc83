/** Classes: labels as they are given, or the highest of several scores. */
import { knownOf, type NdArray, requireArrays } from '../core/array.ts'
import { isFloat } from '../core/dtype.ts'
import { DTypeError, IndexError, ShapeError, ValueError } from '../core/errors.ts'
import { equals, show, type Shape } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'

const title = (x: NdArray): string => `${x.dtype} ${show(x.shape)}`

const flat = (x: NdArray): NdArray => lax.reshape(lax.convertElementType(x, 'int32'), [x.size])

/**
 * Predicted and true classes as flat int32 lists.
 *
 * Shape:  predictions [...] (classes) or [..., classes] (scores), labels [...] -> [n], [n].
 * Errors: ShapeError and DTypeError when the two do not belong together.
 */
export const classesOf = (
  operation: string,
  predictions: NdArray,
  labels: NdArray
): readonly [predicted: NdArray, labels: NdArray] => {
  requireArrays(operation, predictions, labels)
  const areScores = predictions.ndim === labels.ndim + 1
  const shape = areScores ? predictions.shape.slice(0, -1) : predictions.shape
  if (!equals(shape, labels.shape))
    throw new ShapeError(operation, {
      problem: 'predictions and labels do not belong together',
      got: `predictions ${title(predictions)}, labels ${title(labels)}`,
      expected: 'one label for each prediction: classes [...] or scores [..., classes]',
      hint: 'for scores the classes are the last axis'
    })
  const wrong = [...(areScores ? [] : [predictions]), labels].find((x) => isFloat(x.dtype))
  if (wrong !== undefined)
    throw new DTypeError(operation, {
      problem: 'classes are whole numbers',
      got: title(wrong),
      expected: 'an integer or bool array',
      hint: "compare probabilities with a threshold first, or convert with astype('int32')"
    })
  const predicted = areScores ? lax.argmax(predictions, predictions.ndim - 1) : predictions
  return [flat(predicted), flat(labels)]
}

/** Throws a ShapeError unless both are rows of labels. */
export const requireRows = (operation: string, predictions: NdArray, labels: NdArray): void => {
  if (labels.ndim === 2 && equals(predictions.shape, labels.shape)) return
  throw new ShapeError(operation, {
    problem: 'predictions and labels are no rows of labels',
    got: `predictions ${title(predictions)}, labels ${title(labels)}`,
    expected: 'both [examples, labels] of 0 and 1',
    hint: 'leave { multilabel } out where an example has one class'
  })
}

/**
 * Where predictions are right: at each example, or for rows of labels where the whole row is.
 *
 * Shape: -> bool [n], or `shape` where one is given.
 */
export const agreement = (
  operation: string,
  predictions: NdArray,
  labels: NdArray,
  areRows: boolean,
  shape?: Shape
): NdArray => {
  if (areRows) requireRows(operation, predictions, labels)
  const right = lax.eq(...classesOf(operation, predictions, labels))
  if (areRows) return np.all(lax.reshape(right, labels.shape), { axis: 1 })
  return shape === undefined ? right : lax.reshape(right, shape)
}

/** Throws an IndexError that names the first class outside [0, classes), where values are known. */
export const requireClasses = (operation: string, x: NdArray, classes: number): void => {
  const values = knownOf(x)
  if (values === null) return // under jit, and on a device, such labels count for nothing
  const at = values.findIndex((label) => label < 0 || label >= classes)
  if (at < 0) return
  throw new IndexError(operation, {
    problem: 'a class is outside the range',
    got: `class ${values[at]} at position ${at}`,
    expected: `classes from 0 to ${classes - 1}`,
    hint: 'pass { classes: n }, or map labels to 0, 1, 2 …'
  })
}

/** Throws a ValueError unless `classes` is a number of classes. */
export const requireCount = (operation: string, classes: number): void => {
  if (Number.isInteger(classes) && classes >= 1) return
  throw new ValueError(operation, {
    problem: 'the number of classes is no count',
    got: `classes: ${String(classes)}`,
    expected: 'an integer from 1 on',
    hint: 'labels are 0 to classes − 1'
  })
}

/** Throws an IndexError unless each of `labels` is a class. */
export const requireLabels = (
  operation: string,
  labels: readonly number[],
  classes: number
): void => {
  const wrong = labels.find((c) => !Number.isInteger(c) || c < 0 || c >= classes)
  if (wrong === undefined) return
  throw new IndexError(operation, {
    problem: 'a label is no class',
    got: `label ${wrong}`,
    expected: `classes from 0 to ${classes - 1}`,
    hint: 'pass { classes: n }: labels and positive name some of them'
  })
}
