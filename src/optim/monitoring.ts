/** Transformations that change nothing and remember what passes: measures of updates. */
import type { ArrayLike, NdArray } from '../core/array.ts'
import { checkOptions, checkRecord, checkFunction } from '../core/errors.ts'
import { isLeaf } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'
import { biasCorrection, safeIncrement, zeroCount, zeros } from './arithmetic.ts'
import type { Scalar } from './rate.ts'
import { transformation, type GradientTransformation } from './transformation.ts'

/** What is measured of updates: an array or a tree of them. */
export type Measure = (updates: unknown, params?: unknown) => unknown

export interface SnapshotState {
  /** Measurements by name, those of the last update. */
  readonly measurements: Readonly<Record<string, unknown>>
}

/** A measure that remembers: its state, and its next value. */
export interface StatefulMeasure {
  readonly init: (params: unknown) => object
  readonly update: (updates: unknown, state: object, params: unknown) => readonly [unknown, object]
}

export interface MonitorState extends SnapshotState {
  readonly states: Readonly<Record<string, object>>
}

const isStateful = (m: Measure | StatefulMeasure): m is StatefulMeasure => typeof m === 'object'

const measured = (m: Measure, updates: unknown, params: unknown): unknown => {
  checkFunction('monitor', m)
  const value = m(updates, params)
  return isLeaf(value) ? np.asarray(value) : value
}

/**
 * Measures what passes and keeps the last measurements in `state.measurements`; updates pass
 * unchanged. Put it where in a chain it should look.
 *
 * @example
 * const t = optim.chain(optim.monitor({ norm: optim.globalNorm }), optim.sgd({ learningRate: 1 }))
 * const w = np.array([3, 4])
 * const [, state] = t.update(w, t.init(w), w)
 * optim.tree.get(state, 'norm') // => 5.
 *
 * @category transformations
 * @since 0.1.0
 */
export const monitor = (
  measures: Readonly<Record<string, Measure | StatefulMeasure>>
): GradientTransformation => {
  checkRecord('monitor', measures, 'an object of measures by name')
  const names = Object.keys(measures)
  const look = (
    updates: unknown,
    states: Readonly<Record<string, object>>,
    params: unknown
  ): MonitorState => {
    const seen = names.map((name) => {
      const m = measures[name]
      return isStateful(m)
        ? m.update(updates, states[name], params)
        : ([measured(m, updates, params), {}] as const)
    })
    return {
      measurements: Object.fromEntries(names.map((name, i) => [name, seen[i][0]])),
      states: Object.fromEntries(
        names.flatMap((name, i) => (isStateful(measures[name]) ? [[name, seen[i][1]]] : []))
      )
    }
  }
  return transformation<MonitorState>({
    init: (params) => {
      const first = names.flatMap((name) => {
        const m = measures[name]
        return isStateful(m) ? [[name, m.init(params)] as const] : []
      })
      const states = Object.fromEntries(first)
      // The shapes of measurements are those of zeros; nothing has been measured yet.
      const { measurements } = look(zeros(params), states, params)
      return { measurements: zeros(measurements), states }
    },
    update: (grads, state, params) => [grads, look(grads, state.states, params)]
  })
}

/**
 * Keeps one measurement of what passes, under a name.
 *
 * @category transformations
 * @since 0.1.0
 */
export const snapshot = (measureName: string, measure: Measure): GradientTransformation =>
  monitor({ [measureName]: measure })

export interface MeasureWithEmaOptions {
  readonly decay: Scalar
  /** Divide by 1 − decay^t: true by default. */
  readonly debias?: boolean
}

interface EmaOfMeasure {
  readonly count: NdArray
  readonly ema: unknown
}

/**
 * The decaying mean of a measure, for `monitor`.
 *
 * @category transformations
 * @since 0.1.0
 */
export const measureWithEma = (
  measure: Measure,
  options: MeasureWithEmaOptions
): StatefulMeasure => {
  checkOptions('measureWithEma', options, ['decay', 'debias'])
  const { decay, debias = true } = options
  return {
    init: (params) => ({
      count: zeroCount(),
      ema: zeros(measured(measure, zeros(params), params))
    }),
    update: (updates, state, params) => {
      const { count, ema } = state as EmaOfMeasure // made by init or update
      const next = safeIncrement(count)
      const mean = tree.map(
        (m: ArrayLike, x: ArrayLike) => {
          const { dtype } = lax.typeOf(m)
          const fresh = np.mul(np.sub(1, decay), lax.convertElementType(x, dtype))
          return lax.convertElementType(np.add(np.mul(m, decay), fresh), dtype)
        },
        ema,
        measured(measure, updates, params)
      )
      return [debias ? biasCorrection(mean, decay, next) : mean, { count: next, ema: mean }]
    }
  }
}
