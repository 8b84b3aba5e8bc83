/**
 * Large samples as compiled programs. Operations one by one write and read the whole sample every
 * time, and loops repeat their overhead in every round; a program does neither.
 */
import { deviceOf, fromHost, hostOf, makeAval, scalar, type NdArray } from '../core/array.ts'
import { settings as currentSettings } from '../core/config.ts'
import { allocate, type DType } from '../core/dtype.ts'
import { sizeOf, type Shape } from '../core/shape.ts'
import { jit } from '../control/jit.ts'
import { add } from '../primitives/elementwise.ts'
import { broadcastTo, fillLike } from '../primitives/movement.ts'
import { currentTrace, evalTrace } from '../trace/tracer.ts'
import { countersOf } from './keys.ts'

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

/** Samples at these counters, by parameters of their shape. */
export type DrawAt = (counters: NdArray, key: NdArray, ...parameters: NdArray[]) => NdArray

type Setting = string | number

/** How many samples a program draws at a time: it is compiled in the time of some such blocks. */
const blockSize = 16384

const kept = new Map<string, Draw>()
const maximumKept = 256

/** The program of these settings, from the most recent ones. */
const programOf = (name: string, settings: readonly Setting[], draw: Draw): Draw => {
  const id = [name, ...settings].join()
  const program = kept.get(id) ?? jit(draw, { name })
  kept.delete(id)
  kept.set(id, program)
  if (kept.size > maximumKept) kept.delete(kept.keys().next().value as string)
  return program
}

/** Block by block into one array. */
const inBlocks = (shape: Shape, block: (first: NdArray) => NdArray): NdArray => {
  const size = sizeOf(shape)
  const drawn = (first: number): NdArray => block(scalar(first, 'uint32'))
  const head = drawn(0)
  const data = allocate(head.dtype, size)
  for (let first = 0; first < size; first += blockSize) {
    const values = hostOf(first === 0 ? head : drawn(first))
    data.set(size - first < blockSize ? values.subarray(0, size - first) : values, first)
  }
  return fromHost(makeAval(shape, head.dtype), data)
}

/**
 * `draw` at the counters of `shape`, with parameters that broadcast to it. Large samples are drawn
 * by a program; where parameters are scalars it draws blocks, and one program serves all shapes.
 * Name and settings say all that `draw` depends on besides its arguments.
 */
export const sampled = (
  name: string,
  shape: Shape,
  settings: readonly Setting[],
  [key, ...parameters]: readonly [key: NdArray, ...parameters: NdArray[]],
  draw: DrawAt
): NdArray => {
  const at = (counters: NdArray, k: NdArray, own: readonly NdArray[]): NdArray =>
    draw(counters, k, ...own.map((p) => broadcastTo(p, counters.shape)))
  // Inside of a trace the operations become part of the caller's program.
  if (sizeOf(shape) < blockSize || currentTrace() !== evalTrace)
    return at(countersOf(shape), key, parameters)
  if (parameters.every((p) => p.ndim === 0) && isOnHost([key, ...parameters])) {
    const program = programOf(name, settings, (k, first, ...own) =>
      at(add(countersOf([blockSize]), fillLike(first, [blockSize])), k, own)
    )
    return inBlocks(shape, (first) => program(key, first, ...parameters))
  }
  return programOf(name, [...settings, ...shape], (k, ...own) => at(countersOf(shape), k, own))(
    key,
    ...parameters
  )
}

const isOnHost = (xs: readonly NdArray[]): boolean =>
  currentSettings().device === 'cpu' && xs.every((x) => deviceOf(x) === 'cpu')
