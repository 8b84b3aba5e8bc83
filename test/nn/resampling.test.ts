/** Adaptive pooling and upsampling are their definitions, one element at a time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grad, jit, np, type NdArray } from 'cotangent'
import * as nn from '../../src/nn/index.ts'
import { expectArray, expectClose } from '../equality.ts'

/** [1, H, W, C] of few values, so that windows have ties. */
const image = (h: number, w: number, c: number): readonly number[][][] =>
  Array.from({ length: h }, (_, i) =>
    Array.from({ length: w }, (_, j) =>
      Array.from({ length: c }, (_, k) => ((i * 7919 + j * 104729 + k * 31) % 7) - 3)
    )
  )

const array = (x: readonly number[][][]): NdArray =>
  np.array(x.flat(2)).reshape([1, x.length, x[0].length, x[0][0].length])

const bin = (i: number, n: number, m: number): readonly number[] => {
  const [from, to] = [Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m)]
  return Array.from({ length: to - from }, (_, t) => from + t)
}

const size = fc.integer({ min: 1, max: 24 })
const sizes = fc.record({ h: size, w: size, m: size, n: size, c: fc.constantFrom(1, 3, 4) })

/** The elements of window (i, j) of a channel, as [flat position, value]. */
const windowOf = (
  x: readonly number[][][],
  [i, j, k]: readonly [number, number, number],
  [m, n]: readonly [number, number]
): readonly (readonly [number, number])[] =>
  bin(i, x.length, m).flatMap((row) =>
    bin(j, x[0].length, n).map((column) => [row * x[0].length + column, x[row][column][k]] as const)
  )

const overWindows = (
  [m, n, c]: readonly [number, number, number],
  f: (i: number, j: number, k: number) => number
): NdArray =>
  np
    .array(
      Array.from({ length: m }, (_, i) =>
        Array.from({ length: n }, (_, j) => Array.from({ length: c }, (_, k) => f(i, j, k)))
      ).flat(2)
    )
    .reshape([1, m, n, c])

describe('adaptive pooling', () => {
  test('is means and first maxima of its windows', () => {
    const property = fc.property(sizes, ({ h, w, m, n, c }) => {
      const x = image(h, w, c)
      const mean = nn.adaptiveAvgPool({ outputSize: [m, n] })
      const expected = overWindows([m, n, c], (i, j, k) => {
        const all = windowOf(x, [i, j, k], [m, n])
        return all.reduce((sum, [, v]) => sum + v, 0) / all.length
      })
      expectClose(jit((y: NdArray) => mean.apply({}, {}, y)[0])(array(x)), expected, {
        rtol: 1e-5,
        atol: 1e-5
      })
      const max = nn.adaptiveMaxPool({ outputSize: [m, n], returnIndices: true })
      const [{ output, indices }] = max.apply({}, {}, array(x))
      const winner = (i: number, j: number, k: number): readonly [number, number] =>
        windowOf(x, [i, j, k], [m, n]).reduce((best, e) => (e[1] > best[1] ? e : best))
      expectArray(
        output,
        overWindows([m, n, c], (i, j, k) => winner(i, j, k)[1])
      )
      expectArray(indices, overWindows([m, n, c], (i, j, k) => winner(i, j, k)[0]).astype('int32'))
    })
    fc.assert(property, { numRuns: 30, seed: 20261129 })
  })

  test('gives every element its part of the cotangents', () => {
    const mean = nn.adaptiveAvgPool({ outputSize: [3] })
    const total = (x: NdArray): NdArray => np.sum(mean.apply({}, {}, x)[0])
    // Windows 0–1, 1–3, 3–4 of five elements.
    const x = np.array([1, 2, 3, 4, 5]).reshape([1, 5, 1])
    expectClose(
      grad(total)(x),
      np.array([1 / 2, 1 / 2 + 1 / 3, 1 / 3, 1 / 3 + 1 / 2, 1 / 2]).reshape([1, 5, 1]),
      { rtol: 1e-6, atol: 0 }
    )
  })

  test('keeps an infinite element to the windows that hold it', () => {
    const x = np.array([Infinity, 1, 2, 3, 4]).reshape([1, 5, 1])
    const pooled = (n: number): NdArray =>
      nn
        .adaptiveAvgPool({ outputSize: [n] })
        .apply({}, {}, x)[0]
        .reshape([n])
    expectArray(pooled(2), np.array([Infinity, 3]))
    expect(pooled(5).toNested()).toEqual([Infinity, 1, 2, 3, 4])
    const up = nn.upsample({ scale: 2, mode: 'linear' }).apply({}, {}, x)[0].reshape([10])
    expect(up.toNested()).toEqual([Infinity, Infinity, Infinity, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4]) // prettier-ignore
  })
})

describe('upsample', () => {
  test('takes the nearest element, whatever the sizes', () => {
    const property = fc.property(sizes, ({ h, w, m, n, c }) => {
      const x = image(h, w, c)
      const layer = nn.upsample({ size: [m, n] })
      const from = (i: number, extent: number, count: number): number =>
        Math.min(extent - 1, Math.floor(Math.fround(i * Math.fround(extent / count))))
      expectArray(
        jit((y: NdArray) => layer.apply({}, {}, y)[0])(array(x)),
        overWindows([m, n, c], (i, j, k) => x[from(i, h, m)][from(j, w, n)][k])
      )
    })
    fc.assert(property, {
      numRuns: 30,
      seed: 20261129,
      examples: [[{ h: 4, w: 5, m: 12, n: 10, c: 3 }]]
    })
  })

  test('weighs two elements along each axis, whatever the sizes', () => {
    const property = fc.property(sizes, ({ h, w, m, n, c }) => {
      const x = image(h, w, c)
      const layer = nn.upsample({ size: [m, n], mode: 'linear' })
      const at = (i: number, extent: number, count: number): readonly [number, number, number] => {
        const place = Math.min(Math.max(((i + 0.5) * extent) / count - 0.5, 0), extent - 1)
        const first = Math.floor(place)
        return [first, Math.min(first + 1, extent - 1), place - first]
      }
      const expected = overWindows([m, n, c], (i, j, k) => {
        const [[a, b, s], [d, e, t]] = [at(i, h, m), at(j, w, n)]
        const row = (y: number): number => x[y][d][k] * (1 - t) + x[y][e][k] * t
        return row(a) * (1 - s) + row(b) * s
      })
      expectClose(jit((y: NdArray) => layer.apply({}, {}, y)[0])(array(x)), expected, {
        rtol: 1e-5,
        atol: 1e-5
      })
    })
    fc.assert(property, { numRuns: 30, seed: 20261129 })
  })
})
