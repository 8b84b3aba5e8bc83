/**
 * One pass over batches: a pure step folded over them, with the figures that a person wants to see.
 * The step decides everything; the loop only counts, times and reports.
 */
import { hostOfAsync, type NdArray } from '../core/array.ts'
import { ValueError, checkOptions, checkFunction, checkIterable } from '../core/errors.ts'
import { silentProgress, type Progress } from './progress.ts'

/** What a step reports of its batch. */
export interface StepReport {
  readonly loss: NdArray // [], mean over the batch
  readonly correct?: NdArray // [], how many predictions were right
}

/** A step of training: the next carry (parameters, optimizer state …) and a report. */
export type Step<C, B> = (carry: C, batch: B) => readonly [carry: C, report: StepReport]

/** The figures of an epoch. */
export interface EpochReport {
  readonly epoch: number
  readonly loss: number
  /** Null when the step does not count right predictions. */
  readonly accuracy: number | null
  readonly examplesPerSecond: number
  readonly seconds: number
  /** The loss of every step. */
  readonly losses: readonly number[]
}

export interface EpochOptions<B> {
  readonly epoch: number
  /** Batches to come, for the bar. */
  readonly batchCount: number
  /** How many examples a batch has. */
  readonly sizeOf: (batch: B) => number
  readonly progress?: Progress
}

const requireFinite = (loss: number, step: number, epoch: number): void => {
  if (Number.isFinite(loss)) return
  throw new ValueError('runEpoch', {
    problem: 'the loss is not finite any more',
    got: `${loss} in step ${step} of epoch ${epoch}`,
    expected: 'a finite loss',
    hint: 'a smaller learning rate or clipByGlobalNorm helps; config({ debugNans: true }) finds the operation'
  })
}

/**
 * Folds `step` over the batches, in order. Reading the loss waits for the device, so memory does not
 * grow with steps in flight.
 *
 * Errors: ValueError with the step when the loss is NaN or infinite.
 *
 * @category loops
 * @since 0.1.0
 */
export const runEpoch = async <C, B>(
  step: Step<C, B>,
  carry: C,
  batches: Iterable<B>,
  options: EpochOptions<B>
): Promise<readonly [carry: C, report: EpochReport]> => {
  checkFunction('runEpoch', step)
  checkOptions('runEpoch', options, ['epoch', 'batchCount', 'sizeOf', 'progress'])
  const { epoch, batchCount, sizeOf, progress = silentProgress } = options
  checkFunction('runEpoch', sizeOf)
  checkIterable('runEpoch', batches)
  const running = progress.start(epoch, batchCount)
  const began = performance.now()
  const losses: number[] = []
  let now = carry
  let seen = 0
  let total = 0
  let correct: number | null = null
  const figures = (): EpochReport => {
    const seconds = (performance.now() - began) / 1000
    return {
      epoch,
      loss: total / seen,
      accuracy: correct === null ? null : correct / seen,
      examplesPerSecond: seen / seconds,
      seconds,
      losses
    }
  }
  try {
    for (const batch of batches) {
      const [next, report] = step(now, batch)
      const loss = (await hostOfAsync(report.loss))[0]
      requireFinite(loss, losses.length, epoch)
      const size = sizeOf(batch)
      now = next
      seen += size
      total += loss * size
      if (report.correct !== undefined)
        correct = (correct ?? 0) + (await hostOfAsync(report.correct))[0]
      losses.push(loss)
      running.update(losses.length, figures)
    }
  } finally {
    running.stop()
  }
  const report = figures()
  progress.finish(report)
  return [now, report]
}
