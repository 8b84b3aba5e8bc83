/** Lists of float64 numbers on the host: what values of metrics are computed from. */

import * as math from '../core/scalar/math.ts'

export type Numbers = ArrayLike<number>

export const sum = (xs: Numbers): number => {
  let total = 0
  for (let i = 0; i < xs.length; i++) total += xs[i]
  return total
}

/** Σ x y. */
export const dot = (xs: Numbers, ys: Numbers): number => {
  let total = 0
  for (let i = 0; i < xs.length; i++) total += xs[i] * ys[i]
  return total
}

export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** Σ w x / Σ w. NaN for nothing. */
export const mean = (xs: Numbers, weights?: Numbers): number =>
  weights === undefined ? sum(xs) / xs.length : dot(xs, weights) / sum(weights)

/**
 * The weighted mean of what is not NaN; the plain mean where all weights are 0; NaN for nothing.
 * It is scikit-learn's rule for means over classes with undefined scores.
 */
export const meanOfKnown = (xs: readonly number[], weights?: readonly number[]): number => {
  const known = range(xs.length).filter((i) => !Number.isNaN(xs[i]))
  const values = known.map((i) => xs[i])
  const w = weights === undefined ? undefined : known.map((i) => weights[i])
  return w === undefined || sum(w) === 0 ? mean(values) : mean(values, w)
}

/** Running totals. */
export const cumulative = (xs: Numbers): readonly number[] => {
  let total = 0
  return Array.from(xs, (x) => (total += x))
}

/** Places in descending order of `scores`; equal ones keep their order. */
export const descending = (scores: Numbers): readonly number[] =>
  range(scores.length).toSorted((a, b) => scores[b] - scores[a] || a - b)

/** Places in ascending order; equal ones keep their order. */
export const ascending = (scores: Numbers): readonly number[] =>
  range(scores.length).toSorted((a, b) => scores[a] - scores[b] || a - b)

/** What occurs, in ascending order. */
export const unique = (xs: Numbers): readonly number[] =>
  [...new Set(Array.from(xs))].toSorted((a, b) => a - b)

/** The area below the points (x, y) by trapezia; x may descend. */
export const trapezia = (x: Numbers, y: Numbers): number => {
  let area = 0
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2
  return area
}

/** The piecewise linear function through the points at `at`; x ascends. */
export const interpolate = (at: number, x: Numbers, y: Numbers): number => {
  let i = 0
  while (i < x.length && x[i] <= at) i++
  if (i === 0) return y[0]
  if (i === x.length) return y[x.length - 1]
  return y[i - 1] + ((y[i] - y[i - 1]) * (at - x[i - 1])) / (x[i] - x[i - 1])
}

/** x log y, which is 0 at x = 0. */
export const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * math.log(y))
