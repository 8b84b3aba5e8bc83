/** Products summed over axes: contractions, convolutions, Fourier transforms. */
import type { DType } from '../../src/core/dtype.ts'
import { dotGeneral, type DotDimensionNumbers } from '../../src/primitives/contraction.ts'
import { convGeneralDilated, type ConvOptions } from '../../src/primitives/convolution.ts'
import { fft, type FftType } from '../../src/primitives/fft.ts'
import { regular, sample, type Row, type Sample } from './row.ts'

const dots: readonly (readonly [
  x: readonly number[],
  y: readonly number[],
  DotDimensionNumbers
])[] = [
  [[3], [3], { lhsContracting: [0], rhsContracting: [0], lhsBatch: [], rhsBatch: [] }],
  [[2, 3], [3, 4], { lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [] }],
  [[3, 2], [4, 3], { lhsContracting: [0], rhsContracting: [1], lhsBatch: [], rhsBatch: [] }],
  [[2, 3], [2, 3], { lhsContracting: [1], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0] }],
  [[2, 0], [0, 3], { lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [] }],
  [[2], [3], { lhsContracting: [], rhsContracting: [], lhsBatch: [], rhsBatch: [] }]
]

const products = (d: DType): readonly Sample[] =>
  dots.map(([x, y, dimensionNumbers]) =>
    // Infinities would meet in another order in a kernel: NaN or not is the order's choice.
    sample((a, b) => dotGeneral(a, b, { dimensionNumbers }), regular(x, d), regular(y, d))
  )

/** Around the sides of a tile and of the packed panels, where kernels have edges. */
const tiles = (d: DType): readonly Sample[] =>
  [
    [7, 17, 9],
    [16, 33, 8],
    [1, 65, 5]
  ].map(([m, k, n]) =>
    sample(
      (a, b) =>
        dotGeneral(a, b, {
          dimensionNumbers: {
            lhsContracting: [1],
            rhsContracting: [0],
            lhsBatch: [],
            rhsBatch: []
          }
        }),
      regular([m, k], d),
      regular([k, n], d)
    )
  )

const channelsFirst = { lhsSpec: [0, 1, 2], rhsSpec: [0, 1, 2], outSpec: [0, 1, 2] } as const
const channelsLast = {
  lhsSpec: [0, 3, 1, 2],
  rhsSpec: [3, 2, 0, 1],
  outSpec: [0, 3, 1, 2]
} as const

const convolutions: readonly (readonly [
  x: readonly number[],
  w: readonly number[],
  options: ConvOptions
])[] = [
  [
    [1, 1, 5],
    [1, 1, 2],
    { windowStrides: [1], padding: [[0, 0]], dimensionNumbers: channelsFirst }
  ],
  [
    [2, 2, 4],
    [3, 2, 3],
    { windowStrides: [2], padding: [[1, 1]], dimensionNumbers: channelsFirst }
  ],
  [
    [1, 4, 3],
    [4, 2, 2],
    {
      windowStrides: [1],
      padding: [[1, 0]],
      lhsDilation: [2],
      rhsDilation: [2],
      featureGroupCount: 2,
      dimensionNumbers: channelsFirst
    }
  ],
  [
    [2, 1, 4],
    [2, 1, 2],
    { windowStrides: [1], padding: [[0, 0]], batchGroupCount: 2, dimensionNumbers: channelsFirst }
  ],
  [
    [1, 3, 4, 2],
    [2, 2, 2, 3],
    {
      windowStrides: [1, 2],
      padding: [
        [0, 1],
        [1, 0]
      ],
      dimensionNumbers: channelsLast
    }
  ]
]

const transforms: readonly (readonly [FftType, readonly number[], readonly number[]])[] = [
  ['fft', [5], [5]],
  ['fft', [2, 3], [2, 3]],
  ['ifft', [2, 4], [4]]
]

/** Rows of contractions. */
export const contraction: readonly Row[] = [
  {
    primitive: 'dotGeneral',
    linear: [0],
    samples: (float) => [...products(float), ...(float === 'float32' ? tiles(float) : [])],
    others: [...products('complex128'), ...products('int32'), ...products('bfloat16')]
  },
  {
    primitive: 'convGeneralDilated',
    linear: [1],
    samples: (float) =>
      convolutions.map(([x, w, options]) =>
        sample((a, b) => convGeneralDilated(a, b, options), regular(x, float), regular(w, float))
      )
  },
  {
    primitive: 'fft',
    linear: [0],
    samples: (float) => [
      sample((x) => fft(x, { fftType: 'rfft', fftLengths: [5] }), regular([2, 5], float)),
      sample((x) => fft(x, { fftType: 'rfft', fftLengths: [4] }), regular([4], float))
    ],
    others: [
      ...transforms.map(([fftType, shape, fftLengths]) =>
        sample((x) => fft(x, { fftType, fftLengths }), regular(shape, 'complex128'))
      ),
      sample((x) => fft(x, { fftType: 'irfft', fftLengths: [5] }), regular([3], 'complex128')),
      sample((x) => fft(x, { fftType: 'irfft', fftLengths: [4] }), regular([2, 3], 'complex128'))
    ]
  }
]
