/**
 * MAML: parameters from which a few gradient steps fit any sine wave. The inner steps are inside of
 * the loss, so its gradient goes through theirs: a derivative of a derivative, mapped over tasks.
 *
 * Source: Finn, Abbeel & Levine 2017, §5.1.
 */
import { grad, nn, np, optim, random, tree, vmap, type NdArray } from 'cotangent'
import { example } from './example.ts'
import { fit } from './training.ts'

const network = nn.stateless(
  nn.sequential([
    nn.dense({ features: 40 }),
    nn.relu,
    nn.dense({ features: 40 }),
    nn.relu,
    nn.dense({ features: 1 })
  ])
)
type Params = ReturnType<typeof network.init>

interface Points {
  readonly x: NdArray // [n, 1]
  readonly y: NdArray // [n, 1]
}

interface Task {
  readonly shown: Points
  readonly asked: Points
}

/** A sine of random amplitude and phase: some points to learn from, others to be judged by. */
const task = (key: NdArray, shots: number): Task => {
  const named = (name: string): NdArray => random.foldIn(key, name)
  const amplitude = random.uniform(named('amplitude'), [], { minval: 0.1, maxval: 5 })
  const phase = random.uniform(named('phase'), [], { minval: 0, maxval: Math.PI })
  const points = (name: string): Points => {
    const x = random.uniform(named(name), [shots, 1], { minval: -5, maxval: 5 })
    return { x, y: np.multiply(amplitude, np.sin(np.subtract(x, phase))) }
  }
  return { shown: points('shown'), asked: points('asked') }
}

const error = (p: Params, { x, y }: Points): NdArray =>
  np.mean(np.square(np.subtract(network.apply(p, x), y)))

/** `count` steps of gradient descent on what is shown. */
const adapt = (p: Params, shown: Points, count: number, rate = 0.01): Params =>
  Array.from({ length: count }).reduce<Params>(
    (now) => tree.map((w: NdArray, g: NdArray) => w.sub(g.mul(rate)), now, grad(error)(now, shown)),
    p
  )

const afterSteps = (p: Params, { shown, asked }: Task, count: number): NdArray =>
  error(adapt(p, shown, count), asked)

export const maml = example({
  summary: 'MAML learns to fit sine waves from ten points in one gradient step.',
  defaults: { steps: 3000, tasks: 25, shots: 10, seed: 0 },
  help: {
    steps: 'training steps',
    tasks: 'sine waves in a step',
    shots: 'points of each wave',
    seed: 'the same seed gives the same numbers'
  },
  run: ({ steps, tasks, shots, seed }, print) => {
    const key = random.key(seed)
    const manyTasks = (k: NdArray, count: number): Task =>
      vmap((one: NdArray) => task(one, shots))(random.split(k, count))
    const mean = (p: Params, all: Task, count: number): NdArray =>
      np.mean(vmap((one: Task) => afterSteps(p, one, count))(all))
    const begin = network.init(random.foldIn(key, 'init'), { inputShape: [1, 1] })
    const { params, losses } = fit({
      params: begin,
      loss: (p: Params, _batch: object, k) => mean(p, manyTasks(k, tasks), 1),
      optimizer: optim.adam({ learningRate: 1e-3 }),
      steps,
      batchOf: () => ({}),
      key,
      print
    })
    const unseen = manyTasks(random.foldIn(key, 'unseen'), 200)
    const [before, one, ten] = [0, 1, 10].map((n) => Number(mean(params, unseen, n).item()))
    const scratch = Number(mean(begin, unseen, 10).item())
    print(
      `error on unseen waves after 0, 1 and 10 steps: ${[before, one, ten].map((e) => e.toFixed(3)).join(', ')}`
    )
    print(`after 10 steps from untrained parameters: ${scratch.toFixed(3)}`)
    return { first: losses[0], before, one, ten, scratch }
  }
})
