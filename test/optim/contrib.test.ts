/** Optimizers beyond the usual ones, against their formulas written out for two parameters. */
import { describe, expect, test } from 'vitest'
import { lax, np, optim } from 'cotangent'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import { message } from '../core/message.ts'

type Vector = readonly number[]

const params: Vector = [1, -2]
const grads: readonly Vector[] = [
  [0.5, -1],
  [0.25, 2],
  [-0.5, 0.75],
  [0.1, 0.2]
]

const vector = (x: Vector): NdArray => np.array(x, { dtype: 'float64' })

/** Parameters after all gradients, by our transformation. */
const ours = (t: optim.GradientTransformation, value: (x: Vector) => number = () => 1): Vector => {
  let p = vector(params)
  let state = t.init(p)
  for (const g of grads) {
    const [updates, next] = t.update(vector(g), state, p, { value: value(Array.from(hostOf(p))) })
    p = optim.applyUpdates(p, updates)
    state = next
  }
  return Array.from(hostOf(p))
}

/** The same by a step written out in plain numbers. */
const written = (step: (x: Vector, g: Vector, t: number) => Vector): Vector =>
  grads.reduce((x, g, i) => step(x, g, i + 1), params)

const dot = (x: Vector, y: Vector): number => x.reduce((s, v, i) => s + v * y[i], 0)
const zip = (x: Vector, y: Vector, f: (a: number, b: number) => number): Vector =>
  x.map((v, i) => f(v, y[i]))

const expectNear = (actual: Vector, expected: Vector): void =>
  expected.forEach((x, i) => expect(actual[i]).toBeCloseTo(x, 5))

