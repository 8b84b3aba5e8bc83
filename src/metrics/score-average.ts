/** Scores of ranked predictions, one class against the rest, and their means. */
import { ValueError } from '../core/errors.ts'
import { column, row, type Rows } from './kept.ts'
import { mean, meanOfKnown, range, sum, unique, type Numbers } from './lists.ts'

/** A score of one class: how well `scores` put the positives first. */
export type BinaryScore = (
  scores: Numbers,
  isPositive: (i: number) => boolean,
  weights: Numbers
) => number

export type ScoreAverage = 'macro' | 'micro' | 'weighted' | 'samples'

const averages = ['macro', 'micro', 'weighted', 'samples']

export const checkScoreAverage = (operation: string, average: ScoreAverage | null): void => {
  if (average === null || averages.includes(average)) return
  throw new ValueError(operation, {
    problem: 'there is no such average',
    got: `average: ${average}`,
    expected: "'macro', 'micro', 'weighted', 'samples' or null",
    hint: "'macro' treats all classes alike; 'weighted' by how often they occur"
  })
}

/** True labels as rows of 0 and 1: those that were given, or one 1 in each row at the class. */
export const indicators = (
  operation: string,
  { length, width, targets, weights }: Rows,
  labels?: readonly number[]
): { readonly width: number; readonly hot: Float64Array } => {
  if (targets.length === length * width && width > 1) return { width, hot: targets }
  const classes = labels ?? range(width)
  if (classes.length !== width)
    throw new ValueError(operation, {
      problem: 'labels and scores differ in number',
      got: `${classes.length} labels, ${width} scores to an example`,
      expected: 'one score for each label',
      hint: 'labels name the columns of the scores'
    })
  const hot = new Float64Array(weights.length * width)
  targets.forEach((t, i) => {
    const at = classes.indexOf(t)
    if (at < 0)
      throw new ValueError(operation, {
        problem: 'a target is none of the classes',
        got: `target ${t} at position ${i}`,
        expected: `one of ${classes.join(', ')}`,
        hint: 'scores have one column for each class, 0 to classes − 1 unless labels say otherwise'
      })
    hot[i * width + at] = 1
  })
  return { width, hot }
}

/** The score of each column of truth against the column of scores, averaged. */
export const averageOverColumns = (
  score: BinaryScore,
  { length, width, predictions, weights }: Rows,
  hot: Float64Array,
  average: ScoreAverage | null
): number | readonly number[] => {
  const one = (scores: Numbers, truth: Numbers, w: Numbers): number =>
    score(scores, (i) => truth[i] !== 0, w)
  if (average === 'micro')
    return one(
      predictions,
      hot,
      Array.from(predictions, (_, i) => weights[Math.floor(i / width)])
    )
  if (average === 'samples') {
    const ones = new Array<number>(width).fill(1)
    const each = range(length).map((i) => one(row(predictions, width, i), row(hot, width, i), ones))
    return mean(each, weights)
  }
  const columns = range(width)
  const scores = columns.map((c) =>
    one(column(predictions, width, c), column(hot, width, c), weights)
  )
  if (average === null) return scores
  if (average === 'macro') return mean(scores)
  const support = columns.map((c) => sum(column(hot, width, c).map((x, i) => x * weights[i])))
  return sum(support) === 0
    ? 0
    : meanOfKnown(
        scores.map((s, c) => (support[c] === 0 ? 0 : s)),
        support
      )
}

/** Each pair of classes, ranked by the scores of the one and of the other. */
export const averageOverPairs = (
  score: BinaryScore,
  { length, width, predictions, targets }: Rows,
  labels: readonly number[],
  isWeighted: boolean
): number => {
  const present = unique(targets)
  const pairs = present.flatMap((a, i) => present.slice(i + 1).map((b) => [a, b] as const))
  const scores = pairs.map(([a, b]) => {
    const rows = range(length).filter((i) => targets[i] === a || targets[i] === b)
    const ones = rows.map(() => 1)
    const [first, second] = [a, b].map((c) => {
      const at = labels.indexOf(c)
      return score(
        rows.map((i) => predictions[i * width + at]),
        (i) => targets[rows[i]] === c,
        ones
      )
    })
    return (first + second) / 2
  })
  const shares = pairs.map(([a, b]) => targets.filter((t) => t === a || t === b).length / length)
  return isWeighted ? mean(scores, shares) : mean(scores)
}
