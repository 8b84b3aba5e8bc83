/** What holds for every optimizer that is exported. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import * as tree from '../../src/core/tree.ts'
import { jit } from '../../src/control/jit.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import * as random from '../../src/random/index.ts'
import { expectArray, expectClose } from '../equality.ts'

interface Weights {
  readonly bias: NdArray
  readonly frozen: { readonly matrix: NdArray; readonly vector: NdArray }
  readonly matrix: NdArray
}

const weights = (seed: number): Weights => {
  const keys = [0, 1, 2, 3].map((i) => random.foldIn(random.key(seed), i))
  return {
    bias: random.normal(keys[0], [4]),
    frozen: { matrix: random.normal(keys[1], [3, 2]), vector: random.normal(keys[2], [2]) },
    matrix: random.normal(keys[3], [4, 3])
  }
}

const first = weights(0)
const grads = [1, 2, 3].map(weights)

const rate = { learningRate: 0.1 }

/** Σ (p − 1)², whose minimum line searches look for. */
const loss = (params: object): NdArray =>
  tree
    .leaves(params)
    .map((p) => np.sum(np.square(np.sub(p, 1))))
    .reduce((a, b) => np.add(a, b))

const optimizers: Readonly<Record<string, () => optim.GradientTransformation>> = {
  adabelief: () => optim.adabelief(rate),
  adadelta: () => optim.adadelta(rate),
  adafactor: () => optim.adafactor({ ...rate, minDimSizeToFactor: 2, momentum: 0.9 }),
  adagrad: () => optim.adagrad(rate),
  adam: () => optim.adam(rate),
  adamax: () => optim.adamax(rate),
  adamaxw: () => optim.adamaxw(rate),
  adamw: () => optim.adamw({ ...rate, weightDecay: 0.1 }),
  adan: () => optim.adan(rate),
  amsgrad: () => optim.amsgrad(rate),
  dog: () => optim.dog(),
  dowg: () => optim.dowg(),
  fromage: () => optim.fromage(rate),
  lamb: () => optim.lamb({ ...rate, weightDecay: 0.1 }),
  lars: () => optim.lars({ ...rate, weightDecay: 0.1 }),
  lbfgs: () => optim.lbfgs({ memorySize: 2 }),
  lion: () => optim.lion(rate),
  muon: () => optim.muon({ ...rate, weightDecay: 0.1 }),
  nadam: () => optim.nadam(rate),
  nadamw: () => optim.nadamw(rate),
  noisySgd: () => optim.noisySgd({ ...rate, key: 0 }),
  novograd: () => optim.novograd({ ...rate, weightDecay: 0.1 }),
  optimisticAdam: () => optim.optimisticAdam(rate),
  optimisticAdamV2: () => optim.optimisticAdamV2(rate),
  optimisticGradientDescent: () => optim.optimisticGradientDescent(rate),
  polyakSgd: () => optim.polyakSgd(),
  radam: () => optim.radam(rate),
  rmsprop: () => optim.rmsprop({ ...rate, centered: true, momentum: 0.9 }),
  rprop: () => optim.rprop(rate),
  scheduleFreeAdamw: () => optim.scheduleFreeAdamw(rate),
  scheduleFreeSgd: () => optim.scheduleFreeSgd({ ...rate, warmupSteps: 2 }),
  sgd: () => optim.sgd({ ...rate, momentum: 0.9 }),
  signSgd: () => optim.signSgd(rate),
  signum: () => optim.signum(rate),
  sm3: () => optim.sm3(rate),
  yogi: () => optim.yogi(rate),
  // Wrappers, whose states hold those of others.
  applyIfFinite: () => optim.applyIfFinite(optim.adam(rate), 2),
  conditionallyTransform: () =>
    optim.conditionallyTransform(optim.adam(rate), (step) => np.less(step, 2)),
  injectHyperparams: () =>
    optim.injectHyperparams(optim.adam)({
      learningRate: optim.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 4 }),
      b1: 0.8
    }),
  masked: () => optim.masked(optim.adam(rate), { bias: true, frozen: true, matrix: false }),
  flatten: () => optim.flatten(optim.adam(rate)),
  sam: () => optim.sam(optim.sgd(rate), optim.chain(optim.normalize(), optim.sgd(rate))),
  multiSteps: () =>
    optim.multiSteps(optim.adam(rate), {
      everyKSchedule: 2,
      shouldSkipUpdateFn: optim.skipNotFinite
    }),
  namedChain: () => optim.namedChain(['ema', optim.ema({ decay: 0.9 })], ['scale', optim.scale(-1)])
}

