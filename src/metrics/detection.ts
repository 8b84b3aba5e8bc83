/** Mean average precision of detected boxes. */
import { hostOf, type NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions, listOf, checkRecord } from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { descending, mean, range, unique } from './lists.ts'
import type { Metric } from './metric.ts'
import { numbersOf, refuseWeights } from './sums.ts'

/** Boxes that were found in an image. */
export interface Detections {
  readonly boxes: NdArray // [n, 4]: x1, y1, x2, y2
  readonly scores: NdArray // [n]
  readonly labels: NdArray // [n]
}

/** Boxes that are in an image. */
export interface Annotations {
  readonly boxes: NdArray // [m, 4]: x1, y1, x2, y2
  readonly labels: NdArray // [m]
}

export interface Images {
  readonly images: readonly (readonly [found: Detections, there: Annotations])[]
}

export interface DetectionOptions {
  /** Overlaps (IoU) from which on a box is found: 0.5, 0.55 … 0.95 by default, as COCO has it. */
  readonly iouThresholds?: readonly number[]
  /** Boxes of an image that count, best first: 100 by default. */
  readonly maxDetections?: number
  /** Precision is read at 101 recalls by default ('coco'), or at every one ('area'). */
  readonly interpolation?: 'coco' | 'area'
}

export interface DetectionScores {
  /** Over all thresholds and classes. */
  readonly map: number
  /** At each threshold, over classes. */
  readonly perThreshold: readonly number[]
  /** Of each class that occurs, over thresholds. */
  readonly perClass: readonly { readonly class: number; readonly ap: number }[]
}

/** Intersection over union of two boxes. */
const overlapOf = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const side = (k: number): number =>
    Math.max(0, Math.min(a[k + 2], b[k + 2]) - Math.max(a[k], b[k]))
  const area = (x: ArrayLike<number>): number => (x[2] - x[0]) * (x[3] - x[1])
  const shared = side(0) * side(1)
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared)
}

const boxOf = (boxes: NdArray, i: number): ArrayLike<number> =>
  hostOf(boxes).subarray(4 * i, 4 * i + 4)

interface Match {
  readonly score: number
  readonly isHit: boolean
}

/** Each found box, best first, takes the free true box that it overlaps most. */
const matchesOf = (
  [found, there]: readonly [Detections, Annotations],
  label: number,
  threshold: number,
  maxDetections: number
): readonly Match[] => {
  const scores = numbersOf(found.scores)
  const names = numbersOf(found.labels)
  const true_ = numbersOf(there.labels).flatMap((c, i) => (c === label ? [i] : []))
  const taken = new Set<number>()
  return descending(scores)
    .filter((i) => names[i] === label)
    .slice(0, maxDetections)
    .map((i) => {
      const free = true_.filter((j) => !taken.has(j))
      const overlaps = free.map((j) => overlapOf(boxOf(found.boxes, i), boxOf(there.boxes, j)))
      const best = overlaps.indexOf(Math.max(...overlaps))
      const isHit = best >= 0 && overlaps[best] >= threshold
      if (isHit) taken.add(free[best])
      return { score: scores[i], isHit }
    })
}

/** The area below the precision that some higher recall still reaches. */
const areaOf = (
  matches: readonly Match[],
  there: number,
  interpolation: 'coco' | 'area'
): number => {
  const order = descending(matches.map((m) => m.score))
  let hits = 0
  const points = order.map((i, rank) => {
    if (matches[i].isHit) hits += 1
    return { recall: hits / there, precision: hits / (rank + 1) }
  })
  let best = 0
  const envelope = points
    .toReversed()
    .map((p) => ({ ...p, precision: (best = Math.max(best, p.precision)) }))
    .toReversed()
  if (interpolation === 'coco')
    return mean(
      range(101).map((r) => envelope.find((p) => p.recall >= r / 100 - 1e-12)?.precision ?? 0)
    )
  return envelope.reduce(
    (area, p, i) => area + p.precision * (p.recall - (i === 0 ? 0 : envelope[i - 1].recall)),
    0
  )
}