describe('the parameters are those of the formula', () => {
  test('ademamix', () => {
    let [m1, m2, v] = [
      [0, 0],
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.ademamix({ learningRate: 0.1, b3: 0.99, alpha: 2 })),
      written((x, g, t) => {
        m1 = zip(m1, g, (m, s) => 0.9 * m + 0.1 * s)
        m2 = zip(m2, g, (m, s) => 0.99 * m + 0.01 * s)
        v = zip(v, g, (m, s) => 0.999 * m + 0.001 * s * s)
        return x.map((p, i) => {
          const root = Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8
          return p - (0.1 * (m1[i] / (1 - 0.9 ** t) + 2 * m2[i])) / root
        })
      })
    )
  })

  test('simplifiedAdemamix', () => {
    let [m, v] = [
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.simplifiedAdemamix({ learningRate: 0.01, alpha: 0.5 })),
      written((x, g, t) => {
        m = zip(m, g, (a, s) => 0.99 * a + s)
        v = zip(v, g, (a, s) => 0.95 * a + 0.05 * s * s)
        return x.map(
          (p, i) => p - (0.01 * (0.5 * g[i] + m[i])) / (Math.sqrt(v[i] / (1 - 0.95 ** t)) + 1e-8)
        )
      })
    )
  })

  test('adopt', () => {
    let [m, v] = [
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.adopt({ learningRate: 0.1, b2: 0.99 })),
      written((x, g, t) => {
        const bound = (t - 1) ** 0.25
        const scaled = g.map((s, i) =>
          Math.min(Math.max(s / Math.max(Math.sqrt(v[i]), 1e-6), -bound), bound)
        )
        m = zip(m, scaled, (a, s) => 0.9 * a + 0.1 * s)
        v = zip(v, g, (a, s) => (t === 1 ? s * s : 0.99 * a + 0.01 * s * s))
        return zip(x, m, (p, a) => p - 0.1 * a)
      })
    )
  })

  test('acprop', () => {
    let [m, v] = [
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.acprop({ learningRate: 0.1 })),
      written((x, g, t) => {
        const next = x.map((p, i) => {
          const square = t === 1 ? 1 : v[i] / (1 - 0.999 ** (t - 1))
          return p - (0.1 * g[i]) / (Math.sqrt(square) + 1e-16)
        })
        m = zip(m, g, (a, s) => 0.9 * a + 0.1 * s)
        v = v.map((a, i) => 0.999 * a + 0.001 * (g[i] - m[i]) ** 2)
        return next
      })
    )
  })

  test('cocob', () => {
    let [theta, scale, sizes, reward] = [
      [0, 0],
      [1e-8, 1e-8],
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.cocob({ alpha: 10 })),
      written((x, g) => {
        scale = zip(scale, g, (l, s) => Math.max(l, Math.abs(s)))
        sizes = zip(sizes, g, (a, s) => a + Math.abs(s))
        reward = reward.map((r, i) => Math.max(r - g[i] * (x[i] - params[i]), 0))
        theta = zip(theta, g, (a, s) => a - s)
        return x.map((_, i) => {
          const held = scale[i] * Math.max(sizes[i] + scale[i], 10 * scale[i])
          return params[i] + (theta[i] / held) * (scale[i] + reward[i])
        })
      })
    )
  })

  test('prodigy', () => {
    let [m, v, s] = [
      [0, 0],
      [0, 0],
      [0, 0]
    ] as Vector[]
    let [d, weighted] = [0.1, 0]
    const b3 = Math.sqrt(0.999)
    expectNear(
      ours(optim.prodigy({ estimLr0: 0.1 })),
      written((x, g, t) => {
        const rate = (d * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)
        const own = g.map((y) => d * y)
        m = zip(m, own, (a, y) => 0.9 * a + 0.1 * y)
        v = zip(v, own, (a, y) => 0.999 * a + 0.001 * y * y)
        s = zip(s, own, (a, y) => b3 * a + (rate * y) / 0.1)
        const gained = dot(
          g,
          zip(params, x, (a, b) => a - b)
        )
        weighted = b3 * weighted + (d / 0.1) * rate * gained
        d = Math.max(d, weighted / s.reduce((sum, y) => sum + Math.abs(y), 0))
        return x.map((p, i) => p - (rate * m[i]) / (Math.sqrt(v[i]) + d * 1e-8))
      })
    )
  })

  test('dadaptAdamw', () => {
    let [m, v, s] = [
      [0, 0],
      [0, 0],
      [0, 0]
    ] as Vector[]
    let [d, weighted] = [0.1, 0]
    const b3 = Math.sqrt(0.999)
    expectNear(
      ours(optim.dadaptAdamw({ estimLr0: 0.1, weightDecay: 0.1 })),
      written((x, g, t) => {
        const rate = (d * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)
        const gained = dot(
          g,
          zip(s, v, (a, q) => a / (Math.sqrt(q) + 1e-8))
        )
        m = zip(m, g, (a, y) => 0.9 * a + 0.1 * rate * y)
        v = zip(v, g, (a, y) => 0.999 * a + 0.001 * y * y)
        s = zip(s, g, (a, y) => b3 * a + (1 - b3) * rate * y)
        weighted = b3 * weighted + (1 - b3) * rate * gained
        d = Math.max(d, weighted / ((1 - b3) * s.reduce((sum, y) => sum + Math.abs(y), 0)))
        return x.map((p, i) => p - m[i] / (Math.sqrt(v[i]) + 1e-8) - 0.1 * rate * p)
      })
    )
  })

  test('momo', () => {
    let [e, f, c] = [[0, 0] as Vector, 0, 0]
    const value = (x: Vector): number => x[0] ** 2 + x[1] ** 2
    expectNear(
      ours(optim.momo({ learningRate: 0.5 }), value),
      written((x, g, t) => {
        const b = t === 1 ? 0 : 0.9
        e = zip(e, g, (a, y) => b * a + (1 - b) * y)
        f = b * f + (1 - b) * value(x)
        c = b * c + (1 - b) * dot(g, x)
        const length = Math.max(f - c + dot(e, x), 0) / dot(e, e)
        return zip(x, e, (p, y) => p - Math.min(0.5, length) * y)
      })
    )
  })

  test('momoAdam', () => {
    let [e, v, f, c] = [[0, 0] as Vector, [0, 0] as Vector, 0, 0]
    const value = (x: Vector): number => x[0] ** 2 + x[1] ** 2
    expectNear(
      ours(optim.momoAdam({ learningRate: 0.1 }), value),
      written((x, g, t) => {
        e = zip(e, g, (a, y) => 0.9 * a + 0.1 * y)
        v = zip(v, g, (a, y) => 0.999 * a + 0.001 * y * y)
        f = 0.9 * f + 0.1 * value(x)
        c = 0.9 * c + 0.1 * dot(g, x)
        const direction = zip(e, v, (a, q) => a / (Math.sqrt(q / (1 - 0.999 ** t)) + 1e-8))
        const length = Math.max(f - c + dot(e, x), 0) / dot(e, direction)
        const step = Math.min(0.1 / (1 - 0.9 ** t), length)
        return zip(x, direction, (p, y) => p - step * y)
      })
    )
  })

  test('madgrad', () => {
    let [s, v] = [
      [0, 0],
      [0, 0]
    ] as Vector[]
    expectNear(
      ours(optim.madgrad({ learningRate: 0.1 })),
      written((x, g, t) => {
        const weight = 0.1 * Math.sqrt(t)
        s = zip(s, g, (a, y) => a + weight * y)
        v = zip(v, g, (a, y) => a + weight * y * y)
        return x.map((p, i) => {
          const z = params[i] - s[i] / (Math.cbrt(v[i]) + 1e-6)
          return 0.9 * p + 0.1 * z
        })
      })
    )
  })

  test('mechanize', () => {
    const betas = [0.9, 0.99]
    let [r, m, v, s] = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0.05, 0.05]
    ] as Vector[]
    expectNear(
      ours(
        optim.mechanize(optim.sgd({ learningRate: 1 }), { numBetas: 2, sInit: 0.1, weightDecay: 0 })
      ),
      written((x, g) => {
        const total = s[0] + s[1]
        const way = zip(x, params, (a, b) => (a - b) / (total + 1e-8))
        const h = dot(way, g)
        m = zip(betas, m, (b, a) => Math.max(b * a, Math.abs(h) + 1e-8))
        v = zip(betas, v, (b, a) => b * b * a + h * h)
        r = betas.map((b, i) => Math.max(b * r[i] - s[i] * h, 0))
        s = betas.map((_, i) => (0.05 * m[i] + r[i]) / (Math.sqrt(v[i]) + 1e-8))
        return x.map((_, i) => params[i] + (s[0] + s[1]) * (way[i] - g[i]))
      })
    )
  })

  test('sophia divides by the diagonal of the Hessian where that is large', () => {
    // Σ c x²: Hutchinson's estimate of a diagonal Hessian is exact.
    const curvature = vector([1, 4])
    const valueFn = (x: NdArray): NdArray => np.sum(np.mul(curvature, np.square(x)))
    const t = optim.sophia({ learningRate: 1, b1: 0, gamma: 1, weightDecay: 0, key: 0 })
    const p = vector([0.25, 0.5])
    const g = np.mul(np.mul(curvature, p), 2)
    const [updates] = t.update(g, t.init(p), p, { valueFn: valueFn })
    // g / h = 2 c x / 2 c = x: one step reaches the minimum.
    expectNear(Array.from(hostOf(updates)), [-0.25, -0.5])
  })
})

