/**
 * Every public function given what it cannot mean: what comes back is a value or an error of ours
 * with its four lines, never one in the engine's own words.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { isArray, type NdArray } from '../../src/core/array.ts'
import { CotangentError } from '../../src/core/errors.ts'
import * as laws from '../../laws/index.ts'
import * as data from '../../src/data/index.ts'
import * as finetune from '../../src/finetune/index.ts'
import * as root from '../../src/index.ts'
import * as io from '../../src/io/index.ts'
import * as lax from '../../src/lax/index.ts'
import * as metrics from '../../src/metrics/index.ts'
import * as nn from '../../src/nn/index.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import type { GradientTransformation } from '../../src/optim/transformation.ts'
import * as random from '../../src/random/index.ts'
import * as scipy from '../../src/scipy/index.ts'
import * as train from '../../src/train/index.ts'

const x = np.ones([2, 3])
const ints = np.array([0, 1]).astype('int32')

const values: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  'a text': 'abc',
  3: 3,
  '-7': -7,
  0.5: 0.5,
  '{}': {},
  '{ axis: text }': { axis: 'q' },
  '{ zork }': { zork: 1 },
  '[1, 2]': [1, 2],
  '[text]': ['a'],
  'a matrix': x,
  'a vector of integers': ints,
  'an empty array': np.zeros([0, 3]),
  'a key': random.key(0),
  'a function': (y: unknown) => y,
  true: true
}

const calls: readonly (readonly string[])[] = [
  [],
  ...Object.keys(values).map((a) => [a]),
  ['a text', 'undefined'],
  ...['null', 'a text', '3', '[1, 2]', '{ axis: text }', 'a function'].map((b) => ['a matrix', b])
]

/** Whether an extent of an array is no count: later programs would compute nonsense beside it. */
const isMisshapen = (y: unknown): boolean =>
  isArray(y) && !y.shape.every((n) => Number.isInteger(n) && n >= 0)

const complaintOf = (error: unknown, call: readonly string[]): string | null =>
  error instanceof CotangentError ? null : `(${call.join(', ')}): ${String(error)}`

/** What promises were rejected with. */
const later: Promise<string | null>[] = []

type Callable = (...args: readonly unknown[]) => unknown

/** What a call throws that is none of ours, or null. */
const foreign = (f: Callable, call: readonly string[]): string | null => {
  try {
    const y = f(...call.map((name) => values[name]))
    if (y instanceof Promise)
      later.push(
        y.then(
          () => null,
          (error: unknown) => complaintOf(error, call)
        )
      )
    return isMisshapen(y) ? `(${call.join(', ')}): a shape that is no list of counts` : null
  } catch (error) {
    return complaintOf(error, call)
  }
}

// The call sites of thousands of errors need no source maps.
const formatting = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace') ?? {}
beforeAll(() => {
  Reflect.deleteProperty(Error, 'prepareStackTrace')
})
afterAll(() => {
  Object.defineProperty(Error, 'prepareStackTrace', formatting)
})

const isError = (f: object): boolean => f === Error || Object.prototype.isPrototypeOf.call(Error, f)

/** The functions among fields; classes of errors are made with `new`. */
const functionsOf = (fields: object): readonly (readonly [string, Callable])[] =>
  Object.entries(fields).flatMap(([name, f]: [string, unknown]) =>
    typeof f === 'function' && !isError(f) ? [[name, f as Callable] as const] : []
  )

const complaints = (functions: readonly (readonly [string, Callable])[]): readonly string[] =>
  functions.flatMap(([name, f]) =>
    calls.flatMap((call) => {
      const problem = foreign(f, call)
      return problem === null ? [] : [`${name}${problem}`]
    })
  )

/** Methods as functions of their arguments. */
const methodsOf = (of: () => object): Readonly<Record<string, Callable>> => {
  const names = new Set<string>()
  for (let at: object = of(); at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  names.delete('constructor')
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const method = (): unknown => Reflect.get(of(), name)
      return typeof method() === 'function'
        ? [[name, (...args: readonly unknown[]) => (method() as Callable).apply(of(), [...args])]]
        : []
    })
  )
}

