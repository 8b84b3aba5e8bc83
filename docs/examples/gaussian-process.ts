/**
 * Gaussian-process regression: the length, scale and noise of the kernel are found by the gradient
 * of the log marginal likelihood, which goes through a Cholesky factorisation.
 *
 * Source: Rasmussen & Williams 2006, algorithm 2.1.
 */
import { np, optim, random, type NdArray } from 'cotangent'
import { example } from './example.ts'
import { fit } from './training.ts'

interface Params {
  readonly length: NdArray // logarithms, so that all are positive
  readonly scale: NdArray
  readonly noise: NdArray
}

interface Data {
  readonly x: NdArray // [n]
  readonly y: NdArray // [n]
}

const kernel = ({ length, scale }: Params, a: NdArray, b: NdArray): NdArray => {
  const distance = np.subtract(np.expandDims(a, 1), np.expandDims(b, 0)).div(np.exp(length))
  return np.exp(np.square(distance).mul(-0.5)).mul(np.exp(scale.mul(2)))
}

const factor = (p: Params, x: NdArray): NdArray => {
  const noise = np.exp(p.noise.mul(2)).add(1e-6)
  return np.linalg.cholesky(kernel(p, x, x).add(np.eye(x.size).mul(noise)))
}

const solve = (l: NdArray, y: NdArray): NdArray => np.linalg.solve(l.T, np.linalg.solve(l, y))

/** −log p(y | x), by the number of points. */
const loss = (p: Params, { x, y }: Data): NdArray => {
  const l = factor(p, x)
  const fitted = np.dot(y, solve(l, y)).mul(0.5)
  return fitted
    .add(np.sum(np.log(np.diag(l))))
    .add(0.5 * x.size * Math.log(2 * Math.PI))
    .div(x.size)
}

/** Mean and standard deviation at new points. */
const predict = (p: Params, { x, y }: Data, at: NdArray): readonly [NdArray, NdArray] => {
  const l = factor(p, x)
  const cross = kernel(p, x, at)
  const v = np.linalg.solve(l, cross)
  const variance = np.exp(p.scale.mul(2)).sub(np.sum(np.square(v), { axis: 0 }))
  return [np.matmul(cross.T, solve(l, y)), np.sqrt(np.maximum(variance, 0))]
}

export const gaussianProcess = example({
  summary: 'Gaussian-process regression with a kernel found by grad.',
  defaults: { steps: 300, points: 40, seed: 0 },
  help: {
    steps: 'steps on the marginal likelihood',
    points: 'noisy points of a sine wave',
    seed: 'the same seed gives the same numbers'
  },
  run: ({ steps, points, seed }, print) => {
    const key = random.key(seed)
    const x = random.uniform(random.foldIn(key, 'x'), [points], { minval: -4, maxval: 4 })
    const y = np.sin(x).add(random.normal(random.foldIn(key, 'noise'), [points]).mul(0.1))
    const zero = np.array(0)
    const { params, losses } = fit({
      params: { length: zero, scale: zero, noise: zero },
      loss,
      optimizer: optim.adam({ learningRate: 0.05 }),
      steps,
      batchOf: (): Data => ({ x, y }),
      print
    })
    const at = np.linspace(-4, 4, 81)
    const [mean, deviation] = predict(params, { x, y }, at)
    const error = Number(np.sqrt(np.mean(np.square(np.subtract(mean, np.sin(at))))).item())
    const { length, noise } = params
    const found = [length, noise].map((v) => Number(np.exp(v).item()))
    print(`length ${found[0].toFixed(2)}, noise ${found[1].toFixed(3)} (the data has 0.1)`)
    print(
      `error of the mean ${error.toFixed(3)}, its own guess ${Number(np.mean(deviation).item()).toFixed(3)}`
    )
    return { first: losses[0], last: losses[steps - 1], error, noise: found[1] }
  }
})
