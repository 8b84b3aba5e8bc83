/** Signals, as jax.scipy.signal has them. */
export {
  convolve,
  convolve2d,
  correlate,
  correlate2d,
  fftconvolve,
  type ConvolveMode,
  type ConvolveOptions,
  type ModeOption
} from './convolution.ts'
export { detrend, type DetrendOptions } from './detrend.ts'
