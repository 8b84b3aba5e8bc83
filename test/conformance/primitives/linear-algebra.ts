/** Contractions, convolutions, factorisations and Fourier transforms. */
import { dotGeneral } from '../../../src/primitives/contraction.ts'
import { convGeneralDilated } from '../../../src/primitives/convolution.ts'
import { convertElementType } from '../../../src/primitives/convert.ts'
import { fft, type FftType } from '../../../src/primitives/fft.ts'
import { cholesky } from '../../../src/primitives/linalg-cholesky.ts'
import { eigh } from '../../../src/primitives/linalg-eigh.ts'
import { lu } from '../../../src/primitives/linalg-lu.ts'
import { qr } from '../../../src/primitives/linalg-qr.ts'
import { singularValues, svd } from '../../../src/primitives/linalg-svd.ts'
import { triangularSolve } from '../../../src/primitives/linalg-triangular-solve.ts'
import { typeOf } from '../golden.ts'
import type { Converter, Converters } from '../replay.ts'

const preferred = (dtype: string | null | undefined) =>
  dtype === null || dtype === undefined ? null : typeOf(dtype)

const dot: Converter = ([x, y], p) => {
  const [[lhsContracting, rhsContracting], [lhsBatch, rhsBatch]] = p['dimension_numbers']
  return dotGeneral(x, y, {
    dimensionNumbers: { lhsContracting, rhsContracting, lhsBatch, rhsBatch },
    preferredElementType: preferred(p['preferred_element_type'])
  })
}

const convolution: Converter = ([x, w], p) =>
  convGeneralDilated(x, w, {
    windowStrides: p['window_strides'],
    padding: p['padding'],
    lhsDilation: p['lhs_dilation'],
    rhsDilation: p['rhs_dilation'],
    dimensionNumbers: {
      lhsSpec: p['dimension_numbers'].lhs_spec,
      rhsSpec: p['dimension_numbers'].rhs_spec,
      outSpec: p['dimension_numbers'].out_spec
    },
    featureGroupCount: p['feature_group_count'],
    batchGroupCount: p['batch_group_count'],
    preferredElementType: preferred(p['preferred_element_type'])
  })

const fftTypes: readonly FftType[] = ['fft', 'ifft', 'rfft', 'irfft']

/** JAX records the number of the kind, or its name. */
const fftTypeOf = (type: number | string): FftType =>
  typeof type === 'number' ? fftTypes[type] : (type.replace(/^.*\./, '').toLowerCase() as FftType)

const singular: Converter = ([a], { compute_uv: computeUv, full_matrices: fullMatrices }) =>
  computeUv ? svd(a, { fullMatrices }) : [singularValues(a)]

export const linearAlgebra: Converters = {
  cholesky: ([a]) => cholesky(a),
  conv_general_dilated: convolution,
  dot_general: dot,
  eigh: ([a], { lower, sort_eigenvalues: sortEigenvalues }) => eigh(a, { lower, sortEigenvalues }),
  fft: ([x], p) => fft(x, { fftType: fftTypeOf(p['fft_type']), fftLengths: p['fft_lengths'] }),
  lu: ([a]) => lu(a),
  qr: ([a], { full_matrices: fullMatrices, pivoting }, { outs }) =>
    qr(a, { fullMatrices, pivoting }).map((x, i) => convertElementType(x, outs[i].dtype)),
  svd: singular,
  triangular_solve: ([a, b], p) =>
    triangularSolve(a, b, {
      leftSide: p['left_side'],
      lower: p['lower'],
      transposeA: p['transpose_a'],
      conjugateA: p['conjugate_a'],
      unitDiagonal: p['unit_diagonal']
    })
}
