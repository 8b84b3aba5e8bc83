/** The mutual information that clusterings of the same sizes have by chance. */
import type { Contingency } from './contingency.ts'
import { cumulative, range, sum } from './lists.ts'
import * as math from '../core/scalar/math.ts'

/**
 * E[MI] over all tables with these margins, by the hypergeometric distribution of each cell.
 *
 * Units:  nats.
 * Source: Vinh, Epps & Bailey 2010, eq. 24a.
 */
export const expectedInformation = ({ rows, columns, total }: Contingency): number => {
  const logFactorial = [0, ...cumulative(range(total).map((n) => math.log(n + 1)))]
  const cell = (a: number, b: number): number => {
    const [least, most] = [Math.max(1, a + b - total), Math.min(a, b)]
    return sum(
      range(most - least + 1).map((k) => {
        const n = least + k
        const logProbability =
          logFactorial[a] +
          logFactorial[b] +
          logFactorial[total - a] +
          logFactorial[total - b] -
          logFactorial[total] -
          logFactorial[n] -
          logFactorial[a - n] -
          logFactorial[b - n] -
          logFactorial[total - a - b + n]
        return (n / total) * math.log((total * n) / (a * b)) * math.exp(logProbability)
      })
    )
  }
  return sum(rows.flatMap((a) => columns.map((b) => cell(a, b))))
}
