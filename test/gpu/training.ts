/** A convolutional network that trains on a device as it does on the CPU, step by step. */
import { devicePut, jit, nn, np, optim, random, tree, valueAndGrad, type NdArray } from 'cotangent'

/** How large the images, their number and the layers are. */
export interface Scale {
  readonly image: number
  readonly batch: number
  readonly features: number
}

/** Small enough for a software adapter, large enough for a loss curve that says something. */
const small: Scale = { image: 12, batch: 16, features: 8 }

/** Two convolutions, a pool, two dense layers. */
const network = ({ features }: Scale) =>
  nn.stateless(
    nn.sequential({
      conv1: nn.conv({ features, kernelSize: [3, 3], padding: 'valid' }),
      relu1: nn.relu,
      pool: nn.maxPool({ windowShape: [2, 2] }),
      conv2: nn.conv({ features, kernelSize: [3, 3], strides: [1, 1], padding: 'same' }),
      relu2: nn.relu,
      flatten: nn.flatten(),
      hidden: nn.dense({ features: 2 * features }),
      relu3: nn.relu,
      output: nn.dense({ features: 4 })
    })
  )

/** Blobs whose place is their class. */
const batchOf = (
  key: NdArray,
  { image, batch }: Scale
): { readonly images: NdArray; readonly labels: NdArray } => {
  const labels = random.randint(key, [batch], 0, 4)
  const noise = random.normal(random.foldIn(key, 1), [batch, image, image, 1])
  const rows = np.arange(image).reshape([1, image, 1, 1])
  const center = labels
    .reshape([batch, 1, 1, 1])
    .mul(image / 4)
    .add(1)
  const blob = np.exp(np.negative(np.square(rows.sub(center))))
  return { images: np.add(blob.mul(3), noise.mul(0.3)), labels }
}

export interface Training {
  readonly losses: readonly number[]
  /** Where the kernels of a step ran. */
  readonly backends: readonly string[]
  readonly step: (carry: Carry, images: NdArray, labels: NdArray) => readonly [Carry, NdArray]
  readonly carry: Carry
  readonly data: { readonly images: NdArray; readonly labels: NdArray }
}

type Params = ReturnType<ReturnType<typeof network>['init']>

export interface Carry {
  readonly params: Params
  readonly state: optim.OptState
}

/** Trains for some steps of adam on one device. */
export const train = async (device: string, steps: number, scale = small): Promise<Training> => {
  const net = network(scale)
  const optimizer = optim.adam({ learningRate: 3e-3 })
  const loss = (params: Params, images: NdArray, labels: NdArray): NdArray =>
    np.mean(optim.softmaxCrossEntropyWithIntegerLabels(net.apply(params, images), labels))
  const step = jit(
    ({ params, state }: Carry, images: NdArray, labels: NdArray): readonly [Carry, NdArray] => {
      const [value, grads] = valueAndGrad(loss)(params, images, labels)
      const [updates, next] = optimizer.update(grads, state, params)
      return [{ params: optim.applyUpdates(params, updates), state: next }, value]
    },
    { donateArgnums: 0, device }
  )
  const key = random.key(0)
  const data = batchOf(random.foldIn(key, 2), scale)
  const params = net.init(key, { inputShape: data.images.shape })
  // Arrays of its own, since a step overwrites what it is given.
  const own = tree.map((x: NdArray) => np.copy(x), { params, state: optimizer.init(params) })
  let carry: Carry = device === 'cpu' ? own : devicePut(own, device)
  const backends = step
    .lower(carry, data.images, data.labels)
    .report()
    .kernels.map((k) => k.backend)
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const [next, value] = step(carry, data.images, data.labels)
    losses.push(...(await value.data()))
    carry = next
  }
  return { losses, backends, step, carry, data }
}
