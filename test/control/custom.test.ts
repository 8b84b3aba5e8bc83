import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { debug, pureCallback } from '../../src/control/callbacks.ts'
import { customJvp } from '../../src/control/custom-jvp.ts'
import { customVjp } from '../../src/control/custom-vjp.ts'
import { jit } from '../../src/control/jit.ts'
import { stopGradient } from '../../src/control/stop-gradient.ts'
import * as lax from '../../src/lax/index.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { array, near, number, values } from './arrays.ts'

/** x², whose author claims the derivative 10 x. */
const claimed = customVjp((x: NdArray) => lax.mul(x, x), {
  fwd: (x: NdArray) => [lax.mul(x, x), x] as const,
  bwd: (x: NdArray, ct: NdArray) => [lax.mul(lax.mul(ct, 10), x)]
})

describe('customVjp', () => {
  test('is asked for the backward pass, under every transformation', () => {
    expect(values(grad(claimed)(number(3)))).toEqual([30])
    expect(values(vmap(grad(claimed))(array([3, 4])))).toEqual([30, 40])
    const total = (x: NdArray): NdArray => lax.reduceSum(vmap(claimed)(x), [0])
    expect(values(grad(total)(array([3, 4])))).toEqual([30, 40])
    expect(values(jit(grad(jit(claimed)))(number(3)))).toEqual([30])
  })

  test('sums the cotangents of an argument that examples share', () => {
    const product = customVjp((a: NdArray, b: NdArray) => lax.mul(a, b), {
      fwd: (a: NdArray, b: NdArray) => [lax.mul(a, b), [a, b]] as const,
      bwd: ([a, b]: readonly [NdArray, NdArray], ct: NdArray) => [lax.mul(ct, b), lax.mul(ct, a)]
    })
    const total = (a: NdArray): NdArray =>
      lax.reduceSum(vmap(product, { inAxes: [null, 0] })(a, array([1, 2, 3])), [0])
    expect(values(grad(total)(number(5)))).toEqual([6])
  })

  test('has no forward mode', () => {
    expect(message(() => jvp(claimed, [number(1)], [number(1)]))).toMatchInlineSnapshot(`
      "TransformError customVjp: a function with customVjp has no forward mode
        got:      jvp, jacfwd or hessian of it
        expected: grad, vjp or jacrev
        hint:     customJvp gives a rule that works in both modes"
    `)
  })

  test('says so in compiled code and in loops too', () => {
    const claims = 'TransformError customVjp: a function with customVjp has no forward mode'
    const twice = (x: NdArray): NdArray => lax.foriLoop(0, 2, (_i, y: NdArray) => claimed(y), x)
    const tangent = (f: (x: NdArray) => NdArray, x: NdArray): unknown => jvp(f, [x], [x])
    expect(message(() => jit((x: NdArray) => tangent(claimed, x))(number(1)))).toContain(claims)
    expect(message(() => tangent(jit(claimed), number(1)))).toContain(claims)
    expect(message(() => tangent(twice, number(1)))).toContain(claims)
    const second = (x: NdArray): NdArray => jvp(claimed, [x], [number(1)])[1]
    expect(message(() => grad(second)(number(1)))).toContain(claims)
    expect(values(grad(grad(claimed))(number(1)))).toEqual([10]) // reverse twice is fine
  })
})

describe('customJvp', () => {
  const doubled = customJvp((x: NdArray) => lax.sin(x), {
    jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) =>
      [lax.sin(x), lax.mul(dx, 2)] as const
  })

  test('is asked for the derivative, in both modes', () => {
    expect(values(grad(doubled)(number(3)))).toEqual([2])
    expect(values(jvp(doubled, [number(3)], [number(5)])[1])).toEqual([10])
    expect(values(vmap(grad(doubled))(array([3, 4])))).toEqual([2, 2])
  })

  test('does not know what the function closes over', () => {
    const f = (w: NdArray): NdArray =>
      customJvp((x: NdArray) => lax.mul(x, w), {
        jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) => [x, dx] as const
      })(number(2))
    expect(message(() => grad(f)(number(1)))).toMatchInlineSnapshot(`
      "TransformError customJvp: a function with a custom rule closes over a value that is being differentiated
        got:      1 closed-over values with a tangent
        expected: differentiated values as arguments: the rule knows nothing of the others
        hint:     pass the value as an argument, or stopGradient it"
    `)
  })
})

