/** Samplers that loop: plain operations repeat their overhead in every round, a program does not. */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { jit } from '../control/jit.ts'

type Draw = (key: NdArray, ...parameters: NdArray[]) => NdArray

/** Elements from which compiling a program for the shape pays. */
const largeSize = 1024

/** `draw`, compiled for large parameters. All parameters have the shape of the samples. */
export const compiledWhenLarge = (name: string, draw: Draw): Draw => {
  const program = jit(draw, { name })
  return (key, ...parameters) =>
    (parameters[0].size < largeSize ? draw : program)(key, ...parameters)
}

/** As {@link compiledWhenLarge}, for samplers of results of several types. */
export const compiledPerType = (
  name: string,
  draw: (dtype: DType, key: NdArray, ...parameters: NdArray[]) => NdArray
): ((dtype: DType) => Draw) => {
  const programs = new Map<DType, Draw>()
  return (dtype) => {
    const known = programs.get(dtype)
    if (known !== undefined) return known
    const made = compiledWhenLarge(name, (key, ...parameters) => draw(dtype, key, ...parameters))
    programs.set(dtype, made)
    return made
  }
}
