/** The command line of the demo. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

export interface DemoOptions {
  readonly digits: '0-4' | 'all'
  readonly epochs: number
  /** Training images used; all of them by default. */
  readonly examples: number
  /** Images per class for fine-tuning. */
  readonly shots: number
  readonly batchSize: number
  readonly learningRate: number
  readonly seed: number
  /** Where training steps run. */
  readonly device: string
  readonly out: string
}

const count = (text: string): number => {
  const n = Number(text)
  if (Number.isSafeInteger(n) && n > 0) return n
  throw new InvalidArgumentError('expected an integer from 1 on')
}

const seedOf = (text: string): number => {
  const n = Number(text)
  if (Number.isSafeInteger(n) && n >= 0) return n
  throw new InvalidArgumentError('expected an integer from 0 on')
}

const rate = (text: string): number => {
  const x = Number(text)
  if (Number.isFinite(x) && x > 0) return x
  throw new InvalidArgumentError('expected a number above 0')
}

const command = (): Command =>
  new Command('demo')
    .description('Trains a convolutional network on MNIST and fine-tunes it to other digits.')
    .addOption(
      new Option('--digits <which>', 'digits to train on').choices(['0-4', 'all']).default('0-4')
    )
    .option('--epochs <n>', 'passes over the training images', count, 3)
    .addOption(
      new Option('--examples <n>', 'training images used').argParser(count).default(Infinity, 'all')
    )
    .option('--shots <n>', 'images per class for fine-tuning', count, 20)
    .option('--batch-size <n>', 'images per step', count, 64)
    .option('--learning-rate <x>', 'step size of adam', rate, 1e-3)
    .option('--seed <n>', 'the same seed gives the same numbers', seedOf, 0)
    .option('--device <name>', 'where steps run: cpu, gpu, webgpu, headlessgl', 'cpu')
    .option('--out <folder>', 'where files are written', 'out/mnist')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()

/** The options, or the exit status when there is nothing to run: 0 after --help, else 2. */
export const parseOptions = (argv: readonly string[]): DemoOptions | number => {
  try {
    return command().parse(argv, { from: 'user' }).opts()
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : 2
    throw e
  }
}
