/** The laws' table as tests: one per row that a law concerns. */
import fc from 'fast-check'
import { test } from 'vitest'
import { rows } from '../../laws/primitives.ts'
import type { LawName, Row, Sample } from '../../laws/primitives/row.ts'

/** Few runs of many samples by default; `npm run laws -- --runs N` goes deep. */
const numRuns = fc.readConfigureGlobal().numRuns ?? 2

export const holds = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns })

export const excused = (row: Row, law: LawName): boolean => row.except?.[law] !== undefined

/** A test for each row that the law concerns and that is not excused from it. */
export const eachRow = (
  law: LawName | null,
  concerns: (row: Row) => boolean,
  check: (row: Row) => void
): void => {
  const concerned = rows.filter((r) => concerns(r) && (law === null || !excused(r, law)))
  test.each(concerned.map((r) => [r.primitive, r] as const))('%s', (_name, row) => check(row))
}

export const always = (): boolean => true

/** Samples in float64 and complex128, where limits of differences are sharp. */
export const differentiable = (row: Row): readonly Sample[] => [
  ...row.samples('float64'),
  ...(excused(row, 'complexDerivative') ? [] : (row.others ?? [])).filter((s) =>
    s.operands.some((o) => o.dtype === 'complex128')
  )
]

export const everyType = (row: Row): readonly Sample[] => [
  ...row.samples('float64'),
  ...row.samples('float32'),
  ...(row.others ?? [])
]
