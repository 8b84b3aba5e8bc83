/**
 * Large samples as compiled programs. Operations one by one write and read the whole sample every
 * time, and loops repeat their overhead in every round; a program does neither.
 */
import type { NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { jit } from '../control/jit.ts'
import { currentTrace, evalTrace } from '../trace/tracer.ts'

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

const kept = new Map<string, Draw>()
const maximumKept = 256
const wideSize = 16384

/**
 * `draw(key)`, compiled for large shapes. The name and the settings say all that `draw` depends on:
 * two calls with equal ones share a program.
 */
export const compiledFor = (
  name: string,
  shape: Shape,
  settings: readonly (string | number)[],
  key: NdArray,
  draw: (key: NdArray) => NdArray
): NdArray => {
  // Inside of a trace the operations become part of the caller's program.
  if (sizeOf(shape) < wideSize || currentTrace() !== evalTrace) return draw(key)
  const id = [name, ...settings, ...shape].join()
  const program = kept.get(id) ?? jit(draw, { name })
  kept.delete(id)
  kept.set(id, program)
  if (kept.size > maximumKept) kept.delete(kept.keys().next().value as string)
  return program(key)
}
