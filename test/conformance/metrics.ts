/** scikit-learn's metrics against ours: the same values, within rounding of float64. */
import '../../src/install.ts'
import { fromHost, hostOf, isArray, makeAval, type NdArray } from '../../src/core/array.ts'
import { ValueError } from '../../src/core/errors.ts'
import * as metrics from '../../src/metrics/index.ts'
import { decode, type ArrayRecord } from './golden.ts'
import { check, type Outcome } from './report.ts'
import { distinct, encode, indicator, isTable, placesOf, type Label } from './sklearn-labels.ts'
import { adapterOf, type Adapter, type Config, type Context } from './sklearn-table.ts'

interface MetricCase {
  readonly metric: string
  readonly config: Config
  readonly inputs: Readonly<Record<string, unknown>>
  readonly value: unknown
}

/** Differences up to this, relative and absolute, are rounding. */
const tolerance = 1e-9

const isRecord = (x: unknown): x is ArrayRecord =>
  typeof x === 'object' && x !== null && 'shape' in x && 'data' in x

/** An input, or a list of numbers in its place. */
const asRecord = (x: unknown): ArrayRecord => {
  if (isRecord(x)) return x
  const rows = x as readonly (Label | readonly Label[])[]
  const nested = rows.some((r) => Array.isArray(r))
  const shape = nested ? [rows.length, (rows[0] as readonly Label[]).length] : [rows.length]
  return { shape, dtype: 'float64', data: rows.flat() }
}

const truths = ['y_true', 'labels_true', 'labels', 'y1', 'target', 'targets']
const weightNames = ['sample_weight', 'sample_weights', 'weights']

interface Inputs {
  readonly truth: ArrayRecord
  readonly guess: ArrayRecord
  readonly weights: NdArray | undefined
}

const inputsOf = ({ inputs, config }: MetricCase): Inputs => {
  const given = Object.entries(inputs).filter(([name]) => !weightNames.includes(name))
  const [truth] = given.find(([name]) => truths.includes(name)) ?? given[0]
  const other = given.find(([name]) => name !== truth)
  if (other === undefined)
    throw new ValueError('conformance', {
      problem: 'a metric compares two inputs',
      got: Object.keys(inputs).join(', '),
      expected: 'y_true and y_pred, or the like',
      hint: 'is this a golden file of metrics?'
    })
  const weights =
    weightNames.map((n) => inputs[n]).find((w) => w !== undefined) ?? config['sample_weight']
  return {
    truth: asRecord(inputs[truth]),
    guess: asRecord(other[1]),
    weights: weights === undefined || weights === null ? undefined : real(asRecord(weights))
  }
}

const real = (x: ArrayRecord): NdArray => decode({ ...x, dtype: 'float64' })

const listOf = (x: unknown): readonly Label[] | undefined => {
  if (x === undefined || x === null) return undefined
  return isRecord(x) ? x.data : (x as readonly Label[])
}

type Batch = readonly [predictions: NdArray, targets: NdArray]

/** What the metric is given: labels become classes, in ascending order of their names. */
const prepare = (
  adapter: Adapter,
  { config }: MetricCase,
  { truth, guess }: Inputs
): readonly [Batch, Context] => {
  const listed = listOf(config['labels'])
  const isTabular = isTable(truth) && ['classes', 'scores'].includes(adapter.takes)
  const classes =
    adapter.takes === 'classes'
      ? distinct(truth.data, guess.data, listed ?? [])
      : ofTwoAtLeast(distinct(truth.data, listed ?? []))
  const positive = config['pos_label'] as Label | undefined | null
  const at =
    positive === undefined || positive === null ? undefined : placesOf(classes, [positive])[0]
  const labels = isTabular
    ? (listed as readonly number[] | undefined)
    : listed && placesOf(classes, listed)
  const context: Context = {
    config,
    classes: isTabular ? truth.shape[1] : Math.max(classes.length, 2),
    labels: adapter.takes === 'scores' ? undefined : labels,
    positive: at ?? byDefault(adapter, classes),
    multilabel: isTabular,
    present: distinct(truth.data, guess.data).length,
    names: isTabular
      ? truth.data.slice(0, truth.shape[1]).map((_, i) => String(i))
      : classes.map(String)
  }
  switch (adapter.takes) {
    case 'classes':
      return [
        isTabular
          ? [indicator(guess), indicator(truth)]
          : [encode(classes, guess), encode(classes, truth)],
        context
      ]
    case 'scores':
      return [[columnsOf(guess), isTabular ? indicator(truth) : encode(classes, truth)], context]
    case 'clusters':
      return [[encode(distinct(guess.data), guess), encode(classes, truth)], context]
    case 'shape':
      return [[real(guess), encode(classes, truth)], context]
    case 'reals':
    case 'lists':
      return [[real(guess), real(truth)], context]
  }
}

