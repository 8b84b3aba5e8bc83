/** What the demo prints. */
import Table from 'cli-table3'
import type { Scores } from './training.ts'

const percent = (x: number): string => `${(100 * x).toFixed(2)} %`

const plain = { head: [], border: [] }

const aligned = (columns: number): readonly ('left' | 'right')[] =>
  Array.from({ length: columns }, (_, i) => (i === 0 ? 'left' : 'right'))

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const drawn = new Table({ head: [...head], style: plain, colAligns: [...aligned(head.length)] })
  drawn.push(...rows.map((row) => [...row]))
  return drawn.toString()
}

/** Accuracy, precision, recall and F1 (means over the classes), and the confusion matrix. */
export const showScores = (scores: Scores, digits: readonly number[]): string => {
  const figures = table(
    ['test accuracy', 'precision', 'recall', 'F1'],
    [[scores.accuracy, scores.precision, scores.recall, scores.f1].map(percent)]
  )
  const counts = scores.confusion.toNested() as readonly (readonly number[])[]
  const confusion = table(
    ['true \\ predicted', ...digits.map(String)],
    counts.map((row, i) => [String(digits[i]), ...row.map(String)])
  )
  return `${figures}\n${confusion}`
}

export interface Comparison {
  readonly name: string
  readonly trained: number
  readonly total: number
  readonly scores: Scores
  readonly seconds: number
}

/** Ways of adapting the network, side by side. */
export const showComparison = (rows: readonly Comparison[]): string =>
  table(
    ['', 'trained parameters', 'test accuracy', 'F1', 'seconds'],
    rows.map((r) => [
      r.name,
      `${r.trained} of ${r.total}`,
      percent(r.scores.accuracy),
      percent(r.scores.f1),
      r.seconds.toFixed(1)
    ])
  )
