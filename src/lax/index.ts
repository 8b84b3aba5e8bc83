/** XLA's operations: no broadcasting, explicit dimension numbers, and control flow. */
export * from './elementwise.ts'
export * from './structural.ts'
export * from './reductions.ts'
export * from './convolution.ts'
export * as linalg from './linalg.ts'
export * from './indexing.ts'
export * from './arranging.ts'
export * from './exchange.ts'
export { convGeneralDilatedLocal, convGeneralDilatedPatches, type PatchOptions } from './patches.ts'
export { fft, type FftType } from './fourier.ts'
export { raggedDot } from './ragged.ts'
export { segmentMax, segmentMin, segmentProd, segmentSum, type SegmentOptions } from './segments.ts'
export { reduce } from './reduce.ts'
export type {
  GatherDimensions,
  GatherMode,
  ScatterDimensions
} from '../primitives/gather-dimensions.ts'
export { cond, switch } from '../control/cond.ts'
export { foriLoop, map, scan, whileLoop } from '../control/loops.ts'
export { associativeScan } from '../control/associative-scan.ts'
export { allGather, axisIndex, axisSize, pmax, pmean, pmin, psum } from '../control/collective.ts'
export { customLinearSolve } from '../control/linear-solve.ts'
export { customRoot } from '../control/root.ts'
