/** Four networks that textbooks of Keras begin with, on data made up for them. */
import { nn } from 'cotangent'

/** Dense 128-64-1 for yes or no: the sigmoid is in the loss, as everywhere in this library. */
export const binary = nn.sequential({
  hidden1: nn.dense({ features: 128 }),
  relu1: nn.relu,
  hidden2: nn.dense({ features: 64 }),
  relu2: nn.relu,
  output: nn.dense({ features: 1 })
})

/** Dense 64-10 for ten classes. */
export const softmax = nn.sequential({
  hidden: nn.dense({ features: 64 }),
  relu: nn.relu,
  output: nn.dense({ features: 10 })
})

/** CIFAR's: one convolution of 32, a pool, dense 128 and 10. */
export const cifar = nn.sequential({
  conv: nn.conv({ features: 32, kernelSize: [3, 3], padding: 'valid' }),
  relu1: nn.relu,
  pool: nn.maxPool({ windowShape: [2, 2] }),
  flatten: nn.flatten(),
  hidden: nn.dense({ features: 128 }),
  relu2: nn.relu,
  output: nn.dense({ features: 10 })
})

/** MNIST's: convolutions of 32, 64 and 64. */
export const mnistConv = nn.sequential({
  conv1: nn.conv({ features: 32, kernelSize: [3, 3], padding: 'valid' }),
  relu1: nn.relu,
  pool1: nn.maxPool({ windowShape: [2, 2] }),
  conv2: nn.conv({ features: 64, kernelSize: [3, 3], padding: 'valid' }),
  relu2: nn.relu,
  pool2: nn.maxPool({ windowShape: [2, 2] }),
  conv3: nn.conv({ features: 64, kernelSize: [3, 3], padding: 'valid' }),
  relu3: nn.relu,
  flatten: nn.flatten(),
  hidden: nn.dense({ features: 64 }),
  relu4: nn.relu,
  output: nn.dense({ features: 10 })
})
