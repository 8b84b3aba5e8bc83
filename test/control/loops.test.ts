import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { hessian, jacrev } from '../../src/transforms/jacobian.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import * as np from '../../src/numpy/index.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'
import { array, near, number, values } from './arrays.ts'

/** Last state plus the sum of all states of h ← tanh(w h + x). */
const recurrent = (w: NdArray, xs: NdArray): NdArray => {
  const [last, states] = lax.scan(
    (h: NdArray, x: NdArray) => {
      const next = lax.tanh(lax.add(lax.mul(h, w), x))
      return [next, next] as const
    },
    number(0),
    xs
  )
  return lax.add(last, lax.reduceSum(states, [0]))
}

/** The same in plain numbers, for central differences. */
const plain = (w: number, xs: readonly number[]): number => {
  let h = 0
  let total = 0
  for (const x of xs) total += h = Math.tanh(w * h + x)
  return total + h
}

const inputs = [1, 2, 3]
const slope = (plain(0.5 + 1e-5, inputs) - plain(0.5 - 1e-5, inputs)) / 2e-5

describe.each([
  ['as it is', recurrent],
  ['jitted', jit(recurrent)],
  ['checkpointed', checkpoint(recurrent)],
  ['jitted and checkpointed', jit(checkpoint(recurrent))]
])('scan, %s', (_name, f) => {
  const [w, xs] = [number(0.5), array(inputs)]
  const derivative = grad(f)

  test('computes the loop', () => {
    expect(near(f(w, xs), [plain(0.5, inputs)])).toBe(true)
  })
  test('has reverse mode', () => {
    expect(values(derivative(w, xs))[0]).toBeCloseTo(slope, 8)
    expect(values(jit(derivative)(w, xs))[0]).toBeCloseTo(slope, 8)
  })
  test('has forward mode', () => {
    const [, dot] = jvp(f, [w, xs], [number(1), array([0, 0, 0])])
    expect(values(dot)[0]).toBeCloseTo(slope, 8)
  })
  test('is batched over what it closes over and what it scans', () => {
    const both = vmap(derivative, { inAxes: [0, null] })(array([0.5, 0.25]), xs)
    expect(values(both)[0]).toBeCloseTo(slope, 8)
    const rows = vmap(derivative, { inAxes: [null, 0] })(w, array([1, 2, 3, 3, 2, 1], [2, 3]))
    expect(values(rows)[0]).toBeCloseTo(slope, 8)
  })
  test('has second derivatives, the same either way', () => {
    const forward = values(hessian(f)(w, xs))[0]
    const reverse = values(jacrev(derivative)(w, xs))[0]
    expect(forward).toBeCloseTo(reverse, 8)
  })
})

describe('scan', () => {
  test('runs backwards and stacks in the order of the slices', () => {
    const [total, sums] = lax.scan(
      (c: NdArray, x: NdArray) => [lax.add(c, x), lax.add(c, x)] as const,
      number(0),
      array([1, 2, 3]),
      { reverse: true }
    )
    expect(values(total)).toEqual([6])
    expect(values(sums)).toEqual([6, 5, 3])
  })

  test('of no steps returns the carry and empty stacks', () => {
    const [c, ys] = lax.scan(
      (c: NdArray, x: NdArray) => [c, x] as const,
      number(7),
      array([], [0, 2])
    )
    expect(values(c)).toEqual([7])
    expect(ys.shape).toEqual([0, 2])
  })

  test('names the leaf of a carry that changes its type', () => {
    const bad = (): unknown =>
      lax.scan(
        (c: { readonly h: NdArray }, x: NdArray) => [{ h: lax.broadcast(c.h, [2]) }, x] as const,
        { h: number(0) },
        array([1])
      )
    expect(message(bad)).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      h: f64[] became f64[2]
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
  })
})

