import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { np } from 'cotangent'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import {
  accuracy,
  adjustedRandScore,
  calibrationError,
  classificationReport,
  collect,
  logLoss,
  showReport,
  confusionMatrix,
  evaluate,
  f1,
  fBeta,
  precision,
  recall,
  type Average,
  type AverageOptions,
  type ClassCounts,
  type Metric
} from '../../src/metrics/index.ts'
import { message } from '../core/message.ts'

const classes = (...labels: readonly number[]): NdArray =>
  fromHost(makeAval([labels.length], 'int32'), Int32Array.from(labels))

const scores = (rows: readonly (readonly number[])[]): NdArray =>
  fromHost(makeAval([rows.length, rows[0].length], 'float32'), Float32Array.from(rows.flat()))

interface Case {
  readonly metric: string
  readonly config: AverageOptions & { readonly average: Average; readonly beta?: number }
  readonly actual: readonly number[]
  readonly predicted: readonly number[]
  readonly value: number | readonly number[]
}

/** Values of scikit-learn 1.9.1. */
const { cases } = JSON.parse(
  readFileSync(new URL('sklearn-table.json', import.meta.url), 'utf8')
) as { readonly cases: readonly Case[] }

const metricOf = ({ metric, config, actual }: Case): Metric<ClassCounts> | null => {
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

  test('a class below the range', () => {
    expect(() =>
      evaluate(confusionMatrix({ classes: 2 }), [[classes(0, -1), classes(0, 1)]])
    ).toThrow('class -1 at position 1')
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

describe('counts are exact', () => {
  const many = 2 ** 24

  test('beyond what float32 can count', () => {
    const { monoid, value } = accuracy()
    const half = {
      correct: np.array(many, { dtype: 'float64' }),
      total: np.array(2 * many, { dtype: 'float64' })
    }
    const one = accuracy().observe(classes(1), classes(1))
    const { total, correct } = monoid.concat(monoid.concat(half, half), one)
    expect([hostOf(correct)[0], hostOf(total)[0]]).toEqual([2 * many + 1, 4 * many + 1])
    expect(value({ correct, total })).toBe((2 * many + 1) / (4 * many + 1))
  })
})

describe('several metrics', () => {
  test('take one pass', () => {
    const both = collect({ accuracy: accuracy(), perClass: recall({ average: null }) })
    const values = evaluate(both, [[classes(0, 1, 1), classes(0, 1, 0)]])
    expect(values).toEqual({ accuracy: 2 / 3, perClass: [0.5, 1] })
  })
})

describe('weights', () => {
  test('count examples as often as they say', () => {
    const weights = np.array([3, 1])
    expect(evaluate(accuracy(), [[classes(1, 0), classes(1, 1), weights]])).toBe(0.75)
  })

  test('belong to the examples', () => {
    expect(message(() => evaluate(accuracy(), [[classes(1, 0), classes(1, 1), np.array([1])]])))
      .toMatchInlineSnapshot(`
      "ShapeError accuracy: weights do not belong to these examples
        got:      weights [1] for examples [2]
        expected: one weight for each example
        hint:     leave weights out where all examples count the same"
    `)
  })

  test('mean nothing to clusterings', () => {
    const of = [classes(1, 0), classes(1, 1), np.array([1, 1])] as const
    expect(message(() => evaluate(adjustedRandScore(), [of]))).toMatchInlineSnapshot(`
      "ValueError adjustedRandScore: examples of this metric have no weights
        got:      weights [2]
        expected: predictions and targets alone
        hint:     leave the third element of the batch out"
    `)
  })
})

describe('a report', () => {
  test('is a table of its classes and means', () => {
    const report = evaluate(classificationReport(), [[classes(1, 1, 0, 0), classes(1, 0, 0, 0)]])
    expect(showReport(report, ['no', 'yes'])).toMatchInlineSnapshot(`
      "          precision  recall    f1  support
            no       1.00    0.67  0.80        3
           yes       0.50    1.00  0.67        1
         micro       0.75    0.75  0.75        4
         macro       0.75    0.83  0.73        4
      weighted       0.88    0.75  0.77        4"
    `)
  })
})

describe('probabilities', () => {
  test('are between 0 and 1', () => {
    const logits = np.array([2, -1])
    expect(message(() => evaluate(logLoss(), [[logits, classes(1, 0)]]))).toMatchInlineSnapshot(`
      "ValueError logLoss: a probability is none
        got:      2
        expected: numbers from 0 to 1
        hint:     logits become probabilities by nn.softmax or nn.sigmoid"
    `)
  })

  test('are calibrated when what they say happens as often', () => {
    // Two bins: said 0.25, happened 1 of 2; said 0.75, happened 2 of 2.
    const p = np.array([0.25, 0.25, 0.75, 0.75])
    const of = [p, classes(0, 1, 1, 1)] as const
    expect(evaluate(calibrationError({ bins: 2 }), [of])).toBeCloseTo(0.25, 12)
    expect(evaluate(calibrationError({ bins: 2, norm: 'max' }), [of])).toBeCloseTo(0.25, 12)
  })
})
