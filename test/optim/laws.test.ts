/** What holds for every transformation that is exported. One without a row fails. */
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import * as tree from '../../src/core/tree.ts'
import { combine, partition } from '../../src/finetune/index.ts'
import { fromNames, safetensors, type Named } from '../../src/io/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import * as random from '../../src/random/index.ts'
import * as law from '../../laws/optimizer.ts'
import type { OptimizerSubject } from '../../laws/optimizer.ts'
import { expectArray } from '../equality.ts'
import { filesUnder, read } from '../tools/sources.ts'
import {
  combinators,
  coupled,
  optimizers,
  others,
  perExample,
  still,
  transformations
} from './every-optimizer.ts'

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

/** Σ (p − 1)², whose minimum line searches look for. */
const loss = (params: object): NdArray =>
  tree
    .leaves(params)
    .map((p) => np.sum(np.square(np.sub(p, 1))))
    .reduce((a, b) => np.add(a, b))

/** Gradients of two examples for those of one. */
const perExampleOf = <P>(grads: P): P =>
  tree.map((x: NdArray) => np.stack([x, np.mul(x, 0.5)]), grads)

type Step<P> = (params: P, state: optim.OptState, grads: P) => readonly [P, optim.OptState]

/** A step that gives line searches the loss that they ask for, and examples to what wants them. */
const stepOf =
  <P extends object>(name: string, t: optim.GradientTransformation): Step<P> =>
  (params, state, g) => {
    const extra = { value: loss(params), grad: g, valueFn: loss }
    const given = perExample.includes(name) ? perExampleOf(g) : g
    const [updates, next] = t.update(given, state, params, extra)
    return [optim.applyUpdates(params, updates), next]
  }

const run = <P extends object>(
  t: optim.GradientTransformation,
  step: Step<P>,
  begin: P,
  slopes: readonly P[]
) =>
  slopes.reduce<readonly [P, optim.OptState]>(
    ([params, state], g) => step(params, state, g),
    [begin, t.init(begin)]
  )

const same = (actual: unknown, expected: unknown): void => {
  expect(tree.structureOf(actual).key).toBe(tree.structureOf(expected).key)
  const wanted = tree.leaves(expected) as readonly NdArray[]
  ;(tree.leaves(actual) as readonly NdArray[]).forEach((x, i) => expectArray(x, wanted[i]))
}

/** Through the bytes of a safetensors file and back. */
const throughFile = (state: optim.OptState): optim.OptState => {
  const back = E.chain((named: Named) => fromNames(state, named))(
    safetensors.decode(safetensors.encode(state))
  )
  if (E.isLeft(back)) throw back.left
  return back.right
}

const all = { ...optimizers, ...transformations, ...combinators }

const subjectOf = (
  name: string,
  transformation: optim.GradientTransformation
): OptimizerSubject<Weights> => ({
  transformation,
  params: (key) => tree.map((x: NdArray) => np.add(x, random.normal(key, x.shape)), first),
  loss,
  ...(perExample.includes(name) ? { given: perExampleOf } : {})
})

describe.each(Object.entries(all))('%s', (name, make) => {
  const t = make()
  const subject = subjectOf(name, t)
  const numRuns = 1
  const [params, state] = run(t, stepOf<Weights>(name, t), first, grads)

  if (!still.includes(name))
    test('moves the parameters', () => {
      expect(hostOf(params.bias)).not.toEqual(hostOf(first.bias))
    })

  test('keeps structure, shapes and types', () => fc.assert(law.typesAreKept(subject), { numRuns }))
  test('remembers nothing but its state', () => fc.assert(law.stateIsAll(subject), { numRuns }))
  test('asks for parameters where they count, and only there', () =>
    fc.assert(law.paramsCountOrMayBeMissing(subject), { numRuns }))
  test('has a state that survives a file', () => same(throughFile(state), state))
  test('does the same under jit', () => fc.assert(law.jitIsIdentity(subject), { numRuns }))
})

describe('one parameter does not look at another', () => {
  const params = (key: NdArray): readonly NdArray[] =>
    tree.leaves(first).map((x, i) => random.normal(random.foldIn(key, i), (x as NdArray).shape))

  const alone = Object.entries({ ...optimizers, ...transformations }).filter(
    ([name]) => !(name in coupled)
  )
  test.each(alone)('with %s', (_name, make) =>
    fc.assert(law.leavesAreIndependent(make(), params), { numRuns: 1 })
  )
})

