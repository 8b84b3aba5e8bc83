/** Programs that run for ever in some process: what one step of each does. */
import { config, grad, jit, np, optim, random, valueAndGrad, nn, type NdArray } from 'cotangent'

export interface LongProgram {
  /** What it shows. */
  readonly title: string
  readonly steps: number
  /** Prepares it; the result makes step `i`. A step that returns a promise is waited for. */
  readonly begin: () => (i: number) => void | Promise<void>
}

const perceptron = nn.stateless(
  nn.sequential({
    first: nn.dense({ features: 64 }),
    relu: nn.lambda(nn.relu),
    second: nn.dense({ features: 10 })
  })
)
const optimizer = optim.adam({ learningRate: 1e-3 })
const batch = random.normal(random.key(1), [32, 48])
const labels = np.array(
  Array.from({ length: 32 }, (_, i) => i % 10),
  { dtype: 'int32' }
)

/** A training step of a small perceptron; its weights are large enough to stay in the memory. */
const training = (donated: readonly number[]) => {
  let params = perceptron.init(random.key(0), { inputShape: batch.shape })
  let state = optimizer.init(params)
  const step = jit(
    (p: typeof params, s: typeof state, x: NdArray, y: NdArray) => {
      const loss = (q: typeof params): NdArray =>
        np.mean(optim.softmaxCrossEntropyWithIntegerLabels(perceptron.apply(q, x), y))
      const [value, grads] = valueAndGrad(loss)(p)
      const [updates, next] = optimizer.update(grads, s, p)
      return [optim.applyUpdates(p, updates), next, value] as const
    },
    { donateArgnums: donated }
  )
  return (): NdArray => {
    const [p, s, value] = step(params, state, batch, labels)
    params = p
    state = s
    return value
  }
}

const ensure = (holds: boolean, i: number): void => {
  if (!holds) throw new RangeError(`step ${i} has a wrong result`)
}

export const programs: Readonly<Record<string, LongProgram>> = {
  train: {
    title: 'training steps in a synchronous loop',
    steps: 100_000,
    begin: () => {
      const step = training([])
      return () => {
        step()
      }
    }
  },
  trainDonated: {
    title: 'the same, donating parameters and state',
    steps: 100_000,
    begin: () => {
      const step = training([0, 1])
      return () => {
        step()
      }
    }
  },
  trainAwaited: {
    title: 'the same, waiting for the loss and reading it',
    steps: 100_000,
    begin: () => {
      const step = training([])
      return async (i) => {
        const [loss] = await step().data()
        ensure(loss >= 0, i)
      }
    }
  },
  large: {
    title: 'results of a megabyte in a synchronous loop, each the argument of the next',
    steps: 100_000,
    begin: () => {
      const step = jit((x: NdArray) => np.add(x, 1))
      let x = np.zeros([2 ** 18])
      return (i) => {
        x = step(x)
        if (i % 1000 === 0) ensure(x.at(77).get().item() === i + 1, i)
      }
    }
  },
  largeRead: {
    title: 'the same, each read by the program that called',
    steps: 20_000,
    begin: () => {
      const step = jit((x: NdArray) => np.add(x, 1))
      const x = np.zeros([2 ** 18])
      return (i) => {
        ensure(step(np.add(x, i)).toTypedArray()[99] === i + 1, i)
      }
    }
  },
  largeCopied: {
    title: 'the same, where the engine may not be asked what is garbage',
    steps: 20_000,
    begin: () => {
      config({ engineFlags: false })
      const step = jit((x: NdArray) => np.add(x, 1))
      let x = np.zeros([2 ** 18])
      return (i) => {
        x = step(x)
        if (i % 1000 === 0) ensure(x.at(77).get().item() === i + 1, i)
      }
    }
  },
  eager: {
    title: 'gradients without jit',
    steps: 20_000,
    begin: () => {
      const w = random.normal(random.key(2), [48, 10])
      const slope = grad((v: NdArray) => np.mean(np.tanh(np.matmul(batch, v))))
      return () => {
        slope(w)
      }
    }
  },
  shapes: {
    title: 'shapes of a jitted function, all different',
    steps: 50_000,
    begin: () => {
      const f = jit((x: NdArray) => np.sum(np.multiply(x, 2)))
      return (i) => {
        const n = 1 + ((i * 7919) % 99_991)
        ensure(f(np.ones([n])).item() === 2 * n, i)
      }
    }
  },
  eagerShapes: {
    title: 'shapes of operations without jit, all different and large enough for kernels',
    steps: 50_000,
    begin: () => (i) => {
      const n = 16_384 + ((i * 7919) % 99_991)
      ensure(np.sum(np.add(np.ones([n]), 1)).item() === 2 * n, i)
    }
  },
  functions: {
    title: 'functions that are jitted, called and forgotten',
    steps: 10_000,
    begin: () => {
      const x = np.ones([500])
      return (i) => {
        const f = jit((v: NdArray) => np.add(np.multiply(v, i), 1))
        ensure(f(x).at(499).get().item() === i + 1, i)
      }
    }
  },
  failures: {
    title: 'calls that throw while they are traced',
    steps: 20_000,
    begin: () => {
      const [x, y] = [np.ones([5000]), np.ones([4999])]
      const f = jit((v: NdArray) => np.add(np.multiply(v, 2), y))
      return (i) => {
        try {
          f(x)
        } catch {
          return
        }
        ensure(false, i)
      }
    }
  }
}
