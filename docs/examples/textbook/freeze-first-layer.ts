/** A 10-20-2 classifier, trained by SGD; then its first layer is frozen and the rest trains on. */
import { nn, np, optim, random, type NdArray } from 'cotangent'
import { combine, partition } from 'cotangent/finetune'
import { example } from '../example.ts'
import { fit } from '../training.ts'

export const network = nn.stateless(
  nn.sequential({ fc1: nn.dense({ features: 20 }), relu: nn.relu, fc2: nn.dense({ features: 2 }) })
)
export type Params = ReturnType<typeof network.init>

export interface Examples {
  readonly x: NdArray // [n, 10]
  readonly y: NdArray // int32 [n]
}

/** 100 steps of all, then 50 of the second layer, on the whole data at once. */
export const trainThenFreeze = (
  begin: Params,
  data: Examples,
  { steps = 100, frozenSteps = 50, print = (_line: string): void => undefined } = {}
) => {
  const loss = (p: Params, { x, y }: Examples): NdArray =>
    np.mean(optim.softmaxCrossEntropyWithIntegerLabels(network.apply(p, x), y))
  const optimizer = optim.sgd({ learningRate: 0.01 })
  const batchOf = (): Examples => data
  const trained = fit({ params: begin, loss, optimizer, steps, batchOf, print })
  const [fc2, fc1] = partition(trained.params, 'fc2')
  const tuned = fit({
    params: fc2,
    loss: (part, batch: Examples) => loss(combine(part, fc1), batch),
    optimizer,
    steps: frozenSteps,
    batchOf,
    print
  })
  return { trained, tuned: { ...tuned, params: combine(tuned.params, fc1) } }
}

export const freezeFirstLayer = example({
  summary: 'A 10-20-2 classifier by SGD, then with its first layer frozen.',
  defaults: { steps: 100, frozenSteps: 50, seed: 0 },
  help: {
    steps: 'steps of everything',
    frozenSteps: 'steps with the first layer frozen',
    seed: 'the same seed gives the same numbers'
  },
  run: ({ steps, frozenSteps, seed }, print) => {
    const key = random.key(seed)
    const data = {
      x: random.normal(random.foldIn(key, 'x'), [5, 10]),
      y: random.randint(random.foldIn(key, 'y'), [5], 0, 2)
    }
    const begin = network.init(random.foldIn(key, 'init'), { inputShape: [5, 10] })
    const { trained, tuned } = trainThenFreeze(begin, data, { steps, frozenSteps, print })
    const moved = np.max(np.abs(np.sub(tuned.params.fc1.kernel, trained.params.fc1.kernel))).item()
    print(`the first layer moved by ${moved} while it was frozen`)
    return {
      first: trained.losses[0],
      trained: trained.losses[steps - 1],
      tuned: tuned.losses[frozenSteps - 1],
      moved: Number(moved)
    }
  }
})
