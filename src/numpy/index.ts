/** NumPy's functions over arrays that can be traced: the namespace `np`. */
export * from './arithmetic.ts'
// The names of the fluent methods.
export { divide as div, multiply as mul, negative as neg, subtract as sub } from './arithmetic.ts'
export * from './array.ts'
export * from './bitwise.ts'
export {
  allclose,
  arrayEqual,
  arrayEquiv,
  equal,
  greater,
  greaterEqual,
  isclose,
  iscomplex,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  isreal,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  signbit,
  type ArrayEqualOptions,
  type CloseOptions
} from './comparison.ts'
export * from './complex.ts'
export * from './constants.ts'
export {
  empty,
  emptyLike,
  full,
  fullLike,
  ones,
  onesLike,
  zeros,
  zerosLike,
  type DTypeOption,
  type LikeOptions,
  type ShapeLike
} from './creation.ts'
export * from './dtypes.ts'
export * from './exponential.ts'
export * from './floating.ts'
export * from './integers.ts'
export * from './matrices.ts'
export * from './ranges.ts'
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  countNonzero,
  max,
  min,
  minmax,
  prod,
  ptp,
  sum,
  type FoldOptions,
  type TotalOptions,
  type TruthOptions
} from './reductions.ts'
export * from './rounding.ts'
export { argwhere, flatnonzero, nonzero, type SizeOptions } from './nonzero.ts'
export { piecewise, select, where } from './selection.ts'
export * from './trigonometric.ts'
export * from './averages.ts'
export * from './cumulative.ts'
export * from './joining.ts'
export * from './products.ts'
export * from './reordering.ts'
export * from './shapes.ts'
export * from './taking.ts'
export * from './index-tricks.ts'
export * from './padding.ts'
// `delete` is a word of the language, so it gets its name on the way out.
export { append, insert, remove as delete, trimZeros, type Places } from './editing.ts'
export * as linalg from './linalg.ts'
export { cross, matmul, outer, tensordot, vecdot, type ProductOptions } from './linalg/products.ts'
export * from './part2.ts'
export { arrayRepr, arrayStr } from './conversion.ts'
