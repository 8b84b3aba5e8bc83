import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import * as np from '../../src/numpy/index.ts'
import { cubicMinimum, quadraticMinimum } from '../../src/optim/interpolation.ts'

const scalar = (x: number) => np.array(x, { dtype: 'float64' })
const at = (f: (x: number) => number, slope: (x: number) => number) => (x: number) => ({
  step: scalar(x),
  value: scalar(f(x)),
  slope: scalar(slope(x))
})

describe('the minimum is found from points anywhere', () => {
  test.each([
    [0, 1, 2],
    [0.5, 3, 2],
    [3, 0.25, 1],
    [-1, 4, 0.5]
  ])('%d, %d and %d', (a, b, c) => {
    // (x − 1)² (x + 2) has its minimum at 1, and (x − 1)² + 7 too.
    const cubic = at(
      (x) => (x - 1) ** 2 * (x + 2),
      (x) => 3 * (x - 1) * (x + 1)
    )
    expect(cubicMinimum(cubic(a), cubic(b), cubic(c)).item()).toBeCloseTo(1, 10)
    const parabola = at(
      (x) => (x - 1) ** 2 + 7,
      (x) => 2 * (x - 1)
    )
    expect(quadraticMinimum(parabola(a), parabola(b)).item()).toBeCloseTo(1, 10)
  })

  test('a line has none', () => {
    const line = at(
      (x) => -x,
      () => -1
    )
    expect(Number.isFinite(cubicMinimum(line(0), line(1), line(2)).item())).toBe(false)
  })
})
