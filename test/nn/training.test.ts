import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import * as nn from '../../src/nn/index.ts'
import * as optim from '../../src/optim/index.ts'
import { valueAndGrad } from '../../src/transforms/vjp.ts'

interface Wire {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

interface Run {
  readonly params: unknown
  readonly losses: readonly number[]
}

/** Eight steps of adam(0.01) on scikit-learn's digits by JAX 0.11.2 and optax 0.2.8, float32. */
const table = JSON.parse(
  gunzipSync(readFileSync(new URL('training-table.json.gz', import.meta.url))).toString()
) as {
  readonly batches: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[]
  readonly runs: { readonly mlp_adam: Run; readonly cnn_adam: Run }
}

const decode = ({ shape, data }: Wire): NdArray =>
  fromHost(makeAval(shape, 'float32'), Float32Array.from(data))

/** The losses of the recorded batches, from the recorded parameters. */
const train = <P>(
  net: nn.Stateless<P>,
  params: P,
  example: readonly number[]
): readonly number[] => {
  const optimizer = optim.adam({ learningRate: 0.01 })
  const loss = (p: P, x: NdArray, y: NdArray): NdArray => {
    const each = optim.softmaxCrossEntropyWithIntegerLabels(net.apply(p, x), y)
    return lax.div(lax.reduceSum(each, [0]), each.size)
  }
  const step = jit((p: P, state: optim.OptState, x: NdArray, y: NdArray) => {
    const [value, grads] = valueAndGrad(loss)(p, x, y)
    const [updates, next] = optimizer.update(grads, state, p)
    return [optim.applyUpdates(p, updates), next, value] as const
  })
  let [now, state] = [params, optimizer.init(params)]
  return table.batches.map(({ x, y }) => {
    const images = decode({ shape: [y.length, ...example], data: x })
    const labels = fromHost(makeAval([y.length], 'int32'), Int32Array.from(y))
    const [next, nextState, value] = step(now, state, images, labels)
    ;[now, state] = [next, nextState]
    return hostOf(value)[0]
  })
}

const expectLosses = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length)
  actual.forEach((loss, i) => expect(Math.abs(loss / expected[i] - 1)).toBeLessThan(1e-4))
}

describe("the losses of training are JAX's", () => {
  test('for two dense layers', () => {
    const net = nn.stateless(
      nn.sequential([nn.dense({ features: 32 }), nn.relu, nn.dense({ features: 10 })])
    )
    const { params, losses } = table.runs.mlp_adam
    const { l1, l2 } = params as Record<'l1' | 'l2', { readonly w: Wire; readonly b: Wire }>
    const own = [l1, l2].map(({ w, b }) => ({ kernel: decode(w), bias: decode(b) }))
    expectLosses(train(net, [own[0], {}, own[1]], [64]), losses)
  })

  test('for two convolutions, pooled', () => {
    const block = (features: number) => ({
      conv: nn.conv({ features, kernelSize: [3, 3], useBias: false }),
      relu: nn.relu,
      pool: nn.maxPool({ windowShape: [2, 2] })
    })
    const net = nn.stateless(
      nn.sequential({
        one: nn.sequential(block(8)),
        two: nn.sequential(block(16)),
        flatten: nn.flatten(),
        head: nn.dense({ features: 10 })
      })
    )
    const { params, losses } = table.runs.cnn_adam
    const { c1, c2, w, b } = params as Record<'c1' | 'c2' | 'w' | 'b', Wire>
    const stage = (kernel: Wire) => ({ conv: { kernel: decode(kernel) }, relu: {}, pool: {} })
    const head = { kernel: decode(w), bias: decode(b) }
    expectLosses(
      train(net, { one: stage(c1), two: stage(c2), flatten: {}, head }, [8, 8, 1]),
      losses
    )
  })
})
