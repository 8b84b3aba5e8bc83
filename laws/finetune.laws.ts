import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../src/install.ts'
import { isArray, type NdArray } from '../src/core/array.ts'
import * as tree from '../src/core/tree.ts'
import { explain } from '../src/control/explain.ts'
import { combine, dora, ia3, lora, partition } from '../src/finetune/index.ts'
import * as nn from '../src/nn/index.ts'
import * as np from '../src/numpy/index.ts'
import * as optim from '../src/optim/index.ts'
import * as random from '../src/random/index.ts'
import { valueAndGrad } from '../src/transforms/vjp.ts'
import * as finetune from './finetune.ts'

const net = nn.stateless(
  nn.sequential({
    conv: nn.conv({ features: 4, kernelSize: [3, 3], strides: 2 }),
    relu: nn.relu,
    flatten: nn.flatten(),
    hidden: nn.dense({ features: 8 }),
    tanh: nn.tanh,
    head: nn.dense({ features: 3 })
  })
)
const images = random.normal(random.key(1), [5, 6, 6, 2])
const params = net.init(random.key(0), { inputShape: images.shape })
type Params = typeof params
const run = (p: Params): NdArray => net.apply(p, images)

const table = { embedding: random.normal(random.key(2), [7, 4]) }
const words = np.array(
  [
    [1, 3],
    [6, 1]
  ],
  { dtype: 'int32' }
)
/** Rows by number, and scores of all rows: a tied embedding. */
const tied = ({ embedding }: typeof table): NdArray =>
  np.matmul(nn.tanh(np.take(embedding, words, { axis: 0 })), embedding.T)

const methods = {
  lora: lora({ rank: 2, alpha: 4 }),
  rslora: lora({ rank: 3, rslora: true, targets: ['conv/kernel', 'head/kernel'] }),
  dora: dora({ rank: 2 }),
  ia3: ia3({ feedforward: 'head/kernel' })
}

describe('partition and combine', () => {
  test('are lossless', () => fc.assert(finetune.partitionIsLossless()))
})

describe.each(Object.entries(methods))('%s', (_name, method) => {
  // One type for all: each adapter only goes back to the method that made it.
  const adapted = { method: method as finetune.Adapted<unknown, Params>['method'], params, run }

  test('at initialisation is the identity', () => {
    fc.assert(finetune.identityAtInit(adapted), { numRuns: 5 })
  })

  test('merged equals applied', () => {
    fc.assert(finetune.mergeEqualsApply(adapted), { numRuns: 10 })
  })

  test('unmerged is the base', () => {
    if ('unmerge' in method)
      fc.assert(finetune.unmergeUndoesMerge(method as typeof methods.lora, params), { numRuns: 10 })
    else expect(method).toBe(methods.dora) // its merged columns have forgotten their length
  })
})

describe('lora of a tied embedding', () => {
  const adapted = { method: lora({ rank: 2, targets: 'embedding' }), params: table, run: tied }
  test('begins as the identity', () => fc.assert(finetune.identityAtInit(adapted), { numRuns: 5 }))
  test('merged equals applied', () =>
    fc.assert(finetune.mergeEqualsApply(adapted), { numRuns: 10 }))
})

describe('freezing by partition', () => {
  const small = {
    body: { bias: np.ones([3]), kernel: np.ones([4, 3]) },
    head: { bias: np.zeros([2]), kernel: random.normal(random.key(3), [3, 2]) }
  }
  const inputs = random.normal(random.key(4), [5, 4])
  const smallLoss = ({ body, head }: typeof small): NdArray => {
    const h = nn.tanh(np.matmul(inputs, body.kernel).add(body.bias))
    return np.mean(np.square(np.matmul(h, head.kernel).add(head.bias).sub(1)))
  }

  const works = (t: unknown): t is optim.GradientTransformation => {
    if (typeof t !== 'object' || t === null || isArray(t) || !('init' in t && 'update' in t))
      return false
    const made = t as optim.GradientTransformation
    try {
      made.update(small.head, made.init(small.head), small.head, { value: np.array(1) })
      return true
    } catch {
      return false // it is made of, or needs, something else
    }
  }
  const attempt = (make: unknown, ...args: readonly unknown[]): unknown => {
    try {
      return (make as (...a: readonly unknown[]) => unknown)(...args)
    } catch {
      return null // it takes other arguments
    }
  }
  const adam = optim.adam({ learningRate: 0.1 })
  /** Every export of optim that a learning rate, or nothing, makes a transformation of; and others. */
  const made: readonly (readonly [string, optim.GradientTransformation])[] = [
    ...Object.entries(optim).flatMap(([name, make]) => {
      const found = [attempt(make, { learningRate: 0.1 }), attempt(make), attempt(make, 0.1)]
      const first = found.find(works)
      return first === undefined ? [] : [[name, first] as const]
    }),
    ['adamw with decay', optim.adamw({ learningRate: 0.1, weightDecay: 0.3 })],
    ['lamb with decay', optim.lamb({ learningRate: 0.1, weightDecay: 0.3 })],
    [
      'a chain',
      optim.chain(optim.clipByGlobalNorm(1), optim.addDecayedWeights({ weightDecay: 1 }), adam)
    ],
    ['multiSteps', optim.multiSteps(adam, { everyKSchedule: 2 })],
    ['applyIfFinite', optim.applyIfFinite(adam, 2)],
    ['masked', optim.masked(adam, true)],
    ['sam', optim.sam(adam, optim.chain(optim.normalize(), optim.sgd({ learningRate: 0.1 })))],
    ['noisySgd', optim.noisySgd({ learningRate: 0.1, key: 0 })],
    ['lbfgs', optim.lbfgs({ memorySize: 2 })]
  ]

  test('is tried on every optimizer', () => {
    const names = made.map(([name]) => name)
    const famous =
      'adabelief adadelta adafactor adagrad adam adamax adamw adan amsgrad dog dowg fromage lamb lars lion muon nadam noisySgd novograd polyakSgd radam rmsprop rprop scheduleFreeAdamw scheduleFreeSgd sgd signSgd signum sm3 yogi'
    expect(famous.split(' ').filter((name) => !names.includes(name))).toEqual([])
  })

  test.each(made)('leaves frozen leaves bit-identical under %s', (_name, t) => {
    finetune.frozenStays(t, small, 'head', smallLoss)
  })

  test('costs no gradient of what is frozen, and no state', () => {
    const loss = (p: Params): NdArray => np.mean(np.square(run(p)))
    const [head, body] = partition(params, 'head')
    const flops = (f: (...args: never[]) => unknown, ...args: readonly unknown[]): number =>
      explain(f)(...(args as never[])).flops
    const forward = flops(loss, params)
    const all = flops(valueAndGrad(loss), params)
    const headOnly = flops(
      valueAndGrad((h: typeof head, b: typeof body) => loss(combine(h, b))),
      head,
      body
    )
    // Twice the product of the head at most: by its weights, and not by its input.
    const headProduct = 2 * 5 * 8 * 3
    expect(headOnly - forward).toBeLessThan(4 * headProduct)
    expect(all).toBeGreaterThan(2 * forward)
    const state = optim.adam({ learningRate: 0.1 }).init(head)
    expect(tree.leaves(state).length).toBe(1 + 2 * 2)
  })
})
