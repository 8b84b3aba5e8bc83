/** XLA's operations: no broadcasting, explicit dimension numbers, and control flow. */
export * from './elementwise.ts'
export * from './structural.ts'
export * from './reductions.ts'
export * from './convolution.ts'
export * as linalg from './linalg.ts'
export { gather, scatterAdd, type GatherParams } from '../primitives/gather.ts'
export type { ScatterParams } from '../primitives/scatter-rules.ts'
export type {
  GatherDimensions,
  GatherMode,
  ScatterDimensions
} from '../primitives/gather-dimensions.ts'
export { scatter, scatterMax, scatterMin, scatterMul } from '../primitives/scatter.ts'
export { selectAndGatherAdd, selectAndScatterAdd } from '../primitives/winners.ts'
export { optimizationBarrier } from '../primitives/barrier.ts'
export { reducePrecision } from '../primitives/rounding.ts'
export { cond, switch } from '../control/cond.ts'
export { foriLoop, map, scan, whileLoop } from '../control/loops.ts'
export { associativeScan } from '../control/associative-scan.ts'
export { allGather, axisIndex, axisSize, pmax, pmean, pmin, psum } from '../control/collective.ts'
export { customLinearSolve } from '../control/linear-solve.ts'
export { customRoot } from '../control/root.ts'