describe('reduceOnPlateau', () => {
  const t = optim.reduceOnPlateau({ factor: 0.5, patience: 2, cooldown: 1 })
  const scales = (values: readonly number[], of = t): Vector => {
    let state = of.init(0)
    return values.map((value) => {
      const [, next] = of.update(np.array(1), state, np.array(1), { value })
      state = next
      return (optim.tree.get(state, 'scale') as NdArray).item()
    })
  }

  test('halves the scale after values without improvement, and then waits', () => {
    expect(scales([5, 4, 4, 4, 4, 4, 4])).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25])
  })

  test('keeps it while the loss falls', () => {
    expect(scales([5, 4, 3, 2, 1])).toEqual([1, 1, 1, 1, 1])
  })

  test('never goes below the least scale', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, minScale: 0.3 })
    expect(scales([1, 1, 1, 1], t)).toEqual([1, 0.5, 0.3, 0.3].map(Math.fround))
  })

  test('counts as an improvement what is by more than both tolerances', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, rtol: 0.25, atol: 1 })
    // Below 8 · ¾ − 1 = 5, then below 4 · ¾ − 1 = 2.
    expect(scales([8, 5, 4, 2, 1], t)).toEqual([1, 0.5, 0.5, 0.25, 0.25])
  })

  test('looks at means of as many losses as it is told to', () => {
    const t = optim.reduceOnPlateau({ factor: 0.5, patience: 1, accumulationSize: 2 })
    // Means 2, 2 and 1.
    expect(scales([1, 3, 3, 1, 0, 2], t)).toEqual([1, 1, 1, 0.5, 0.5, 0.5])
  })

  test('wants a factor that reduces', () => {
    expect(message(() => optim.reduceOnPlateau({ factor: 2 }))).toMatchInlineSnapshot(`
      "ValueError reduceOnPlateau: the scale would not fall, or nothing would be an improvement
        got:      factor: 2, rtol: 0.0001, atol: 0
        expected: a factor between 0 and 1, tolerances from 0 on, rtol at most 1
        hint:     { factor: 0.1, rtol: 1e-4 } are usual"
    `)
  })
})

test('splitRealAndImaginary gives both parts of a complex parameter moments of their own', () => {
  const t = optim.splitRealAndImaginary(optim.adam({ learningRate: 0.1 }))
  const z = np.array([1], { dtype: 'complex64' })
  const g = lax.complex(np.array([3]), np.array([-4]))
  const [updates] = t.update(g, t.init(z), z)
  expect(updates.dtype).toBe('complex64')
  expect(hostOf(updates)[0]).toBeCloseTo(-0.1, 5)
  expect(hostOf(updates)[1]).toBeCloseTo(0.1, 5)
})
