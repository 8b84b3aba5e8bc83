import { describe, expect, test } from 'vitest'
import { stageRoom } from '../../../src/backend/cpu/routines/fourier.ts'
import { fftNd } from '../../../src/core/dense/fft.ts'
import { setStageRoom } from '../../../src/core/dense/fft-lines.ts'
import { irfftNd, rfftNd } from '../../../src/core/dense/fft-real.ts'
import { generator } from '../../core/dense/matrices.ts'

const random = (n: number, seed: number): Float64Array =>
  Float64Array.from({ length: n }, generator(seed))

/** Lengths of every compiled radix, of others, of large primes; lines side by side, and behind. */
const cases = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  125,
  134,
  243,
  512,
  1021,
  5000
].flatMap((n) =>
  [1, 2, 3, 11].flatMap((outer) => [1, 2, 5, 9].map((inner) => [outer, n, inner] as const))
)

/** Transforms forth and back along the middle axis, and those of real data. */
const transforms = (): readonly (readonly Float64Array[])[] =>
  cases.map((shape) => {
    const [outer, n, inner] = shape
    const size = outer * n * inner
    const x = random(2 * size, n)
    const [forth, back] = [new Float64Array(2 * size), new Float64Array(2 * size)]
    fftNd(x, forth, shape, [1], false)
    fftNd(forth, back, shape, [1], true)
    const half = new Float64Array(2 * outer * (Math.floor(n / 2) + 1) * inner)
    rfftNd(x.subarray(0, size), half, shape, [1])
    const real = new Float64Array(size)
    irfftNd(half, real, [outer, Math.floor(n / 2) + 1, inner], [1], n)
    return [forth, back, half, real]
  })

// Before anything supplies others, stages are plain loops by definition.
const plain = transforms()
setStageRoom(stageRoom)

describe('compiled Fourier transforms', () => {
  test('are as near those by definition as rounding allows, for lines of every number', () => {
    transforms().forEach((results, i) => {
      const [, n] = cases[i]
      results.forEach((y, which) => {
        const squares = plain[i][which].reduce((sum, v) => sum + v * v, 0)
        const norm = Math.sqrt(squares / y.length)
        const bound = 3e-15 * Math.max(1, Math.log2(n)) * norm
        const worst = y.reduce((w, v, at) => Math.max(w, Math.abs(v - plain[i][which][at])), 0)
        expect(worst, `${which} of ${String(cases[i])}`).toBeLessThanOrEqual(bound)
      })
    })
  })

  test('have bits that do not depend on how many lines there are', () => {
    const n = 360
    const lines = random(2 * 17 * n, 5)
    const all = new Float64Array(lines.length)
    fftNd(lines, all, [17, n], [1], false)
    for (let l = 0; l < 17; l++) {
      const one = new Float64Array(2 * n)
      fftNd(lines.subarray(2 * l * n, 2 * (l + 1) * n), one, [n], [0], false)
      expect(one).toEqual(all.slice(2 * l * n, 2 * (l + 1) * n))
    }
  })

  test('keep NaN in its line, and write float32', () => {
    const x = new Float32Array(2 * 3 * 8).fill(1)
    x[2 * 8] = NaN
    const y = new Float32Array(x.length)
    fftNd(x, y, [3, 8], [1], false)
    const real = [...y.keys()].filter((at) => at % 2 === 0)
    expect(real.filter((at) => Number.isNaN(y[at]))).toEqual(real.slice(8, 16))
    expect([...y.subarray(0, 16), ...y.subarray(32)].some(Number.isNaN)).toBe(false)
    expect([...y.subarray(0, 4)]).toEqual([8, 8, 0, 0])
  })
})