describe.each(
  Object.entries({
    root,
    np,
    'np.linalg': np.linalg,
    'np.fft': np.fft,
    'np.special': np.special,
    lax,
    nn,
    'nn.initializers': nn.initializers,
    random,
    tree: root.tree,
    finetune,
    optim,
    'optim.parts': {
      ...optim.projections,
      ...optim.secondOrder,
      ...optim.monteCarlo,
      ...optim.assignment,
      ...optim.perturbations
    },
    'optim.tree': optim.tree,
    metrics,
    'scipy.linalg': scipy.linalg,
    'scipy.signal': { ...scipy.signal, ...scipy.stats },
    'stats.norm': scipy.stats.norm,
    'stats.gamma': scipy.stats.gamma,
    'stats.binom': scipy.stats.binom,
    'other stats': {
      ...scipy.stats.multivariateNormal,
      ...scipy.stats.multinomial,
      d: scipy.stats.dirichlet.pdf
    },
    data,
    io,
    'methods of arrays': methodsOf(() => x),
    'methods of x.at(0)': methodsOf(() => x.at(0))
  })
)('%s', (_space, functions) => {
  test('throws errors of ours alone', { timeout: 120_000 }, () => {
    const all = functionsOf(functions)
    expect(complaints(all)).toEqual([])
    expect(all.length).toBeGreaterThan(3)
  })
})

test.each(Object.entries({ laws, train }))(
  '%s throws errors of ours alone',
  (_space, functions) => {
    const all = functionsOf(functions)
    expect(complaints(all)).toEqual([])
    expect(all.length).toBeGreaterThan(3)
  }
)

/** What functions make of plain options, where they make something of them. */
const madeBy = <T>(functions: object, is: (made: unknown) => made is T) => {
  const plain = [[], [{}], [{ learningRate: 0.1 }], [0.5], [{ k: 1 }], [3]]
  return functionsOf(functions).flatMap(([name, f]) => {
    for (const args of plain)
      try {
        const made = f(...args)
        if (is(made)) return [[name, made] as const]
      } catch (error) {
        if (!(error instanceof CotangentError)) throw error
      }
    return []
  })
}

const hasFunctions = (made: unknown, names: readonly string[]): boolean =>
  names.every(
    (name) => typeof (made as Readonly<Record<string, unknown>> | null)?.[name] === 'function'
  )

test('transformations throw errors of ours alone', { timeout: 120_000 }, () => {
  const all = madeBy(optim, (made): made is GradientTransformation =>
    hasFunctions(Object(made), ['init', 'update'])
  )
  const state = (t: GradientTransformation): unknown => {
    try {
      return t.init(x)
    } catch (error) {
      if (error instanceof CotangentError) return {} // such as masked without a mask
      throw error
    }
  }
  const found = all.flatMap(([name, t]) => {
    const [init, update] = [t.init, t.update] as [Callable, Callable]
    const known = state(t)
    return complaints([
      [`${name}.init`, init],
      [`${name}.update`, update],
      [`${name}.update of a matrix and its state`, (...rest) => update(x, known, ...rest)],
      [`${name}.update with a state`, (grads) => update(grads, known, x)]
    ])
  })
  expect(found).toEqual([])
  expect(all.length).toBeGreaterThan(80)
})

test('metrics throw errors of ours alone', { timeout: 120_000 }, () => {
  const all = madeBy(metrics, (made): made is metrics.Metric<unknown, unknown, NdArray, NdArray> =>
    hasFunctions(Object(made), ['observe', 'value'])
  )
  const found = all.flatMap(([name, metric]) =>
    complaints([
      [`${name}.observe`, metric.observe as Callable],
      [`evaluate ${name}`, (batches) => metrics.evaluate(metric, batches as never)]
    ])
  )
  expect(found).toEqual([])
  expect(all.length).toBeGreaterThan(50)
})

test('promises are rejected with errors of ours alone', async () => {
  expect(later.length).toBeGreaterThan(20)
  expect(new Set(await Promise.all(later))).toEqual(new Set([null]))
})
