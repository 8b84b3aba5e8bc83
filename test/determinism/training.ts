/** Small training runs: losses and parameters after a few steps. */
import { jit, lax, nn, np, optim, random, tree, valueAndGrad, type NdArray } from 'cotangent'
import { bitsOf, uniform } from './elementwise.ts'

type Loss<P> = (params: P) => NdArray

/** The losses of five steps of adam, and the parameters after them. */
const train = <P>(start: P, loss: Loss<P>): readonly NdArray[] => {
  const optimizer = optim.adam({ learningRate: 0.01 })
  const step = jit((params: P, state: optim.OptState) => {
    const [value, grads] = valueAndGrad(loss)(params)
    const [updates, next] = optimizer.update(grads, state, params)
    return [optim.applyUpdates(params, updates), next, value] as const
  })
  const run = (params: P, state: optim.OptState, left: number): readonly NdArray[] => {
    if (left === 0) return tree.leaves(params) as NdArray[] // the parameters are arrays
    const [next, nextState, value] = step(params, state)
    return [value, ...run(next, nextState, left - 1)]
  }
  return run(start, optimizer.init(start), 5)
}

const labels = (count: number, classes: number): NdArray =>
  np.array(
    Array.from(bitsOf(count, 40), (b) => b % classes),
    { dtype: 'int32' }
  )

const meanLoss = (logits: NdArray, expected: NdArray): NdArray =>
  np.mean(optim.softmaxCrossEntropyWithIntegerLabels(logits, expected))

const perceptron = (): readonly NdArray[] => {
  const net = nn.stateless(
    nn.sequential({
      first: nn.dense({ features: 33 }),
      gelu: nn.lambda(nn.gelu),
      second: nn.dense({ features: 10 })
    })
  )
  const x = uniform(50, 20, 37)
  const start = net.init(random.key(1), { inputShape: x.shape })
  return train(start, (p) => meanLoss(net.apply(p, x), labels(20, 10)))
}

const convolutional = (): readonly NdArray[] => {
  const net = nn.stateless(
    nn.sequential({
      conv: nn.conv({ features: 7, kernelSize: [3, 3] }),
      tanh: nn.lambda(np.tanh),
      pool: nn.maxPool({ windowShape: [2, 2] }),
      flatten: nn.flatten(),
      head: nn.dense({ features: 5 })
    })
  )
  const x = uniform(51, 6, 12, 11, 3)
  const start = net.init(random.key(2), { inputShape: x.shape })
  return train(start, (p) => meanLoss(net.apply(p, x), labels(6, 5)))
}

/** A recurrent network of one matrix, through scan. */
const recurrent = (): readonly NdArray[] => {
  const [xs, target] = [uniform(52, 9, 4, 8), uniform(53, 4, 16)]
  const start = { w: uniform(54, 8, 16), u: np.multiply(uniform(55, 16, 16), 0.25) }
  const loss = ({ w, u }: typeof start): NdArray => {
    const [last] = lax.scan(
      (h: NdArray, x: NdArray) => {
        const next = np.tanh(np.add(np.matmul(x, w), np.matmul(h, u)))
        return [next, next] as const
      },
      np.zeros([4, 16]),
      xs
    )
    return np.mean(np.square(np.subtract(last, target)))
  }
  return train(start, loss)
}

export const training: Readonly<Record<string, () => readonly NdArray[]>> = {
  perceptron,
  convolutional,
  recurrent
}
