// Compiled against the installed package: what a user's first file looks like to the compiler.
import { grad, jit, np, type NdArray } from 'cotangent'

const loss = (w: NdArray): NdArray => np.sum(np.square(w))
const slope: NdArray = jit(grad(loss))(np.array([1, 2, 3]))

// @ts-expect-error an array is not a number
export const wrong: number = slope
