/** The examples by name. */
import { autoencoder } from './autoencoder.ts'
import { gaussianProcess } from './gaussian-process.ts'
import { loraMnist } from './lora-mnist.ts'
import { maml } from './maml.ts'
import { pinn } from './pinn.ts'
import {
  binaryClassifier,
  cifarNetwork,
  mnistNetwork,
  softmaxClassifier
} from './textbook/classify.ts'
import { freezeFirstLayer } from './textbook/freeze-first-layer.ts'
import { replaceTheHead } from './textbook/replace-head.ts'
import { characterGpt } from './text/character-gpt.ts'
import { names } from './text/names.ts'
import type { Example } from './example.ts'

export const examples: Readonly<Record<string, Example>> = {
  'freeze-first-layer': freezeFirstLayer,
  'replace-head': replaceTheHead,
  binary: binaryClassifier,
  softmax: softmaxClassifier,
  cifar: cifarNetwork,
  'mnist-conv': mnistNetwork,
  'lora-mnist': loraMnist,
  'character-gpt': characterGpt,
  names,
  pinn,
  maml,
  'gaussian-process': gaussianProcess,
  autoencoder
}