const requireBoxes = (
  what: string,
  { boxes, ...rest }: { readonly boxes: NdArray } & Readonly<Record<string, NdArray>>
): void => {
  const n = boxes.shape[0]
  const isRight = boxes.ndim === 2 && boxes.shape[1] === 4
  if (isRight && Object.values(rest).every((x) => x.ndim === 1 && x.shape[0] === n)) return
  throw new ShapeError('meanAveragePrecisionOfBoxes', {
    problem: `${what} do not fit together`,
    got: `boxes ${show(boxes.shape)}, ${Object.entries(rest)
      .map(([k, x]) => `${k} ${show(x.shape)}`)
      .join(', ')}`,
    expected: 'boxes [n, 4] and one number [n] of each kind',
    hint: 'a box is x1, y1, x2, y2; no boxes are np.zeros([0, 4])'
  })
}

/**
 * The area below precision over recall of found boxes, meaned over classes and over the overlap
 * from which on a box counts as found (mAP).
 *
 * Source: Everingham et al. 2010; Lin et al. 2014 (COCO).
 *
 * @category metrics
 * @since 0.1.0
 */
export const meanAveragePrecisionOfBoxes = (
  options: DetectionOptions = {}
): Metric<Images, DetectionScores, readonly Detections[], readonly Annotations[]> => {
  checkOptions('meanAveragePrecisionOfBoxes', options, [
    'iouThresholds',
    'maxDetections',
    'interpolation'
  ])
  const {
    iouThresholds = range(10).map((i) => (50 + 5 * i) / 100),
    maxDetections = 100,
    interpolation = 'coco'
  } = options
  const wrong = iouThresholds.find((t) => !(t > 0 && t <= 1))
  if (wrong !== undefined || iouThresholds.length === 0)
    throw new ValueError('meanAveragePrecisionOfBoxes', {
      problem: 'there is no such overlap',
      got: `iouThresholds: ${iouThresholds.join(', ') || 'none'}`,
      expected: 'one or more numbers above 0 and at most 1',
      hint: '[0.5] is the threshold of Pascal VOC'
    })
  return {
    observe: (predictions, targets, weights) => {
      refuseWeights('meanAveragePrecisionOfBoxes', weights)
      for (const list of [predictions, targets])
        for (const image of listOf<unknown>('meanAveragePrecisionOfBoxes', list, 'the images'))
          checkRecord('meanAveragePrecisionOfBoxes', image, 'an object { boxes, labels, … }')
      if (predictions.length !== targets.length)
        throw new ShapeError('meanAveragePrecisionOfBoxes', {
          problem: 'detections and annotations differ in number',
          got: `${predictions.length} and ${targets.length} images`,
          expected: 'one of each for every image',
          hint: 'an image without boxes has np.zeros([0, 4])'
        })
      predictions.forEach(({ boxes, scores, labels }) =>
        requireBoxes('detections', { boxes, scores, labels })
      )
      targets.forEach(({ boxes, labels }) => requireBoxes('annotations', { boxes, labels }))
      return { images: predictions.map((found, i) => [found, targets[i]] as const) }
    },
    monoid: { empty: { images: [] }, concat: (a, b) => ({ images: [...a.images, ...b.images] }) },
    value: ({ images }) => {
      const labels = images.flatMap(([, there]) => numbersOf(there.labels))
      const table = unique(labels).map((label) => ({
        class: label,
        areas: iouThresholds.map((threshold) =>
          areaOf(
            images.flatMap((image) => matchesOf(image, label, threshold, maxDetections)),
            labels.filter((c) => c === label).length,
            interpolation
          )
        )
      }))
      return {
        map: mean(table.flatMap((r) => r.areas)),
        perThreshold: iouThresholds.map((_, t) => mean(table.map((r) => r.areas[t]))),
        perClass: table.map((r) => ({ class: r.class, ap: mean(r.areas) }))
      }
    }
  }
}
