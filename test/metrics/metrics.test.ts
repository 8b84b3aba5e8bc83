import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import {
  accuracy,
  confusionMatrix,
  evaluate,
  f1,
  fBeta,
  precision,
  recall,
  type AverageOptions,
  type Metric
} from '../../src/metrics/index.ts'
import { message } from '../core/message.ts'

const classes = (...labels: readonly number[]): NdArray =>
  fromHost(makeAval([labels.length], 'int32'), Int32Array.from(labels))

const scores = (rows: readonly (readonly number[])[]): NdArray =>
  fromHost(makeAval([rows.length, rows[0].length], 'float32'), Float32Array.from(rows.flat()))

interface Case {
  readonly metric: string
  readonly config: AverageOptions & { readonly beta?: number }
  readonly actual: readonly number[]
  readonly predicted: readonly number[]
  readonly value: number | readonly number[]
}

/** Values of scikit-learn 1.9.1. */
const { cases } = JSON.parse(
  readFileSync(new URL('sklearn-table.json', import.meta.url), 'utf8')
) as { readonly cases: readonly Case[] }

const metricOf = ({ metric, config, actual }: Case): Metric<NdArray> | null => {
  const options = { ...config, classes: Math.max(...actual) + 1 }
  const { beta = 1, ...rest } = options
  if (metric === 'precision') return precision(rest)
  if (metric === 'recall') return recall(rest)
  if (metric === 'f1') return f1(rest)
  return metric === 'fbeta' ? fBeta({ ...rest, beta }) : null
}

const title = (c: Case): string => `${c.metric} ${JSON.stringify(c.config)}`

describe("the value is scikit-learn's", () => {
  test.each(cases.map((c) => [title(c), c] as const))('%s', (_title, c) => {
    const metric = metricOf(c)
    const batch = [classes(...c.predicted), classes(...c.actual)] as const
    if (metric === null) {
      const matrix = confusionMatrix({ classes: Math.max(...c.actual) + 1 })
      expect([...hostOf(evaluate(matrix, [batch]))]).toEqual(c.value)
      return
    }
    expect(evaluate(metric, [batch])).toBeCloseTo(c.value as number, 12)
  })
})

describe('over batches', () => {
  const { actual, predicted } = cases[0]
  const cuts = [0, 7, 7, 40, actual.length]
  const batches = cuts
    .slice(1)
    .map(
      (end, i) =>
        [classes(...predicted.slice(cuts[i], end)), classes(...actual.slice(cuts[i], end))] as const
    )
  const whole = [[classes(...predicted), classes(...actual)] as const]

  test('the metric is the metric of all', () => {
    const macro = f1({ average: 'macro', classes: 4 })
    expect(evaluate(macro, batches)).toBe(evaluate(macro, whole))
    expect(evaluate(accuracy(), batches)).toBe(evaluate(accuracy(), whole))
  })

  test('nothing observed is no accuracy', () => {
    expect(evaluate(accuracy(), [])).toBeNaN()
  })
})

test('scores count as the class of the highest', () => {
  const predicted = scores([
    [0.1, 0.9],
    [0.8, 0.2],
    [0.3, 0.7]
  ])
  expect(evaluate(accuracy(), [[predicted, classes(1, 0, 0)]])).toBeCloseTo(2 / 3, 12)
})

test('0 / 0 is what zeroDivision says', () => {
  const never = [[classes(0, 0), classes(0, 0)] as const]
  expect(evaluate(precision(), never)).toBe(0)
  expect(evaluate(precision({ zeroDivision: 1 }), never)).toBe(1)
})

describe('bad input gets four lines', () => {
  test('a class outside the range', () => {
    expect(
      message(() => evaluate(confusionMatrix({ classes: 2 }), [[classes(0, 1), classes(0, 2)]]))
    ).toMatchInlineSnapshot(`
      "IndexError confusionMatrix: a class is outside the range
        got:      class 2 at position 1
        expected: classes from 0 to 1
        hint:     pass { classes: n }, or map labels to 0, 1, 2 …"
    `)
  })

  test('lists of different lengths', () => {
    expect(message(() => evaluate(accuracy(), [[classes(0, 1, 1), classes(0, 1)]])))
      .toMatchInlineSnapshot(`
      "ShapeError accuracy: predictions and labels do not belong together
        got:      predictions int32 [3], labels int32 [2]
        expected: one label for each prediction: classes [...] or scores [..., classes]
        hint:     for scores the classes are the last axis"
    `)
  })

  test('probabilities where classes are expected', () => {
    const p = fromHost(makeAval([2], 'float32'), Float32Array.of(0.2, 0.8))
    expect(message(() => evaluate(precision(), [[p, classes(0, 1)]]))).toMatchInlineSnapshot(`
      "DTypeError precision: classes are whole numbers
        got:      float32 [2]
        expected: an integer or bool array
        hint:     compare probabilities with a threshold first, or convert with astype('int32')"
    `)
  })
})
