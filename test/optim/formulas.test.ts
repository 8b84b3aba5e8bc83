/** Optimizers beside their published formulas, which make-formulas.py has in NumPy. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import * as np from '../../src/numpy/index.ts'
import * as optim from '../../src/optim/index.ts'
import type { GradientTransformation } from '../../src/optim/transformation.ts'

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

/** What a case names: an optimizer, or a part of a chain before (`chain:`) or after a step. */
const built = (name: string, options: unknown): GradientTransformation => {
  const [place, part = ''] = name.split(':')
  const step = optim.scale(-0.05)
  if (place === 'chain') return optim.chain(made[part](...(options as readonly unknown[])), step)
  if (place === 'post') return optim.chain(step, made[part](...(options as readonly unknown[])))
  if (place !== 'multi') return made[name](options)
  const { k, ...rest } = options as { readonly k: number }
  const often = { everyKSchedule: k, accumulatorDType: 'float64', ...rest } as const
  return optim.multiSteps(optim.adam({ learningRate: 0.05 }), often)
}

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
      const [updates, next] = t.update(treeOf(grads), state, now)
      now = optim.applyUpdates(now, updates)
      state = next
      const at = recorded.kept.indexOf(step)
      return at < 0 ? [] : [differenceOf(now, params[at])]
    })
    expect(differences).toHaveLength(recorded.kept.length)
    // What is computed in float32 in float64's place differs by more.
    expect(Math.max(...differences)).toBeLessThan(1e-6)
  })

  test('of 83 optimizers', () => {
    expect(cases).toHaveLength(83)
  })
})
