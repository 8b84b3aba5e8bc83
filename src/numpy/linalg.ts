/** `np.linalg`: linear algebra on the last two axes, with any leading ones. */
export {
  cross,
  diagonal,
  matmul,
  tensordot,
  trace,
  vecdot,
  vectorOuter as outer
} from './linalg/products.ts'
export { matrixTranspose } from './shapes.ts'
export { matrixPower, multiDot } from './linalg/powers.ts'
export { inv, solve, tensorinv, tensorsolve } from './linalg/solve.ts'
export { det, slogdet } from './linalg/determinant.ts'
export {
  cholesky,
  eig,
  eigh,
  eigvals,
  eigvalsh,
  qr,
  svd,
  svdvals
} from './linalg/decompositions.ts'
export { lstsq, matrixRank, pinv } from './linalg/least-squares.ts'
export { cond, matrixNorm, norm, vectorNorm } from './linalg/norms.ts'
