import { describe, expect, test } from 'vitest'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import { abs, multiply } from '../../src/numpy/arithmetic.ts'
import { ediff1d, gradient, trapezoid, unwrap } from '../../src/numpy/calculus.ts'
import { convolve, correlate } from '../../src/numpy/convolving.ts'
import { bincount } from '../../src/numpy/counts.ts'
import { corrcoef, cov } from '../../src/numpy/covariance.ts'
import {
  histogram,
  histogram2d,
  histogramBinEdges,
  histogramdd
} from '../../src/numpy/histogram.ts'
import { interp } from '../../src/numpy/interpolate.ts'
import * as nan from '../../src/numpy/nan.ts'
import {
  nanmedian,
  nanpercentile,
  nanquantile,
  percentile,
  quantile
} from '../../src/numpy/quantiles.ts'
import { sum } from '../../src/numpy/reductions.ts'
import { bartlett, blackman, hamming, hanning, kaiser } from '../../src/numpy/windows.ts'
import { jit } from '../../src/control/jit.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { expectArray, expectClose } from '../equality.ts'
import { f32, i32, make, numericalGradient } from './arrays.ts'

const close = { rtol: 1e-12, atol: 1e-12 }

describe('quantiles', () => {
  const x = make([
    [4, 1, 3],
    [2, 8, 6]
  ])

  test('lie between sorted neighbours', () => {
    expectArray(quantile(x, 0), make(1))
    expectArray(quantile(x, make([0.5, 1])), make([3.5, 8]))
    expectArray(quantile(x, 0.25, { axis: 1 }), make([2, 4]))
    expectArray(quantile(x, 0.25, { axis: 1, keepdims: true }), make([[2], [4]]))
    expectArray(
      quantile(x, make([0, 1]), { axis: 0 }),
      make([
        [2, 1, 3],
        [4, 8, 6]
      ])
    )
    expectArray(percentile(x, 100), make(8))
    // 0.3 of the way from 0 to 1, with all digits of float64.
    expectArray(percentile(make([0, 1]), 30), make(0.3))
  })

  test('methods choose', () => {
    const v = make([1, 2, 4, 8])
    const at = (method: 'lower' | 'higher' | 'midpoint' | 'nearest'): number =>
      hostOf(quantile(v, 0.4, { method }))[0]
    // Place 1.2: between 2 and 4.
    expect([at('lower'), at('higher'), at('midpoint'), at('nearest')]).toEqual([2, 4, 3, 2])
  })

  test('NaN spreads, or is left out', () => {
    const v = make([
      [1, NaN, 3],
      [2, 4, 6]
    ])
    expectArray(quantile(v, 0.5, { axis: 1 }), make([NaN, 4]))
    expectArray(nanquantile(v, 0.5, { axis: 1 }), make([2, 4]))
    expectArray(nanmedian(v), make(3))
    expectArray(nanpercentile(v, 100, { axis: 0 }), make([2, 4, 6]))
    expectArray(nanmedian(make([NaN])), make(NaN))
  })

  test('have derivatives', () => {
    const f = (v: NdArray): NdArray => quantile(v, 0.3)
    expectClose(grad(f)(x), numericalGradient(f, x), { rtol: 1e-8, atol: 1e-9 })
  })
})

describe('reductions without NaN', () => {
  const x = make([
    [1, NaN, 5],
    [NaN, NaN, NaN]
  ])

  test('skip it', () => {
    expectArray(nan.nansum(x, { axis: 1 }), make([6, 0]))
    expectArray(nan.nanprod(x, { axis: 1 }), make([5, 1]))
    expectArray(nan.nanmean(x, { axis: 1 }), make([3, NaN]))
    expectArray(nan.nanvar(x, { axis: 1 }), make([4, NaN]))
    expectArray(nan.nanstd(x, { axis: 1, ddof: 1, keepdims: true }), make([[Math.sqrt(8)], [NaN]]))
    expectArray(nan.nanmax(x, { axis: 1 }), make([5, NaN]))
    expectArray(nan.nanmin(x), make(1))
    expectArray(nan.nanargmax(x, { axis: 1 }), i32([2, -1]))
    expectArray(nan.nanargmin(x), i32(0))
    expectArray(
      nan.nancumsum(x, { axis: 1 }),
      make([
        [1, 1, 6],
        [0, 0, 0]
      ])
    )
    expectArray(
      nan.nancumprod(x, { axis: 1 }),
      make([
        [1, 1, 5],
        [1, 1, 1]
      ])
    )
    expectArray(nan.nansum(i32([1, 2])), i32(3))
  })

  test('have no NaN in their gradients', () => {
    expectArray(
      grad((v: NdArray) => nan.nansum(v))(x),
      make([
        [1, 0, 1],
        [0, 0, 0]
      ])
    )
  })
})

