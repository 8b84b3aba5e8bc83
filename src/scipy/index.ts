/** SciPy's rooms as JAX has them: `stats`, `linalg`, `signal`, `sparse`; `special` is np.special. */
import '../install.ts'

export * as linalg from './linalg/index.ts'
export * as signal from './signal/index.ts'
export * as sparse from './sparse/index.ts'
export * as stats from './stats/index.ts'
export * as special from '../numpy/special.ts'
