import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import * as nn from '../../src/nn/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { expectClose } from '../equality.ts'

const f64 = (...values: readonly number[]): NdArray =>
  fromHost(makeAval([values.length], 'float64'), Float64Array.from(values))

const points = [-7, -1.5, -0.3, 0, 0.2, 1.1, 8] as const

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

/** Each activation by its textbook formula, in double precision. */
const table: Readonly<Record<string, readonly [(x: NdArray) => NdArray, (x: number) => number]>> = {
  relu: [nn.relu, (x) => Math.max(x, 0)],
  relu6: [nn.relu6, (x) => clamp(x, 0, 6)],
  leakyRelu: [nn.leakyRelu, (x) => (x >= 0 ? x : 0.01 * x)],
  hardTanh: [nn.hardTanh, (x) => clamp(x, -1, 1)],
  hardSigmoid: [nn.hardSigmoid, (x) => clamp(x + 3, 0, 6) / 6],
  hardSilu: [nn.hardSilu, (x) => (x * clamp(x + 3, 0, 6)) / 6],
  sparsePlus: [nn.sparsePlus, (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4)],
  sparseSigmoid: [nn.sparseSigmoid, (x) => clamp((x + 1) / 2, 0, 1)],
  sigmoid: [nn.sigmoid, sigmoid],
  softplus: [nn.softplus, softplus],
  logSigmoid: [nn.logSigmoid, (x) => -softplus(-x)],
  softSign: [nn.softSign, (x) => x / (1 + Math.abs(x))],
  silu: [nn.silu, (x) => x * sigmoid(x)],
  mish: [nn.mish, (x) => x * Math.tanh(softplus(x))],
  elu: [nn.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  celu: [(x) => nn.celu(x, { alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x / 2))],
  selu: [nn.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
  gelu: [
    nn.gelu,
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
  ],
  squareplus: [nn.squareplus, (x) => (x + Math.sqrt(x * x + 4)) / 2],
  identity: [nn.identity, (x) => x],
  tanh: [nn.tanh, Math.tanh]
}

describe('each activation is its formula', () => {
  test.each(Object.entries(table))('%s', (_name, [f, reference]) => {
    expectClose(f(f64(...points)), f64(...points.map(reference)), { rtol: 1e-12, atol: 1e-14 })
  })

  test('gelu, exactly: x Φ(x)', () => {
    // Φ(1) = 0.8413447460685429, from tables of the normal distribution.
    expectClose(nn.gelu(f64(1), { approximate: false }), f64(0.8413447460685429), { rtol: 1e-12 })
  })

  test('log1mexp on both of its branches', () => {
    const x = [1e-8, 0.5, 1, 40]
    expectClose(
      nn.log1mexp(f64(...x)),
      f64(...x.map((v) => (v < 0.7 ? Math.log(-Math.expm1(-v)) : Math.log1p(-Math.exp(-v))))),
      {
        rtol: 1e-12
      }
    )
  })
})

describe('corners have the derivative that JAX gives', () => {
  test.each<readonly [string, (x: NdArray) => NdArray, number, number]>([
    ['relu at 0', nn.relu, 0, 0],
    ['relu6 at 0', nn.relu6, 0, 0],
    ['relu6 at 6', nn.relu6, 6, 0],
    ['softplus at 0', nn.softplus, 0, 0.5],
    ['elu at 0', nn.elu, 0, 1],
    ['celu at 0', nn.celu, 0, 1],
    ['leakyRelu at 0', nn.leakyRelu, 0, 1]
  ])('%s', (_name, f, x, slope) => {
    expect(hostOf(grad((v: NdArray) => f(v))(x))[0]).toBeCloseTo(slope, 6)
  })
})

describe('functions of axes', () => {
  const x = fromHost(makeAval([2, 2], 'float64'), Float64Array.of(0, Math.log(3), 1000, 1000))

  test('softmax sums to one, also where e^x overflows', () => {
    const expected = fromHost(makeAval([2, 2], 'float64'), Float64Array.of(0.25, 0.75, 0.5, 0.5))
    expectClose(nn.softmax(x), expected, { rtol: 1e-12 })
  })

  test('logSoftmax is its logarithm', () => {
    const half = Math.log(0.5)
    const expected = Float64Array.of(Math.log(0.25), Math.log(0.75), half, half)
    expectClose(nn.logSoftmax(x), fromHost(makeAval([2, 2], 'float64'), expected), { rtol: 1e-12 })
  })

  test('logsumexp reduces all axes by default, and −∞ stays −∞', () => {
    expectClose(
      nn.logsumexp(f64(0, Math.log(3))),
      fromHost(makeAval([], 'float64'), Float64Array.of(Math.log(4))),
      { rtol: 1e-12 }
    )
    expect(hostOf(nn.logsumexp(f64(-Infinity, -Infinity)))[0]).toBe(-Infinity)
    expect(nn.logsumexp(x, { axis: -1, keepdims: true }).shape).toEqual([2, 1])
  })

  test('glu gates the first half by the second', () => {
    expectClose(nn.glu(f64(2, 4, 0, 0)), f64(1, 2), { rtol: 1e-12 })
  })

  test('oneHot marks the class, and none when it is out of range', () => {
    const labels = fromHost(makeAval([2], 'int32'), Int32Array.of(1, 5))
    expect([...hostOf(nn.oneHot(labels, 3))]).toEqual([0, 1, 0, 0, 0, 0])
    expect(nn.oneHot(labels, 3, { axis: 0 }).shape).toEqual([3, 2])
  })
})
