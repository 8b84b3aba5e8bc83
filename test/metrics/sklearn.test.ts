import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { load } from '../conformance/golden.ts'
import { checkMetrics } from '../conformance/metrics.ts'
import { failuresOf } from '../conformance/report.ts'

/** Made by make-sklearn-cases.py from scikit-learn 1.2.1. */
const file = load(fileURLToPath(new URL('sklearn-cases.json.gz', import.meta.url)))

describe("scikit-learn's metrics with their options, weights and odd inputs", () => {
  test('have the same values', () => {
    const outcomes = checkMetrics(file)
    expect(failuresOf(outcomes)).toEqual([])
    expect(outcomes).toHaveLength(353)
  })

  test('are told apart: another value is a failure', () => {
    const { cases } = file as { readonly cases: readonly { readonly value: unknown }[] }
    const wrong = cases.slice(0, 3).map((c) => ({ ...c, value: 0.123 }))
    expect(failuresOf(checkMetrics({ cases: wrong }))).toHaveLength(3)
    expect(failuresOf(checkMetrics({ cases: [{ ...cases[0], metric: 'nonesuch' }] }))).toEqual([
      'nonesuch {"average":"micro"}: no metric nonesuch'
    ])
  })
})
