import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import * as tree from '../../src/core/tree.ts'
import { jit } from '../../src/control/jit.ts'
import * as optim from '../../src/optim/index.ts'
import { expectClose } from '../equality.ts'

interface Wire {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

interface Weights {
  readonly dense: { readonly w: NdArray; readonly b: NdArray }
  readonly scale: NdArray
}

/** Six steps of optax 0.2.8 (JAX 0.11.2, float32), and its schedules at steps 0 to 29. */
const table = JSON.parse(
  readFileSync(new URL('optax-table.json', import.meta.url), 'utf8')
) as Readonly<Record<string, unknown>> & {
  readonly optimizers: Readonly<Record<string, unknown>>
  readonly schedules: Readonly<Record<string, readonly number[]>>
}

const isWire = (x: object): x is Wire => 'shape' in x && 'data' in x

const decode = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if (Array.isArray(x)) return x.map(decode)
  if (isWire(x)) return fromHost(makeAval(x.shape, 'float32'), Float32Array.from(x.data))
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]))
}

let params: Weights
let grads: readonly Weights[]

beforeAll(() => {
  params = decode(table['params']) as Weights
  grads = decode(table['grads']) as readonly Weights[]
})

const optimizers: Readonly<Record<string, () => optim.GradientTransformation>> = {
  sgd: () => optim.sgd({ learningRate: 0.1 }),
  sgd_momentum: () => optim.sgd({ learningRate: 0.1, momentum: 0.9 }),
  adam_nesterov: () => optim.adam({ learningRate: 0.01, nesterov: true }),
  chain_clip_adam: () => optim.chain(optim.clipByGlobalNorm(1), optim.adam({ learningRate: 0.01 })),
  chain_clip_value_sgd: () => optim.chain(optim.clip(0.5), optim.sgd({ learningRate: 0.1 })),
  trace: () => optim.trace({ decay: 0.9 }),
  add_decayed_weights: () => optim.addDecayedWeights({ weightDecay: 0.1 })
}

const run = (
  t: optim.GradientTransformation,
  wrap: <A extends readonly unknown[], O>(f: (...args: A) => O) => (...args: A) => O
): Weights => {
  const step = wrap((p: Weights, state: optim.OptState, g: Weights) => {
    const [updates, next] = t.update(g, state, p)
    return [optim.applyUpdates(p, updates), next] as const
  })
  return grads.reduce<readonly [Weights, optim.OptState]>(
    ([p, state], g) => step(p, state, g),
    [params, t.init(params)]
  )[0]
}

const expectTree = (actual: Weights, expected: Weights): void => {
  tree.map(
    (a: NdArray, e: NdArray) => (expectClose(a, e, { rtol: 2e-6, atol: 1e-7 }), 0),
    actual,
    expected
  )
}

describe('after six steps the parameters are those of optax', () => {
  test.each(Object.keys(optimizers))('%s', (name) => {
    const expected = decode(table.optimizers[name]) as Weights
    expectTree(
      run(optimizers[name](), (f) => f),
      expected
    )
  })

  test('under jit', () => {
    const expected = decode(table.optimizers['adam_nesterov']) as Weights
    expectTree(
      run(optimizers['adam_nesterov'](), (f) => jit(f)),
      expected
    )
  })
})

const schedules: Readonly<Record<string, () => optim.Schedule>> = {
  'constant(.1)': () => optim.constantSchedule(0.1),
  'linear(1,.1,20)': () =>
    optim.linearSchedule({ initValue: 1, endValue: 0.1, transitionSteps: 20 }),
  'polynomial(1,0,2,20)': () =>
    optim.polynomialSchedule({ initValue: 1, endValue: 0, power: 2, transitionSteps: 20 }),
  'exponential_decay(1,5,.9)': () =>
    optim.exponentialDecay({ initValue: 1, transitionSteps: 5, decayRate: 0.9 }),
  'cosine_decay(1,20,.1)': () =>
    optim.cosineDecaySchedule({ initValue: 1, decaySteps: 20, alpha: 0.1 }),
  'warmup_cosine(0,1,5,25,.1)': () =>
    optim.warmupCosineDecaySchedule({
      initValue: 0,
      peakValue: 1,
      warmupSteps: 5,
      decaySteps: 25,
      endValue: 0.1
    })
}

describe('at each step the schedule is that of optax', () => {
  test.each(Object.keys(schedules))('%s', (name) => {
    const schedule = schedules[name]()
    const actual = table.schedules[name].map((_, count) => hostOf(schedule(count))[0])
    actual.forEach((x, i) => expect(x).toBeCloseTo(table.schedules[name][i], 6))
  })
})
