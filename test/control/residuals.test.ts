/** What reverse mode keeps, read off the programs it makes and the memory they plan. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { explain } from '../../src/control/explain.ts'
import * as lax from '../../src/lax/index.ts'
import type { Jaxpr } from '../../src/trace/jaxpr.ts'
import { makeJaxpr } from '../../src/transforms/inspect.ts'
import { grad } from '../../src/transforms/vjp.ts'

const wave = (shape: readonly number[]): NdArray => {
  const data = new Float32Array(shape.reduce((n, d) => n * d, 1))
  return fromHost(
    makeAval(shape, 'float32'),
    data.map((_, i) => Math.sin(i) / 8)
  )
}

/** Shapes of everything that a program and the programs in it compute. */
const shapesOf = (jaxpr: Jaxpr): readonly (readonly number[])[] =>
  jaxpr.equations.flatMap((e) => [
    ...e.outputs.map((v) => v.aval.shape),
    ...(e.primitive.programs?.(e.params) ?? []).flatMap(shapesOf)
  ])

/** Results of the loops of a program, which is where residuals are stacked. */
const loopResults = (jaxpr: Jaxpr): readonly (readonly number[])[] =>
  jaxpr.equations.flatMap((e) =>
    e.primitive.name === 'scan'
      ? e.outputs.map((v) => v.aval.shape)
      : (e.primitive.programs?.(e.params) ?? []).flatMap(loopResults)
  )

describe('an LSTM as a scan', () => {
  const [steps, features, hidden] = [7, 5, 3]
  interface Weights {
    readonly input: NdArray // [features, 4 hidden]
    readonly state: NdArray // [hidden, 4 hidden]
    readonly bias: NdArray // [4 hidden]
  }
  const weights: Weights = {
    input: wave([features, 4 * hidden]),
    state: wave([hidden, 4 * hidden]),
    bias: wave([4 * hidden])
  }
  const xs = wave([steps, features])

  const loss = (w: Weights, inputs: NdArray): NdArray => {
    const start = lax.full([hidden], 0, 'float32')
    const [[h]] = lax.scan(
      ([h, c]: readonly [NdArray, NdArray], x: NdArray) => {
        const z = lax.add(lax.add(lax.dot(x, w.input), lax.dot(h, w.state)), w.bias)
        const [i, f, o, g] = lax.split(z, [hidden, hidden, hidden, hidden])
        if (i === undefined || f === undefined || o === undefined || g === undefined)
          throw new RangeError('split gives one part per size')
        const cell = lax.add(lax.mul(lax.logistic(f), c), lax.mul(lax.logistic(i), lax.tanh(g)))
        const next = lax.mul(lax.logistic(o), lax.tanh(cell))
        return [[next, cell], []] as const
      },
      [start, start] as const,
      inputs
    )
    return lax.reduceSum(lax.mul(h, h), [0])
  }

  const { jaxpr } = makeJaxpr(grad(loss))(weights, xs)

  test('never stacks its weights: no array is [steps, …weights]', () => {
    const stacked = new Set([
      `${steps},${features},${4 * hidden}`,
      `${steps},${hidden},${4 * hidden}`,
      `${steps},${4 * hidden},${features}`,
      `${steps},${4 * hidden},${hidden}`
    ])
    expect(shapesOf(jaxpr).filter((s) => stacked.has(s.join()))).toEqual([])
  })

  test('keeps a few vectors per step, and not its inputs a second time', () => {
    const stacks = loopResults(jaxpr).filter((s) => s[0] === steps && s.length === 2)
    expect(stacks.some((s) => s[1] === features)).toBe(false)
    expect(stacks.map((s) => s[1])).toMatchInlineSnapshot(`
      [
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        3,
        12,
      ]
    `)
  })
})

describe('checkpoint', () => {
  const depth = 12
  const x = wave([64, 64])
  const w = wave([64, 64])
  const block = (v: NdArray, m: NdArray): NdArray =>
    lax.tanh(lax.dot(lax.tanh(lax.dot(lax.tanh(lax.dot(v, m)), m)), m))
  const chain =
    (layer: typeof block) =>
    (m: NdArray, v: NdArray): NdArray => {
      let y = v
      for (let i = 0; i < depth; i++) y = layer(y, m)
      return lax.reduceSum(y, [0, 1])
    }

  test('makes the gradient of a chain need less memory', () => {
    const plain = explain(grad(chain(block)))(w, x)
    const again = explain(grad(chain(checkpoint(block))))(w, x)
    expect(again.peakBytes).toBeLessThan(0.7 * plain.peakBytes)
    // A third of the values is kept, and the forward pass is computed twice.
    expect(again.flops).toBeGreaterThan(1.2 * plain.flops)
    expect(again.flops).toBeLessThan(1.5 * plain.flops)
  })

  test('per step makes the gradient of a scan need less memory', () => {
    const repeated =
      (perStep: boolean) =>
      (m: NdArray, v: NdArray): NdArray =>
        lax.reduceSum(
          lax.scan((c: NdArray, _x: readonly never[]) => [block(c, m), []] as const, v, [], {
            length: 32,
            checkpoint: perStep
          })[0],
          [0, 1]
        )
    const plain = explain(grad(repeated(false)))(w, x)
    const again = explain(grad(repeated(true)))(w, x)
    expect(again.peakBytes).toBeLessThan(0.6 * plain.peakBytes)
  })
})
