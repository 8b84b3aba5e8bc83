/** Programs that differ in their numbers alone share their code, and give the same bits as before. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  config,
  explain,
  grad,
  jit,
  lax,
  makeJaxpr,
  np,
  optim,
  valueAndGrad,
  type NdArray
} from 'cotangent'
import { withoutNumbers } from '../../src/compile/generalise.ts'
import { livePrograms } from '../../src/compile/program.ts'
import { show } from '../../src/trace/show.ts'

const without = (f: (x: NdArray) => NdArray): string => {
  const general = withoutNumbers(jit(f).lower(np.ones([2])).jaxpr)
  return general === null
    ? 'no numbers'
    : `${show(general.jaxpr, 0)}\n${general.numbers.map(String).join(' ')}`
}

describe('the numbers of a program', () => {
  test('that arithmetic takes become arguments, equal ones one argument', () => {
    expect(without((x) => np.tanh(x.mul(0.5)).add(3).div(0.5))).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[2] b:f32[] c:f32[] . let
          d:f32[2] = broadcastInDim[shape=[2] dimensions=[]] b
          e:f32[2] = mul a d
          f:f32[2] = tanh e
          g:f32[2] = broadcastInDim[shape=[2] dimensions=[]] c
          h:f32[2] = add f g
          i:f32[2] = broadcastInDim[shape=[2] dimensions=[]] b
          j:f32[2] = div h i
        in (j,) }
      0.5 3.0"
    `)
  })

  test('that a called program has become its arguments too', () => {
    const inner = jit((x: NdArray) => x.mul(0.5).add(3), { name: 'inner' })
    expect(without((x) => inner(x).sub(3))).toMatchInlineSnapshot(`
      "{ lambda ; a:f32[2] b:f32[] c:f32[] . let
          d:f32[2] = jit[name=inner jaxpr={ lambda ; a:f32[2] b:f32[] c:f32[] . let
                d:f32[2] = broadcastInDim[shape=[2] dimensions=[]] b
                e:f32[2] = mul a d
                f:f32[2] = broadcastInDim[shape=[2] dimensions=[]] c
                g:f32[2] = add e f
              in (g,) }] a b c
          e:f32[2] = broadcastInDim[shape=[2] dimensions=[]] c
          f:f32[2] = sub d e
        in (f,) }
      0.5 3.0"
    `)
  })

  test('that are 0, 1 or −1, or are read by other than arithmetic, stay', () => {
    expect(without((x) => x.mul(1).add(0).sub(-1).mul(Infinity))).toBe('no numbers')
    expect(without((x) => np.where(x.greater(0.5), x, np.maximum(x, 0.25)))).toBe('no numbers')
    expect(without((x) => np.power(x, 2.5))).toBe('no numbers')
    expect(without((x) => x.add(np.full([2], 0.5).mul(0.25)))).toBe('no numbers')
    expect(without(() => np.full([2], 0.5))).toBe('no numbers')
  })
})

/** Programs that `run` has compiled. */
const compiledBy = (run: () => void): number => {
  const before = livePrograms()
  run()
  return livePrograms() - before
}

