import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstFit, type Request } from '../../../src/backend/cpu/memory/first-fit.ts'

const meet = (a: Request, b: Request): boolean =>
  a.interval.first <= b.interval.last && b.interval.first <= a.interval.last

const requests = fc.array(
  fc
    .record({ size: fc.integer({ min: 1, max: 4 }), first: fc.nat(60), length: fc.nat(60) })
    .map(({ size, first, length }): Request => {
      // Most live briefly, some for long.
      const last = first + (length > 45 ? length : length % 4)
      return { size: 64 * size, interval: { first, last } }
    }),
  { maxLength: 40 }
)

describe('firstFit', () => {
  test('gives each request the lowest place that is free while it is needed', () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const { starts, bytes } = firstFit(asked)
        asked.forEach((a, i) => {
          const others = asked.slice(0, i).map((b, j) => ({ b, start: starts[j] }))
          const isFree = (at: number): boolean =>
            others.every(
              ({ b, start }) => !meet(a, b) || start >= at + a.size || at >= start + b.size
            )
          const lowest = [0, ...others.map(({ b, start }) => start + b.size)]
            .sort((x, y) => x - y)
            .find(isFree)
          expect(starts[i]).toBe(lowest)
        })
        expect(bytes).toBe(Math.max(0, ...asked.map((a, i) => starts[i] + a.size)))
      })
    )
  })
})
