/** A convolutional network that trains on a device as it does on the CPU, step by step. */
import { devicePut, jit, nn, np, optim, random, tree, valueAndGrad, type NdArray } from 'cotangent'
import { network as mnistNetwork } from '../../docs/examples/mnist/network.ts'

/** How large the images, their number and the layers are. */
interface Scale {
  readonly image: number
  readonly batch: number
  readonly features: number
}

interface Data {
  readonly images: NdArray
  readonly labels: NdArray
}

/** A network, and what it learns. */
export interface Subject<P> {
  readonly net: {
    readonly init: (key: NdArray, options: { readonly inputShape: readonly number[] }) => P
    readonly apply: (params: P, images: NdArray) => NdArray
  }
  readonly data: () => Data
}

/** Two convolutions, a pool, two dense layers. */
const network = (features: number) =>
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
const blobs = ({ image, batch }: Omit<Scale, 'features'>): Data => {
  const key = random.foldIn(random.key(0), 2)
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

const subject = ({ features, ...scale }: Scale) => ({
  net: network(features),
  data: () => blobs(scale)
})

/** Small enough for a software adapter, large enough for a loss curve that says something. */
export const small = subject({ image: 12, batch: 16, features: 8 })

/** For ten thousand steps. */
export const tiny = subject({ image: 8, batch: 4, features: 4 })

/** The network of the MNIST example, on images of its size. */
export const mnist = { net: mnistNetwork(10), data: () => blobs({ image: 28, batch: 4 }) }

export interface Training<P> {
  readonly losses: readonly number[]
  /** Where the kernels of a step ran. */
  readonly backends: readonly string[]
  readonly step: (carry: Carry<P>, images: NdArray, labels: NdArray) => readonly [Carry<P>, NdArray]
  readonly carry: Carry<P>
  readonly data: Data
}

export interface Carry<P> {
  readonly params: P
  readonly state: optim.OptState
}

/** Trains for some steps of adam on one device. */
export const train = async <P>(
  device: string,
  steps: number,
  { net, data: make }: Subject<P>
): Promise<Training<P>> => {
  const optimizer = optim.adam({ learningRate: 3e-3 })
  const loss = (params: P, images: NdArray, labels: NdArray): NdArray =>
    np.mean(optim.softmaxCrossEntropyWithIntegerLabels(net.apply(params, images), labels))
  const step = jit(
    (
      { params, state }: Carry<P>,
      images: NdArray,
      labels: NdArray
    ): readonly [Carry<P>, NdArray] => {
      const [value, grads] = valueAndGrad(loss)(params, images, labels)
      const [updates, next] = optimizer.update(grads, state, params)
      return [{ params: optim.applyUpdates(params, updates), state: next }, value]
    },
    { donateArgnums: 0, device }
  )
  const data = make()
  const params = net.init(random.key(0), { inputShape: data.images.shape })
  // Arrays of its own, since a step overwrites what it is given.
  const own = tree.map((x: NdArray) => np.copy(x), { params, state: optimizer.init(params) })
  let carry: Carry<P> = device === 'cpu' ? own : devicePut(own, device)
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

/** Throws unless twenty steps fall as on the CPU, and all of them is computed on the device. */
export const checkTraining = async <P>(device: string, subject: Subject<P>): Promise<void> => {
  const [here, there] = [await train(device, 20, subject), await train('cpu', 20, subject)]
  const differs = here.losses.findIndex(
    (loss, i) => !(Math.abs(loss - there.losses[i]) <= 1e-3 * Math.max(1, there.losses[i]))
  )
  if (differs >= 0)
    throw new RangeError(
      `step ${differs}: ${here.losses[differs]} on ${device}, ${there.losses[differs]} on the CPU`
    )
  if (!(here.losses[19] < 0.7 * here.losses[0]))
    throw new RangeError(`the loss stays: ${here.losses.join(' ')}`)
  // Without atomics the gradient of a pool is a search, which is long but possible here.
  const elsewhere = here.backends.filter((b) => b !== device)
  if (elsewhere.length > 0) throw new RangeError(`kernels ran on ${elsewhere.join(', ')}`)
}
