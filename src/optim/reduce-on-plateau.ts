/** Smaller steps once the loss has stopped falling. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { scaled, zeroCount } from './arithmetic.ts'
import { requireExtra } from './polyak.ts'
import { transformation, type GradientTransformation, type UpdateExtra } from './transformation.ts'

export interface ReduceOnPlateauOptions {
  /** What the scale is multiplied by: 0.1 by default. */
  readonly factor?: number
  /** Values without improvement before that happens: 10 by default. */
  readonly patience?: number
  /** An improvement is by more than this fraction: 1e-4 by default. */
  readonly rtol?: number
  /** And by more than this: 0 by default. */
  readonly atol?: number
  /** Values after a reduction that do not count: 0 by default. */
  readonly cooldown?: number
  /** Losses that are meaned to one value: 1 by default. */
  readonly accumulationSize?: number
  /** 0 by default. */
  readonly minScale?: number
}

export interface ReduceOnPlateauState {
  /** The factor of the steps, to be read. */
  readonly scale: NdArray // []
  readonly bestValue: NdArray // []
  readonly plateauCount: NdArray // int32 []
  readonly cooldownCount: NdArray // int32 []
  readonly count: NdArray // int32 []
  readonly avgValue: NdArray // []
}

/**
 * Multiplies updates by a scale that falls when the loss no longer does. `update` needs
 * `{ value }`; put it last in a chain.
 *
 * @category transformations
 * @since 0.1.0
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions = {}): GradientTransformation => {
  const known = ['factor', 'patience', 'rtol', 'atol', 'cooldown', 'accumulationSize', 'minScale']
  checkOptions('reduceOnPlateau', options, known)
  const { factor = 0.1, patience = 10, rtol = 1e-4, atol = 0, cooldown = 0 } = options
  const { accumulationSize = 1, minScale = 0 } = options
  if (!(factor > 0 && factor < 1) || !(rtol >= 0 && atol >= 0 && rtol <= 1))
    throw new ValueError('reduceOnPlateau', {
      problem: 'the scale would not fall, or nothing would be an improvement',
      got: `factor: ${factor}, rtol: ${rtol}, atol: ${atol}`,
      expected: 'a factor between 0 and 1, tolerances from 0 on, rtol at most 1',
      hint: '{ factor: 0.1, rtol: 1e-4 } are usual'
    })
  const float = (x: number): NdArray => lax.full([], x, 'float32')
  return transformation<ReduceOnPlateauState>({
    init: () => ({
      scale: float(1),
      bestValue: float(Infinity),
      plateauCount: zeroCount(),
      cooldownCount: zeroCount(),
      count: zeroCount(),
      avgValue: float(0)
    }),
    update: (grads, state, _params, extra?: UpdateExtra) => {
      const value = np.asarray(requireExtra('reduceOnPlateau', extra, 'value'), {
        dtype: 'float32'
      })
      const seen = lax.add(state.count, 1)
      const part = np.div(np.sub(value, state.avgValue), seen)
      const avgValue = np.add(state.avgValue, part)
      const isFull = lax.eq(seen, accumulationSize)
      const isBetter = np.less(avgValue, np.sub(np.mul(state.bestValue, 1 - rtol), atol))
      const isCooling = lax.gt(state.cooldownCount, 0)
      const waited = lax.select(isBetter, zeroCount(), lax.add(state.plateauCount, 1))
      const plateau = lax.select(isCooling, zeroCount(), waited)
      const isReduced = lax.ge(plateau, Math.max(patience, 1))
      const lower = np.maximum(np.mul(state.scale, factor), minScale)
      const cooled = lax.max(lax.sub(state.cooldownCount, 1), 0)
      const later = (fresh: NdArray, old: NdArray): NdArray => lax.select(isFull, fresh, old)
      const scale = later(lax.select(isReduced, lower, state.scale), state.scale)
      return [
        tree.map((g: NdArray) => scaled(g, scale), grads),
        {
          scale,
          bestValue: later(lax.select(isBetter, avgValue, state.bestValue), state.bestValue),
          plateauCount: later(lax.select(isReduced, zeroCount(), plateau), state.plateauCount),
          cooldownCount: later(
            lax.select(isReduced, lax.full([], cooldown, 'int32'), cooled),
            state.cooldownCount
          ),
          count: later(zeroCount(), seen),
          avgValue: later(float(0), avgValue)
        }
      ]
    }
  })
}