describe('histograms', () => {
  test('count what falls between edges, the last edge included', () => {
    const [counts, edges] = histogram(make([1, 2, 2, 5]), { bins: 4 })
    expectArray(counts, make([1, 2, 0, 1]))
    expectArray(edges, make([1, 2, 3, 4, 5]))
    expectArray(histogram(make([0, 1, 2]), { bins: make([0, 1, 2]) })[0], make([1, 2]))
    expectArray(histogram(make([-1, 1, 9]), { bins: 2, range: [0, 2] })[0], make([0, 1]))
    expectArray(histogramBinEdges(make([3, 3]), { bins: 2 }), make([2.5, 3, 3.5]))
  })

  test('weigh and normalise', () => {
    const x = make([0, 1, 3])
    const weights = make([2, 1, 1])
    expectArray(histogram(x, { bins: make([0, 2, 4]), weights })[0], make([3, 1]))
    const [density] = histogram(x, { bins: make([0, 1, 4]), density: true })
    expectClose(density, make([1 / 3, 2 / 9]), close)
  })

  test('of several dimensions', () => {
    const [counts, xEdges] = histogram2d(make([0, 0, 1]), make([0, 1, 1]), { bins: 2 })
    expectArray(
      counts,
      make([
        [1, 1],
        [0, 1]
      ])
    )
    expectArray(xEdges, make([0, 0.5, 1]))
    const points = make([
      [0, 0, 0],
      [1, 1, 1]
    ])
    const [cube, edges] = histogramdd(points, { bins: [1, 2, 1] })
    expectArray(cube, make([[[1], [1]]]))
    expect(edges.map((e) => e.shape)).toEqual([[2], [3], [2]])
  })

  test('bincount counts integers', () => {
    expectArray(bincount(i32([0, 2, 2, -3])), i32([2, 0, 2]))
    expectArray(bincount(i32([1, 1]), { weights: make([0.5, 2]), minlength: 3 }), make([0, 2.5, 0]))
    expectArray(jit((x: NdArray) => bincount(x, { length: 2 }))(i32([0, 1, 7])), i32([1, 1]))
    expect(() => jit((x: NdArray) => bincount(x))(i32([0]))).toThrow('not known')
  })
})

describe('covariance', () => {
  const x = make([
    [1, 2, 3],
    [1, 0, 5]
  ])

  test('is its definition', () => {
    // Means 2 and 2; deviations −1 0 1 and −1 −2 3.
    expectArray(
      cov(x),
      make([
        [1, 2],
        [2, 7]
      ])
    )
    expectArray(
      cov(x, { bias: true }),
      make([
        [2 / 3, 4 / 3],
        [4 / 3, 14 / 3]
      ])
    )
    expectArray(
      cov(make([1, 2, 3]), { y: make([1, 0, 5]) }),
      make([
        [1, 2],
        [2, 7]
      ])
    )
    expectArray(cov(make([1, 2, 3])), make(1))
    expectArray(
      cov(
        make([
          [1, 1],
          [2, 0],
          [3, 5]
        ]),
        { rowvar: false }
      ),
      make([
        [1, 2],
        [2, 7]
      ])
    )
  })

  test('weights repeat observations', () => {
    const twice = make([
      [1, 2, 2, 3],
      [1, 0, 0, 5]
    ])
    expectClose(cov(x, { fweights: i32([1, 2, 1]) }), cov(twice), close)
    expectClose(cov(x, { aweights: make([1, 2, 1]), ddof: 0 }), cov(twice, { ddof: 0 }), close)
  })

  test('corrcoef has ones on the diagonal', () => {
    const r = 2 / Math.sqrt(7)
    expectClose(
      corrcoef(x),
      make([
        [1, r],
        [r, 1]
      ]),
      close
    )
  })
})

