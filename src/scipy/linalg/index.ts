/** What jax.scipy.linalg adds to np.linalg. */
export {
  blockDiag,
  circulant,
  companion,
  dft,
  hadamard,
  hankel,
  hilbert,
  toeplitz,
  type DftScale
} from './structured.ts'
export {
  choFactor,
  choSolve,
  lu,
  luFactor,
  luSolve,
  solveTriangular,
  type ChoFactorOptions,
  type CholeskyFactor,
  type LuFactor,
  type LuSolveOptions,
  type SolveTriangularOptions,
  type Trans
} from './factored.ts'
export { expm, polar, type ExpmOptions, type PolarOptions } from './functions.ts'
