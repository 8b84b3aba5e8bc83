/**
 * A physics-informed network: it learns u(t) of a damped spring, u'' + 2 d u' + w² u = 0 with
 * u(0) = 1 and u'(0) = 0, from the equation alone. The derivatives in the equation are `grad`s.
 */
import { grad, nn, np, optim, random, vmap, type NdArray } from 'cotangent'
import { example } from './example.ts'
import { fit } from './training.ts'

const [damping, frequency] = [1, 4]
const end = 2

const network = nn.stateless(
  nn.sequential([
    nn.dense({ features: 32 }),
    nn.tanh,
    nn.dense({ features: 32 }),
    nn.tanh,
    nn.dense({ features: 1 })
  ])
)
type Params = ReturnType<typeof network.init>

/** A function of time with the initial values built in: u(0) = 1, u'(0) = 0. */
const u = (params: Params, t: NdArray): NdArray =>
  np
    .reshape(network.apply(params, np.reshape(t, [1, 1])), [])
    .mul(np.square(t))
    .add(1)

const velocity = (p: Params, t: NdArray): NdArray => grad(u, { argnums: 1 })(p, t)
const acceleration = (p: Params, t: NdArray): NdArray => grad(velocity, { argnums: 1 })(p, t)

const residual = (params: Params, t: NdArray): NdArray =>
  acceleration(params, t)
    .add(velocity(params, t).mul(2 * damping))
    .add(u(params, t).mul(frequency ** 2))

const exact = (t: NdArray): NdArray => {
  const w = Math.sqrt(frequency ** 2 - damping ** 2)
  const wave = np.cos(t.mul(w)).add(np.sin(t.mul(w)).mul(damping / w))
  return np.exp(t.mul(-damping)).mul(wave)
}

export const pinn = example({
  summary: 'A physics-informed network solves the equation of a damped spring.',
  defaults: { steps: 10000, points: 128, seed: 0 },
  help: {
    steps: 'training steps',
    points: 'times at which the equation is asked for in a step',
    seed: 'the same seed gives the same numbers'
  },
  run: ({ steps, points, seed }, print) => {
    const key = random.key(seed)
    const { params, losses } = fit({
      params: network.init(random.foldIn(key, 'init'), { inputShape: [1, 1] }),
      loss: (p: Params, _batch: object, k) => {
        const times = random.uniform(k, [points]).mul(end)
        return np.mean(np.square(vmap(residual, { inAxes: [null, 0] })(p, times)))
      },
      optimizer: optim.adam({
        learningRate: optim.cosineDecaySchedule({ initValue: 3e-3, decaySteps: steps })
      }),
      steps,
      batchOf: () => ({}),
      key,
      print
    })
    const times = np.linspace(0, end, 101)
    const solved = vmap(u, { inAxes: [null, 0] })(params, times)
    const error = Number(np.max(np.abs(np.sub(solved, exact(times)))).item())
    print(`largest error against the closed form: ${error.toExponential(2)}`)
    return { first: losses[0], last: losses[steps - 1], error }
  }
})
