/** Overlap of regions in images: IoU and Dice, over the pixels of all images. */
import { averageOptions, ratioOfCounts, type AverageOptions, type Averaged } from './average.ts'
import type { ClassCounts } from './class-counts.ts'
import { fRatio } from './precision-recall.ts'
import type { Metric } from './metric.ts'

export interface OverlapOptions extends AverageOptions {
  /** 'macro' (the mean IoU) by default. */
  readonly average?: AverageOptions['average']
}

const withMacro = <O extends OverlapOptions>(options: O): O => ({ average: 'macro', ...options })

/**
 * Intersection over union of the pixels of each class, meaned over the classes that occur or are
 * predicted (mIoU).
 *
 * Shape: predictions [...] (classes) or [..., classes] (scores), labels [...].
 *
 * @category metrics
 * @since 0.1.0
 */
export const iou = <const O extends OverlapOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> =>
  ratioOfCounts(
    'iou',
    { top: [1, 0, 0, 0], bottom: [-1, 1, 1, 0] },
    withMacro(options),
    averageOptions
  )

/**
 * Twice the intersection over the sum of the sizes: F1 of the pixels of each class, meaned over
 * the classes that occur or are predicted.
 *
 * Shape:  as iou.
 * Source: Dice 1945.
 *
 * @category metrics
 * @since 0.1.0
 */
export const dice = <const O extends OverlapOptions>(
  options: O = {} as O
): Metric<ClassCounts, Averaged<O>> =>
  ratioOfCounts('dice', fRatio(1), withMacro(options), averageOptions)
