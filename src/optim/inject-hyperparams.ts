/** Hyperparameters as data: readable and writable in the state, without a new trace. */
import { isArray, type NdArray } from '../core/array.ts'
import type { DType } from '../core/dtype.ts'
import { checkOptions, checkRecord } from '../core/errors.ts'
import * as lax from '../lax/index.ts'
import { safeIncrement, zeroCount, widest } from './arithmetic.ts'
import type { Schedule } from './rate.ts'
import { transformation, type GradientTransformation, type OptState } from './transformation.ts'

export interface InjectHyperparamsOptions {
  /** Names of options that stay numbers, such as lengths of windows. */
  readonly staticArgs?: readonly string[]
  /** Element type of hyperparameters: the widest of the parameters by default. */
  readonly hyperparamDType?: DType | undefined
}

export interface InjectHyperparamsState {
  readonly count: NdArray // int32 []
  /** The values of the last step. Those that no schedule drives are used in the next one. */
  readonly hyperparams: Readonly<Record<string, NdArray>>
  readonly innerState: OptState
}

/**
 * Makes the numeric options given to `factory` hyperparameters: `state.hyperparams.learningRate`
 * can be read, and replaced between two steps. Schedules are called with the number of steps.
 *
 * @example
 * const t = optim.injectHyperparams(optim.sgd)({ learningRate: 0.5 })
 * t.init({ w: np.zeros(2) }).hyperparams.learningRate.item() // => 0.5
 *
 * @category combinators
 * @since 0.1.0
 */
export const injectHyperparams =
  <O extends object>(
    factory: (options: O) => GradientTransformation,
    options: InjectHyperparamsOptions = {}
  ) =>
  (
    given: O
  ): Omit<GradientTransformation, 'init'> & {
    readonly init: <P>(params: P) => InjectHyperparamsState
  } => {
    checkOptions('injectHyperparams', options, ['staticArgs', 'hyperparamDType'])
    checkRecord('injectHyperparams', given, 'the options of the optimizer')
    const { staticArgs = [], hyperparamDType } = options
    const entries = Object.entries(given).filter(([name]) => !staticArgs.includes(name))
    const numbers = entries.filter(
      (e): e is [string, number | NdArray] => typeof e[1] === 'number' || isArray(e[1])
    )
    // Masks are functions too, of trees.
    const schedules = entries.filter(
      (e): e is [string, Schedule] =>
        typeof e[1] === 'function' && !e[0].toLowerCase().endsWith('mask')
    )
    // Injected values are scalar arrays, which every numeric option takes.
    const built = (values: object): GradientTransformation => factory({ ...given, ...values })
    const typed = (x: number | NdArray, dtype: DType): NdArray =>
      isArray(x) ? x : lax.full([], x, dtype)
    const scheduled = (count: NdArray, dtype: DType) =>
      Object.fromEntries(
        schedules.map(([name, f]) => [name, lax.convertElementType(f(count), dtype)])
      )
    const inner = transformation<InjectHyperparamsState>({
      init: (params) => {
        const dtype = hyperparamDType ?? widest(params)
        const fixed = Object.fromEntries(numbers.map(([name, x]) => [name, typed(x, dtype)]))
        const hyperparams = { ...fixed, ...scheduled(zeroCount(), dtype) }
        return { count: zeroCount(), hyperparams, innerState: built(hyperparams).init(params) }
      },
      update: (grads, state, params, extra) => {
        const dtype = hyperparamDType ?? widest(params ?? grads)
        const hyperparams = { ...state.hyperparams, ...scheduled(state.count, dtype) }
        const [updates, innerState] = built(hyperparams).update(
          grads,
          state.innerState,
          params,
          extra
        )
        return [updates, { count: safeIncrement(state.count), hyperparams, innerState }]
      }
    })
    // `init` of the value just made returns this state.
    return inner as typeof inner & {
      readonly init: <P>(params: P) => InjectHyperparamsState
    }
  }
