import { describe, expect, test } from 'vitest'
import { np } from 'cotangent'
import {
  dice,
  evaluate,
  iou,
  meanAveragePrecisionOfBoxes,
  type Annotations,
  type Detections
} from '../../src/metrics/index.ts'
import { message } from '../core/message.ts'

const ints = (xs: readonly number[]) => np.array(xs, { dtype: 'int32' })

describe('overlap of regions', () => {
  // Class 1: 2 shared, 3 predicted, 3 there. Class 0: 1 shared, 2 predicted, 2 there.
  const image = [ints([1, 1, 1, 0, 0]), ints([1, 1, 0, 0, 1])] as const

  test('is the mean of intersections over unions', () => {
    expect(evaluate(iou(), [image])).toBeCloseTo((2 / 4 + 1 / 3) / 2, 12)
    expect(evaluate(iou({ average: null }), [image])).toEqual([1 / 3, 2 / 4])
  })

  test('as dice is twice the intersection over the sizes', () => {
    expect(evaluate(dice({ average: 'binary' }), [image])).toBeCloseTo(4 / 6, 12)
  })
})

const found = (boxes: readonly (readonly number[])[], scores: readonly number[]): Detections => ({
  boxes: np.array(boxes),
  scores: np.array(scores),
  labels: ints(scores.map(() => 0))
})
const there = (boxes: readonly (readonly number[])[]): Annotations => ({
  boxes: np.array(boxes),
  labels: ints(boxes.map(() => 0))
})

describe('average precision of boxes', () => {
  const left = [0, 0, 2, 2]
  const right = [10, 10, 12, 12]
  const atHalf = meanAveragePrecisionOfBoxes({ iouThresholds: [0.5], interpolation: 'area' })

  test('is 1 when every box is found', () => {
    const scores = evaluate(meanAveragePrecisionOfBoxes(), [
      [[found([left, right], [0.9, 0.8])], [there([left, right])]]
    ])
    expect(scores.map).toBeCloseTo(1, 12)
    expect(scores.perClass).toEqual([{ class: 0, ap: 1 }])
  })

  test('falls with false alarms that are surer than hits', () => {
    // A false alarm first: precision 1/2 at recall 1/2, 2/3 at recall 1; the envelope is 2/3.
    const detections = found([[5, 5, 6, 6], left, right], [0.9, 0.8, 0.7])
    const { map } = evaluate(atHalf, [[[detections], [there([left, right])]]])
    expect(map).toBeCloseTo(2 / 3, 12)
  })

  test('counts a box once, and only if it overlaps enough', () => {
    // The second finds a box that is taken; [0, 0, 2, 1] overlaps it by half.
    const twice = found([left, left], [0.9, 0.8])
    expect(evaluate(atHalf, [[[twice], [there([left, right])]]]).map).toBeCloseTo(0.5, 12)
    const half = found([[0, 0, 2, 1]], [0.9])
    expect(evaluate(atHalf, [[[half], [there([left])]]]).map).toBe(1)
    const stricter = meanAveragePrecisionOfBoxes({ iouThresholds: [0.6] })
    expect(evaluate(stricter, [[[half], [there([left])]]]).map).toBe(0)
  })

  test('wants one score for each box', () => {
    const wrong = { ...found([left], [0.9]), scores: np.array([0.9, 0.1]) }
    expect(message(() => evaluate(atHalf, [[[wrong], [there([left])]]]))).toMatchInlineSnapshot(`
      "ShapeError meanAveragePrecisionOfBoxes: detections do not fit together
        got:      boxes [1, 4], scores [2], labels [1]
        expected: boxes [n, 4] and one number [n] of each kind
        hint:     a box is x1, y1, x2, y2; no boxes are np.zeros([0, 4])"
    `)
  })
})
