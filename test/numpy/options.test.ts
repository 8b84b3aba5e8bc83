import { describe, expect, test } from 'vitest'
import { np } from 'cotangent'
import { message } from '../core/message.ts'

const v = np.array([3, 1, 2])
const m = np.array([
  [2, 1],
  [1, 3]
])
const ints = np.array([1, 2, 3], { dtype: 'int32' })
const bytes = np.array([1, 2], { dtype: 'uint8' })

/** Arguments that the function takes; the options come after them. */
// prettier-ignore
const calls: Readonly<Record<string, readonly unknown[]>> = {
  sum: [v], prod: [v], max: [v], min: [v], all: [v], any: [v], argmax: [v], argmin: [v],
  mean: [v], std: [v], var: [v], average: [v], median: [v], ptp: [v], minmax: [v],
  countNonzero: [v], nansum: [v], nanprod: [v], nanmax: [v], nanmin: [v], nanargmax: [v],
  nanmean: [v], nanvar: [v], nanstd: [v], nanmedian: [v], nanToNum: [v],
  cumsum: [v], cumprod: [v], cumulativeSum: [v], nancumsum: [v], diff: [v],
  quantile: [v, 0.5], percentile: [v, 50], nanquantile: [v, 0.5], nanpercentile: [v, 50],
  sort: [v], argsort: [v], partition: [v, 1], argpartition: [v, 1], searchsorted: [v, 1],
  unique: [v], uniqueAll: [v], uniqueCounts: [v], uniqueInverse: [v], uniqueValues: [v],
  union1d: [v, v], setdiff1d: [v, v], setxor1d: [v, v], intersect1d: [v, v],
  array: [[1, 2]], asarray: [[1, 2]], zeros: [[2]], ones: [[2]], full: [[2], 1], eye: [2, 2],
  zerosLike: [v], onesLike: [v], fullLike: [v, 1], tri: [2, 2], linspace: [0, 1, 5],
  logspace: [0, 1, 5], geomspace: [1, 2, 5], indices: [[2]], meshgrid: [[v, v]], frombuffer: [new Uint8Array(4)],
  concatenate: [[v, v]], stack: [[v, v]], repeat: [v, 2], take: [v, ints], compress: [[true], v],
  diagonal: [m], trace: [m], vander: [v], pad: [v, 1], trapezoid: [v], unwrap: [v],
  interp: [v, v, v], bincount: [ints], cov: [m], histogram: [v], histogramBinEdges: [v],
  histogramdd: [m], histogram2d: [v, v], convolve: [v, v], correlate: [v, v],
  isclose: [v, v], allclose: [v, v], arrayEqual: [v, v], packbits: [bytes], unpackbits: [bytes],
  matmul: [m, m], dot: [m, m], inner: [m, m], vdot: [v, v], tensordot: [m, m], vecdot: [v, v],
  polymul: [v, v], polydiv: [v, v], polyfit: [v, v, 1], nonzero: [v], flatnonzero: [v],
  argwhere: [v], trilIndices: [2, 2], triuIndices: [2, 2], vectorize: [np.sin],
  tril: [m], triu: [m], diag: [m], diagflat: [v], flip: [v], roll: [v, 1], rot90: [m], unstack: [m],
  hstack: [[v, v]], vstack: [[v, v]], split: [v, 3], digitize: [v, v], isin: [v, v], angle: [v],
  lexsort: [[v]], polyder: [v], polyint: [v], ediff1d: [v]
}

type Calls = Readonly<Record<string, readonly unknown[]>>

// prettier-ignore
const spaces: Readonly<Record<string, readonly [space: object, calls: Calls]>> = {
  'np.linalg': [
    np.linalg,
    { norm: [v], vectorNorm: [v], svd: [m], cholesky: [m], eigh: [m], eigvalsh: [m], pinv: [m], matrixRank: [m], trace: [m], diagonal: [m] }
  ],
  'np.fft': [
    np.fft,
    { fft: [v], ifft: [v], rfft: [v], irfft: [v], fft2: [m], fftn: [m], hfft: [v], ihfft: [v], fftfreq: [4], rfftfreq: [4] }
  ],
  np: [np, calls]
}

const rows = Object.entries(spaces).flatMap(([name, [space, of]]) =>
  Object.entries(of).map(([f, args]) => [`${name}.${f}`, space, f, args] as const)
)

describe('an option with an unknown name', () => {
  test.each(rows)('is an error of %s', (_name, space, f, args) => {
    const call = (space as Record<string, (...args: readonly unknown[]) => unknown>)[f]
    expect(() => call(...args)).not.toThrow()
    expect(() => call(...args, { axes_: 0 })).toThrow(/unknown name/)
  })

  test('is told with those that are known', () => {
    expect(message(() => np.sum(v, { axes: 0 } as never))).toMatchInlineSnapshot(`
      "ValueError np.sum: an option has an unknown name
        got:      'axes'
        expected: one of axis, keepdims, where, initial, dtype
        hint:     option names are JAX keyword names in camelCase"
    `)
  })
})

describe('an argument that goes by name', () => {
  const { sum, mean, argmax, flip, sort, cumsum, diff, tril, diag, rot90 } = np

  test.each(Object.entries({ sum, mean, argmax, flip, sort, cumsum, diff, tril, diag, rot90 }))(
    'is refused by position: np.%s(x, 0)',
    (_name, f) => {
      const call = f as (x: typeof m, axis: unknown) => unknown // as JavaScript calls it
      expect(() => call(m, 0)).toThrow(/the options are no object/)
    }
  )

  test('is taken by name too where NumPy takes both', () => {
    expect(np.squeeze(np.ones([1, 2, 1]), { axis: 0 }).shape).toEqual([2, 1])
    expect(np.ones([1, 2]).squeeze({ axis: 0 }).shape).toEqual([2])
    expect(np.expandDims(v, { axis: [0, 2] }).shape).toEqual([1, 3, 1])
    expect(np.transpose(np.ones([2, 3]), { axes: [1, 0] }).shape).toEqual([3, 2])
    expect(np.clip(v, { min: 2 }).toNested()).toEqual([3, 2, 2])
    expect(v.clip({ max: 2 }).toNested()).toEqual([2, 1, 2])
    expect(() => np.squeeze(m, { axes: 0 } as never)).toThrow(/unknown name/)
  })
})
