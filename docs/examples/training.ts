/** The loop that most examples share: one compiled step, and a line now and then. */
import { jit, np, optim, random, tree, valueAndGrad, type NdArray } from 'cotangent'
import { batches } from 'cotangent/data'
import type { Print } from './example.ts'

type Loss<P, B> = (params: P, batch: B, key: NdArray) => NdArray

export interface FitOptions<P, B> {
  readonly params: P
  readonly loss: Loss<P, B>
  readonly optimizer: optim.GradientTransformation
  readonly steps: number
  /** The batch of a step. */
  readonly batchOf: (step: number) => B
  readonly key?: NdArray
  readonly print?: Print
  readonly reports?: number
}

export interface Fitted<P> {
  readonly params: P
  /** The loss at every step. */
  readonly losses: readonly number[]
}

/** Arrays of its own: a step takes over the memory of what it is given. */
export const copied = <T>(of: T): T => tree.map((x: NdArray) => np.copy(x), of)

/**
 * `steps` steps of `optimizer` on `loss`, with parameters and state donated from step to step.
 * Losses are read at the end of each report only, so that steps need not wait for one another.
 */
export const fit = <P, B>(options: FitOptions<P, B>): Fitted<P> => {
  const { loss, optimizer, steps, batchOf, print = () => undefined, reports = 5 } = options
  const { key = random.key(0) } = options
  const step = jit(
    (params: P, state: optim.OptState, batch: B, k: NdArray) => {
      const [value, grads] = valueAndGrad(loss)(params, batch, k)
      const [updates, next] = optimizer.update(grads, state, params)
      return [optim.applyUpdates(params, updates), next, value] as const
    },
    { donateArgnums: [0, 1] }
  )
  let params = copied(options.params)
  let state = optimizer.init(options.params)
  const values: NdArray[] = []
  for (let i = 0; i < steps; i++) {
    const [p, s, value] = step(params, state, batchOf(i), random.foldIn(key, i))
    params = p
    state = s
    values.push(value)
    const isReport = Math.floor(((i + 1) * reports) / steps) > Math.floor((i * reports) / steps)
    if (isReport) print(`step ${i + 1} of ${steps}: loss ${Number(value.item()).toFixed(4)}`)
  }
  return { params, losses: values.map((v) => Number(v.item())) }
}

/** Shuffled batches without end, each epoch in another order. */
export const shuffled = <B>(data: B, batchSize: number, key: NdArray): ((step: number) => B) => {
  let epoch = 0
  const start = (): Iterator<B> =>
    batches(data, { batchSize, key: random.foldIn(key, epoch++), remainder: 'drop' })[
      Symbol.iterator
    ]()
  let current = start()
  return () => {
    const next = current.next()
    if (next.done !== true) return next.value
    current = start()
    return current.next().value as B // a new epoch has a first batch
  }
}
