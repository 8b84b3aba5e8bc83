/** A cell carried along the time axis, in one direction. */
import type { NdArray } from '../../core/array.ts'
import * as lax from '../../lax/index.ts'
import { addBias } from '../layers/bias.ts'
import { project, type Carry, type Cell, type CellParams } from './cell.ts'

/** Time in front: [..., T, F] -> [T, ..., F], for `features` axes behind time. */
export const timeFirst = (x: NdArray, features: number): NdArray => {
  const t = x.ndim - 1 - features
  const axes = x.shape.map((_, a) => a)
  return lax.transpose(x, [t, ...axes.filter((a) => a !== t)])
}

const timeBack = (x: NdArray): NdArray => {
  const axes = x.shape.map((_, a) => a)
  return lax.transpose(x, [...axes.slice(1, -1), 0, x.ndim - 1])
}

/** `a` where the mask [...] holds, else `b`, both [..., features]. */
const where = (mask: NdArray, a: NdArray, b: NdArray): NdArray => {
  const axes = mask.shape.map((_, i) => i)
  return lax.select(lax.broadcastInDim(mask, a.shape, axes), a, b)
}

/**
 * Runs along [..., T, in]. Where the mask is false the carry stays and the output is zero, so with
 * padding at the end both directions give what they would without it.
 *
 * Shape: -> outputs [..., T, out], and the carry after the last step.
 */
export const runSequence = (
  cell: Cell,
  params: CellParams,
  x: NdArray,
  initial: Carry,
  mask: NdArray | undefined,
  reverse: boolean
): readonly [outputs: NdArray, last: Carry] => {
  const projected = timeFirst(addBias(project(x, params.inputKernel), params.inputBias), 1)
  if (mask === undefined) {
    const [last, ys] = lax.scan(
      (carry: Carry, step: NdArray) => {
        const next = cell.step(params, step, carry)
        return [next, next.h] as const
      },
      initial,
      projected,
      { reverse }
    )
    return [timeBack(ys), last]
  }
  const [last, ys] = lax.scan(
    (carry: Carry, [step, live]: readonly [NdArray, NdArray]) => {
      const made = cell.step(params, step, carry)
      const next: Carry = {
        h: where(live, made.h, carry.h),
        ...(made.c === undefined || carry.c === undefined
          ? {}
          : { c: where(live, made.c, carry.c) })
      }
      return [next, where(live, made.h, lax.zerosLike(made.h))] as const
    },
    initial,
    [projected, timeFirst(mask, 0)] as const,
    { reverse }
  )
  return [timeBack(ys), last]
}