/** scikit-learn's positive label is 1, or the higher of two. */
const byDefault = (adapter: Adapter, classes: readonly Label[]): number | undefined => {
  if (adapter.takes === 'scores') return classes.length === 2 ? 1 : undefined
  const one = classes.findIndex((c) => Number(c) === 1)
  return one < 0 || classes.length > 2 ? undefined : one
}

/** Scores; a single column is a list. */
const columnsOf = (x: ArrayRecord): NdArray =>
  real(x.shape.length === 2 && x.shape[1] === 1 ? { ...x, shape: [x.shape[0]] } : x)

/** The class that was never seen besides a lone 0, 1 or −1: scikit-learn's other is 1, 0 or 1. */
const ofTwoAtLeast = (classes: readonly Label[]): readonly Label[] => {
  if (classes.length !== 1 || ![0, 1, -1].includes(Number(classes[0]))) return classes
  return Number(classes[0]) === 1 ? [0, classes[0]] : [classes[0], 1]
}

/** A list of the scores of one class, as scores of two. */
const ofTwo = (scores: NdArray): NdArray => {
  const s = hostOf(scores)
  const middle = s.every((x) => x >= 0 && x <= 1) ? 0.5 : 0
  // The second class is taken above the middle only: of equal scores the later class is the better.
  const data = Float64Array.from({ length: 2 * s.length }, (_, i) =>
    Number(i % 2 === 0 ? s[i / 2] <= middle : s[(i - 1) / 2] > middle)
  )
  return fromHost(makeAval([s.length, 2], 'float64'), data)
}

/** The numbers of arrays, records and lists of them, in order. */
const numbersOf = (x: unknown): readonly unknown[] => {
  if (isArray(x)) return Array.from(hostOf(x))
  if (isRecord(x)) return x.data
  return Array.isArray(x) ? x.flatMap(numbersOf) : [x]
}

/** Where two values differ, or null. */
export const differenceOf = (actual: unknown, expected: unknown, path = 'value'): string | null => {
  const [a, e] = [actual, expected]
  if (Array.isArray(e) || isRecord(e)) {
    const [as, es] = [numbersOf(a), numbersOf(e)]
    if (as.length !== es.length) return `${path}: got ${as.length} elements, expected ${es.length}`
    return firstOf(es.map((x, i) => differenceOf(as[i], x, `${path}[${i}]`)))
  }
  if (typeof e === 'object' && e !== null)
    return firstOf(
      Object.entries(e).map(([k, x]) =>
        differenceOf((a as Readonly<Record<string, unknown>>)[k], x, `${path}.${k}`)
      )
    )
  if (e === null) return a === null ? null : `${path}: got a value, expected none`
  const [x, y] = [Number(a), Number(e)]
  const agree = Object.is(x, y) || Math.abs(x - y) <= tolerance * (1 + Math.abs(y))
  return agree ? null : `${path}: got ${x}, expected ${y}`
}

const firstOf = (differences: readonly (string | null)[]): string | null =>
  differences.find((d) => d !== null) ?? null

/** scikit-learn's auc is of the points of a curve, not of scores. */
const areaOf = ({ metric, inputs, value }: MetricCase): string | null | undefined => {
  if (metric !== 'auc' || inputs['x'] === undefined) return undefined
  const [x, y] = [inputs['x'], inputs['y']].map((points) => hostOf(real(asRecord(points))))
  return differenceOf(metrics.auc(x, y), value)
}

const compare = (of: MetricCase): string | null => {
  const area = areaOf(of)
  if (area !== undefined) return area
  const found = adapterOf(of.metric)
  if (found === undefined) return `no metric ${of.metric}`
  const [name, adapter] = found
  const inputs = inputsOf(of)
  const [[predictions, targets], context] = prepare(adapter, of, inputs)
  const isList = name === 'top_k_accuracy_score' && predictions.ndim === 1
  const batch = [isList ? ofTwo(predictions) : predictions, targets, inputs.weights] as const
  // Metrics are looked up by name, so the types of their states are not known here.
  const metric = adapter.metric(context) as unknown as metrics.Metric<unknown, unknown>
  const value = metrics.evaluate(metric, [batch])
  return differenceOf(adapter.form?.(value as never, context) ?? value, of.value)
}

const title = ({ metric, config }: MetricCase): string =>
  Object.keys(config).length === 0 ? metric : `${metric} ${JSON.stringify(config)}`

export const checkMetrics = (content: unknown): readonly Outcome[] =>
  (content as { readonly cases: readonly MetricCase[] }).cases.map((of) =>
    check(title(of), () => compare(of))
  )
