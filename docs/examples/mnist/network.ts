/** The network, its loss and its training step: pure functions over a tree of parameters. */
import { config, jit, nn, np, optim, valueAndGrad, type NdArray } from 'cotangent'
import { combine, type Part } from 'cotangent/finetune'
import type { StepReport } from 'cotangent/train'

export interface Batch {
  readonly images: NdArray // [n, 28, 28, 1], standardised
  readonly labels: NdArray // int32 [n]
}

/** Three convolutions make features of an image, and a head tells classes by them. */
export const network = (classes: number) =>
  nn.stateless(
    nn.sequential({
      features: nn.sequential({
        conv1: nn.conv({ features: 32, kernelSize: [3, 3], padding: 'valid' }),
        relu1: nn.relu,
        pool1: nn.maxPool({ windowShape: [2, 2] }),
        conv2: nn.conv({ features: 64, kernelSize: [3, 3], padding: 'valid' }),
        relu2: nn.relu,
        pool2: nn.maxPool({ windowShape: [2, 2] }),
        conv3: nn.conv({ features: 64, kernelSize: [3, 3], padding: 'valid' }),
        relu3: nn.relu,
        flatten: nn.flatten()
      }),
      head: nn.sequential({
        hidden: nn.dense({ features: 64 }),
        relu: nn.relu,
        output: nn.dense({ features: classes })
      })
    })
  )

export type Network = ReturnType<typeof network>
export type Params = ReturnType<Network['init']>

/** What a step hands to the next one. */
export interface Carry {
  readonly trainable: Part<Params>
  readonly state: optim.OptState
}

/**
 * One step: the gradient of the mean cross-entropy by the trainable part alone, then the
 * optimizer's update of it. Compiled as a whole; what it is given as carry it may overwrite.
 */
export const trainingStep = (
  net: Network,
  optimizer: optim.GradientTransformation,
  device = config().device
) => {
  const loss = (trainable: Part<Params>, frozen: Part<Params>, { images, labels }: Batch) => {
    const logits = net.apply(combine(trainable, frozen), images)
    const correct = np.sum(np.equal(np.argmax(logits, { axis: -1 }), labels))
    return [np.mean(optim.softmaxCrossEntropyWithIntegerLabels(logits, labels)), correct] as const
  }
  const step = (
    { trainable, state }: Carry,
    frozen: Part<Params>,
    batch: Batch
  ): readonly [Carry, StepReport] => {
    const differentiate = valueAndGrad(loss, { hasAux: true })
    const [[value, correct], grads] = differentiate(trainable, frozen, batch)
    const [updates, next] = optimizer.update(grads, state, trainable)
    return [
      { trainable: optim.applyUpdates(trainable, updates), state: next },
      { loss: value, correct }
    ]
  }
  return jit(step, { donateArgnums: 0, device })
}
