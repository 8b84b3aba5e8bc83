/** How many are found, rightly and wrongly, as the threshold of a score falls. */
import { cumulative, descending, sum, type Numbers } from './lists.ts'

export interface Found {
  /** Distinct scores, descending. */
  readonly thresholds: readonly number[]
  /** Weight of positives whose score is no less. */
  readonly truePositives: readonly number[]
  /** Weight of negatives whose score is no less. */
  readonly falsePositives: readonly number[]
}

/** Counts at every distinct score. Examples of weight 0 take no part. */
export const foundAt = (
  scores: Numbers,
  isPositive: (i: number) => boolean,
  weights: Numbers
): Found => {
  const order = descending(scores).filter((i) => weights[i] !== 0)
  const positives = cumulative(order.map((i) => (isPositive(i) ? weights[i] : 0)))
  const negatives = cumulative(order.map((i) => (isPositive(i) ? 0 : weights[i])))
  const last = order.flatMap((i, at) =>
    at + 1 === order.length || scores[i] !== scores[order[at + 1]] ? [at] : []
  )
  return {
    thresholds: last.map((at) => scores[order[at]]),
    truePositives: last.map((at) => positives[at]),
    falsePositives: last.map((at) => negatives[at])
  }
}

/** The area below the points of the ROC curve. NaN where one kind is missing. */
export const rocArea = (
  scores: Numbers,
  isPositive: (i: number) => boolean,
  weights: Numbers
): number => {
  const { truePositives, falsePositives } = foundAt(scores, isPositive, weights)
  const [p, n] = [truePositives.at(-1) ?? 0, falsePositives.at(-1) ?? 0]
  const areas = truePositives.map((t, i) => {
    const before = i === 0 ? 0 : truePositives[i - 1]
    return ((t + before) / 2) * (falsePositives[i] - (i === 0 ? 0 : falsePositives[i - 1]))
  })
  return sum(areas) / (p * n)
}

/** Σ precision × what recall gains: the area below the steps of precision over recall. */
export const averagePrecisionOf = (
  scores: Numbers,
  isPositive: (i: number) => boolean,
  weights: Numbers
): number => {
  const { truePositives, falsePositives } = foundAt(scores, isPositive, weights)
  const all = truePositives.at(-1) ?? 0
  if (all === 0) return truePositives.length === 0 ? NaN : 0
  const parts = truePositives.map((t, i) => {
    const gain = (t - (i === 0 ? 0 : truePositives[i - 1])) / all
    return gain === 0 ? 0 : (gain * t) / (t + falsePositives[i])
  })
  return sum(parts)
}
