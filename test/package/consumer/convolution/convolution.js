// A convolution, and whether it was compiled as one: only that needs memory beside its arrays.
import { explain, lax, np } from 'cotangent'

const convolve = (x, w) =>
  lax.convGeneralDilated(x, w, {
    windowStrides: [1, 1],
    padding: 'same',
    dimensionNumbers: ['NHWC', 'HWIO', 'NHWC']
  })
const [x, w] = [np.ones([4, 16, 16, 32]), np.ones([3, 3, 32, 32])]
const { peakBytes, buffers } = explain(convolve)(x, w)
const arrays = buffers.reduce((sum, b) => sum + b.bytes, 0)
globalThis.result = {
  value: convolve(x, w).at(0, 5, 5, 0).get().item(),
  beside: peakBytes - arrays
}
