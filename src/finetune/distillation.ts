/** A student that learns from a teacher's answers, and from what the teacher sees on the way. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import { equals, show } from '../core/shape.ts'
import * as lax from '../lax/index.ts'
import { logSoftmax } from '../nn/activations/normalized.ts'
import * as np from '../numpy/index.ts'
import { softmaxCrossEntropyWithIntegerLabels } from '../optim/losses/classification.ts'

export interface DistillationOptions {
  /** Both distributions are softened by it: 2 by default. */
  readonly temperature?: number
  /** The share of the teacher; the rest is that of the labels: 0.5 by default, 1 without labels. */
  readonly alpha?: number
  /** The true classes: int32 [...]. */
  readonly labels?: ArrayLike
}

const invalid = (name: string, value: number, expected: string): ValueError =>
  new ValueError('distillationLoss', {
    problem: `${name} has a value that no distillation can have`,
    got: `${name}: ${String(value)}`,
    expected,
    hint: 'temperatures from 1 to 20 are common, with alpha from 0.5 to 0.9'
  })

/**
 * alpha · T² KL(teacher / T ‖ student / T) + (1 − alpha) · cross-entropy of the labels, for each
 * example. No gradient goes to the teacher.
 *
 * Shape:  logits [..., classes] twice -> [...].
 * Units:  nats; T² keeps the gradient's size whatever the temperature.
 * Errors: ShapeError when the two have different shapes; ValueError for a temperature or alpha
 *         outside its range.
 * Source: Hinton, Vinyals & Dean 2015.
 *
 * @example
 * const logits = np.array([[2, 0, -1]])
 * distillationLoss(logits, logits) // => [0.]
 *
 * @category distillation
 * @since 0.1.0
 */
export const distillationLoss = (
  studentLogits: ArrayLike,
  teacherLogits: ArrayLike,
  options: DistillationOptions = {}
): NdArray => {
  checkOptions('distillationLoss', options, ['temperature', 'alpha', 'labels'])
  const [student, teacher] = [np.asarray(studentLogits), np.asarray(teacherLogits)]
  const { temperature = 2, labels } = options
  const { alpha = labels === undefined ? 1 : 0.5 } = options
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw invalid('temperature', temperature, 'a finite number above 0')
  if (!(alpha >= 0 && alpha <= 1)) throw invalid('alpha', alpha, 'a number from 0 to 1')
  if (alpha < 1 && labels === undefined)
    throw invalid('alpha', alpha, '1 where no labels are given, or labels')
  if (!equals(student.shape, teacher.shape))
    throw new ShapeError('distillationLoss', {
      problem: 'student and teacher answer in different shapes',
      got: `student ${show(student.shape)}, teacher ${show(teacher.shape)}`,
      expected: 'logits of the same classes for the same examples',
      hint: 'a student with other outputs learns from features: featureLoss'
    })
  const soft = (logits: NdArray): NdArray => logSoftmax(lax.div(logits, temperature))
  const [p, q] = [soft(lax.stopGradient(teacher)), soft(student)]
  const divergence = np.sum(lax.mul(lax.exp(p), lax.sub(p, q)), { axis: -1 })
  const taught = lax.mul(divergence, temperature * temperature * alpha)
  if (labels === undefined || alpha === 1) return taught
  const hard = softmaxCrossEntropyWithIntegerLabels(student, np.asarray(labels))
  return lax.add(taught, lax.mul(hard, 1 - alpha))
}

/**
 * The mean squared difference of a student's features from a teacher's, for each example. Where
 * widths differ, give what a dense layer, trained along, makes of the student's.
 *
 * Shape:  [N, ...] twice -> [N].
 * Errors: ShapeError when the two have different shapes.
 * Source: Romero et al. 2015 (FitNets).
 *
 * @example
 * featureLoss(np.array([[1, 2]]), np.array([[1, 4]])) // => [2.]
 *
 * @category distillation
 * @since 0.1.0
 */
export const featureLoss = (own: ArrayLike, others: ArrayLike): NdArray => {
  const [student, teacher] = [np.asarray(own), np.asarray(others)]
  if (student.ndim === 0 || !equals(student.shape, teacher.shape))
    throw new ShapeError('featureLoss', {
      problem: 'the features of student and teacher have different shapes',
      got: `student ${show(student.shape)}, teacher ${show(teacher.shape)}`,
      expected: 'equal shapes with a batch axis',
      hint: "a nn.dense layer of the teacher's width maps the student's features"
    })
  const axes = student.shape.slice(1).map((_, a) => a + 1)
  return np.mean(lax.square(lax.sub(student, lax.stopGradient(teacher))), { axis: axes })
}
