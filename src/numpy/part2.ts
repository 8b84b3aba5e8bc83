/** The second half of the names of `np`: what is made of the elementwise and shape functions. */
export * as fft from './fft.ts'
export * as special from './special.ts'
export { packbits, unpackbits, type BitOptions } from './bits.ts'
export {
  ediff1d,
  gradient,
  trapezoid,
  trapz,
  unwrap,
  type GradientOptions,
  type TrapezoidOptions,
  type UnwrapOptions
} from './calculus.ts'
export { convolve, correlate, type ConvolveMode, type ConvolveOptions } from './convolving.ts'
export { bincount, type BincountOptions } from './counts.ts'
export { corrcoef, cov, type CovarianceOptions } from './covariance.ts'
export { einsum, einsumPath, type EinsumOptions } from './einsum.ts'
export {
  histogram,
  histogram2d,
  histogramBinEdges,
  histogramdd,
  type HistogramddOptions,
  type HistogramOptions
} from './histogram.ts'
export { interp, type InterpOptions } from './interpolate.ts'
export {
  nanargmax,
  nanargmin,
  nancumprod,
  nancumsum,
  nanmax,
  nanmean,
  nanmin,
  nanprod,
  nanstd,
  nansum,
  nanvar
} from './nan.ts'
export {
  poly,
  polyadd,
  polyder,
  polydiv,
  polyfit,
  polyint,
  polymul,
  polysub,
  polyval,
  roots,
  vander,
  type PolyfitOptions,
  type VanderOptions
} from './polynomial.ts'
export {
  nanmedian,
  nanpercentile,
  nanquantile,
  percentile,
  quantile,
  type QuantileMethod,
  type QuantileOptions
} from './quantiles.ts'
export { digitize, searchsorted, type SearchOptions } from './searching.ts'
export {
  intersect1d,
  isin,
  setdiff1d,
  setxor1d,
  union1d,
  unique,
  uniqueAll,
  uniqueCounts,
  uniqueInverse,
  uniqueValues,
  type SetOptions,
  type UniqueOptions
} from './sets.ts'
export {
  argpartition,
  argsort,
  lexsort,
  partition,
  sort,
  sortComplex,
  topK,
  type SortOptions
} from './sorting.ts'
export { applyAlongAxis, applyOverAxes, vectorize, type VectorizeOptions } from './vectorize.ts'
export { bartlett, blackman, hamming, hanning, kaiser } from './windows.ts'