describe('whileLoop', () => {
  const power = (x: NdArray): NdArray =>
    lax.whileLoop(
      (y: NdArray) => lax.lt(y, 100),
      (y) => lax.mul(y, y),
      x
    )
  const bounded = (x: NdArray): NdArray =>
    lax.whileLoop(
      (y: NdArray) => lax.lt(y, 100),
      (y) => lax.mul(y, y),
      x,
      { maxTrips: 6 }
    )

  test.each([
    ['as it is', power],
    ['jitted', jit(power)]
  ])('%s has forward mode, and stops each example by itself', (_name, f) => {
    expect(values(f(number(3)))).toEqual([6561])
    const [, dot] = jvp(f, [number(3)], [number(1)])
    expect(values(dot)).toEqual([8 * 3 ** 7])
    expect(values(vmap(f)(array([3, 200, 11])))).toEqual([6561, 200, 121])
  })

  test('has reverse mode when its trips are bounded', () => {
    expect(values(grad(bounded)(number(3)))).toEqual([8 * 3 ** 7])
    expect(values(jit(grad(bounded))(number(3)))).toEqual([8 * 3 ** 7])
  })

  test('names the transformation that an unbounded loop has not', () => {
    expect(message(() => grad(power)(number(3)))).toMatchInlineSnapshot(`
      "TransformError whileLoop: a loop with an unknown number of trips has no reverse mode
        got:      grad or vjp of a whileLoop, or of a foriLoop with traced bounds
        expected: a bound on the trips, whose carries reverse mode has to keep
        hint:     pass { maxTrips: n }, use scan, or differentiate with jvp or jacfwd"
    `)
  })
})

describe('foriLoop', () => {
  const cube = (x: NdArray): NdArray =>
    lax.foriLoop(0, 3, (_i, c: NdArray) => lax.mul(c, x), number(1))

  test('with known bounds has reverse mode', () => {
    expect(values(grad(cube)(number(2)))).toEqual([12])
    expect(values(jit(grad(cube))(number(2)))).toEqual([12])
  })

  test('with traced bounds is a while loop', () => {
    const sum = jit((n: NdArray) =>
      lax.foriLoop(0, n, (i, c: NdArray) => lax.add(c, i), lax.full([], 0, 'int32'))
    )
    expect(values(sum(lax.full([], 5, 'int32')))).toEqual([10])
  })
})

describe('map', () => {
  test('is vmap one example at a time', () => {
    expect(values(lax.map((x: NdArray) => lax.mul(x, x), array([1, 2, 3])))).toEqual([1, 4, 9])
  })
})

describe('associativeScan', () => {
  test.each([1, 2, 3, 5, 8])('of %i elements gives all prefixes', (n) => {
    const xs = Array.from({ length: n }, (_, i) => i + 1)
    const sums = lax.associativeScan((a: NdArray, b: NdArray) => lax.add(a, b), array(xs))
    expect(values(sums)).toEqual(xs.map((x) => (x * (x + 1)) / 2))
  })

  test.each([0, 1, 2, -1])('runs along axis %i, from either end, beside the others', (axis) => {
    const x = np.reshape(np.arange(30), [2, 3, 5])
    expectArray(lax.associativeScan(lax.add, x, { axis }), np.cumsum(x, { axis }))
    const back = np.flip(np.cumsum(np.flip(x, { axis }), { axis }), { axis })
    expectArray(lax.associativeScan(lax.add, x, { axis, reverse: true }), back)
  })

  test('keeps the order of what does not commute', () => {
    // Affine maps x -> a x + b, one after the other.
    const then = (
      f: readonly [NdArray, NdArray],
      g: readonly [NdArray, NdArray]
    ): readonly [NdArray, NdArray] => [lax.mul(f[0], g[0]), lax.add(lax.mul(g[0], f[1]), g[1])]
    const [a, b] = [
      [2, 3, 1, 2, 5],
      [1, 0, 4, 1, 2]
    ]
    const [, shifts] = lax.associativeScan(then, [array(a), array(b)] as const)
    let at = 0
    expect(values(shifts)).toEqual(a.map((x, i) => (at = x * at + b[i])))
  })
})
