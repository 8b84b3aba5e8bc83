/** Optimizers beside their published formulas, which make-formulas.py has in NumPy. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import { transformation, type GradientTransformation } from '../../src/optim/transformation.ts'

type Numbers = Readonly<Record<string, readonly number[]>>

interface Recorded {
  readonly shapes: Numbers
  readonly params: Numbers
  readonly grads: readonly Numbers[]
  /** The steps whose parameters are recorded. */
  readonly kept: readonly number[]
  readonly cases: readonly {
    readonly name: string
    readonly options: unknown
    readonly params: readonly Numbers[]
  }[]
}

const recorded = JSON.parse(
  gunzipSync(readFileSync(new URL('formulas.json.gz', import.meta.url))).toString()
) as Recorded

const treeOf = (numbers: Numbers): Readonly<Record<string, NdArray>> =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, xs]) => [
      name,
      np.reshape(np.array([...xs], { dtype: 'float64' }), recorded.shapes[name])
    ])
  )

// Functions are looked up by name, so their types are not known here.
const made = optim as unknown as Readonly<
  Record<string, (...args: readonly unknown[]) => GradientTransformation>
>

/** The fast parameters, with the slow ones in the state. */
const fastOf = (t: ReturnType<typeof optim.lookahead>): GradientTransformation =>
  transformation<{ readonly inner: optim.OptState; readonly slow: unknown }>({
    init: (params) => ({ inner: t.init(optim.lookaheadParams(params)), slow: params }),
    update: <P>(
      grads: P,
      { inner, slow }: { readonly inner: optim.OptState; readonly slow: unknown },
      fast: P
    ) => {
      const of = slow as P // init and update made it like P
      const [updates, next] = t.update(grads, inner, { fast, slow: of })
      return [updates.fast, { inner: next, slow: optim.applyUpdates(of, updates.slow) }]
    }
  })

const adam = optim.adam({ learningRate: 0.05 })

/** Those of other optimizers. */
const combined: Readonly<Record<string, (options: never) => GradientTransformation>> = {
  sam: (options: optim.SamOptions) =>
    optim.sam(
      adam,
      optim.chain(optim.normalize(), optim.sgd({ learningRate: 0.05, momentum: 0.9 })),
      options
    ),
  mechanize: (options: optim.MechanizeOptions) => optim.mechanize(adam, options),
  lookahead: (options: optim.LookaheadOptions) => fastOf(optim.lookahead(adam, options)),
  multi: ({ k, ...rest }: { readonly k: number }) =>
    optim.multiSteps(adam, { everyKSchedule: k, accumulatorDType: 'float64', ...rest })
}

/** What a case names: an optimizer, or a part of a chain before (`chain:`) or after a step. */
const built = (name: string, options: unknown): GradientTransformation => {
  const [place, part = ''] = name.split(':')
  const step = optim.scale(-0.05)
  if (place === 'chain') return optim.chain(made[part](...(options as readonly unknown[])), step)
  if (place === 'post') return optim.chain(step, made[part](...(options as readonly unknown[])))
  return (combined[place] ?? made[place])(options as never)
}

/** Σ (p − 1)², for those that ask for the loss. */
const loss = (params: Readonly<Record<string, NdArray>>): NdArray =>
  Object.values(params)
    .map((p) => np.sum(np.square(np.sub(p, 1))))
    .reduce((a, b) => np.add(a, b))

/** Has the Hessian diag(1, 2, 3 …) in each leaf, for those that ask for curvature. */
const curved = (params: Readonly<Record<string, NdArray>>): NdArray =>
  Object.values(params)
    .map((p) => {
      const curvatures = np.reshape(np.arange(1, p.size + 1, 1, { dtype: 'float64' }), p.shape)
      return np.sum(np.mul(curvatures, np.square(p))).div(2)
    })
    .reduce((a, b) => np.add(a, b))

/** The largest difference from what is recorded, relative to values above 1e-3. */
const differenceOf = (actual: Readonly<Record<string, NdArray>>, wanted: Numbers): number =>
  Math.max(
    ...Object.entries(wanted).flatMap(([name, xs]) => {
      const own = np.ravel(actual[name]).toTypedArray()
      return xs.map((x, i) => Math.abs(x - own[i]) / (1e-3 + Math.abs(x)))
    })
  )

describe('30 steps are those of the formula', () => {
  const cases = recorded.cases.map((c) => [`${c.name} ${JSON.stringify(c.options)}`, c] as const)

  test.each(cases)('%s', (_title, { name, options, params }) => {
    const t = built(name, options)
    let now = treeOf(recorded.params)
    let state = t.init(now)
    const differences = recorded.grads.flatMap((grads, step) => {
      const [updates, next] = t.update(treeOf(grads), state, now, {
        value: loss(now),
        valueFn: curved
      })
      now = optim.applyUpdates(now, updates)
      state = next
      const at = recorded.kept.indexOf(step)
      return at < 0 ? [] : [differenceOf(now, params[at])]
    })
    expect(differences).toHaveLength(recorded.kept.length)
    // What is computed in float32 in float64's place differs by more.
    expect(Math.max(...differences)).toBeLessThan(1e-6)
  })

  test('of 125 optimizers', () => {
    expect(cases).toHaveLength(125)
  })
})
