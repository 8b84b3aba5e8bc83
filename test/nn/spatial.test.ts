import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { placeWindows } from '../../src/nn/layers/spatial.ts'

const problem = fc.record({
  n: fc.integer({ min: 1, max: 7 }),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: 0, max: 3 }),
  high: fc.integer({ min: 0, max: 3 }),
  ceilMode: fc.boolean()
})

describe('placeWindows', () => {
  test('counts the windows that fit, and in ceil mode one more that begins inside', () => {
    fc.assert(
      fc.property(problem, ({ n, window, stride, dilation, low, high, ceilMode }) => {
        const reach = (window - 1) * dilation + 1
        const end = n + low + high
        const begins = Array.from({ length: end }, (_, k) => k * stride)
        const whole = begins.filter((b) => b + reach <= end)
        const after = whole.length * stride
        const isCovered = (whole.at(-1) ?? 0) + reach >= end
        const isOneMore = ceilMode && whole.length > 0 && !isCovered && after < n + low
        const count = whole.length + Number(isOneMore)
        const [placed] = placeWindows([n], [window], [stride], [dilation], [[low, high]], ceilMode)
        expect(placed.count).toBe(count)
        // What the windows reach is there, and nothing is added that none of them sees.
        expect(placed.extra).toBe(count === 0 ? 0 : Math.max(0, (count - 1) * stride + reach - end))
      })
    )
  })

  test("'same' has a window for every stride, the padding shared with the larger half behind", () => {
    fc.assert(
      fc.property(problem, ({ n, window, stride, dilation }) => {
        const [placed] = placeWindows([n], [window], [stride], [dilation], 'same', false)
        expect(placed.count).toBe(Math.ceil(n / stride))
        const reach = (placed.count - 1) * stride + (window - 1) * dilation + 1
        expect(placed.low + placed.high).toBe(Math.max(0, reach - n))
        expect([0, 1]).toContain(placed.high - placed.low)
      })
    )
  })
})