describe('functions that close over other numbers', () => {
  const x = np.ones([7])

  test('are two programs, however many there are', () => {
    const results: number[] = []
    const count = compiledBy(() => {
      for (let i = 2; i < 12; i++)
        results.push(
          jit((a) => a.mul(i).add(0.5))(x)
            .slice(3)
            .item()
        )
    })
    expect(results).toEqual([2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5])
    expect(count).toBe(2)
  })

  test('are two programs where they train too', () => {
    const w = np.ones([3, 2])
    const loss = (p: NdArray): NdArray => np.square(np.matmul(np.ones([4, 3]), p)).mean()
    const stepWith = (rate: number) => {
      const { update, init } = optim.sgd({ learningRate: rate, momentum: 0.75 })
      const state = init(w)
      return jit((p: NdArray) => {
        const [value, gradient] = valueAndGrad(loss)(p)
        return [value, optim.applyUpdates(p, update(gradient, state, p)[0])] as const
      })
    }
    const rates = [0.5, 0.25, 0.125, 0.0625]
    const count = compiledBy(() => {
      // The gradient of mean((1 w)²) at ones of [3, 2]: 2 · 3 · 4 / 8 = 3.
      for (const rate of rates) expect(stepWith(rate)(w)[1].slice(0, 0).item()).toBe(1 - 3 * rate)
    })
    expect(count).toBe(2)
  })

  test('are two programs where what they call closes over the numbers', () => {
    const results: number[] = []
    const count = compiledBy(() => {
      for (const c of [0.5, 0.25, 0.75, 0.375]) {
        const scaled = jit((a: NdArray) => a.mul(c).add(3))
        results.push(
          jit((a: NdArray) => scaled(a.add(c)).sub(3))(x)
            .slice(2)
            .item()
        )
      }
    })
    expect(results).toEqual([0.75, 0.3125, 1.3125, 0.515625]) // (1 + c) c
    expect(count).toBe(2)
  })

  test('may give their arguments away', () => {
    for (const by of [2, 3, 4]) {
      const given = np.full([5000], 2)
      expect(
        jit((a) => a.mul(by), { donateArgnums: 0 })(given)
          .slice(4999)
          .item()
      ).toBe(2 * by)
      expect(() => given.toTypedArray()).toThrow(/donated/)
    }
  })

  test('are told apart by the numbers that stay', () => {
    const relu = (slope: number, low: number) => (a: NdArray) => np.maximum(a, low).mul(slope)
    const count = compiledBy(() => {
      for (const low of [-3, -2, -4])
        expect(
          jit(relu(2, low))(np.full([7], -9))
            .slice(0)
            .item()
        ).toBe(2 * low)
    })
    expect(count).toBe(3)
  })

  test('say in explain what they were made of', () => {
    const of = (c: number): string =>
      String(
        jit((a: NdArray) => np.sin(a.mul(c)).sub(0.375))
          .lower(x)
          .report()
      )
    expect(of(0.5)).not.toContain('numbers as arguments')
    expect(of(0.75)).toContain(
      'numbers as arguments, for programs that differ in them: 0.75, 0.375'
    )
    expect(of(0.75)).toContain('0.75:f32[]')
    const measured = explain((a: NdArray) => np.sin(a.mul(0.875)).sub(0.375), { runs: 2 })(x)
    expect(measured.callMilliseconds).toBeGreaterThan(0)
  })
})

describe('a number written into code', () => {
  type Step = (h: NdArray, c: NdArray | number) => NdArray
  const steps: readonly Step[] = [
    (h, c) => np.multiply(h, c),
    (h, c) => np.add(h, c),
    (h, c) => np.subtract(h, c),
    (h, c) => np.divide(h, c),
    (h, c) => np.subtract(c, h),
    (h, c) => np.divide(c, h),
    (h) => np.tanh(h),
    (h, c) => np.exp(np.multiply(np.square(h), np.negative(np.square(c)))),
    (h, c) => np.exp(np.minimum(np.multiply(h, c), 0)),
    (h) => np.maximum(h, 0),
    (h, c) => np.sum(np.multiply(h, c), { axis: -1, keepdims: true }).add(h),
    (h, c) =>
      np.matmul(np.multiply(h, c), np.matrixTranspose(h)).sum({ axis: -1, keepdims: true }).add(h),
    (h) => lax.rsqrt(np.abs(h))
  ]
  const run = (x: NdArray, chosen: readonly number[], numbers: readonly (NdArray | number)[]) =>
    chosen.reduce((h, at, i) => steps[at](h, numbers[i]), x)
  const bits = (x: NdArray): Uint32Array =>
    new Uint32Array((x.toTypedArray() as Float32Array).buffer)

  test('makes the bits that the same number makes as an argument', () => {
    const before = config()
    config({ eagerThreshold: 0 })
    const values = fc.float({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(
        fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 6 }),
        fc.array(values, { minLength: 12, maxLength: 12 }),
        fc.array(fc.float({ noNaN: true }), { minLength: 35, maxLength: 35 }),
        (chosen, numbers, data) => {
          const x = np.reshape(np.array(data), [5, 7])
          const asArguments = jit((a: NdArray, ...cs: readonly NdArray[]) => run(a, chosen, cs))
          for (const cs of [numbers.slice(0, 6), numbers.slice(6)]) {
            const written = jit((a: NdArray) => run(a, chosen, cs))(x)
            const given = cs.map((c) => np.array(c))
            expect(bits(written)).toEqual(bits(asArguments(x, ...given)))
            const called = jit((a: NdArray) => run(a, chosen, cs))
            expect(bits(jit((a: NdArray) => called(a))(x))).toEqual(
              bits(
                jit((a: NdArray, ...ds: readonly NdArray[]) => asArguments(a, ...ds))(x, ...given)
              )
            )
          }
        }
      ),
      { numRuns: 60 }
    )
    config(before)
  })
})

test('gradients of functions that close over other numbers are their own', () => {
  const at = np.array([1, 2])
  const slope = (c: number): unknown =>
    jit(grad((x: NdArray) => x.mul(c).mul(x).sum()))(at).toNested()
  expect([2, 3, 5].map(slope)).toEqual([
    [4, 8],
    [6, 12],
    [10, 20]
  ])
  expect(String(makeJaxpr((x: NdArray) => x.mul(3))(at))).toContain('3:f32[]')
})
