/** Gradients of loops against those of the same steps written out, and where their sums are made. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { sizeOf, type Shape } from '../../src/core/shape.ts'
import * as lax from '../../src/lax/index.ts'
import type { Jaxpr } from '../../src/trace/jaxpr.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, near } from './arrays.ts'

const wave = (shape: Shape, phase = 0): NdArray =>
  array(
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + phase) / 3),
    shape
  )

const sum = (x: NdArray): NdArray =>
  lax.reduceSum(
    x,
    x.shape.map((_, i) => i)
  )

type Step = (w: NdArray, h: NdArray, x: NdArray) => NdArray

/** What a step does with its weight [3, 3], state and slice [2, 3]. */
const steps: Readonly<Record<string, Step>> = {
  product: (w, h, x) => lax.tanh(lax.add(lax.dot(h, w), x)),
  transposed: (w, h, x) => lax.tanh(lax.add(lax.dot(h, lax.transpose(w, [1, 0])), x)),
  twice: (w, h, x) => lax.tanh(lax.add(lax.dot(lax.tanh(lax.dot(h, w)), w), x)),
  'of the slice': (w, h, x) => lax.tanh(lax.add(h, lax.dot(x, w))),
  elementwise: (w, h, x) => lax.tanh(lax.add(lax.mul(h, lax.slice(w, [0, 0], [2, 3])), x)),
  'product and elementwise': (w, h, x) =>
    lax.tanh(lax.add(lax.dot(h, w), lax.mul(x, lax.slice(w, [1, 0], [3, 3])))),
  'sum of a stack': (w, h, x) =>
    lax.tanh(
      lax.add(lax.dot(h, w), lax.mul(x, lax.broadcastInDim(lax.reduceSum(w, [0]), [2, 3], [1])))
    ),
  unused: (_w, h, x) => lax.tanh(lax.add(h, x))
}

const scanned =
  (step: Step, reverse: boolean) =>
  (w: NdArray, h: NdArray, xs: NdArray): NdArray => {
    const [last, all] = lax.scan(
      (state: NdArray, x: NdArray) => {
        const next = step(w, state, x)
        return [next, lax.mul(next, x)] as const
      },
      h,
      xs,
      { reverse }
    )
    return lax.add(sum(lax.mul(last, last)), sum(all))
  }

const writtenOut =
  (step: Step, reverse: boolean) =>
  (w: NdArray, h: NdArray, xs: NdArray): NdArray => {
    const length = xs.shape[0]
    let state = h
    let total = lax.mul(sum(h), lax.full([], 0, 'float64'))
    for (let i = 0; i < length; i++) {
      const t = reverse ? length - 1 - i : i
      const x = lax.reshape(lax.slice(xs, [t, 0, 0], [t + 1, 2, 3]), [2, 3])
      state = step(w, state, x)
      total = lax.add(total, sum(lax.mul(state, x)))
    }
    return lax.add(sum(lax.mul(state, state)), total)
  }

const equal = (a: NdArray, b: NdArray): boolean => near(a, Array.from(hostOf(b)))

describe('gradients of a loop', () => {
  test.each(Object.keys(steps))('are those of its steps: %s', (name) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        fc.integer(),
        (n, reverse, seed) => {
          const args = [wave([3, 3], seed % 100), wave([2, 3], 1), wave([n, 2, 3], 2)] as const
          const [f, g] = [scanned(steps[name], reverse), writtenOut(steps[name], reverse)]
          for (const argnums of [0, 1, 2] as const) {
            if (argnums === 2 && n === 0) continue
            expect(equal(grad(f, { argnums })(...args), grad(g, { argnums })(...args))).toBe(true)
          }
        }
      ),
      { seed: 1, numRuns: 12 }
    )
  })

  test.each(['product', 'twice', 'sum of a stack'])('have gradients, and batches: %s', (name) => {
    const args = [wave([2, 3], 1), wave([4, 2, 3], 2)] as const
    const second = (f: typeof g): NdArray =>
      grad((w: NdArray) => sum(lax.tanh(grad((v: NdArray) => f(v, ...args))(w))))(wave([3, 3]))
    const [f, g] = [scanned(steps[name], false), writtenOut(steps[name], false)]
    expect(equal(second(f), second(g))).toBe(true)
    const each = (loss: typeof g): NdArray =>
      vmap((w: NdArray) => grad((v: NdArray) => loss(v, ...args))(w))(wave([5, 3, 3]))
    expect(equal(each(f), each(g))).toBe(true)
  })
})

/** Names of the primitives in loops that run backwards through what the forward loop has kept. */
const inReversedLoops = (jaxpr: Jaxpr): readonly string[] =>
  jaxpr.equations.flatMap((e) =>
    e.primitive.name === 'scan' && (e.params as { readonly reverse: boolean }).reverse
      ? (e.primitive.programs?.(e.params) ?? []).flatMap((p) =>
          p.equations.map((inner) => inner.primitive.name)
        )
      : []
  )

describe('the sum of a weight over the steps', () => {
  const dots = (name: string, batch: number): number => {
    const loss = (w: NdArray): NdArray =>
      scanned(steps[name], false)(w, wave([batch, 3]), wave([4, batch, 3]))
    return inReversedLoops(makeJaxpr(grad(loss))(wave([3, 3])).jaxpr).filter(
      (p) => p === 'dotGeneral'
    ).length
  }

  test('is made after the loop where its factors are smaller', () => {
    // What is left is the product that carries the cotangent on.
    expect(dots('product', 2)).toBe(1)
    expect(dots('transposed', 2)).toBe(1)
    expect(dots('of the slice', 2)).toBe(0)
  })

  test('of a bias too, where what it adds up is stacked for a product', () => {
    const loss = ([w, b]: readonly [NdArray, NdArray]): NdArray => {
      const shifted: Step = (v, h, x) =>
        lax.add(lax.dot(h, v), lax.add(x, lax.broadcastInDim(b, [2, 3], [1])))
      return scanned(shifted, false)(w, wave([2, 3]), wave([4, 2, 3]))
    }
    const at = [wave([3, 3]), wave([3])] as const
    const names = inReversedLoops(makeJaxpr(grad(loss))(at).jaxpr)
    expect(names.filter((p) => p === 'dotGeneral' || p === 'sum')).toEqual(['dotGeneral'])
  })

  test('stays in the loop where the factors are larger than the weight', () => {
    expect(dots('product', 8)).toBe(2)
  })
})
