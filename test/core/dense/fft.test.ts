import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unitRoots } from '../../../src/core/dense/fft-plan.ts'
import { generator } from './matrices.ts'
import { fft, fftNd, irfftNd, rfftNd } from './split.ts'

const random = (n: number, seed: number): Float64Array => {
  const next = generator(seed)
  return Float64Array.from({ length: n }, next)
}

/** The definition, in sums that carry their rounding errors along (Neumaier 1974). */
const byDefinition = (re: Float64Array, im: Float64Array, n: number, inverse: boolean) => {
  const { cos, sin } = unitRoots(n)
  const sum = (term: (j: number) => number): number => {
    let total = 0
    let lost = 0
    for (let j = 0; j < n; j++) {
      const v = term(j)
      const next = total + v
      lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total
      total = next
    }
    return (total + lost) / (inverse ? n : 1)
  }
  const c = (jk: number): number => cos[jk % n]
  const s = (jk: number): number => (inverse ? -sin[jk % n] : sin[jk % n])
  return {
    re: re.map((_, k) => sum((j) => c(j * k) * re[j] - s(j * k) * im[j])),
    im: im.map((_, k) => sum((j) => c(j * k) * im[j] + s(j * k) * re[j]))
  }
}

const relativeError = (a: Float64Array, b: Float64Array): number => {
  const gap = Math.hypot(...a.map((x, i) => x - b[i]))
  return gap === 0 ? 0 : gap / Math.hypot(...b)
}

const lengths = [...Array.from({ length: 64 }, (_, i) => i + 1), 97, 101, 126, 134, 257, 500]

describe('fft', () => {
  test.each([false, true])('agrees with its definition, inverse %s', (inverse) => {
    for (const n of lengths) {
      const [re, im] = [random(n, n), random(n, n + 1000)]
      const want = byDefinition(re, im, n, inverse)
      fft(re, im, n, inverse)
      const bound = 1e-15 * Math.max(1, Math.log2(n))
      expect(relativeError(re, want.re), `re, n = ${n}`).toBeLessThan(bound)
      expect(relativeError(im, want.im), `im, n = ${n}`).toBeLessThan(bound)
    }
  })

  test('keeps energy and is undone by the inverse within 1e-15 log2(n)', () => {
    for (const n of [...lengths, 1024, 1009, 3000, 65536, 10007]) {
      const [re, im] = [random(n, n), random(n, n + 1)]
      const [x, y] = [re.slice(), im.slice()]
      fft(x, y, n, false)
      // Parseval: Σ |X|² = n Σ |x|².
      const energy = (a: Float64Array, b: Float64Array): number =>
        a.reduce((sum, v, i) => sum + v * v + b[i] * b[i], 0)
      expect(energy(x, y) / (n * energy(re, im)) - 1).toBeCloseTo(0, 12)
      fft(x, y, n, true)
      const bound = 1e-15 * Math.max(1, Math.log2(n))
      expect(relativeError(x, re), `n = ${n}`).toBeLessThan(bound)
      expect(relativeError(y, im), `n = ${n}`).toBeLessThan(bound)
    }
  })

  test('has roots of unity within an ulp of the angle, and symmetric to the last bit', () => {
    for (const n of [1, 2, 7, 12, 24, 1000]) {
      const { cos, sin } = unitRoots(n)
      for (let k = 0; k < n; k++) {
        expect(Math.abs(cos[k] - Math.cos((2 * Math.PI * k) / n))).toBeLessThan(1e-15)
        expect(Math.abs(sin[k] + Math.sin((2 * Math.PI * k) / n))).toBeLessThan(1e-15)
        if (k > 0) expect([cos[n - k], sin[n - k] + sin[k]]).toEqual([cos[k], 0])
      }
    }
  })

  test('of an impulse is a pure wave with every root accurate', () => {
    for (const n of [8, 60, 101, 1024]) {
      const [re, im] = [new Float64Array(n), new Float64Array(n)]
      re[1] = 1
      fft(re, im, n, false)
      const roots = unitRoots(n)
      re.forEach((c, k) => {
        expect(Math.abs(c - roots.cos[k])).toBeLessThan(1e-15 * Math.log2(n))
        expect(Math.abs(im[k] - roots.sin[k])).toBeLessThan(1e-15 * Math.log2(n))
      })
    }
  })

  test('is linear', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.integer(), (n, seed) => {
        const [a, b, zero] = [random(n, seed), random(n, seed ^ 5), () => new Float64Array(n)]
        const sum = { re: a.map((x, i) => 2 * x - 3 * b[i]), im: zero() }
        const [fa, fb] = [
          { re: a.slice(), im: zero() },
          { re: b.slice(), im: zero() }
        ]
        for (const x of [sum, fa, fb]) fft(x.re, x.im, n, false)
        sum.re.forEach((x, i) => expect(x).toBeCloseTo(2 * fa.re[i] - 3 * fb.re[i], 11))
        sum.im.forEach((x, i) => expect(x).toBeCloseTo(2 * fa.im[i] - 3 * fb.im[i], 11))
      }),
      { seed: 1, numRuns: 60 }
    )
  })

  test('of 1 2 3 4 is 10, −2+2i, −2, −2−2i', () => {
    const [re, im] = [Float64Array.of(1, 2, 3, 4), new Float64Array(4)]
    fft(re, im, 4, false)
    expect([...re]).toEqual([10, -2, -2, -2])
    expect([...im]).toEqual([0, 2, 0, -2])
  })

  test('does nothing to lengths 0 and 1, and NaN stays NaN', () => {
    fft(new Float64Array(0), new Float64Array(0), 0, true)
    const [re, im] = [Float64Array.of(5), Float64Array.of(6)]
    fft(re, im, 1, true)
    expect([re[0], im[0]]).toEqual([5, 6])
    const nan = Float64Array.of(NaN, 1, 2)
    fft(nan, new Float64Array(3), 3, false)
    expect([...nan]).toEqual([NaN, NaN, NaN])
  })

  test('gives the same bits when its plan was forgotten in between', () => {
    const run = (): Float64Array => {
      const [re, im] = [random(254, 3), random(254, 4)]
      fft(re, im, 254, false)
      return re
    }
    const first = run()
    fft(new Float64Array(2 ** 21 + 1), new Float64Array(2 ** 21 + 1), 2 ** 21, false)
    expect(run()).toEqual(first)
  })
})