describe('frozen leaves stay bit-identical', () => {
  const labels = { bias: 'train', frozen: 'freeze', matrix: 'train' }

  test.each(Object.entries(optimizers).filter(([name]) => !perExample.includes(name)))(
    'with %s, by optim.partition',
    (name, make) => {
      // A line search sees only the trained part.
      const train = name === 'lbfgs' ? optim.lbfgs({ linesearch: null }) : make()
      const t = optim.partition({ train, freeze: optim.setToZero() }, labels)
      const [params] = run(t, stepOf<Weights>(name, t), first, grads)
      same(params.frozen, first.frozen)
    }
  )

  test.each(Object.entries(optimizers))(
    'with %s, by finetune.partition: they never reach it',
    (name, make) => {
      const [trained, rest] = partition(first, ['bias', 'matrix'])
      const slopes = grads.map((g) => partition(g, ['bias', 'matrix'])[0])
      const t = make()
      const [after] = run(
        t,
        stepOf<object>(name, t),
        trained as object,
        slopes as readonly object[]
      )
      same(combine(after as typeof trained, rest).frozen, first.frozen)
    }
  )
})

describe('chaining', () => {
  const { concat, empty } = optim.getMonoid()
  const [a, b, c] = [optim.clip(0.5), optim.trace({ decay: 0.9 }), optim.scaleByAdam()]
  const emitted = (t: optim.GradientTransformation): Weights =>
    run(t, stepOf<Weights>('', t), first, grads)[0]

  test('is associative in the updates emitted', () => {
    same(emitted(concat(concat(a, b), c)), emitted(concat(a, concat(b, c))))
  })

  test('has the identity as its unit', () => {
    same(emitted(concat(empty, c)), emitted(c))
    same(emitted(concat(c, empty)), emitted(c))
  })
})

describe('masks', () => {
  const mask = { bias: true, frozen: { matrix: false, vector: true }, matrix: false }
  const both = { bias: true, frozen: false, matrix: false }
  const step = (t: optim.GradientTransformation): Weights =>
    t.update(grads[0], t.init(first), first)[0]

  test('pass on what is not theirs, bit by bit', () => {
    const updates = step(optim.masked(optim.adam({ learningRate: 0.1 }), mask))
    same(updates.frozen.matrix, grads[0].frozen.matrix)
    same(updates.matrix, grads[0].matrix)
    expect(hostOf(updates.bias)).not.toEqual(hostOf(grads[0].bias))
  })

  test('compose: a mask within a mask is where both are true', () => {
    const t = optim.scaleByAdam()
    // The inner mask has the structure of what the outer one leaves.
    const nested = optim.masked(
      optim.masked(t, (p: object) => tree.mapWithPath((path) => path.at(-1) === 'bias', p)),
      mask
    )
    same(step(nested), step(optim.masked(t, both)))
  })

  test('split and merge without loss', () => {
    const [kept, rest] = partition(first, ['bias', 'frozen/vector'])
    same(combine(kept, rest), first)
  })
})

describe('joined schedules', () => {
  const a = optim.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 10 })
  const b = optim.exponentialDecay({ initValue: 2, transitionSteps: 3, decayRate: 0.5 })
  const c = optim.constantSchedule(7)
  const joined = optim.joinSchedules([a, b, c], [4, 9])

  test('are the first before the first boundary and count anew from each', () => {
    for (let t = 0; t < 15; t++) {
      const expected = t < 4 ? a(t) : t < 9 ? b(t - 4) : c(t - 9)
      expectArray(joined(t), expected)
    }
  })

  test('join associatively', () => {
    const left = optim.joinSchedules([optim.joinSchedules([a, b], [4]), c], [9])
    const right = optim.joinSchedules([a, optim.joinSchedules([b, c], [5])], [4])
    for (let t = 0; t < 15; t++) {
      expectArray(left(t), joined(t))
      expectArray(right(t), joined(t))
    }
  })
})

/** Names that the sources file under a category. */
const filed = (category: string): readonly string[] => {
  const pattern = new RegExp(
    `@category ${category}\\n(?:(?!\\*/)[^])*\\*/\\nexport const (\\w+)`,
    'g'
  )
  return filesUnder('src/optim', '.ts').flatMap((file) =>
    Array.from(read(file).matchAll(pattern), (match) => match[1])
  )
}

test('every exported optimizer, transformation and combinator has a row, or a reason', () => {
  const known = [...Object.keys(all), ...Object.keys(others)].toSorted()
  const names = ['optimizers', 'transformations', 'combinators'].flatMap(filed)
  expect(names.toSorted()).toEqual(known)
  expect(names.filter((name) => !(name in optim))).toEqual([])
})