describe('stopGradient', () => {
  test('makes a constant of a value', () => {
    expect(values(grad((x: NdArray) => lax.mul(x, stopGradient(x)))(number(3)))).toEqual([3])
  })
})

describe('callbacks', () => {
  test('run once each time the program runs, in order', () => {
    const seen: number[] = []
    const f = (x: NdArray): NdArray => {
      debug.callback((v: NdArray) => seen.push(values(v)[0]), x)
      return lax.mul(x, x)
    }
    grad(f)(number(3))
    jit(f)(number(4))
    jit(grad(f))(number(5))
    vmap(f)(array([6, 7]))
    expect(seen).toEqual([3, 4, 5, 6, 7])
  })

  test('give values where they are announced', () => {
    const twice = jit((x: NdArray) =>
      pureCallback((v: NdArray) => number(values(v)[0] * 2), { shape: [], dtype: 'float64' }, x)
    )
    expect(values(twice(number(3)))).toEqual([6])
    const wrong = (): unknown =>
      pureCallback((v: NdArray) => v, { shape: [2], dtype: 'float64' }, number(1))
    expect(message(wrong)).toMatchInlineSnapshot(`
      "ShapeError pureCallback: the callback returned something else than announced
        got:      f64[]
        expected: f64[2]
        hint:     the second argument of pureCallback states the shapes and types of its results"
    `)
  })
})

describe('collectives', () => {
  test('pmax gives its derivative to the greatest examples, in equal shares', () => {
    const greatest = (xs: NdArray): NdArray =>
      lax.reduceSum(vmap((x: NdArray) => lax.pmax(x, 'i'), { axisName: 'i' })(xs), [0])
    const xs = array([1, 3, 2, 3])
    expect(values(grad(greatest)(xs))).toEqual([0, 2, 0, 2])
  })

  test('combine the examples of the axis they name', () => {
    const share = vmap((x: NdArray) => lax.div(x, lax.psum(x, 'i')), { axisName: 'i' })
    expect(values(share(array([1, 3])))).toEqual([0.25, 0.75])
    expect(values(jit(share)(array([1, 3])))).toEqual([0.25, 0.75])
    const all = vmap((x: NdArray) => lax.allGather(x, 'i'), { axisName: 'i' })
    expect(values(all(array([1, 2])))).toEqual([1, 2, 1, 2])
  })

  test('need the axis', () => {
    expect(message(() => lax.psum(number(1), 'batch'))).toMatchInlineSnapshot(`
      "ValueError psum: no mapped axis has this name where the operation runs
        got:      'batch'
        expected: a call inside vmap(f, { axisName: 'batch' })
        hint:     collectives combine examples, so they need the axis that counts them"
    `)
  })
})

describe('implicit derivatives', () => {
  test('of a linear solve', () => {
    const solve = (a: NdArray): NdArray =>
      lax.customLinearSolve(
        (x: NdArray) => lax.mul(x, a),
        number(8),
        (_matvec, b) => lax.div(b, a),
        { symmetric: true }
      )
    expect(values(solve(number(4)))).toEqual([2])
    expect(values(grad(solve)(number(4)))).toEqual([-0.5])
    expect(values(vmap(grad(solve))(array([4, 2])))).toEqual([-0.5, -2])
  })

  test('of a root', () => {
    const root = (a: NdArray): NdArray =>
      lax.customRoot(
        (x: NdArray) => lax.sub(lax.mul(x, x), a),
        number(1),
        (f, x) =>
          lax.foriLoop(0, 30, (_i, y: NdArray) => lax.sub(y, lax.div(f(y), lax.mul(y, 2))), x),
        (g, y) => lax.div(y, g(number(1)))
      )
    expect(near(root(number(4)), [2])).toBe(true)
    expect(near(grad(root)(number(4)), [0.25])).toBe(true)
    expect(near(jit(vmap(grad(root)))(array([4, 16])), [0.25, 0.125])).toBe(true)
  })
})