describe('fftNd', () => {
  test('transforms each axis of its list, one after the other', () => {
    const shape = [3, 4, 67, 2]
    const size = 3 * 4 * 67 * 2
    const [re, im] = [random(size, 1), random(size, 2)]
    const [x, y] = [re.slice(), im.slice()]
    fftNd(x, y, shape, [1, 2], false)
    for (const axis of [1, 2]) {
      const n = shape[axis]
      const inner = axis === 1 ? 134 : 2
      for (let start = 0; start < size; start++) {
        if (Math.floor(start / inner) % n !== 0) continue
        const at = (k: number): number => start + k * inner
        const line = { re: new Float64Array(n), im: new Float64Array(n) }
        for (let k = 0; k < n; k++) {
          line.re[k] = re[at(k)]
          line.im[k] = im[at(k)]
        }
        fft(line.re, line.im, n, false)
        for (let k = 0; k < n; k++) {
          re[at(k)] = line.re[k]
          im[at(k)] = line.im[k]
        }
      }
    }
    expect(relativeError(x, re)).toBeLessThan(1e-15)
    expect(relativeError(y, im)).toBeLessThan(1e-15)
  })

  test('inverts itself over all axes', () => {
    const [re, im] = [random(120, 1), random(120, 2)]
    const [x, y] = [re.slice(), im.slice()]
    fftNd(x, y, [2, 3, 4, 5], [0, 1, 2, 3], false)
    fftNd(x, y, [2, 3, 4, 5], [0, 1, 2, 3], true)
    expect(relativeError(x, re)).toBeLessThan(2e-15)
    expect(relativeError(y, im)).toBeLessThan(2e-15)
  })
})

describe('rfftNd and irfftNd', () => {
  const cases = [
    { shape: [1], axes: [0] },
    { shape: [2], axes: [0] },
    { shape: [9], axes: [0] },
    { shape: [8], axes: [0] },
    { shape: [3, 4, 6], axes: [1, 2] },
    { shape: [3, 5, 7], axes: [0, 1, 2] },
    { shape: [3, 6, 2], axes: [0, 1] },
    { shape: [2, 134], axes: [1] }
  ]

  test.each(cases)('are half of the complex transform and its inverse: %j', ({ shape, axes }) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const x = random(size, size)
    const last = axes[axes.length - 1]
    const n = shape[last]
    const half = Math.floor(n / 2) + 1
    const [re, im] = [x.slice(), new Float64Array(size)]
    fftNd(re, im, shape, axes, false)
    const inner = shape.slice(last + 1).reduce((a, b) => a * b, 1)
    const isKept = (i: number): boolean => Math.floor(i / inner) % n < half
    const out = rfftNd(x, shape, axes)
    expect(
      relativeError(
        out.re,
        re.filter((_, i) => isKept(i))
      )
    ).toBeLessThan(2e-15)
    const wantIm = im.filter((_, i) => isKept(i))
    out.im.forEach((v, i) => expect(v).toBeCloseTo(wantIm[i], 12))
    const halfShape = shape.map((d, axis) => (axis === last ? half : d))
    expect(relativeError(irfftNd(out.re, out.im, halfShape, axes, n), x)).toBeLessThan(2e-15)
  })

  test('ignore imaginary parts where a real spectrum has none', () => {
    const re = Float64Array.of(10, -2, -2)
    const im = Float64Array.of(7, 2, 9)
    expect([...irfftNd(re, im, [3], [0], 4)]).toEqual([1, 2, 3, 4])
    const odd = rfftNd(Float64Array.of(1, 2, 4), [3], [0])
    odd.im[0] = 7
    irfftNd(odd.re, odd.im, [2], [0], 3).forEach((v, i) => expect(v).toBeCloseTo([1, 2, 4][i], 14))
  })

  test('of real data have exactly real ends', () => {
    const { im } = rfftNd(random(10, 3), [10], [0])
    expect([im[0], im[5]]).toEqual([0, 0])
  })
})
