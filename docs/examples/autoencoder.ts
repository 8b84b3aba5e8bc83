/**
 * A variational autoencoder of MNIST: digits as points of a plane, or of a space of more
 * dimensions, and digits that never were, drawn from it.
 *
 * Source: Kingma & Welling 2014.
 */
import { jit, nn, np, optim, random, type NdArray } from 'cotangent'
import { example } from './example.ts'
import { mnist } from './mnist-files.ts'
import { fit, shuffled } from './training.ts'

const perceptron = (features: number) =>
  nn.stateless(nn.sequential([nn.dense({ features: 256 }), nn.relu, nn.dense({ features })]))
type Net = ReturnType<typeof perceptron>

interface Params {
  readonly encoder: ReturnType<Net['init']>
  readonly decoder: ReturnType<Net['init']>
}

/** Nats per image: those that the decoder needs, and those that the code costs. */
const parts = (
  [encoder, decoder]: readonly [Net, Net],
  p: Params,
  images: NdArray,
  key: NdArray
): readonly [reconstruction: NdArray, divergence: NdArray] => {
  const [mean, logVariance] = np.split(encoder.apply(p.encoder, images), 2, { axis: -1 })
  const noise = random.normal(key, mean.shape)
  const code = mean.add(np.exp(logVariance.mul(0.5)).mul(noise))
  const logits = decoder.apply(p.decoder, code)
  const perPixel = optim.sigmoidBinaryCrossEntropy(logits, images)
  const divergence = np.square(mean).add(np.exp(logVariance)).sub(logVariance).sub(1).mul(0.5)
  return [np.sum(perPixel).div(images.shape[0]), np.sum(divergence).div(images.shape[0])]
}

/** An image in characters, two rows of pixels in one of text. */
const draw = (pixels: readonly number[]): readonly string[] =>
  Array.from({ length: 14 }, (_, r) =>
    Array.from({ length: 28 }, (__, c) => {
      const ink = (pixels[56 * r + c] + pixels[56 * r + 28 + c]) / 2
      return ' .:*#'[Math.min(4, Math.floor(5 * ink))]
    }).join('')
  )

export const autoencoder = example({
  summary: 'A variational autoencoder of MNIST, and digits drawn from it.',
  defaults: { steps: 2000, batchSize: 128, latent: 8, examples: 60000, seed: 0 },
  help: {
    steps: 'training steps',
    batchSize: 'images per step',
    latent: 'numbers in a code',
    examples: 'training images used, and at most as many test images',
    seed: 'the same seed gives the same numbers'
  },
  run: async ({ steps, batchSize, latent, examples, seed }, print) => {
    const key = random.key(seed)
    const { train, test } = await mnist(examples)
    const flat = (images: NdArray): NdArray =>
      np.reshape(images, [images.shape[0], 784]).astype('float32').div(255)
    const nets = [perceptron(2 * latent), perceptron(784)] as const
    const begin: Params = {
      encoder: nets[0].init(random.foldIn(key, 'encoder'), { inputShape: [1, 784] }),
      decoder: nets[1].init(random.foldIn(key, 'decoder'), { inputShape: [1, latent] })
    }
    const bound = (p: Params, images: NdArray, k: NdArray): NdArray =>
      parts(nets, p, images, k).reduce((a, b) => a.add(b))
    const { params, losses } = fit({
      params: begin,
      loss: bound,
      optimizer: optim.adam({ learningRate: 1e-3 }),
      steps,
      batchOf: shuffled(flat(train.images), batchSize, random.foldIn(key, 'order')),
      key,
      print
    })
    const held = jit((p: Params) => parts(nets, p, flat(test.images), random.key(1)))(params)
    const [reconstruction, divergence] = held.map((v) => Number(v.item()))
    print(
      `test images: ${reconstruction.toFixed(1)} nats to draw, ${divergence.toFixed(1)} for the code`
    )
    const codes = random.normal(random.foldIn(key, 'drawn'), [3, latent])
    const drawn = nn
      .sigmoid(nets[1].apply(params.decoder, codes))
      .toNested() as readonly (readonly number[])[]
    const rows = drawn.map(draw)
    rows[0].forEach((_, r) =>
      print(
        rows
          .map((image) => image[r])
          .join(' ')
          .trimEnd()
      )
    )
    return { first: losses[0], last: losses[steps - 1], bound: reconstruction + divergence }
  }
})
