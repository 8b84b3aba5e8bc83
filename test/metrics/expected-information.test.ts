import { expect, test } from 'vitest'
import { expectedInformation } from '../../src/metrics/expected-information.ts'

const permutations = (xs: readonly number[]): readonly (readonly number[])[] =>
  xs.length === 0
    ? [[]]
    : xs.flatMap((x, i) => permutations(xs.toSpliced(i, 1)).map((rest) => [x, ...rest]))

const tableOf = (a: readonly number[], b: readonly number[]) => {
  const [m, n] = [a, b].map((xs) => Math.max(...xs) + 1)
  const table = Array.from({ length: m }, (_r, i) =>
    Array.from({ length: n }, (_c, j) => a.filter((x, k) => x === i && b[k] === j).length)
  )
  const sum = (xs: readonly number[]): number => xs.reduce((s, x) => s + x, 0)
  const columns = Array.from({ length: n }, (_, j) => sum(table.map((row) => row[j])))
  return { table, rows: table.map(sum), columns, total: a.length }
}

/** Σ p(i, j) log(p(i, j) / (p(i) p(j))). */
const information = ({ table, rows, columns, total }: ReturnType<typeof tableOf>): number =>
  table
    .flatMap((row, i) =>
      row.map((n, j) =>
        n === 0 ? 0 : (n / total) * Math.log((n * total) / (rows[i] * columns[j]))
      )
    )
    .reduce((s, x) => s + x, 0)

test.each([
  [
    [0, 0, 1, 1, 2],
    [0, 1, 1, 1, 1]
  ],
  [
    [0, 0, 0, 0, 1],
    [0, 0, 0, 0, 1]
  ],
  [
    [0, 1, 2, 3, 4],
    [0, 0, 1, 1, 1]
  ],
  [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0]
  ]
])('the information of %j and %j in any order is expected', (a, b) => {
  const all = permutations(b).map((order) => information(tableOf(a, order)))
  const mean = all.reduce((s, x) => s + x, 0) / all.length
  expect(expectedInformation(tableOf(a, b))).toBeCloseTo(mean, 12)
})