type Step = (
  params: Weights,
  state: optim.OptState,
  grads: Weights
) => readonly [Weights, optim.OptState]

/** A step that gives line searches the loss that they ask for. */
const stepOf =
  (t: optim.GradientTransformation): Step =>
  (params, state, g) => {
    const extra = { value: loss(params), grad: g, valueFn: loss }
    const [updates, next] = t.update(g, state, params, extra)
    return [optim.applyUpdates(params, updates), next]
  }

const run = (t: optim.GradientTransformation, step: Step, keep = (s: optim.OptState) => s) =>
  grads.reduce<readonly [Weights, optim.OptState]>(
    ([params, state], g) => step(params, keep(state), g),
    [first, t.init(first)]
  )

const expectTrees = (actual: unknown, expected: unknown): void => {
  const wanted = tree.leaves(expected) as readonly NdArray[]
  ;(tree.leaves(actual) as readonly NdArray[]).forEach((x, i) =>
    expectClose(x, wanted[i], { rtol: 1e-4, atol: 1e-5 })
  )
}

describe.each(Object.keys(optimizers))('%s', (name) => {
  const make = optimizers[name]

  test('moves the parameters', () => {
    const [params] = run(make(), stepOf(make()))
    expect(hostOf(params.bias)).not.toEqual(hostOf(first.bias))
  })

  test('has a state that survives flattening, leaf for leaf', () => {
    const roundTrip = (state: optim.OptState): optim.OptState => {
      const [leaves, structure] = tree.flatten(state)
      return tree.unflatten(structure, leaves) as optim.OptState
    }
    const [params, state] = run(make(), stepOf(make()))
    const [again, stateAgain] = run(make(), stepOf(make()), roundTrip)
    expect(tree.structureOf(stateAgain).key).toBe(tree.structureOf(state).key)
    tree.leaves(params).forEach((p, i) => {
      expectArray(tree.leaves(again)[i] as NdArray, p as NdArray)
    })
  })

  test('does the same under jit, with a state of one structure', () => {
    const t = make()
    const [params, state] = run(t, stepOf(t))
    const [fast, fastState] = run(t, jit(stepOf(t)))
    expect(tree.structureOf(fastState).key).toBe(tree.structureOf(t.init(first)).key)
    expectTrees(fast, params)
    expect(tree.structureOf(state).key).toBe(tree.structureOf(fastState).key)
  })

  test('leaves frozen leaves bit-identical through partition', () => {
    const t = optim.partition(
      { train: make(), freeze: optim.setToZero() },
      { bias: 'train', frozen: 'freeze', matrix: 'train' }
    )
    // A line search sees only the trained part.
    const whole = name === 'lbfgs' ? optim.lbfgs({ linesearch: null }) : null
    const used =
      whole === null
        ? t
        : optim.partition(
            { train: whole, freeze: optim.setToZero() },
            { bias: 'train', frozen: 'freeze', matrix: 'train' }
          )
    const masked = name === 'masked' ? optim.selectiveTransform(optim.adam(rate), frozenOnly) : used
    const [params] = run(masked, stepOf(masked))
    expectArray(params.frozen.matrix, first.frozen.matrix)
    expectArray(params.frozen.vector, first.frozen.vector)
  })
})

const frozenOnly = { freezeMask: { bias: false, frozen: true, matrix: false } }

describe('chaining', () => {
  const { concat, empty } = optim.getMonoid()
  const [a, b, c] = [optim.clip(0.5), optim.trace({ decay: 0.9 }), optim.scaleByAdam()]
  const emitted = (t: optim.GradientTransformation): Weights => run(t, stepOf(t))[0]

  test('is associative in the updates emitted', () => {
    expectTreesEqual(emitted(concat(concat(a, b), c)), emitted(concat(a, concat(b, c))))
  })

  test('has the identity as its unit', () => {
    expectTreesEqual(emitted(concat(empty, c)), emitted(c))
    expectTreesEqual(emitted(concat(c, empty)), emitted(c))
  })
})

const expectTreesEqual = (actual: unknown, expected: unknown): void => {
  const wanted = tree.leaves(expected) as readonly NdArray[]
  ;(tree.leaves(actual) as readonly NdArray[]).forEach((x, i) => expectArray(x, wanted[i]))
}