describe('calculus', () => {
  test('trapezoid', () => {
    expectArray(trapezoid(make([1, 2, 3])), make(4))
    expectArray(trapezoid(make([1, 2, 3]), { x: make([4, 6, 8]) }), make(8))
    expectArray(
      trapezoid(
        make([
          [1, 2, 3],
          [4, 5, 6]
        ]),
        { dx: 2, axis: 0 }
      ),
      make([5, 7, 9])
    )
  })

  test('gradient is exact on parabolas inside, whatever the places', () => {
    const x = make([0, 1, 3, 4])
    const y = multiply(x, x)
    expectArray(gradient(make([1, 2, 4, 7, 11, 16])), make([1, 1.5, 2.5, 3.5, 4.5, 5]))
    expectArray(gradient(make([1, 2, 4]), 2), make([0.5, 0.75, 1]))
    expectClose(gradient(y, x), make([1, 2, 6, 7]), close)
    const [rows, columns] = gradient(
      make([
        [1, 2, 6],
        [3, 4, 5]
      ])
    ) as unknown as readonly NdArray[]
    expectArray(
      rows,
      make([
        [2, 2, -1],
        [2, 2, -1]
      ])
    )
    expectArray(
      columns,
      make([
        [1, 2.5, 4],
        [1, 1, 1]
      ])
    )
    expectArray(gradient(make([[1, 2, 6]]), { axis: 1 }), make([[1, 2.5, 4]]))
  })

  test('ediff1d and unwrap', () => {
    expectArray(
      ediff1d(i32([1, 2, 4]), { toBegin: -99, toEnd: i32([88, 99]) }),
      i32([-99, 1, 2, 88, 99])
    )
    expectClose(unwrap(make([0, 3, -3])), make([0, 3, 2 * Math.PI - 3]), close)
    expectArray(unwrap(make([0, 1, 2, -1, 0]), { period: 4 }), make([0, 1, 2, 3, 4]))
  })

  test('interp', () => {
    const [xp, fp] = [make([1, 2, 3]), make([3, 2, 0])]
    expectArray(interp(make([0, 1, 1.5, 2.5, 3, 4]), xp, fp), make([3, 3, 2.5, 1, 0, 0]))
    expectArray(interp(make([0, 4]), xp, fp, { left: -1, right: 9 }), make([-1, 9]))
    expectArray(
      interp(make([-180, 5, 355]), make([190, -190, 350, -350]), make([5, 10, 3, 4]), {
        period: 360
      }),
      make([7.5, 3.75, 3.25])
    )
    const f = (x: NdArray): NdArray => sum(interp(x, xp, fp))
    expectArray(grad(f)(make([1.5, 2.5])), make([-1, -2]))
    expectArray(abs(grad(f)(make([5]))), make([0]))
  })
})

describe('sequences', () => {
  test('convolve and correlate', () => {
    const [x, w] = [make([1, 2, 3]), make([0, 1, 0.5])]
    expectArray(convolve(x, w), make([0, 1, 2.5, 4, 1.5]))
    expectArray(convolve(x, w, { mode: 'same' }), make([1, 2.5, 4]))
    expectArray(convolve(x, w, { mode: 'valid' }), make([2.5]))
    expectArray(convolve(make([1]), x), x)
    expectArray(correlate(x, w), make([3.5]))
    expectArray(correlate(x, w, { mode: 'full' }), make([0.5, 2, 3.5, 3, 0]))
    expectArray(correlate(make([1, 2]), make([1, 2, 3]), { mode: 'full' }), make([3, 8, 5, 2]))
    expectArray(convolve(i32([1, 2]), i32([3, 4])), i32([3, 10, 8]))
    const z = make(
      [
        [0, 1],
        [1, 0]
      ],
      'complex128'
    )
    expectArray(correlate(z, z), make([[2, 0]], 'complex128'))
  })

  test('windows are symmetric and have their known values', () => {
    expectArray(bartlett(5), f32([0, 0.5, 1, 0.5, 0]))
    expectClose(hanning(5), f32([0, 0.5, 1, 0.5, 0]), { atol: 1e-7 })
    expectClose(hamming(3), f32([0.08, 1, 0.08]))
    expectClose(blackman(3), f32([0, 1, 0]), { atol: 1e-7 })
    expectArray(hanning(1), f32([1]))
    // I₀(0)/I₀(2) = 1/2.2795853
    expectClose(kaiser(3, 2), f32([0.43867628, 1, 0.43867628]))
  })

  test('quantiles map', () => {
    const x = make([
      [1, 2, 3],
      [6, 5, 4]
    ])
    expectArray(vmap((v: NdArray) => quantile(v, 0.5))(x), make([2, 5]))
  })
})

test('nanvar of infinite elements, and of too few of them, is no number', () => {
  expect(np.nanvar(np.array([1, -Infinity, NaN])).item()).toBeNaN()
  expect(np.nanstd(np.array([1, NaN]), { ddof: 1 }).item()).toBeNaN()
  expect(np.nanvar(np.array([3]).astype('int32'), { ddof: 1 }).item()).toBeNaN()
})

test('trapezoid of nothing is 0, and vander counts truth values', () => {
  expect(np.trapezoid(np.zeros([0, 2]), { axis: 0 }).toNested()).toEqual([0, 0])
  expect(np.vander(np.array([true, false]), { N: 3 }).toNested()).toEqual([
    [1, 1, 1],
    [0, 0, 1]
  ])
})
